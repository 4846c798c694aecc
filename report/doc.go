// Package report turns a [summary.Summary] into report.html, one page with
// everything in it: verdicts in words, curves, speed-up over loss, final losses,
// what was asked beyond the comparison, cost, samples, and the command and
// configuration that make it again; several summaries into one page with an
// overview. The page fetches nothing, runs no script, follows the reader's light or
// dark theme, fits a phone and prints; pointing at a curve reads it. Beside it lie
// the numbers of its pictures as CSV and its first picture as report.svg, which a
// document can show; [WriteEvents] writes curves for TensorBoard.
//
// Losses are drawn in bits per unit of the data, with nats per token beside
// them in the text. Nothing is smoothed.
package report
