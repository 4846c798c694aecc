package report

import (
	"fmt"
	"html/template"
	"maps"
	"slices"
	"strings"

	"github.com/waveletgpt/waveletgpt/summary"
)

// page is the input of the template: one comparison, or several after an overview.
type page struct {
	head
	Subtitle    string
	Names       []string   // of several comparisons
	Kickers     []string   // what they measured, each kind once
	Overview    [][]string // a row for each variant of each
	Horizons    [][]string // steps to equal final loss, of summaries that differ in length
	TooWide     string     // a remark on them
	Figures     []figure   // of the overview
	overview    figure     // the one of Figures that is a file too
	Comparisons []*view
}

func newPage(dir string, summaries []*summary.Summary) *page {
	p := &page{head: head{Script: template.JS(scriptText)}}
	for i, s := range summaries {
		p.Comparisons = append(p.Comparisons, newView(s, dir, fmt.Sprintf("c%d-", i+1)))
	}
	if first := p.Comparisons[0]; len(summaries) == 1 {
		p.Title, p.Subtitle = first.Title, first.Subtitle
		return p
	}
	p.Title = fmt.Sprintf("%d comparisons", len(summaries))
	data := map[string]bool{}
	for _, s := range summaries {
		data[s.Data.Name] = true
	}
	p.Subtitle = strings.Join(slices.Sorted(maps.Keys(data)), " · ")
	p.Names = Names(summaries)
	for _, v := range p.Comparisons {
		if !slices.Contains(p.Kickers, v.Kicker) {
			p.Kickers = append(p.Kickers, v.Kicker)
		}
	}
	p.Overview = overviewRows(summaries)
	ratios := summary.HorizonRatios(summaries)
	p.Horizons = ratioRows(ratios)
	if slices.ContainsFunc(ratios, func(r summary.HorizonRatio) bool { return r.Wide }) {
		p.TooWide = summary.TooWide
	}
	differences := differenceOverview(summaries, p.Names)
	p.overview = differences
	if f, ok := shareOverview(summaries, p.Names); ok {
		p.overview, p.Figures = f, append(p.Figures, f)
	}
	for _, study := range summary.Horizons(summaries) {
		p.Figures = append(p.Figures, finalLossFigure(study...))
		for _, s := range study {
			v := p.Comparisons[slices.Index(summaries, s)]
			v.Opening, v.Next = openingOfHorizon, nil
		}
	}
	p.Figures = append(p.Figures, differences)
	return p
}

// picture is the page's picture as a separate file: the final losses over the length of
// training, or the curves over steps where there is one length; of several comparisons the
// shares of the steps, or the final losses. It is nil if there is none.
func (p *page) picture() []byte {
	if p.Several() {
		return standalone(p.overview.Wide)
	}
	first := p.Comparisons[0]
	if first.Horizons != nil {
		return standalone(first.Answer[0].Wide)
	}
	if len(first.Curves) > 0 {
		return standalone(first.Curves[0].Wide)
	}
	return nil
}

// Several tells whether the page has more than one comparison.
func (p *page) Several() bool { return len(p.Comparisons) > 1 }
