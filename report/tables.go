package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/waveletgpt/waveletgpt/internal/typeset"
	"github.com/waveletgpt/waveletgpt/summary"
)

// missing stands for a number that is not defined or was not reached.
const missing = "\u2013"

// variantRows has a row for each variant.
func variantRows(s *summary.Summary) [][]string {
	rests := s.RestsOn()
	table := [][]string{{"Variant", "Final loss, bits", "nats", "minus the baseline's, nats (95 %)", "p, Holm", "Verdict (" + rests + ")"}}
	for _, r := range s.Rows() {
		table = append(table, cells(r.Label, cmp.Or(r.Bits, r.Status), r.Nats, summary.WithInterval(r.Difference, r.DifferenceInterval), r.P, r.VerdictUnder(rests)))
	}
	if r := s.FinalReference(); r != nil {
		table = append(table, cells(r.Name, typeset.Loss(s.Data.Bits(r.Loss)), typeset.Loss(r.Loss), "", "", "no network"))
	}
	return table
}

// crossingRows has a row for each variant: where its curve crosses the baseline's best
// loss.
func crossingRows(s *summary.Summary) [][]string {
	table := [][]string{{"Variant", "Crosses at step", "steps saved there (95 %)", "after the plateau", "tokens", "seconds", "FLOPs", "Retrained with a schedule of that length"}}
	for _, r := range s.Rows() {
		table = append(table, cells(r.Label, r.Steps, summary.WithInterval(r.StepsSaved, r.StepsSavedInterval),
			r.StepsSavedAfterPlateau, r.TokensSaved, r.SecondsSaved, r.FLOPsSaved, r.Confirmation))
	}
	return table
}

// cells marks numbers that are missing.
func cells(row ...string) []string {
	for i := range row {
		row[i] = tie(cmp.Or(row[i], missing))
	}
	return row
}

// runRows has a row for each run.
func runRows(s *summary.Summary) [][]string {
	rows := [][]string{{"Variant", "Mixer and keys", "Seed", "Status", "Parameters", "Horizon", "Steps", "Tokens", "Left plateau", "Best, nats", "Final, nats",
		"Test, nats", "Step, ms", "Configuration"}}
	for _, r := range runsOfAllHorizons(s) {
		ms := missing
		if r.StepSeconds != nil {
			ms = fmt.Sprintf("%.1f", 1000**r.StepSeconds)
		}
		plateau := missing
		if r.PlateauStep != nil {
			plateau = typeset.Count(*r.PlateauStep)
		}
		rows = append(rows, []string{
			r.Label(), settings(&r), fmt.Sprint(r.Seed), string(r.Status), count(float64(r.Parameters)),
			cmp.Or(horizonText(r), missing), typeset.Count(float64(r.Steps)), count(float64(r.Tokens)), plateau,
			nats(r.BestLoss), nats(r.FinalLoss), nats(r.TestLoss), ms, cmp.Or(r.Source, fmt.Sprintf("%.8s", r.ConfigHash)),
		})
	}
	return rows
}

// runLinks has the links of the directories of the runs, for the rows of their table.
func runLinks(s *summary.Summary, at links) []string {
	out := []string{""}
	for _, r := range runsOfAllHorizons(s) {
		out = append(out, at.run(&r, "."))
	}
	return out
}

// settings are the mixer and the keys of a run, if the name of its variant does not
// have them.
func settings(r *summary.Run) string {
	keys := map[string]any{}
	maps.Copy(keys, r.Set)
	maps.Copy(keys, r.Tuned)
	if label := summary.Label("", r.Variant, keys); label != r.Label() {
		return label
	}
	return missing
}

// facts is what else a reader needs to repeat the report or to doubt it.
func facts(s *summary.Summary) []fact {
	d := &s.Data
	tokens := fmt.Sprintf("%s training, %s validation, %s test; %s symbols", typeset.Count(float64(d.Tokens.Train)),
		typeset.Count(float64(d.Tokens.Validation)), typeset.Count(float64(d.Tokens.Test)), typeset.Count(float64(d.Vocabulary)))
	if d.UnitsPerToken > 0 && d.UnitsPerToken != 1 {
		tokens += fmt.Sprintf("; %.4g %ss per token", d.UnitsPerToken, d.Unit)
	}
	threads := fmt.Sprint(s.Threads)
	if s.Threads == 0 {
		threads = "not the same in all parts"
	}
	kernels := "Kernels"
	if slices.ContainsFunc(s.Runs, func(r summary.Run) bool { return r.Engine != "" }) {
		kernels = "Engine"
	}
	list := []fact{
		{"Data", d.Name},
		{"Data hash", d.Hash},
		{"Codec", d.Codec},
		{"Tokens", tokens},
		{"Entropy, nats", fmt.Sprintf("unigram %s, bigram %s", nats(d.Entropy.Unigram), nats(d.Entropy.Bigram))},
		{"Program", strings.Join(strings.Fields(s.Program.Version+" "+s.Program.Commit), ", ")},
		{"Go", s.Program.Go},
		{"Processor", s.CPU},
		{kernels, s.Tier},
		{"Threads", threads},
	}
	for i := range list {
		if list[i].Value == "" {
			list[i].Value = "not recorded"
		}
	}
	return list
}

// windowsInWords describes the windows that a validation loss is a mean over.
func windowsInWords(w summary.Windows) string {
	if w.Number == 0 || w.Length == 0 {
		return "the same windows of the validation split in every run"
	}
	final := ""
	if w.Final > 0 {
		final = fmt.Sprintf(" (a final loss: over %s)", typeset.Count(float64(w.Final)))
	}
	return fmt.Sprintf("%s%s of %s, the same in every run. Windows do not overlap: the first prediction of a window "+
		"sees one token and the last one sees %s", typeset.Counted(w.Number, "window"), final, typeset.Counted(w.Length, "token"), typeset.Count(float64(w.Length)))
}

func nats(loss *float64) string {
	if loss == nil {
		return missing
	}
	return fmt.Sprintf("%.3f", *loss)
}

// tie keeps a percent sign on the line of its number.
func tie(text string) string { return strings.ReplaceAll(text, " %", "\u00a0%") }
