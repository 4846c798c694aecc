package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"github.com/waveletgpt/waveletgpt/compare"
	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/internal/kernel"
	"github.com/waveletgpt/waveletgpt/internal/typeset"
	"github.com/waveletgpt/waveletgpt/internal/vfs"
	"github.com/waveletgpt/waveletgpt/media"
	"github.com/waveletgpt/waveletgpt/report"
	"github.com/waveletgpt/waveletgpt/summary"
)

func (a *App) compareCommand() *cobra.Command {
	f := &compareFlags{}
	c := &cobra.Command{
		Use:   "compare [PLAN.toml] [DATA ...]",
		Short: "Train variants of a GPT and report which one ends lower",
		Long: `Train variants of one GPT from the same initial weights on the same batches,
and report by how much each ends lower; with --horizons also after what share
of the steps it ends as low as the baseline.

DATA is a file, a directory, a pattern, an archive or a prepared set; - reads
standard input. PLAN.toml can hold the variants and most other choices;
arguments and flags override it.

A variant is an operator, such as haar or window:16, or a set of changed
settings, such as none{train.lr=2e-3}, or both; NAME= before it names it. The
baseline is the variant with the name none, or the first one if there is no
none: none=none{train.lr=2e-3} stays the baseline. The operators are

` + operatorsHelp() + `
Options follow after a colon: haar:min=2 starts with a window of 2 positions.
"waveletgpt help operators" describes them.

--sweep tries settings on two seeds that are not compared. A list of values of
one key is tried whole, and grows by up to 4 values where the best one is at an
edge. A range such as lr=1e-3..1e-2, or several --sweep, are a random search of
--trials settings: after each of three lengths of training, or each of
--horizons, the better half continues. All variants have the same budget.

--part trains one of several parts, each on a separate machine, and report
joins their summaries. --script writes a file that has Slurm or Kubernetes do
all of it.

compare first prints a time estimate. It writes summary.json, report.html and
all runs to --out. Run it again to resume; finished runs are reused.`,
		Example: `  waveletgpt compare --preset tiny
  waveletgpt compare book.txt --variants none,shift,haar --seeds 3
  waveletgpt compare book.txt --sweep lr=1e-3,2e-3,4e-3 --dry-run
  waveletgpt compare book.txt --sweep lr=1e-3..3e-2 --sweep beta2=0.9..0.99
  waveletgpt compare --variants 'none,big=none{model.width=96,model.hidden=384}'
  waveletgpt compare plan.toml
  waveletgpt compare plan.toml --part 2/4
  waveletgpt compare plan.toml --script slurm > study.sh`,
		RunE: func(c *cobra.Command, args []string) error {
			plan, err := a.compareArguments(c, f, args)
			if err != nil {
				return err
			}
			if err := f.partFlags.check(c); err != nil {
				return usage(err)
			}
			parts, err := f.parts(c, plan)
			if err != nil {
				return err
			}
			if err := a.onRanks(parts, f.jobs); err != nil {
				return usage(err)
			}
			for _, p := range parts {
				if err := a.expect(c, p.Config.Data.Path, asData); err != nil {
					return err
				}
			}
			ctx, cancel, err := withTimeLimit(c.Context(), f.limit)
			if err != nil {
				return err
			}
			defer cancel()
			a.printNotes(f.notes)
			switch {
			case f.dryRun:
				return a.dryRun(ctx, parts)
			case f.script != "":
				return a.printScript(parts, f)
			case f.status:
				return a.printStatus(parts, f.out)
			case f.share != nil:
				phase, err := f.choose(parts)
				if err != nil {
					return usage(err)
				}
				return a.trainParts(ctx, parts, f.out, *f.share, phase)
			}
			if err := a.compare(ctx, parts, f.out); err != nil {
				return err
			}
			a.shown(f.out, f.open)
			return nil
		},
	}
	f.add(c)
	return c
}

// A part is one comparison of a plan, with a separate directory.
type part struct {
	compare.Study
	out       string
	data      string // directory for its prepared data
	temporary bool   // whether the directory for the data is deleted afterwards
	events    string // folder for the curves for TensorBoard; empty: none
	another   string // how to have another directory: what to do with --out
}

// onRanks has all ranks train the runs of a plan.
func (a *App) onRanks(parts []part, jobs int) error {
	if a.Ranks.Size() > 1 && jobs > 1 {
		return fmt.Errorf("--jobs %d: %d ranks train one run at a time; leave --jobs out", jobs, a.Ranks.Size())
	}
	for i := range parts {
		parts[i].Ranks = a.Ranks
		for _, v := range parts[i].Variants {
			c, err := v.Configure(parts[i].Config)
			if err == nil {
				err = a.Ranks.Fits(c.Train)
			}
			if err != nil {
				return fmt.Errorf("%s: %w", v.Label(), err)
			}
		}
	}
	return nil
}

// compare runs all parts of a plan and, if there are several, writes a report
// that covers all of them.
func (a *App) compare(ctx context.Context, parts []part, out string) error {
	a.resumeHint = "; progress is saved, run the same command again to resume"
	var summaries []*summary.Summary
	if err := findAll(ctx, parts); err != nil {
		return err
	}
	var findings []string
	for _, p := range parts {
		s, err := a.comparePart(ctx, p, parts)
		if err != nil {
			return err
		}
		summaries = append(summaries, s)
		for _, line := range s.Findings(p.Confirm, len(p.Match) > 0, p.Probe) {
			if len(parts) > 1 {
				line = filepath.Base(p.out) + ": " + line
			}
			findings = append(findings, line)
		}
		if err := s.Write(p.out); err != nil {
			return err
		}
		if err := report.Write(p.out, s); err != nil {
			return err
		}
	}
	if len(parts) > 1 {
		if err := writeTogether(out, parts, summaries); err != nil {
			return err
		}
	}
	if err := a.printSummaries(summaries); err != nil {
		return err
	}
	for _, line := range findings {
		a.logText("%s", line)
	}
	a.logf("wrote summary.json and the runs to %s", out)
	if held := parts[0].Held; held > 0 {
		a.logText("%s held out by the plan: when all choices are made, run the same command with --holdout", typeset.Counted(held, "seed"))
	}
	return nil
}

// findAll looks for the data of all parts before the first one is trained.
func findAll(ctx context.Context, parts []part) error {
	for i := range parts {
		d := parts[i].Config.Data
		if i == 0 || d.Path == "" || d.Path == stdinPath || dataset.IsSet(d.Path) || dataset.IsSet(parts[i].data) {
			continue // the first is opened next
		}
		found, err := media.Find(ctx, d.Path, wanted(d))
		if err != nil {
			return input(err)
		}
		if err := found.Close(); err != nil {
			return err
		}
	}
	return nil
}

// writeTogether corrects the p-values of all parts of a plan together, writes their
// summaries again, and a report that covers all of them.
func writeTogether(out string, parts []part, summaries []*summary.Summary) error {
	summary.Correct(summaries...)
	for i, s := range summaries {
		if err := s.Write(parts[i].out); err != nil {
			return err
		}
		if err := report.Write(parts[i].out, s); err != nil {
			return err
		}
	}
	return report.Write(out, summaries...)
}

// computedBy names what trains runs of a configuration.
func computedBy(t config.Train) string {
	if t.Engine == "torch" {
		return "by PyTorch"
	}
	return kernel.Tier() + " kernels"
}

// comparePart runs one of all parts of a plan.
func (a *App) comparePart(ctx context.Context, p part, all []part) (*summary.Summary, error) {
	set, estimate, err := a.openPart(ctx, &p)
	if err != nil {
		return nil, err
	}
	defer set.Close()
	for _, other := range all { // report --watch then knows of all of them
		if err := vfs.MkdirAll(vfs.OS{}, other.out); err != nil {
			return nil, err
		}
	}
	t := p.Config.Train
	time := fmt.Sprintf("this takes about %s on this machine (%s)", typeset.Seconds(estimate.Seconds), computedBy(t))
	switch {
	case estimate.There == estimate.Runs && len(estimate.Beyond) == 0:
		time = "all runs are finished"
	case estimate.There == estimate.Runs:
		time = "all runs that are known in advance are finished"
	}
	a.logText("comparing %s with %s each, %s of %s, in %s; %s",
		typeset.Counted(len(p.Variants), "variant"), typeset.Counted(len(p.Seeds), "seed"), stepsOf(p.Study),
		typeset.Counted(t.Batch*t.Accumulate*p.Config.Model.Context, "token"), p.out, time)
	a.noteIdle(t)
	if n := a.Ranks.Size(); n > 1 && estimate.There < estimate.Runs {
		a.logText("note: the time is estimated for rank 0 alone; %d ranks take less", n)
	}
	progress := a.newProgress("comparing")
	defer progress.finish()
	live := a.newLiveEvents(p.events, set)
	defer live.finish()
	several := p.Sweep != nil || p.Confirm || p.Probe || len(p.Match) > 0
	s, err := p.Run(ctx, p.out, set, a.watchStudy(p, set, progress, live, several), a.command())
	if err != nil {
		return nil, err
	}
	left, err := compare.LeftOut(p.out, s)
	if err != nil {
		a.logf("warning: %s", oneLine(err))
	} else if len(left) > 0 {
		a.logText("note: %s has %s that this comparison leaves out, such as %s; remove what you do not need",
			p.out, typeset.Counted(len(left), "run"), left[0])
	}
	return s, publish(s)
}

// watchStudy shows the progress of a study. With several kinds of runs it says which one
// begins.
func (a *App) watchStudy(p part, set *dataset.Set, progress *progress, live *liveEvents, several bool) compare.Watch {
	bits := inBits(set)
	return compare.Watch{
		Part: func(what string) {
			if several {
				a.logf("%s", what)
			}
			name, _, _ := strings.Cut(what, " ")
			progress.begin(name)
		},
		Open: func(o compare.Opened) {
			live.follow(o.Dir, filepath.Join(p.events, fmt.Sprintf("%s-%.8s", report.EventsName(o.Label, o.Seed), o.Hash)))
		},
		Event: func(e compare.Event) {
			live.reported(e.Dir, e.Metric)
			progress.step(fmt.Sprintf("%-12s seed %d  ", e.Label, e.Seed), fmt.Sprintf("run %d of %d", e.Run, e.Runs), e.Report, e.Done, e.Total, bits)
		},
		Warning: func(err error) { a.logf("warning: %s", oneLine(err)) },
	}
}

// stepsOf says how long the runs of a study train: "1,500 steps", or "1,000, 1,414
// and 2,000 steps".
func stepsOf(s compare.Study) string {
	if len(s.Horizons) == 0 {
		return typeset.Counted(s.Config.Train.Steps, "step")
	}
	var all []string
	for _, steps := range s.Horizons {
		all = append(all, typeset.Count(float64(steps)))
	}
	return typeset.List(all) + " steps"
}

// openPart opens the data of a part, checks that its models fit, reads the
// summary of an earlier comparison and estimates what is left to train.
func (a *App) openPart(ctx context.Context, p *part) (set *dataset.Set, e *compare.Estimate, err error) {
	if err := p.canBegin(); err != nil {
		return nil, nil, usage(err)
	}
	set, err = a.openData(ctx, p.Config, p.data, !p.temporary)
	if err != nil {
		return nil, nil, err
	}
	if err = checkFits(p.Config, set); err == nil {
		err = p.resume(set.Header.Hash)
	}
	if err == nil {
		e, err = p.Estimate(ctx, p.out, set)
	}
	if err != nil {
		set.Close()
		return nil, nil, err
	}
	return set, e, nil
}

// canBegin returns why variants cannot be trained on any data, or nil. A comparison that
// has begun may have nothing left to train.
func (p *part) canBegin() error {
	if _, err := os.Stat(p.out); err == nil {
		return nil
	}
	for _, v := range p.Variants {
		c, err := v.Configure(p.Config)
		if err == nil {
			err = canTrain(c)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// resume takes up what an earlier comparison left in the directory of a part.
func (p *part) resume(data string) error {
	err := p.Resume(p.out, data)
	var lost *compare.RunsLostError
	var held *compare.HeldOutError
	switch {
	case errors.As(err, &lost):
		return usage(fmt.Errorf("%w; %s to keep both, or add the variants and seeds that it already has, with the same settings", err, p.another))
	case errors.As(err, &held):
		return usage(err)
	}
	return input(err)
}

// threadsFor divides the CPU cores among runs that train at the same time.
func threadsFor(threads, jobs int) int {
	if threads == 0 && jobs > 1 {
		return max(1, runtime.GOMAXPROCS(0)/jobs)
	}
	return threads
}
