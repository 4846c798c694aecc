package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/gpt"
	"github.com/waveletgpt/waveletgpt/internal/torch"
	"github.com/waveletgpt/waveletgpt/internal/typeset"
	"github.com/waveletgpt/waveletgpt/report"
	"github.com/waveletgpt/waveletgpt/run"
	"github.com/waveletgpt/waveletgpt/train"
	"github.com/waveletgpt/waveletgpt/wavelet"
)

func (a *App) trainCommand() *cobra.Command {
	var flags configFlags
	var out, resume string
	var limit time.Duration
	var events bool
	c := &cobra.Command{
		Use:   "train [DATA]",
		Short: "Train one GPT",
		Long: `Train one GPT and write a run: a directory with the configuration, the log of
losses and the checkpoints, which generate and eval read. DATA is a file, a
directory, a pattern, an archive or a prepared set; - reads standard input.

Settings come from the preset, then --config, then --set; the later one wins.
For example, --set model.mixer=haar adds the paper's operator. Ctrl-C saves a
checkpoint and stops; continue with --resume.`,
		Example: `  waveletgpt train book.txt --preset tiny --out runs/book
  waveletgpt train book.txt --set model.mixer=haar --set train.lr=2e-3
  cat book.txt | waveletgpt train - --out runs/book
  waveletgpt train --resume runs/book`,
		Args: numArgs(0, 1, "one path of data"),
		RunE: func(c *cobra.Command, args []string) error {
			if err := argumentOrFlag(c, args, "data", &flags.data); err != nil {
				return err
			}
			if len(args) > 0 && kindOf(flags.data) == planFile {
				return input(fmt.Errorf("%s is a plan, not data; run it with %s, or name it with --data to train on its text", flags.data, a.hint("compare", argument(flags.data))))
			}
			ctx, cancel, err := withTimeLimit(c.Context(), limit)
			if err != nil {
				return err
			}
			defer cancel()
			if resume != "" {
				for _, name := range []string{"preset", "config", "set", "out", "medium", "codec", "on-error"} {
					if c.Flags().Changed(name) {
						return usage(fmt.Errorf("--%s cannot be used with --resume: a run keeps its settings", name))
					}
				}
				if err := a.expect(c, resume, asRun); err != nil {
					return err
				}
				if err := a.expect(c, flags.data, asSet); err != nil {
					return err
				}
				return a.resumeTraining(ctx, resume, flags.data, events)
			}
			return a.startTraining(ctx, c, flags, out, events)
		},
	}
	flags.add(c)
	c.Flags().StringVar(&out, "out", "", "output `directory` (default: runs/ and a name made of data, preset, mixer and seed)")
	c.Flags().StringVar(&resume, "resume", "", "`directory` of the run to resume")
	c.Flags().BoolVar(&events, "tensorboard", false, "write the curves for TensorBoard while the run trains, to "+report.EventsDir+" in its directory")
	addStopAfter(c, &limit)
	complete(c, "resume", completeDir(math.MaxInt, runFolder))
	return c
}

// addStopAfter adds the flag --stop-after.
func addStopAfter(c *cobra.Command, limit *time.Duration) {
	c.Flags().DurationVar(limit, "stop-after", 0, "save and stop after this time, e.g. 90s or 8h, with exit code 5 (default: never)")
}

// withTimeLimit returns a context that ends after the time of --stop-after, 0 for
// never.
func withTimeLimit(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc, error) {
	switch {
	case limit < 0:
		return nil, nil, usage(fmt.Errorf("--stop-after %s: must not be negative; 0 means never", limit))
	case limit == 0:
		return ctx, func() {}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	return ctx, cancel, nil
}

func (a *App) startTraining(ctx context.Context, command *cobra.Command, flags configFlags, out string, events bool) error {
	c, err := flags.resolve()
	if err != nil {
		return err
	}
	if err := a.expect(command, c.Data.Path, asData); err != nil {
		return err
	}
	if err := a.Ranks.Fits(c.Train); err != nil {
		return usage(err)
	}
	for _, key := range flags.own {
		if reason, unused := c.Unused()[key]; unused {
			flags.notes = append(flags.notes, unusedNote(key, "", reason))
		}
	}
	a.printNotes(flags.notes)
	another := "choose another --out"
	if out == "" {
		out = filepath.Join("runs", fmt.Sprintf("%s-%s-%s-seed%d", dataName(c), flags.preset, strings.ReplaceAll(c.Model.Mixer, ":", "_"), c.Train.Seed))
		another = "add --out " + quote(freeDir(out))
	}
	if err := checkOut(out, runFolder); err != nil {
		return err
	}
	if err := checkApart(out, c.Data.Path); err != nil {
		return err
	}
	if run.Exists(out) {
		of := ""
		if r, err := run.Open(out); err == nil && r.Config.Data.Path != c.Data.Path {
			of = " of " + cmp.Or(r.Config.Data.Path, goSource)
		}
		return usage(fmt.Errorf("%s already holds a run%s; resume it with %s, or %s", out, of, a.hint("train", "--resume", out), another))
	}
	if err := canTrain(c); err != nil {
		return usage(err)
	}
	set, err := a.openData(ctx, c, filepath.Join(out, run.DataDir), true)
	if err != nil {
		return err
	}
	defer set.Close()
	if err := checkFits(c, set); err != nil {
		return err
	}
	r, err := train.Start(out, c, set)
	if err != nil {
		return err
	}
	return a.train(ctx, r, set, events)
}

func (a *App) resumeTraining(ctx context.Context, dir, data string, events bool) error {
	r, err := run.Open(dir)
	if err != nil {
		return input(err)
	}
	if err := a.Ranks.Fits(r.Config.Train); err != nil {
		return usage(err)
	}
	set, err := runData(r, data)
	if err != nil {
		return err
	}
	defer set.Close()
	return a.train(ctx, r, set, events)
}

// canTrain returns why a configuration cannot be trained on any data, or nil.
func canTrain(c config.Config) error {
	if c.Train.Engine == "torch" {
		if _, err := torch.Interpreter(c.Train.Python); err != nil {
			return err
		}
	}
	return gpt.Config{Model: c.Model, Vocabulary: 1}.Validate()
}

// checkFits checks that a model can be trained on a set, before anything is
// written. An invalid model is a usage error.
func checkFits(c config.Config, set *dataset.Set) error {
	model := gpt.Config{Model: c.Model, Vocabulary: set.Header.Vocabulary}
	if err := model.Validate(); err != nil {
		return usage(err)
	}
	return input(train.Fits(c, set))
}

func (a *App) train(ctx context.Context, r *run.Run, set *dataset.Set, events bool) error {
	loop, warnings, err := train.OpenOn(a.Ranks, r, set)
	for _, w := range warnings {
		a.logf("warning: %s", oneLine(w))
	}
	if err != nil {
		return input(err)
	}
	t := r.Config.Train
	perStep := t.Batch * t.Accumulate * r.Config.Model.Context
	a.logText("%s: %s, %s, %s of %s", r.Dir, wavelet.NameOf(r.Config.Model.Mixer), typeset.Counted(loop.Model().Parameters(), "parameter"), typeset.Counted(t.Steps, "step"), typeset.Counted(perStep, "token"))
	if t.Engine == "torch" {
		a.logf("trained by %s", loop.Engine())
	}
	a.noteIdle(t)
	if loop.Step() > 0 {
		a.logf("resuming after step %d", loop.Step())
	}
	if loop.Step() == t.Steps {
		a.logf("all steps are finished")
	}
	resume, folder := []string{"train", "--resume", r.Dir}, ""
	if events {
		resume, folder = append(resume, "--tensorboard"), r.Path(report.EventsDir)
	}
	a.resumeHint = "; progress is saved, resume with " + a.hint(resume...)
	live := a.newLiveEvents(folder, set)
	live.follow(r.Dir, folder)
	p := a.newProgress("training")
	bits := inBits(set)
	err = loop.Advance(ctx, t.Steps, func(step train.Report) {
		live.reported(r.Dir, step.Metric)
		p.step("", fmt.Sprintf("step %d of %d", step.Step, step.Steps), step, step.Step, step.Steps, bits)
	})
	live.finish()
	p.finish()
	if err := errors.Join(err, loop.Close()); err != nil {
		return err
	}
	if a.json {
		return a.printResult(r)
	}
	a.logf("done; sample from it with %s", a.generateHint(r.Dir))
	return nil
}

// noteIdle says that threads have nothing to do in steps.
func (a *App) noteIdle(c config.Train) {
	if idle := train.Idle(c, a.Ranks); idle != "" {
		a.logText("note: %s", idle)
	}
}

// printResult prints the final losses of a run as JSON.
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
		FinalLoss      *float64 `json:"final_loss,omitempty"`
		TestLoss       *float64 `json:"test_loss"`
	}{Run: r.Dir}
	for _, m := range metrics {
		result.Step, result.Tokens = m.Step, m.Tokens
		if m.ValidationLoss != nil {
			result.ValidationLoss = m.ValidationLoss
		}
		if m.FinalLoss != nil {
			result.FinalLoss = m.FinalLoss
		}
		if m.TestLoss != nil {
			result.TestLoss = m.TestLoss
		}
	}
	return a.printJSON(result)
}

// unitsPerToken is the number of units per token in a split. A loss per token
// divided by it is the loss per unit.
func unitsPerToken(set *dataset.Set, split string) float64 {
	s, err := set.Header.Split(split)
	if err != nil || s.Units == 0 {
		return 1
	}
	return float64(s.Units) / float64(s.Length)
}
