package report

import (
	"fmt"
	"html/template"
	"path/filepath"
	"strings"

	"github.com/waveletgpt/waveletgpt/internal/svg"
	"github.com/waveletgpt/waveletgpt/internal/typeset"
	"github.com/waveletgpt/waveletgpt/summary"
)

// Names returns names that tell comparisons on one page apart: by number, data, size and
// length, and by positions and norm of the baseline.
func Names(summaries []*summary.Summary) []string {
	var names []string
	for i, s := range summaries {
		parts := []string{fmt.Sprintf("%d: %s", i+1, filepath.Base(s.Data.Name))}
		if m := s.ModelOf(s.Baseline); m != nil {
			position := m.Position
			if position == "rope" {
				position = "rotary"
			}
			parts = append(parts, position+" positions")
			if m.Norm == "post" {
				parts = append(parts, "post-norm")
			}
		}
		parts = append(parts, count(float64(s.Parameters(s.Baseline)))+" parameters", typeset.Counted(s.LongestRun(), "step"))
		names = append(names, strings.Join(parts, ", "))
	}
	return names
}

// overviewRows has the headline numbers of all comparisons.
func overviewRows(summaries []*summary.Summary) [][]string {
	table := [][]string{{"Variant", "Seeds", "Final loss minus the baseline's, nats (95 %)", "Ends as low in this share of the steps (95 %)", "of the seconds", "p, Holm", "Verdict", "Grade, evidence"}}
	for i, s := range summaries {
		for _, r := range s.Rows() {
			if r.Baseline && len(s.Comparisons) > 0 && s.Comparisons[0].Label() != s.Baseline {
				continue
			}
			table = append(table, cells(fmt.Sprintf("%d: %s", i+1, r.Label), r.Seeds, summary.WithInterval(r.Difference, r.DifferenceInterval),
				summary.WithInterval(r.Share, r.ShareInterval), r.ShareSeconds, r.P, r.Verdict, r.RestsOn))
		}
	}
	return table
}

// overviewPicture is one size of the picture of the final losses of every variant in
// every comparison, less those of the baseline.
type overviewPicture struct {
	summaries []*summary.Summary
	names     []string
	variants  []series // without runs: labels and colours
	width     float64
	class     string
}

const overviewTitle = "Final loss minus that of the baseline"

// Heights of the overview's lines, and the width of the notes beside them.
const (
	overviewHeading = 26.0
	overviewLine    = 17.0
	overviewNotes   = 164.0
)

// comparedVariants are those of all comparisons but the baselines, each with one
// colour.
func comparedVariants(summaries []*summary.Summary) (variants []series) {
	for _, s := range summaries {
		for i := range s.Comparisons {
			if label := s.Comparisons[i].Label(); classOf(variants, label) == "" {
				variants = append(variants, series{label: label, class: class(len(variants) + 1)})
			}
		}
	}
	return variants
}

// differenceOverview has, for each comparison, a line for each variant: its final loss
// less that of the baseline, with the interval.
func differenceOverview(summaries []*summary.Summary, names []string) figure {
	p := overviewPicture{summaries: summaries, names: names, variants: comparedVariants(summaries)}
	f := figure{
		Title: overviewTitle, Full: true, CSV: lossesName, Command: summaries[0].Command,
		Caption: "Left of zero the variant is better. Lines: 95 % intervals. Hollow: the test does not pass after Holm's correction.",
	}
	p.width, p.class = fullWidth, "wide"
	f.Wide = p.draw()
	p.width, p.class = narrowWidth, "narrow"
	f.Narrow = p.draw()
	return f
}

func (p *overviewPicture) draw() template.HTML {
	const left, bottom, gap = 14.0, 44.0, 8.0
	low, high := p.span()
	pad := 0.04 * (high - low)
	x := svg.NewScale(low-pad, high+pad, left, p.width-left-overviewNotes, false)
	var rows svg.Drawing
	top := drawLegend(&rows, left, 0, p.width-2*left, p.variants) + gap
	y := top
	for i, s := range p.summaries {
		y += overviewHeading
		rows.Text("label halo", svg.Start, left, y-7, typeset.Shorten(p.names[i], int(p.width/svg.GlyphWidth)))
		for j := range s.Comparisons {
			rows.Series(s.Comparisons[j].Label())
			p.row(&rows, x, s, &s.Comparisons[j], y+overviewLine/2)
			rows.End()
			y += overviewLine
		}
		y += gap
	}
	d := svg.New(p.width, y+bottom, p.class, overviewTitle+", in each comparison")
	ticks := x.Ticks(6)
	for i, label := range svg.Labels(ticks) {
		at := x.At(ticks[i])
		d.Line("grid", at, top, at, y)
		d.Text("tick", svg.Middle, at, y+16, label)
	}
	d.Line("axis", x.From, y, x.To, y)
	d.Line("zero", x.At(0), top, x.At(0), y)
	d.Text("axis-name", svg.Middle, (x.From+x.To)/2, y+36, "nats per token")
	d.Append(&rows)
	return d.Finish()
}

// row draws the difference of one variant.
func (p *overviewPicture) row(d *svg.Drawing, x svg.Scale, s *summary.Summary, c *summary.Comparison, y float64) {
	r := s.Row(c.Label())
	colour, note := classOf(p.variants, r.Label), missing
	if c.CI95 != nil {
		d.Line("interval "+colour, x.At(-c.CI95[1]), y, x.At(-c.CI95[0]), y)
	}
	if c.Gain != nil {
		note = summary.WithInterval(r.Difference, r.DifferenceInterval)
		dot := "crossing " // hollow
		if c.Significant() {
			dot = "center "
		}
		d.Circle(dot+colour, x.At(-*c.Gain), y, 4.5, c.Label()+": "+note)
	}
	d.Text("remark", svg.End, p.width-14, y+4, note)
}

// span is the range of what is drawn, 0 within it.
func (p *overviewPicture) span() (low, high float64) {
	for _, s := range p.summaries {
		for i := range s.Comparisons {
			c := &s.Comparisons[i]
			if c.Gain != nil {
				low, high = min(low, -*c.Gain), max(high, -*c.Gain)
			}
			if c.CI95 != nil {
				low, high = min(low, -c.CI95[1]), max(high, -c.CI95[0])
			}
		}
	}
	return low, high
}
