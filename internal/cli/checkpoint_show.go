package cli

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/waveletgpt/waveletgpt/internal/checkpoint"
	"github.com/waveletgpt/waveletgpt/run"
)

// An openedCheckpoint is a verified checkpoint and, if it has one, its run.
type openedCheckpoint struct {
	checkpoint.Checkpoint
	run    *run.Run // nil for a checkpoint outside a run
	losses *losses  // nil if the log of the run does not have its step
}

// losses are the latest of each kind up to a step, in nats per token.
type losses struct {
	Tokens         int64    `json:"tokens"` // trained on so far
	Loss           *float64 `json:"loss"`
	ValidationLoss *float64 `json:"validation_loss"`
	BestStep       *int     `json:"best_step"` // step of the lowest validation loss
	BestLoss       *float64 `json:"best_loss"`
	TestLoss       *float64 `json:"test_loss"`
}

// openCheckpoint opens and verifies the checkpoint in dir, or the newest good one
// if dir is a run.
func (a *App) openCheckpoint(dir string) (c openedCheckpoint, err error) {
	runDir := filepath.Join(dir, "..", "..") // dir is RUN/checkpoints/step-N
	if run.Exists(dir) {
		runDir = dir
		var damaged []error
		if dir, damaged, err = run.ModelFolder(dir); err != nil {
			return c, err
		}
		a.warnDamaged(damaged, dir)
	}
	if c.Checkpoint, err = checkpoint.Verify(dir); err != nil || !run.Exists(runDir) {
		return c, err
	}
	if c.run, err = run.Open(runDir); err != nil {
		return c, err
	}
	metrics, err := c.run.Metrics()
	logged, latest := -1, losses{}
	for _, m := range metrics {
		if m.Step <= c.Step {
			latest.update(m)
			logged = m.Step
		}
	}
	if logged == c.Step {
		c.losses = &latest
	}
	return c, err
}

// update takes over the losses that a line of the log has.
func (l *losses) update(m run.Metric) {
	l.Tokens = m.Tokens
	if m.Loss != nil {
		l.Loss = m.Loss
	}
	if m.ValidationLoss != nil {
		l.ValidationLoss = m.ValidationLoss
		if l.BestLoss == nil || *m.ValidationLoss < *l.BestLoss {
			l.BestStep, l.BestLoss = &m.Step, m.ValidationLoss
		}
	}
	if m.TestLoss != nil {
		l.TestLoss = m.TestLoss
	}
}

func (a *App) checkpointShowCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "show RUN",
		Short: "Show the step, losses, hashes and settings of a checkpoint",
		Long: `Show the step, losses, hashes and settings of a checkpoint. RUN is a
checkpoint, or a run, of which the newest good checkpoint is taken.`,
		Example:           `  waveletgpt checkpoint show runs/book`,
		Args:              numArgs(1, 1, "the directory of one run or checkpoint"),
		ValidArgsFunction: completeDir(1, asCheckpoint.takes...),
		RunE: func(command *cobra.Command, args []string) error {
			if err := a.expect(command, args[0], asCheckpoint); err != nil {
				return err
			}
			c, err := a.openCheckpoint(args[0])
			if err != nil {
				return input(err)
			}
			if c.run != nil && c.losses == nil {
				a.logf("warning: %s does not reach step %d, so its tokens and losses are not known", c.run.Path(run.MetricsFile), c.Step)
			}
			if a.json {
				return a.printJSON(struct {
					Path          string            `json:"path"`
					Step          int               `json:"step"`
					Labels        map[string]string `json:"labels"`
					Losses        *losses           `json:"losses"`
					Configuration string            `json:"configuration"`
				}{c.Dir, c.Step, c.Labels, c.losses, c.configuration()})
			}
			return a.printCheckpoint(c)
		},
	}
}

// configuration returns the settings of the run as TOML, empty without a run.
func (c *openedCheckpoint) configuration() string {
	if c.run == nil {
		return ""
	}
	return string(c.run.Config.TOML())
}

func (a *App) printCheckpoint(c openedCheckpoint) error {
	rows := [][2]string{{"checkpoint", c.Dir}, {"step", fmt.Sprint(c.Step)}}
	if c.run != nil {
		rows[1][1] = fmt.Sprintf("%d of %d", c.Step, c.run.Config.Train.Steps)
	}
	if c.losses != nil {
		rows = append(rows, [2]string{"tokens", fmt.Sprint(c.losses.Tokens)})
		for _, l := range []struct {
			name string
			loss *float64
		}{{"loss", c.losses.Loss}, {"validation", c.losses.ValidationLoss}, {"test", c.losses.TestLoss}} {
			if l.loss != nil {
				rows = append(rows, [2]string{l.name, fmt.Sprintf("%.4f nats per token", *l.loss)})
			}
		}
		if c.losses.BestStep != nil {
			rows = append(rows, [2]string{"best", fmt.Sprintf("%.4f nats per token (validation, step %d)", *c.losses.BestLoss, *c.losses.BestStep)})
		}
	}
	for _, label := range slices.Sorted(maps.Keys(c.Labels)) {
		rows = append(rows, [2]string{label, c.Labels[label]})
	}
	if err := a.printRows(rows); err != nil || c.run == nil {
		return err
	}
	_, err := fmt.Fprintf(a.Stdout, "\n%s", c.configuration())
	return err
}
