package report

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"strings"

	"github.com/waveletgpt/waveletgpt/compare"
)

// missing stands where a number is not defined or was not reached.
const missing = "\u2013"

// variantRows has a row for each variant with what a comparison says of it.
func variantRows(s *compare.Summary, all []series) [][]string {
	rows := [][]string{{"Variant", "Final loss, bits", "nats", "Steps to baseline", "Steps saved", "95 % interval", "after the plateau",
		"Tokens saved", "Seconds saved", "FLOPs saved", "Confirmed", "p, Holm", "Verdict"}}
	for _, v := range all {
		row := []string{v.label, missing, missing, missing, missing, missing, missing, missing, missing, missing, missing, missing, "baseline"}
		sum, n := 0.0, 0.0
		for _, r := range v.runs {
			if r.FinalLoss != nil {
				sum, n = sum+*r.FinalLoss, n+1
			}
		}
		if n > 0 {
			row[1], row[2] = fmt.Sprintf("%.3f", s.Data.Bits(sum/n)), fmt.Sprintf("%.3f", sum/n)
		}
		if c := v.against; c != nil {
			row[3] = "never"
			if c.StepsToBaselineLoss.Mean != nil {
				row[3] = compare.Count(*c.StepsToBaselineLoss.Mean)
			}
			row[4], row[6] = percent(c.StepsSaved), percent(c.StepsSavedAfterPlateau)
			if i := c.StepsSavedInterval; i != nil && i.CI95 != nil {
				row[5] = percent(&i.CI95[0]) + " to " + percent(&i.CI95[1])
			}
			row[7], row[8], row[9] = percent(c.TokensSaved), percent(c.SecondsSaved), percent(c.FLOPsSaved)
			row[10] = confirmed(s, v.label)
			if c.PValueHolm != nil {
				row[11] = probability(*c.PValueHolm)
			}
			row[12] = string(c.Outcome)
		} else if len(s.Comparisons) > 0 && s.Comparisons[0].BaselineSteps != nil {
			row[3] = compare.Count(*s.Comparisons[0].BaselineSteps)
		}
		rows = append(rows, row)
	}
	return rows
}

// confirmed says whether a shorter schedule came to the same loss.
func confirmed(s *compare.Summary, label string) string {
	for i := range s.Confirmations {
		if c := &s.Confirmations[i]; c.Variant == label && c.Confirmed {
			return "yes"
		} else if c.Variant == label {
			return "no"
		}
	}
	return missing
}

// runRows has a row for each run.
func runRows(s *compare.Summary) [][]string {
	rows := [][]string{{"Variant", "Mixer and keys", "Seed", "Status", "Parameters", "Steps", "Tokens", "Left plateau", "Best, nats", "Final, nats",
		"Test, nats", "Step, ms", "Configuration"}}
	for i := range s.Runs {
		r := &s.Runs[i]
		ms := missing
		if r.StepSeconds != nil {
			ms = fmt.Sprintf("%.1f", 1000**r.StepSeconds)
		}
		plateau := missing
		if r.PlateauStep != nil {
			plateau = compare.Count(*r.PlateauStep)
		}
		rows = append(rows, []string{
			r.Label(), settings(r), fmt.Sprint(r.Seed), string(r.Status), count(float64(r.Parameters)),
			compare.Count(float64(r.Steps)), count(float64(r.Tokens)), plateau,
			nats(r.BestLoss), nats(r.FinalLoss), nats(r.TestLoss), ms, cmp.Or(r.Source, shorten(r.ConfigHash, 12)),
		})
	}
	return rows
}

// settings are what a run has of its own, where the name of its variant does not
// say it.
func settings(r *compare.Run) string {
	keys := map[string]any{}
	maps.Copy(keys, r.Set)
	maps.Copy(keys, r.Tuned)
	if label := compare.Label(r.Variant, keys); label != r.Label() {
		return label
	}
	return missing
}

// facts is what else one needs to make the report again or to doubt it.
func facts(s *compare.Summary) []fact {
	d := &s.Data
	tokens := fmt.Sprintf("%s training, %s validation, %s test; %s symbols", compare.Count(float64(d.Tokens.Train)),
		compare.Count(float64(d.Tokens.Validation)), compare.Count(float64(d.Tokens.Test)), compare.Count(float64(d.Vocabulary)))
	if d.UnitsPerToken > 0 && d.UnitsPerToken != 1 {
		tokens += fmt.Sprintf("; %.4g %ss per token", d.UnitsPerToken, d.Unit)
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
		{"Kernels", s.Tier},
		{"Threads", fmt.Sprint(s.Threads)},
	}
	for i := range list {
		if list[i].Value == "" {
			list[i].Value = "not recorded"
		}
	}
	return list
}

// windowsInWords says what a validation loss is a mean over.
func windowsInWords(w compare.Windows) string {
	if w.Number == 0 || w.Length == 0 {
		return "the same windows of the validation split in every run"
	}
	return fmt.Sprintf("%s windows of %s tokens, the same in every run. Windows do not overlap: the first prediction of a window "+
		"sees one token and the last one sees %s", compare.Count(float64(w.Number)), compare.Count(float64(w.Length)), compare.Count(float64(w.Length)))
}

func nats(loss *float64) string {
	if loss == nil {
		return missing
	}
	return fmt.Sprintf("%.3f", *loss)
}

func probability(p float64) string {
	if p < 0.001 {
		return "< 0.001"
	}
	return fmt.Sprintf("%.3f", p)
}

func percent(fraction *float64) string {
	if fraction == nil {
		return missing
	}
	return tie(strings.Replace(compare.Percent(*fraction), "-", "\u2212", 1))
}

// tie keeps a percent sign on the line of its number.
func tie(text string) string { return strings.ReplaceAll(text, " %", "\u00a0%") }

// signed prints nats with a sign, "+0.120".
func signed(nats float64) string {
	if math.Abs(nats) < 0.0005 {
		return "0.000"
	}
	return strings.Replace(fmt.Sprintf("%+.3f", nats), "-", "\u2212", 1)
}

// shorten cuts text to at most n runes, with an ellipsis for what is missing.
func shorten(text string, n int) string {
	runes := []rune(text)
	if len(runes) <= n {
		return text
	}
	return string(runes[:n-1]) + "…"
}
