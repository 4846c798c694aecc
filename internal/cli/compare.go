package cli

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/waveletgpt/waveletgpt/compare"
	"github.com/waveletgpt/waveletgpt/internal/kernel"
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
		Args:  noArguments,
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
			if err := checkOut(out); err != nil {
				return err
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
	estimate, err := p.Estimate(set)
	if err != nil {
		return err
	}
	a.logf("comparing %d variants, %d seeds, %d steps of %d tokens each, in %s: about %s on this machine (kernels: %s)",
		len(p.Variants), len(p.Seeds), t.Steps, t.Batch*t.Accumulate*p.Config.Model.Context, out, roughly(estimate), kernel.Tier())
	a.goOn = ": what was done is saved; give the same command again to go on"
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
	summary, err := compare.Summarize(p, set, results, samples, a.command())
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
		document, err := summary.Encode()
		if err != nil {
			return err
		}
		_, err = a.Stdout.Write(document)
		return err
	}
	if err := compare.WriteTable(a.Stdout, summary); err != nil {
		return err
	}
	a.logf("summary.json, report.html and the runs are in %s", out)
	return nil
}

// roughly is a duration without digits that nobody can rely on.
func roughly(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", max(1, int(d.Seconds())))
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()+0.5))
	}
	return fmt.Sprintf("%d h", int(d.Hours()+0.5))
}

// command is what was given, as a shell takes it.
func (a *App) command() string {
	words := []string{"waveletgpt"}
	for _, arg := range a.args {
		if arg == "" || strings.ContainsAny(arg, " \t\n'\"\\$&;|<>()*?[]#~`!{}") {
			arg = "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
		}
		words = append(words, arg)
	}
	return strings.Join(words, " ")
}
