package cli

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/waveletgpt/waveletgpt/compare"
	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/internal/kernel"
	"github.com/waveletgpt/waveletgpt/report"
	"github.com/waveletgpt/waveletgpt/summary"
)

func (a *App) compareCommand() *cobra.Command {
	f := &compareFlags{}
	c := &cobra.Command{
		Use:   "compare [PLAN.toml]",
		Short: "Train variants from the same start and say how much sooner they reach the baseline's loss",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			parts, err := f.parts(c, args)
			if err != nil {
				return err
			}
			ctx, cancel, err := within(c.Context(), f.limit)
			if err != nil {
				return err
			}
			defer cancel()
			if f.dryRun {
				return a.dryRun(ctx, parts)
			}
			return a.compare(ctx, parts, f.out)
		},
	}
	f.add(c)
	return c
}

// part is one comparison of a plan, in a directory of its own.
type part struct {
	compare.Study
	out  string
	data string // folder that its data is prepared in
}

// compare does all parts of a plan, and a page of all where there are several.
func (a *App) compare(ctx context.Context, parts []part, out string) error {
	a.goOn = ": what was done is saved; give the same command again to go on"
	var summaries []*summary.Summary
	for _, p := range parts {
		s, err := a.comparePart(ctx, p)
		if err != nil {
			return err
		}
		summaries = append(summaries, s)
		if err := s.Write(p.out); err != nil {
			return err
		}
		if err := report.Write(p.out, s); err != nil {
			return err
		}
	}
	if len(parts) > 1 {
		if err := report.Write(out, summaries...); err != nil {
			return err
		}
	}
	if err := a.printSummaries(summaries); err != nil {
		return err
	}
	a.logf("summary.json, report.html and the runs are in %s", out)
	return nil
}

// resume takes up what an earlier comparison left in the directory of a part.
func resume(p *part, set *dataset.Set) error {
	err := p.Resume(p.out, set.Header.Hash)
	var lost *compare.RunsLostError
	if errors.As(err, &lost) {
		return usage(err)
	}
	return input(err)
}

func (a *App) comparePart(ctx context.Context, p part) (*summary.Summary, error) {
	set, err := a.openPart(ctx, p)
	if err != nil {
		return nil, err
	}
	defer set.Close()
	if err := resume(&p, set); err != nil {
		return nil, err
	}
	estimate, err := p.Estimate(ctx, p.out, set)
	if err != nil {
		return nil, err
	}
	t := p.Config.Train
	a.logf("comparing %d variants, %d seeds, %d steps of %d tokens each, in %s: about %s on this machine (kernels: %s)",
		len(p.Variants), len(p.Seeds), t.Steps, t.Batch*t.Accumulate*p.Config.Model.Context, p.out, roughly(seconds(estimate.Seconds)), kernel.Tier())
	progress := a.newProgress("comparing", "steps")
	defer progress.finish()
	bits := inBits(set.Header.Unit, unitsPerToken(set, dataset.Validation))
	beyond := p.Sweep != nil || p.Confirm || p.Probe || len(p.Match) > 0
	return p.Run(ctx, p.out, set, compare.Watch{
		Part: func(what string) {
			if beyond {
				progress.line("%s", what)
			}
		},
		Event: func(e compare.Event) {
			progress.step(fmt.Sprintf("%-12s seed %d  ", e.Label, e.Seed), e.Report, e.Done, e.Total, bits)
		},
		Warning: func(err error) { progress.line("warning: %s", oneLine(err)) },
	}, a.command())
}

// openPart opens the data of a part and checks that its models fit.
func (a *App) openPart(ctx context.Context, p part) (*dataset.Set, error) {
	set, err := a.openData(ctx, p.Config.Data, p.data)
	if err != nil {
		return nil, err
	}
	if err := fits(p.Config, set); err != nil {
		set.Close()
		return nil, err
	}
	return set, nil
}

// printSummaries prints the results of comparisons.
func (a *App) printSummaries(summaries []*summary.Summary) error {
	if a.json {
		return a.printDocuments(summaries)
	}
	for i, s := range summaries {
		if i > 0 {
			fmt.Fprintln(a.Stdout)
		}
		if err := summary.WriteTable(a.Stdout, s); err != nil {
			return err
		}
	}
	return nil
}

// printDocuments prints one summary as it is, several as a list.
func (a *App) printDocuments(summaries []*summary.Summary) error {
	var documents []string
	for _, s := range summaries {
		document, err := s.Encode()
		if err != nil {
			return err
		}
		documents = append(documents, strings.TrimSuffix(string(document), "\n"))
	}
	text := strings.Join(documents, ",\n")
	if len(documents) > 1 {
		text = "[\n" + text + "\n]"
	}
	_, err := fmt.Fprintln(a.Stdout, text)
	return err
}

// threadsFor shares the processors out to runs that are trained at once.
func threadsFor(threads, jobs int) int {
	if threads == 0 && jobs > 1 {
		return max(1, runtime.GOMAXPROCS(0)/jobs)
	}
	return threads
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

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
