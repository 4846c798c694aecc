package cli

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/waveletgpt/waveletgpt/compare"
	"github.com/waveletgpt/waveletgpt/internal/typeset"
	"github.com/waveletgpt/waveletgpt/report"
	"github.com/waveletgpt/waveletgpt/run"
	"github.com/waveletgpt/waveletgpt/summary"
)

// parts lists the comparisons on the page: that of the directory, else all below it. An
// empty directory is that of a part that compare has not begun. beside says which
// comparisons are not on the page.
func (w *reportWatch) parts() (dirs []string, beside string) {
	var others []string
	own := isComparison(w.dir)
	for _, dir := range glob(w.dir, "[^.]*") {
		name := filepath.Base(dir)
		info, err := os.Stat(dir)
		switch {
		case err != nil || !info.IsDir() || name == run.DataDir || name == report.EventsDir || own && isPart(dir):
		case own && isComparison(dir), name == holdoutDir && len(glob(dir, "[^.]*")) > 0:
			others = append(others, name)
		case !own && (isComparison(dir) || len(glob(dir, "[^.]*")) == 0):
			dirs = append(dirs, dir)
		}
	}
	if own {
		dirs = []string{w.dir}
	}
	if len(others) > 0 {
		beside = fmt.Sprintf("; with a separate page below it: %s", typeset.List(others))
	}
	return dirs, beside
}

// isComparison reports whether compare has written or begun one in a directory.
func isComparison(dir string) bool { return has(dir, summary.FileName) || len(runsBelow(dir, 1)) > 0 }

// part reads how far a comparison is.
func (w *reportWatch) part(dir string) (p report.LivePart, err error) {
	p.Name = filepath.Base(dir)
	info, absent := os.Stat(filepath.Join(dir, summary.FileName))
	if absent == nil {
		if p.Verdict, err = summary.Read(dir); err != nil {
			return p, input(err)
		}
		if err := publish(p.Verdict); err != nil {
			return p, err
		}
	}
	if p.Verdict != nil && p.Verdict.Part != nil {
		p.Verdict = nil // one of several machines has no verdict, but curves
	}
	if p.Verdict != nil {
		if dir != w.dir && has(dir, report.PageName) {
			p.Page = p.Name + "/" + report.PageName
		}
		if extended, err := compare.Extended(dir, p.Verdict, info.ModTime()); err != nil || !extended {
			return p, input(err)
		}
	}
	var newest string
	for _, path := range runsBelow(dir, 1) {
		if info, err := os.Stat(filepath.Join(path, run.MetricsFile)); err == nil && info.ModTime().After(p.Newest) {
			newest, p.Newest = path, info.ModTime()
		}
	}
	if newest == "" {
		return p, nil
	}
	if err := w.open(dir, newest); err != nil {
		return p, err
	}
	if p.SoFar, p.Others, err = compare.SoFar(dir, w.sets[dir], p.Verdict); p.SoFar != nil {
		err = publish(p.SoFar)
	}
	return p, err
}

// open opens the data of a run for a comparison, unless it is open.
func (w *reportWatch) open(dir, of string) error {
	r, err := run.Open(of)
	if err != nil {
		return input(err)
	}
	if set := w.sets[dir]; set != nil {
		if set.Header.Hash == r.Config.Data.Hash {
			return nil
		}
		set.Close()
		delete(w.sets, dir)
	}
	set, err := runData(r, "")
	if err == nil {
		w.sets[dir] = set
	}
	return err
}
