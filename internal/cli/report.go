package cli

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/waveletgpt/waveletgpt/report"
	"github.com/waveletgpt/waveletgpt/summary"
)

// reportOptions are the flags of report.
type reportOptions struct {
	out, soundFont              string
	events, noSamples, markdown bool
}

func (a *App) reportCommand() *cobra.Command {
	var o reportOptions
	c := &cobra.Command{
		Use:   "report DIR|CURVES.csv ...",
		Short: "Write the report of one comparison anew, or one of several together",
		Long: "Write report.html and its tables from summary.json in a directory that compare wrote. Several comparisons of the same data,\n" +
			"windows and configuration become one, with all their seeds and variants; others stand one after the other. A CSV file brings\n" +
			"curves from elsewhere (columns step and loss in nats, perhaps variant, seed, tokens, flops, seconds, status); they join the\n" +
			"comparison before them.",
		Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if o.out == "" && (len(args) > 1 || isCurves(args[0])) {
				return usage(errors.New("report: name a directory for what several comparisons or a file of curves make, with --out"))
			}
			return a.report(args, o)
		},
	}
	c.Flags().StringVar(&o.out, "out", "", "directory of the report (default: that of the one comparison)")
	c.Flags().StringVar(&o.soundFont, "soundfont", "", "SoundFont (.sf2) that plays samples of music, so that the page has a player for them")
	c.Flags().BoolVar(&o.noSamples, "no-samples", false, "leave samples out: they begin with a piece of the data, which may not be free to pass on")
	c.Flags().BoolVar(&o.events, "tensorboard", false, "write the curves for TensorBoard too, in DIR/"+report.EventsDir)
	c.Flags().BoolVar(&o.markdown, "markdown", false, "print Markdown tables for a document, with all figures, in place of those for a terminal")
	return c
}

// isCurves tells a file of curves from a directory of a comparison.
func isCurves(path string) bool { return strings.EqualFold(filepath.Ext(path), ".csv") }

func (a *App) report(args []string, o reportOptions) error {
	summaries, err := a.readSummaries(args)
	if err != nil {
		return err
	}
	out := cmp.Or(o.out, args[0])
	if err := checkOut(out); err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o777); err != nil {
		return err
	}
	if o.noSamples {
		for _, s := range summaries {
			s.Samples = nil
		}
	}
	// What one comparison came to can be merged again and gone on from.
	if len(summaries) == 1 && out != args[0] {
		if err := summaries[0].Write(out); err != nil {
			return err
		}
	}
	if o.soundFont != "" {
		if err := renderSamples(o.soundFont, summaries); err != nil {
			return err
		}
	}
	if err := report.Write(out, summaries...); err != nil {
		return err
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
			return err
		}
	}
	print := a.printSummaries
	if o.markdown {
		print = a.printMarkdown
	}
	if err := print(summaries); err != nil {
		return err
	}
	a.logf("%s and its tables are in %s", report.PageName, out)
	return nil
}

func (a *App) printMarkdown(summaries []*summary.Summary) error {
	for i, s := range summaries {
		if i > 0 {
			fmt.Fprintln(a.Stdout)
		}
		if err := summary.WriteMarkdown(a.Stdout, s); err != nil {
			return err
		}
	}
	return nil
}

// readSummaries reads comparisons and curves and puts together what belongs
// together. An unmerged comparison keeps its own command.
func (a *App) readSummaries(args []string) ([]*summary.Summary, error) {
	var all []*summary.Summary
	for _, path := range args {
		s, err := readSummary(path)
		if err != nil {
			return nil, input(err)
		}
		if s.Command == "" {
			s.Command = a.command()
		}
		all = append(all, s)
	}
	merged, err := summary.Merge(all)
	return merged, input(err)
}

func readSummary(path string) (*summary.Summary, error) {
	if !isCurves(path) {
		return summary.Read(path)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("curves: %w", err)
	}
	defer file.Close()
	return summary.Import(file, path)
}
