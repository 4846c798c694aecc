package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"math"
	"path/filepath"
	"time"

	"github.com/waveletgpt/waveletgpt/internal/typeset"
	"github.com/waveletgpt/waveletgpt/summary"
)

//go:embed live.html
var liveText string

// live is the input of the template of runs that are still training.
type live struct {
	head
	Refresh  int // seconds; 0: the page stays as it is
	Subtitle string
	Curves   []figure
	Runs     [][]string
}

// WriteLive writes report.html into dir for runs that are still training: their curves
// so far and no verdict. A browser that shows the page loads it again after refresh, 0
// for never.
func WriteLive(dir string, s *summary.Summary, refresh time.Duration) error {
	all := collectSoFar(s)
	p := live{
		head:     head{Title: fmt.Sprintf("%s of %s", typeset.Counted(len(s.Runs), "run"), s.Data.Name)},
		Refresh:  int(math.Ceil(refresh.Seconds())),
		Subtitle: fmt.Sprintf("%s so far · losses in bits per %s", typeset.Counted(s.LongestRun(), "step"), s.Data.Unit),
		Curves:   curveFigures(s, all, ""), Runs: liveRows(s),
	}
	for i := range p.Curves {
		p.Curves[i].CSV = "" // the tables are written with the verdicts
	}
	var text bytes.Buffer
	if err := execute(&text, "live", p); err != nil {
		return err
	}
	return put(filepath.Join(dir, PageName), text.Bytes())
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
		status, last := string(r.Status), r.Curve[len(r.Curve)-1]
		if r.Status == summary.Unfinished {
			status = "training"
		}
		rows = append(rows, []string{r.Label(), fmt.Sprint(r.Seed), status, typeset.Count(float64(r.Steps)), typeset.Loss(s.Data.Bits(last.Loss)), typeset.Loss(last.Loss)})
	}
	return rows
}
