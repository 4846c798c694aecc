package report

import (
	"bytes"
	"cmp"
	_ "embed"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/waveletgpt/waveletgpt/internal/typeset"
	"github.com/waveletgpt/waveletgpt/summary"
)

//go:embed live.html
var liveText string

// A LivePart is a comparison on a page of comparisons that are still training.
type LivePart struct {
	Name    string           // of its directory
	SoFar   *summary.Summary // of its runs, while they train; otherwise nil
	Others  int              // runs beside them, on other data, which are left out
	Newest  time.Time        // when the last line of their logs was written
	Verdict *summary.Summary // what was written when runs before these were over; nil: nothing
	Page    string           // its own page, relative to this one; empty: none
}

// state says in one or two words how far a part is.
func (p *LivePart) state() string {
	switch {
	case p.SoFar != nil && p.Verdict != nil:
		return "being extended"
	case p.SoFar != nil:
		return "unfinished"
	case p.Verdict != nil:
		return "finished"
	}
	return "not begun"
}

// live is the input of the template of runs that are still training.
type live struct {
	head
	Refresh  int // seconds; 0: the page stays as it is
	Kicker   string
	Subtitle string
	Parts    []livePart // in several, those that train are first
}

// Several tells whether the page has more than one comparison.
func (p live) Several() bool { return len(p.Parts) > 1 }

type livePart struct {
	Name     string
	State    string
	Title    string
	Subtitle string
	Before   string // about the verdicts
	Page     string
	Notes    []string
	Verdicts []verdict
	Newest   string
	Others   string
	Curves   []figure
	Runs     [][]string
}

// WriteLive writes report.html into dir for comparisons of which some are still
// training: their curves so far, and the verdicts that there are. A browser that shows
// the page loads it again after refresh, 0 for never.
func WriteLive(dir string, refresh time.Duration, parts ...LivePart) error {
	p := live{Refresh: int(math.Ceil(refresh.Seconds()))}
	parts = slices.Clone(parts)
	slices.SortStableFunc(parts, func(a, b LivePart) int { return cmp.Compare(a.place(), b.place()) })
	states := map[string]int{}
	var names []string // of the states
	for i := range parts {
		state := parts[i].state()
		if states[state]++; states[state] == 1 {
			names = append(names, state)
		}
		p.Parts = append(p.Parts, newLivePart(&parts[i], fmt.Sprintf("c%d-", i+1)))
	}
	if first := p.Parts[0]; len(parts) == 1 {
		p.Kicker, p.Title, p.Subtitle = capital(first.State), first.Title, first.Subtitle
		if parts[0].Verdict == nil {
			p.Kicker += ": no verdict yet"
		}
	} else {
		p.Kicker, p.Title = "Not finished", fmt.Sprintf("%d comparisons", len(parts))
		for i, name := range names {
			names[i] = fmt.Sprintf("%d %s", states[name], name)
		}
		p.Subtitle = strings.Join(names, " · ")
	}
	var text bytes.Buffer
	if err := execute(&text, "live", p); err != nil {
		return err
	}
	return put(filepath.Join(dir, PageName), text.Bytes())
}

// place orders parts: those that train, those that are finished, the rest.
func (p *LivePart) place() int {
	switch {
	case p.SoFar != nil:
		return 0
	case p.Verdict != nil:
		return 1
	}
	return 2
}

// newLivePart prepares a part; prefix keeps the ids of its pictures apart.
func newLivePart(p *LivePart, prefix string) livePart {
	out := livePart{Name: p.Name, State: p.state(), Title: p.Name, Page: p.Page}
	if s := p.Verdict; s != nil {
		all := collect(s)
		out.Title, out.Subtitle = title(s, all), subtitle(s)
		var v view
		for i := range s.Comparisons {
			v.addVerdict(s, &s.Comparisons[i], all)
			if p.SoFar != nil {
				v.Verdicts[i].Class = "" // the curves above have other colours
			}
		}
		out.Notes, out.Verdicts = v.Notes, v.Verdicts
	}
	s := p.SoFar
	if s == nil {
		return out
	}
	if p.Verdict != nil {
		out.Before = fmt.Sprintf("This comparison was finished with %s and is being extended. The earlier verdicts are below the curves.", typeset.Counted(len(p.Verdict.Runs)+len(p.Verdict.Shorter), "run"))
	}
	all := collectSoFar(s)
	out.Title = fmt.Sprintf("%s of %s", typeset.Counted(len(s.Runs), "run"), s.Data.Name)
	out.Subtitle = fmt.Sprintf("%s so far · losses in bits per %s", typeset.Counted(s.LongestRun(), "step"), s.Data.Unit)
	out.Newest = p.Newest.Format("2006-01-02 15:04:05 MST")
	if p.Others > 0 {
		out.Others = typeset.Counted(p.Others, "run")
	}
	out.Runs = liveRows(s)
	out.Curves = curveFigures(s, all, prefix)
	for i := range out.Curves {
		out.Curves[i].CSV = "" // the tables are written with the verdicts
	}
	return out
}

// collectSoFar is collect with the runs that are still training among those of the
// means.
func collectSoFar(s *summary.Summary) []series {
	training := *s
	training.Runs = nil
	for _, r := range s.Runs {
		if r.Status == summary.Unfinished {
			r.Status = summary.Finished
		}
		training.Runs = append(training.Runs, r)
	}
	return collect(&training)
}

// liveRows has a row for each run.
func liveRows(s *summary.Summary) [][]string {
	rows := [][]string{{"Variant", "Seed", "Status", "Steps", "Last loss, bits", "nats"}}
	for i := range s.Runs {
		r := &s.Runs[i]
		last := r.Curve[len(r.Curve)-1]
		rows = append(rows, []string{r.Label(), fmt.Sprint(r.Seed), string(r.Status), typeset.Count(float64(r.Steps)), typeset.Loss(s.Data.Bits(last.Loss)), typeset.Loss(last.Loss)})
	}
	return rows
}
