package cli

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/waveletgpt/waveletgpt/compare"
	"github.com/waveletgpt/waveletgpt/report"
	"github.com/waveletgpt/waveletgpt/run"
)

func (a *App) compareCommand() *cobra.Command {
	var flags configFlags
	var out string
	var variants []string
	var seeds int
	c := &cobra.Command{
		Use:   "compare",
		Short: "Train variants from the same start and say how much sooner they reach the baseline's loss",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			config, err := flags.resolve()
			if err != nil {
				return err
			}
			if seeds < 1 {
				return usage(fmt.Errorf("--seeds %d: give 1 or more", seeds))
			}
			p := compare.Plan{Config: config}
			for _, v := range variants {
				p.Variants = append(p.Variants, compare.Variant{Spec: v})
			}
			for i := range seeds {
				p.Seeds = append(p.Seeds, uint64(config.Train.Seed)+uint64(i))
			}
			if err := p.Validate(); err != nil {
				return usage(err)
			}
			if out == "" {
				out = filepath.Join("runs", fmt.Sprintf("compare-%s-%s", dataName(config), flags.preset))
			}
			return a.compare(c.Context(), p, out)
		},
	}
	flags.add(c)
	c.Flags().StringVar(&out, "out", "", "directory of the comparison (default: runs/ and a name from data and preset)")
	c.Flags().StringSliceVar(&variants, "variants", []string{"none", "shift", "haar"}, "operators to compare; the first, or none, is the baseline")
	c.Flags().IntVar(&seeds, "seeds", 1, "seeds of each variant, from train.seed on")
	return c
}

func (a *App) compare(ctx context.Context, p compare.Plan, out string) error {
	set, err := a.openData(ctx, p.Config.Data, filepath.Join(out, run.DataDir))
	if err != nil {
		return err
	}
	defer set.Close()
	if err := fits(p.Config, set); err != nil {
		return err
	}
	t := p.Config.Train
	a.logf("comparing %d variants, %d seeds, %d steps of %d tokens each, in %s",
		len(p.Variants), len(p.Seeds), t.Steps, t.Batch*t.Accumulate*p.Config.Model.Context, out)
	progress := a.newProgress("comparing", "steps")
	bits := inBits(set.Header.Unit, unitsPerToken(set, "validation"))
	results, err := compare.Execute(ctx, out, p, set, compare.Watch{
		Event: func(e compare.Event) {
			progress.step(fmt.Sprintf("%-12s seed %d  ", e.Label, e.Seed), e.Report, e.Done, e.Total, bits)
		},
		Warning: func(err error) { progress.line("warning: %s", oneLine(err)) },
	})
	progress.finish()
	if err != nil {
		return err
	}
	samples, err := compare.Samples(ctx, out, p, set, results)
	if err != nil {
		return err
	}
	summary, err := compare.Summarize(p, set, results, samples, "waveletgpt "+strings.Join(a.args, " "))
	if err != nil {
		return err
	}
	if err := summary.Write(out); err != nil {
		return err
	}
	if err := report.Write(out, summary); err != nil {
		return err
	}
	if a.json {
		return a.printJSON(summary)
	}
	if err := compare.WriteTable(a.Stdout, summary); err != nil {
		return err
	}
	a.logf("summary.json, report.html and the runs are in %s", out)
	return nil
}
