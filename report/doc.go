// Package report turns summaries into a page: report.html. [Write] makes it, with
// its tables as CSV and its first picture as report.svg; [Render] makes the page
// alone; [WriteEvents] and [EventFile] write curves for TensorBoard, [WriteLive] the
// page of a comparison that is still training.
//
// The page of a [summary.Summary] has the verdicts in words, curves, speed-up over
// loss, final losses, the sweep, larger baselines, the levels of trained operators,
// cost, samples, and the command and configuration that repeat the comparison. The
// page of several summaries begins with an overview of all. A page fetches nothing,
// runs no script, follows the reader's light or dark theme, fits a phone and prints;
// values show under the pointer.
//
// Losses are drawn in bits per unit of the data, with nats per token beside them in
// the text. A difference is variant minus baseline: negative is better. Nothing is
// smoothed.
package report
