package cli

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/waveletgpt/waveletgpt/internal/checkpoint"
	"github.com/waveletgpt/waveletgpt/run"
)

// A verification is what checkpoint verify says of one checkpoint.
type verification struct {
	Path  string `json:"path"`
	Step  int    `json:"step"`
	Error string `json:"error"` // "": it is good
}

func (a *App) checkpointVerifyCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "verify DIR",
		Short: "Compare every file of a run's checkpoints with what was saved, and change nothing",
		Args:  exactly(1, "the folder of one run or checkpoint"),
		RunE: func(_ *cobra.Command, args []string) error {
			found, err := verifyAll(args[0])
			if err != nil {
				return input(err)
			}
			bad := 0
			for _, v := range found {
				if v.Error != "" {
					bad++
				}
				if !a.json {
					if _, err := fmt.Fprintf(a.Stdout, "%s  %s\n", filepath.Base(v.Path), cmp.Or(v.Error, "good")); err != nil {
						return err
					}
				}
			}
			if a.json {
				if err := a.printJSON(struct {
					Checkpoints []verification `json:"checkpoints"`
				}{found}); err != nil {
					return err
				}
			}
			if bad > 0 {
				return input(fmt.Errorf("%d of %d checkpoints of %s are not good", bad, len(found), args[0]))
			}
			return nil
		},
	}
}

// verifyAll verifies a checkpoint, or those of a run and the log that they go on
// from.
func verifyAll(dir string) ([]verification, error) {
	if !run.Exists(dir) {
		c, err := checkpoint.Verify(dir)
		if err != nil && !errors.Is(err, checkpoint.ErrDamaged) {
			return nil, err
		}
		return []verification{{dir, c.Step, text(err)}}, nil
	}
	r, err := run.Open(dir)
	if err != nil {
		return nil, err
	}
	store := checkpoint.New(r.Path(run.CheckpointsDir))
	steps, err := store.Steps()
	if err != nil {
		return nil, err
	}
	if len(steps) == 0 {
		return nil, fmt.Errorf("%s has no checkpoint yet; it is written at train.save_every steps and at the end", dir)
	}
	var all []verification
	for _, step := range steps {
		_, err := checkpoint.Verify(store.Path(step))
		if err == nil {
			err = r.VerifyLog(step)
		}
		all = append(all, verification{store.Path(step), step, text(err)})
	}
	return all, nil
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return oneLine(err)
}
