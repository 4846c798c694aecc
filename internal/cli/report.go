package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/waveletgpt/waveletgpt/report"
	"github.com/waveletgpt/waveletgpt/summary"
)

// reportOptions holds the flags of report.
type reportOptions struct {
	out, soundFont              string
	events, noSamples, markdown bool
	watch, open                 bool
	interval                    time.Duration
}

func (a *App) reportCommand() *cobra.Command {
	var o reportOptions
	c := &cobra.Command{
		Use:   "report DIR|CURVES.csv ...",
		Short: "Write the report of one or several comparisons",
		Long: `Write report.html and its tables from the summary.json of comparisons.

DIR was written by compare. Parts of a comparison (compare --part) become the
whole one, and must all be there. Comparisons of the same data, validation
windows and configuration are merged, with all their seeds and variants; others
follow one another on the page, and Holm's method corrects p for the primary
tests of all.

CURVES.csv adds loss curves of other programs to the comparison before it. Its
columns are step and loss, in nats per token, and optionally variant, seed,
tokens, flops, seconds and status. Exports of W&B, TensorBoard and Lightning are
read as they are. A curve without a seed is compared with the baseline's first.
A line for each curve says what was assumed.

With --watch, DIR may still be training, be extended, or not be there yet: the
page shows the curves so far, and any earlier verdicts, and the browser reloads
it. DIR may also be that of a plan of several comparisons: the page shows all
of them. When they are finished, it is the page of report without --watch.`,
		Example: `  waveletgpt report runs/a
  waveletgpt report runs/a runs/b theirs.csv --out runs/together
  waveletgpt report runs/a/part-* --out runs/a
  waveletgpt report runs/a --watch`,
		Args:              numArgs(1, math.MaxInt, "one or more comparison directories or CSV files"),
		ValidArgsFunction: completeDir(math.MaxInt, comparison),
		RunE: func(c *cobra.Command, args []string) error {
			if o.watch {
				return a.watchReport(c.Context(), c, args, o)
			}
			if c.Flags().Changed("interval") {
				return usage(errors.New("--interval is for --watch; give both"))
			}
			for _, arg := range args {
				if isCurves(arg) {
					continue
				}
				if err := a.expect(c, arg, asComparison); err != nil {
					return err
				}
			}
			if o.out == "" && (len(args) > 1 || isCurves(args[0])) {
				return usage(errors.New("no --out given; several comparisons or a file of curves need a directory for the report"))
			}
			return a.report(args, o)
		},
	}
	c.Flags().StringVar(&o.out, "out", "", "`directory` for the report (default: that of the one comparison)")
	c.Flags().StringVar(&o.soundFont, "soundfont", "", "SoundFont `file` (.sf2) to render samples of music, so that the report can play them")
	c.Flags().BoolVar(&o.noSamples, "no-samples", false, "leave out the samples, which start with an excerpt of the data that you may not be allowed to share")
	c.Flags().BoolVar(&o.events, "tensorboard", false, "also write the curves for TensorBoard, to --out/"+report.EventsDir)
	c.Flags().BoolVar(&o.markdown, "markdown", false, "print complete Markdown tables instead of a summary for the terminal")
	c.Flags().BoolVar(&o.watch, "watch", false, "write the page again whenever the comparison progresses, until interrupted")
	c.Flags().BoolVar(&o.open, "open", false, openUsage)
	c.Flags().DurationVar(&o.interval, "interval", 10*time.Second, "`time` between two checks of --watch")
	return c
}

// isCurves reports whether an argument is a file of curves, not a comparison.
func isCurves(path string) bool {
	ext := strings.ToLower(filepath.Ext(path))
	info, err := os.Stat(path)
	return (ext == ".csv" || ext == ".tsv") && (err != nil || !info.IsDir())
}

func (a *App) report(args []string, o reportOptions) error {
	if a.json && o.markdown {
		return usage(errors.New("--json and --markdown print the same in two forms; choose one"))
	}
	summaries, err := a.writeReport(args, o)
	if err != nil {
		return err
	}
	write := a.printSummaries
	if o.markdown {
		write = a.printMarkdown
	}
	if err := write(summaries); err != nil {
		return err
	}
	out := cmp.Or(o.out, args[0])
	a.logf("wrote %s and its tables to %s", report.PageName, out)
	if o.events {
		a.logf("wrote the curves for TensorBoard to %s", filepath.Join(out, report.EventsDir))
	}
	a.shown(out, o.open)
	return nil
}

// writeReport writes the report of comparisons and curves, and returns their summaries.
func (a *App) writeReport(args []string, o reportOptions) ([]*summary.Summary, error) {
	out := cmp.Or(o.out, args[0])
	if err := checkWritten(out, args...); err != nil {
		return nil, err
	}
	summaries, err := a.readSummaries(args)
	if err != nil {
		return nil, err
	}
	if err := checkReportOut(out, args, summaries); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(out, 0o777); err != nil {
		return nil, err
	}
	if o.noSamples {
		for _, s := range summaries {
			s.Samples = nil
		}
	}
	if err := writeAssembled(out, summaries); err != nil {
		return nil, err
	}
	// A copy of one comparison keeps its summary, so that it can be merged again. The
	// summary of a comparison that was read stays as it is.
	if len(summaries) == 1 && !slices.ContainsFunc(args, func(arg string) bool { return sameFile(out, arg) }) {
		if err := summaries[0].Write(out); err != nil {
			return nil, err
		}
	}
	if o.soundFont != "" {
		if err := renderSamples(o.soundFont, summaries); err != nil {
			return nil, err
		}
	}
	if err := report.Write(out, summaries...); err != nil {
		return nil, err
	}
	for i, s := range summaries {
		dir := filepath.Join(out, report.EventsDir)
		if len(summaries) > 1 {
			dir = filepath.Join(dir, fmt.Sprint(i+1))
		}
		if !o.events {
			break
		}
		if err := report.WriteEvents(dir, s); err != nil {
			return nil, err
		}
	}
	return summaries, nil
}

// writeAssembled does for comparisons that were trained in parts below out what compare does
// on one machine: it records what a former summary does not have, and writes summary and
// page of each of several comparisons into its directory.
func writeAssembled(out string, summaries []*summary.Summary) error {
	for s, dir := range assembledDirs(out, summaries) {
		earlier, err := summary.Read(dir)
		switch {
		case err == nil:
			s.RecordAdditions(earlier, time.Now())
			s.Judge()
		case !errors.Is(err, os.ErrNotExist):
			return input(err)
		}
		if err := s.Write(dir); err != nil {
			return err
		}
		if err := report.Write(dir, s); err != nil {
			return err
		}
	}
	return nil
}

// assembledDirs gives the directory of each comparison that was trained in parts below out.
func assembledDirs(out string, summaries []*summary.Summary) iter.Seq2[*summary.Summary, string] {
	return func(yield func(*summary.Summary, string) bool) {
		for _, s := range summaries {
			if len(s.Dirs) == 0 || !isPart(s.Dirs[0]) {
				continue
			}
			dir := filepath.Dir(s.Dirs[0])
			if dir != filepath.Clean(out) && filepath.Dir(dir) != filepath.Clean(out) {
				continue
			}
			if !yield(s, dir) {
				return
			}
		}
	}
}

func (a *App) printMarkdown(summaries []*summary.Summary) error {
	return a.printEach(summaries, func(w io.Writer, s *summary.Summary) error {
		if len(summaries) > 1 {
			fmt.Fprintln(w) // a table begins a paragraph
		}
		return summary.WriteMarkdown(w, s)
	})
}

// readSummaries reads comparisons and curves and merges those that belong
// together. A comparison that is not merged keeps its command.
func (a *App) readSummaries(args []string) ([]*summary.Summary, error) {
	var all []*summary.Summary
	for _, path := range args {
		s, err := a.readSummary(path)
		if err != nil {
			return nil, input(err)
		}
		if err := publish(s); err != nil {
			return nil, input(err)
		}
		all = append(all, s)
	}
	all, err := assembled(all)
	if err != nil {
		return nil, input(err)
	}
	merged, err := summary.Merge(all)
	if len(merged) > 1 {
		summary.Correct(merged...)
	}
	for _, s := range merged {
		for _, line := range s.Assumptions() {
			a.logf("%s", line)
		}
	}
	return merged, input(err)
}

func (a *App) readSummary(path string) (*summary.Summary, error) {
	if !isCurves(path) {
		return summary.Read(path)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("curves: %w", notThere(path, "a file", err))
	}
	defer file.Close()
	s, err := summary.Import(file, path)
	if err == nil {
		s.Command = a.command()
	}
	return s, err
}
