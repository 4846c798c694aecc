// Package report turns a [compare.Summary] into report.html, one page with
// everything in it: verdicts in words, curves, final losses, the table of runs,
// samples, and the command and configuration that make it again. The page
// fetches nothing, runs no script, follows the reader's light or dark theme,
// fits a phone and prints. The numbers of its curves lie beside it in
// curves.csv.
//
// Losses are drawn in bits per unit of the data, with nats per token beside
// them in the text. Nothing is smoothed.
package report
