package report

import (
	"fmt"

	"github.com/waveletgpt/waveletgpt/internal/typeset"
	"github.com/waveletgpt/waveletgpt/summary"
)

// matchFigures show the final loss of larger and larger baselines, and where the
// variants end.
func matchFigures(s *summary.Summary, all []series) (figures []figure) {
	for i := range s.Matches {
		m := &s.Matches[i]
		plot := linePlot{
			title: "Final loss of " + s.Baseline + " with more " + m.Along, xName: "parameters", yName: "bits per " + s.Data.Unit,
			logX: true, markPoints: true, csv: matchName,
			caption: "Final validation loss at the same steps; larger baselines keep the settings of the smallest, its learning rate included. Ring: interpolated size of a baseline with the variant's final loss.",
		}
		base := plotLine{label: s.Baseline + ", larger", class: classOf(all, s.Baseline)}
		for j := range m.Sizes {
			size := &m.Sizes[j]
			if size.FinalLoss == nil {
				continue
			}
			bits := s.Data.Bits(*size.FinalLoss)
			base.points = append(base.points, plotPoint{x: float64(size.Parameters), y: bits,
				title: fmt.Sprintf("%s %d, %s parameters: %.3f bits", m.Along, size.Size, typeset.Count(float64(size.Parameters)), bits)})
		}
		plot.lines = append(plot.lines, base)
		for j := range m.Answers {
			a := &m.Answers[j]
			bits, class := s.Data.Bits(a.FinalLoss), classOf(all, a.Variant)
			plot.levels = append(plot.levels, plotLevel{typeset.Shorten(a.Variant, 24), class, bits})
			if a.Parameters != nil {
				plot.lines = append(plot.lines, plotLine{a.Variant, class, []plotPoint{{x: *a.Parameters, y: bits, ring: true, estimate: true,
					title: fmt.Sprintf("%s ends as %s with about %s parameters", a.Variant, s.Baseline, typeset.Count(*a.Parameters))}}})
			}
		}
		figures = append(figures, plot.figure())
	}
	return figures
}
