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

// A checkpointed is a checkpoint with what its run says of it.
type checkpointed struct {
	checkpoint.Checkpoint
	run    *run.Run // nil: a checkpoint that was taken out of its run
	losses losses
}

// losses are the last ones of each kind up to a step, in nats per token.
type losses struct {
	Tokens         int64    `json:"tokens"` // trained on
	Loss           *float64 `json:"loss"`
	ValidationLoss *float64 `json:"validation_loss"`
	BestStep       *int     `json:"best_step"` // of the lowest validation loss
	BestLoss       *float64 `json:"best_loss"`
	TestLoss       *float64 `json:"test_loss"`
}

// openCheckpoint verifies the newest good checkpoint of a run, or the one that
// dir names.
func (a *App) openCheckpoint(dir string) (c checkpointed, err error) {
	home := filepath.Join(dir, "..", "..") // of a checkpoint where it was written
	if run.Exists(dir) {
		home = dir
		var damaged []error
		if dir, damaged, err = run.ModelFolder(dir); err != nil {
			return c, err
		}
		a.passedOver(damaged, dir)
	}
	if c.Checkpoint, err = checkpoint.Verify(dir); err != nil || !run.Exists(home) {
		return c, err
	}
	if c.run, err = run.Open(home); err != nil {
		return c, err
	}
	metrics, err := c.run.Metrics()
	for _, m := range metrics {
		if m.Step <= c.Step {
			c.losses.take(m)
		}
	}
	return c, err
}

func (l *losses) take(m run.Metric) {
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
		Use:   "show DIR",
		Short: "Say what a run's newest good checkpoint, or the one in DIR, was saved with",
		Args:  exactly(1, "the folder of one run or checkpoint"),
		RunE: func(_ *cobra.Command, args []string) error {
			c, err := a.openCheckpoint(args[0])
			if err != nil {
				return input(err)
			}
			if a.json {
				return a.printJSON(struct {
					Path          string            `json:"path"`
					Step          int               `json:"step"`
					Labels        map[string]string `json:"labels"`
					Losses        *losses           `json:"losses"`
					Configuration string            `json:"configuration"`
				}{c.Dir, c.Step, c.Labels, c.known(), c.configuration()})
			}
			return a.printCheckpoint(c)
		},
	}
}

// known are the losses, nil without a run.
func (c *checkpointed) known() *losses {
	if c.run == nil {
		return nil
	}
	return &c.losses
}

func (c *checkpointed) configuration() string {
	if c.run == nil {
		return ""
	}
	return string(c.run.Config.TOML())
}

func (a *App) printCheckpoint(c checkpointed) error {
	rows := [][2]string{{"checkpoint", c.Dir}, {"step", fmt.Sprint(c.Step)}}
	if c.run != nil {
		rows[1][1] = fmt.Sprintf("%d of %d", c.Step, c.run.Config.Train.Steps)
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
			rows = append(rows, [2]string{"best", fmt.Sprintf("%.4f nats per token, validation, at step %d", *c.losses.BestLoss, *c.losses.BestStep)})
		}
	}
	for _, label := range slices.Sorted(maps.Keys(c.Labels)) {
		rows = append(rows, [2]string{label, c.Labels[label]})
	}
	for _, r := range rows {
		if _, err := fmt.Fprintf(a.Stdout, "%-10s  %s\n", r[0], r[1]); err != nil {
			return err
		}
	}
	if c.run == nil {
		return nil
	}
	_, err := fmt.Fprintf(a.Stdout, "\n%s", c.configuration())
	return err
}
