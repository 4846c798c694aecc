package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/waveletgpt/waveletgpt/compare"
	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/report"
	"github.com/waveletgpt/waveletgpt/run"
	"github.com/waveletgpt/waveletgpt/summary"
)

// A reportWatch writes the page of a comparison whenever its files have changed.
type reportWatch struct {
	app     *App
	dir     string
	refresh time.Duration // of a page that is still training

	set   *dataset.Set // of the runs; nil before the first one
	seen  string       // state of the files that the page shows
	said  string       // the last line for the user
	still bool         // the page says that the comparison is training
}

// watchReport looks every interval until ctx ends.
func (a *App) watchReport(ctx context.Context, c *cobra.Command, args []string, o reportOptions) error {
	for _, name := range []string{"out", "soundfont", "no-samples", "tensorboard", "markdown", "json"} {
		if c.Flags().Changed(name) {
			return usage(fmt.Errorf("--%s cannot be used with --watch, which writes the page that compare will write in its place", name))
		}
	}
	if len(args) > 1 || isCurves(args[0]) {
		return usage(errors.New("--watch takes the directory of one comparison"))
	}
	if o.interval <= 0 {
		return usage(fmt.Errorf("--interval %s: must be more than 0", o.interval))
	}
	dir := args[0]
	if _, err := os.Stat(dir); err != nil {
		return input(err)
	}
	if err := a.expect(c, dir, role{asComparison.name, []kind{comparison, runsFolder}}); err != nil {
		return err
	}
	if len(runsBelow(dir, 1)) == 0 && len(runsBelow(dir, 2)) > 0 {
		return input(fmt.Errorf("%s holds several comparisons; watch one of them", dir))
	}
	w := &reportWatch{app: a, dir: dir, refresh: o.interval}
	defer w.close()
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

// look writes the page if the summary or the log of a run has changed.
func (w *reportWatch) look() error {
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
	paths := append(glob(w.dir, "*/"+run.MetricsFile), filepath.Join(w.dir, summary.FileName))
	state = "files:\n" // also of none, unlike before the first look
	for _, path := range paths {
		if info, err := os.Stat(path); err == nil {
			state += fmt.Sprintln(path, info.Size(), info.ModTime().UnixNano())
		}
	}
	return state
}

// write writes the page of the summary, or else that of the runs so far.
func (w *reportWatch) write(refresh time.Duration) error {
	if has(w.dir, summary.FileName) {
		if _, err := w.app.writeReport([]string{w.dir}, reportOptions{}); err != nil {
			return err
		}
		w.still = false
		w.say(fmt.Sprintf("%s is that of the finished comparison", filepath.Join(w.dir, report.PageName)))
		return nil
	}
	s, err := w.soFar()
	if err != nil {
		return err
	}
	if s == nil {
		w.say("waiting for the first evaluation of a run in " + w.dir)
		return nil
	}
	if err := publish(s); err != nil {
		return err
	}
	if err := report.WriteLive(w.dir, s, refresh); err != nil {
		return err
	}
	w.still = true
	w.say(fmt.Sprintf("%s shows the curves so far and loads itself again; interrupt to end", filepath.Join(w.dir, report.PageName)))
	return nil
}

// soFar is the summary of the runs so far, nil before the first evaluation.
func (w *reportWatch) soFar() (*summary.Summary, error) {
	if w.set == nil {
		runs := runsBelow(w.dir, 1)
		if len(runs) == 0 {
			return nil, nil
		}
		r, err := run.Open(runs[0])
		if err != nil {
			return nil, input(err)
		}
		if w.set, err = runData(r, ""); err != nil {
			return nil, err
		}
	}
	return compare.SoFar(w.dir, w.set)
}

// say prints a line, unless it is the last one again.
func (w *reportWatch) say(line string) {
	if line != w.said {
		w.said = line
		w.app.logf("%s", line)
	}
}

func (w *reportWatch) close() {
	if w.set != nil {
		w.set.Close()
	}
}
