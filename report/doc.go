// Package report turns summaries into a page: report.html. [Write] makes it, with
// its tables as CSV and one of its pictures as report.svg; [Render] makes the page
// alone; [WriteEvents] and [EventFile] write curves for TensorBoard, [WriteLive] the
// page of a comparison that is still training.
//
// The page of a [summary.Summary] has the verdicts in words, curves, speed-up over
// loss, final losses, the sweep, larger baselines, the levels of trained operators,
// cost, samples, what to run next, and the command and configuration that repeat the
// comparison. The page of several summaries begins with an overview of all. A page
// fetches nothing, follows the reader's light or dark theme, fits a phone and prints;
// values show under the pointer. Its one script hides curves, zooms, and moves a
// cross-hair over several pictures; the page says everything without it.
//
// Losses are drawn in bits per unit of the data, with nats per token beside them in
// the text. A difference is variant minus baseline: negative is better. Nothing is
// smoothed.
package report
