package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/report"
	"github.com/waveletgpt/waveletgpt/run"
	"github.com/waveletgpt/waveletgpt/summary"
)

// A reportWatch writes the page of a comparison, or of all parts of a plan, whenever
// their files have changed.
type reportWatch struct {
	app     *App
	dir     string
	expect  func() error  // refuses a directory that holds something else
	refresh time.Duration // of a page that is still training

	sets   map[string]*dataset.Set // of the runs, by the directory of their comparison
	seen   string                  // state of the files that the page shows
	said   string                  // the last line for the user
	still  bool                    // the page loads itself again
	toOpen bool                    // the page, when it is there
}

// asWatched is what watchReport takes.
var asWatched = role{"a comparison or a directory of runs", []kind{comparison, runsFolder}, true}

// watchReport looks every interval until ctx ends.
func (a *App) watchReport(ctx context.Context, c *cobra.Command, args []string, o reportOptions) error {
	for _, name := range []string{"out", "soundfont", "no-samples", "tensorboard", "markdown", "json"} {
		if c.Flags().Changed(name) {
			return usage(fmt.Errorf("--%s cannot be used with --watch, which writes only the page in DIR; run report without --watch for that", name))
		}
	}
	if len(args) > 1 || isCurves(args[0]) {
		return usage(errors.New("--watch takes one directory, of a comparison or of a plan"))
	}
	if o.interval <= 0 {
		return usage(fmt.Errorf("--interval %s: must be more than 0", o.interval))
	}
	dir := args[0]
	w := &reportWatch{app: a, dir: dir, expect: func() error { return a.expect(c, dir, asWatched) }, refresh: o.interval, toOpen: o.open, sets: map[string]*dataset.Set{}}
	defer w.close()
	if path := report.Foreign(dir); path != "" {
		return usage(fmt.Errorf("%s is in the way of the page: this program did not write it; move that file", path))
	}
	if err := w.look(); err != nil {
		return err
	}
	ticker := time.NewTicker(o.interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return errors.Join(w.end(), ctx.Err())
		case <-ticker.C:
			if err := w.look(); err != nil { // perhaps a file that is just being written
				w.say("warning: " + oneLine(err))
			}
		}
	}
}

// look writes the page if a summary or the log of a run has changed.
func (w *reportWatch) look() error {
	if err := w.expect(); err != nil {
		return err
	}
	state := w.state()
	if state == w.seen {
		return nil
	}
	if err := w.write(w.refresh); err != nil {
		return err
	}
	w.seen = state
	return nil
}

// end writes the page once more, so that no browser loads it again.
func (w *reportWatch) end() error {
	if w.still {
		return w.write(0)
	}
	return w.look()
}

// state changes whenever a file does that the page is made of.
func (w *reportWatch) state() (state string) {
	state = "files:\n" // also of none, unlike before the first look
	for _, pattern := range []string{summary.FileName, "*/" + summary.FileName, "*/" + run.MetricsFile, "*/*/" + run.MetricsFile} {
		for _, path := range glob(w.dir, pattern) {
			if info, err := os.Stat(path); err == nil {
				state += fmt.Sprintln(path, info.Size(), info.ModTime().UnixNano())
			}
		}
	}
	return state
}

// write writes the page of the verdicts if all parts have one, and nothing trains or
// nobody will load it again. Otherwise it writes the curves so far.
func (w *reportWatch) write(refresh time.Duration) error {
	dirs, beside := w.parts()
	var parts []report.LivePart
	begun, verdicts, training := 0, 0, 0
	for _, dir := range dirs {
		part, err := w.part(dir)
		if err != nil {
			return err
		}
		parts = append(parts, part)
		if part.Verdict != nil {
			verdicts++
		}
		if part.SoFar != nil {
			training++
		}
		if part.SoFar != nil || part.Verdict != nil {
			begun++
		}
	}
	page := filepath.Join(w.dir, report.PageName)
	if begun == 0 {
		line := "waiting for the first evaluation of a run in " + w.dir
		if kindOf(w.dir) == nothing {
			line += ", which does not exist yet"
		}
		w.say(line)
		return nil
	}
	whole := len(parts) > 1 || dirs[0] == w.dir // or else the first part of several
	if whole && verdicts == len(parts) && (training == 0 || refresh == 0) {
		summaries, err := w.app.readSummaries(dirs)
		if err != nil {
			return err
		}
		if err := report.Write(w.dir, summaries...); err != nil {
			return err
		}
		w.still = false
		line := page + " shows the finished comparison"
		if len(parts) > 1 {
			line = fmt.Sprintf("%s shows the %d finished comparisons", page, len(parts))
		}
		if training > 0 {
			line += ", without the runs that extend it"
		}
		w.say(line + beside)
		w.show(page)
		return nil
	}
	if err := report.WriteLive(w.dir, refresh, parts...); err != nil {
		return err
	}
	w.still = true
	w.say(fmt.Sprintf("%s shows the curves so far and reloads itself; interrupt to end%s", page, beside))
	w.show(page)
	return nil
}

// show opens the page once, if the user wants that.
func (w *reportWatch) show(page string) {
	if w.toOpen {
		w.toOpen = false
		w.app.open(page)
	}
}

// say prints a line, unless it is the last one again.
func (w *reportWatch) say(line string) {
	if line != w.said {
		w.said = line
		w.app.logf("%s", line)
	}
}

func (w *reportWatch) close() {
	for _, set := range w.sets {
		set.Close()
	}
}
