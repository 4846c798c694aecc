package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/gpt"
	"github.com/waveletgpt/waveletgpt/run"
	"github.com/waveletgpt/waveletgpt/train"
)

func (a *App) trainCommand() *cobra.Command {
	var flags configFlags
	var out, resume string
	var limit time.Duration
	c := &cobra.Command{
		Use:   "train",
		Short: "Train one model",
		Args:  noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			ctx, cancel, err := within(c.Context(), limit)
			if err != nil {
				return err
			}
			defer cancel()
			if resume != "" {
				for _, name := range []string{"preset", "config", "set", "out"} {
					if c.Flags().Changed(name) {
						return usage(fmt.Errorf("--%s does not go with --resume: a run goes on as it was begun", name))
					}
				}
				return a.resumeTraining(ctx, resume, flags.data)
			}
			return a.startTraining(ctx, flags, out)
		},
	}
	flags.add(c)
	c.Flags().StringVar(&out, "out", "", "directory of the run (default: runs/ and a name from data, preset, mixer and seed)")
	c.Flags().StringVar(&resume, "resume", "", "directory of a run to go on with")
	addStopAfter(c, &limit)
	return c
}

func addStopAfter(c *cobra.Command, limit *time.Duration) {
	c.Flags().DurationVar(limit, "stop-after", 0, "time after which to save and stop, as in 90s or 8h, with exit code 5 (default: never)")
}

// within is a context that ends after the time of --stop-after, 0 for never.
func within(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc, error) {
	switch {
	case limit < 0:
		return nil, nil, usage(fmt.Errorf("--stop-after %s: give a time from now on, or 0 for never", limit))
	case limit == 0:
		return ctx, func() {}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	return ctx, cancel, nil
}

func (a *App) startTraining(ctx context.Context, flags configFlags, out string) error {
	c, err := flags.resolve()
	if err != nil {
		return err
	}
	if out == "" {
		out = filepath.Join("runs", fmt.Sprintf("%s-%s-%s-seed%d", dataName(c), flags.preset, strings.ReplaceAll(c.Model.Mixer, ":", "_"), c.Train.Seed))
	}
	if err := checkOut(out); err != nil {
		return err
	}
	if run.Exists(out) {
		return usage(fmt.Errorf("%s holds a run already; go on with it by --resume %s, or choose another --out", out, out))
	}
	set, err := a.openData(ctx, c.Data, filepath.Join(out, run.DataDir))
	if err != nil {
		return err
	}
	defer set.Close()
	if err := fits(c, set); err != nil {
		return err
	}
	r, err := train.Start(out, c, set)
	if err != nil {
		return err
	}
	return a.train(ctx, r, set)
}

func (a *App) resumeTraining(ctx context.Context, dir, data string) error {
	r, err := run.Open(dir)
	if err != nil {
		return input(err)
	}
	set, err := runData(r, data)
	if err != nil {
		return err
	}
	defer set.Close()
	return a.train(ctx, r, set)
}

// fits checks before anything is written that a model can be trained on a set.
// What the model is at fault for is an error of use.
func fits(c config.Config, set *dataset.Set) error {
	model := gpt.Config{Model: c.Model, Vocabulary: set.Header.Vocabulary}
	if err := model.Validate(); err != nil {
		return usage(err)
	}
	return input(train.Fits(c, set))
}

func (a *App) train(ctx context.Context, r *run.Run, set *dataset.Set) error {
	loop, warnings, err := train.Open(r, set)
	for _, w := range warnings {
		a.logf("warning: %s", oneLine(w))
	}
	if err != nil {
		return input(err)
	}
	t := r.Config.Train
	perStep := t.Batch * t.Accumulate * r.Config.Model.Context
	a.logf("%s: %s, %d parameters, %d steps of %d tokens", r.Dir, r.Config.Model.Mixer, loop.Model().Parameters(), t.Steps, perStep)
	if loop.Step() > 0 {
		a.logf("going on after step %d", loop.Step())
	}
	a.goOn = fmt.Sprintf(": what was done is saved; go on with waveletgpt train --resume %s", r.Dir)
	p := a.newProgress("training", "steps")
	bits := inBits(set.Header.Unit, unitsPerToken(set, dataset.Validation))
	err = loop.Advance(ctx, t.Steps, func(r train.Report) { p.step("", r, r.Step, r.Steps, bits) })
	p.finish()
	if err := errors.Join(err, loop.Close()); err != nil {
		return err
	}
	if a.json {
		return a.printResult(r)
	}
	a.logf("done: try `waveletgpt generate --run %s`", r.Dir)
	return nil
}

// printResult prints the last losses of a run.
func (a *App) printResult(r *run.Run) error {
	metrics, err := r.Metrics()
	if err != nil {
		return err
	}
	result := struct {
		Run            string   `json:"run"`
		Step           int      `json:"step"`
		Tokens         int64    `json:"tokens"`
		ValidationLoss *float64 `json:"validation_loss"`
		TestLoss       *float64 `json:"test_loss"`
	}{Run: r.Dir}
	for _, m := range metrics {
		result.Step, result.Tokens = m.Step, m.Tokens
		if m.ValidationLoss != nil {
			result.ValidationLoss = m.ValidationLoss
		}
		if m.TestLoss != nil {
			result.TestLoss = m.TestLoss
		}
	}
	return a.printJSON(result)
}

// unitsPerToken turns losses per token into losses per unit.
func unitsPerToken(set *dataset.Set, split string) float64 {
	s, err := set.Header.Split(split)
	if err != nil || s.Units == 0 {
		return 1
	}
	return float64(s.Units) / float64(s.Length)
}
