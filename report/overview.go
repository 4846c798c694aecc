package report

import (
	"fmt"
	"html/template"
	"path/filepath"
	"slices"
	"strings"

	"github.com/waveletgpt/waveletgpt/compare"
	"github.com/waveletgpt/waveletgpt/config"
)

// comparisonNames tell comparisons apart: their number, data, size and length, and
// the positions and norm of the baseline.
func comparisonNames(summaries []*compare.Summary) []string {
	var names []string
	for i, s := range summaries {
		parts := []string{fmt.Sprintf("%d: %s", i+1, filepath.Base(s.Data.Name))}
		var c config.Config
		if err := c.Merge("configuration", []byte(s.Configuration)); err == nil {
			position := c.Model.Position
			if position == "rope" {
				position = "rotary"
			}
			parts = append(parts, position+" positions")
			if c.Model.Norm == "post" {
				parts = append(parts, "post-norm")
			}
		}
		parts = append(parts, count(float64(parameters(s)))+" parameters", compare.Count(float64(longest(s)))+" steps")
		names = append(names, strings.Join(parts, ", "))
	}
	return names
}

// overviewRows has the headline numbers of all comparisons.
func overviewRows(summaries []*compare.Summary) [][]string {
	rows := [][]string{{"Variant", "Seeds", "Steps saved", "95 % interval", "Seconds saved", "Final loss, nats", "p, Holm", "Verdict"}}
	for i, s := range summaries {
		for j := range s.Comparisons {
			c := &s.Comparisons[j]
			row := []string{fmt.Sprintf("%d: %s", i+1, c.Label()), fmt.Sprint(len(c.Seeds)), "never", missing, percent(c.SecondsSaved), missing, missing, string(c.Outcome)}
			if c.StepsSaved != nil {
				row[2] = percent(c.StepsSaved)
			}
			if i := c.StepsSavedInterval; i != nil && i.CI95 != nil {
				row[3] = percent(&i.CI95[0]) + " to " + percent(&i.CI95[1])
			}
			if c.Gain != nil {
				row[5] = signed(-*c.Gain)
			}
			if c.PValueHolm != nil {
				row[6] = probability(*c.PValueHolm)
			}
			rows = append(rows, row)
		}
	}
	return rows
}

// overviewPicture is one size of the picture of what every variant saves in every
// comparison.
type overviewPicture struct {
	summaries []*compare.Summary
	names     []string
	variants  []series // without runs: labels and colours
	width     float64
	class     string
}

// Heights of the overview's lines, and the width of the notes beside them.
const (
	overviewHeading = 26.0
	overviewLine    = 17.0
	overviewNotes   = 112.0
)

// comparedVariants are those of all comparisons but the baselines, each with one
// colour.
func comparedVariants(summaries []*compare.Summary) (variants []series) {
	for _, s := range summaries {
		for i := range s.Comparisons {
			if label := s.Comparisons[i].Label(); classOf(variants, label) == "" {
				variants = append(variants, series{label: label, class: class(len(variants) + 1)})
			}
		}
	}
	return variants
}

// savedOverview has for each comparison a line of what every variant saves in it,
// with its interval.
func savedOverview(summaries []*compare.Summary, names []string) figure {
	p := overviewPicture{summaries: summaries, names: names, variants: comparedVariants(summaries)}
	f := figure{
		Title: "Steps saved to the baseline's best loss", Full: true, CSV: SavedName, Command: summaries[0].Command,
		Caption: "Lines: 95 % intervals. A hollow dot: with a schedule of only so many steps the variant did not end as low.",
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
	x := newScale(low-pad, high+pad, left, p.width-left-overviewNotes, false)
	var rows drawing
	top := rows.legend(left, 0, p.width-2*left, p.variants) + gap
	y := top
	for i, s := range p.summaries {
		y += overviewHeading
		rows.text("label halo", start, left, y-7, shorten(p.names[i], int(p.width/(glyphWidth*fontSize))))
		for j := range s.Comparisons {
			p.row(&rows, x, s, &s.Comparisons[j], y+overviewLine/2)
			y += overviewLine
		}
		y += gap
	}
	d := newDrawing(p.width, y+bottom, p.class, "Steps saved to the baseline's best loss, in each comparison")
	ticks := x.ticks(6)
	for i, label := range labels(ticks) {
		at := x.at(ticks[i])
		d.line("grid", at, top, at, y)
		d.text("tick", middle, at, y+16, label)
	}
	d.line("axis", x.from, y, x.to, y)
	d.line("zero", x.at(0), top, x.at(0), y)
	d.text("axis-name", middle, (x.from+x.to)/2, y+36, "% of the baseline's steps saved")
	d.out.WriteString(rows.out.String())
	return d.finish()
}

// row draws what one variant saves.
func (p *overviewPicture) row(d *drawing, x scale, s *compare.Summary, c *compare.Comparison, y float64) {
	colour, note := classOf(p.variants, c.Label()), "never"
	if i := c.StepsSavedInterval; i != nil && i.CI95 != nil {
		from, to := x.at(100*i.CI95[0]), x.at(100*i.CI95[1])
		d.line("interval "+colour, from, y, to, y)
		note = fmt.Sprintf("(%.0f to %.0f)", 100*i.CI95[0], 100*i.CI95[1])
	}
	if c.StepsSaved != nil {
		note = strings.TrimSpace(compare.Percent(*c.StepsSaved) + " " + strings.TrimPrefix(note, "never"))
		dot := "center "
		if slices.ContainsFunc(s.Confirmations, func(k compare.Confirmation) bool {
			return k.Variant == c.Label() && k.FinalLoss != nil && !k.Confirmed
		}) {
			dot = "crossing "
		}
		d.circle(dot+colour, x.at(100**c.StepsSaved), y, 4.5, c.Label()+": "+note)
	}
	d.text("remark", end, p.width-14, y+4, note)
}

// span is the range of what is drawn, 0 within it, in percent.
func (p *overviewPicture) span() (low, high float64) {
	for _, s := range p.summaries {
		for i := range s.Comparisons {
			c := &s.Comparisons[i]
			if c.StepsSaved != nil {
				low, high = min(low, 100**c.StepsSaved), max(high, 100**c.StepsSaved)
			}
			if k := c.StepsSavedInterval; k != nil && k.CI95 != nil {
				low, high = min(low, 100*k.CI95[0]), max(high, 100*k.CI95[1])
			}
		}
	}
	return low, high
}
