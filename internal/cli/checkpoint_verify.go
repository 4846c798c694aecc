package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/waveletgpt/waveletgpt/internal/checkpoint"
	"github.com/waveletgpt/waveletgpt/internal/typeset"
	"github.com/waveletgpt/waveletgpt/run"
)

// A verification is the result of checkpoint verify for one checkpoint.
type verification struct {
	Path    string   `json:"path"`
	Step    int      `json:"step"`
	Error   string   `json:"error"`   // empty if the checkpoint is good
	Ignored []string `json:"ignored"` // files that the manifest does not list
}

func (a *App) checkpointVerifyCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "verify RUN",
		Short: "Verify the checksums of a run's checkpoints",
		Long: `Verify that every file of a checkpoint has the checksum it was saved with.
RUN is a run, whose checkpoints are all verified, or one checkpoint. Nothing is
changed. The exit code is 3 if a checkpoint is damaged. Files that others added
to a checkpoint are ignored.`,
		Example:           `  waveletgpt checkpoint verify runs/book`,
		Args:              numArgs(1, 1, "the directory of one run or checkpoint"),
		ValidArgsFunction: completeDir(1, asCheckpoint.takes...),
		RunE: func(c *cobra.Command, args []string) error {
			if err := a.expect(c, args[0], asCheckpoint); err != nil {
				return err
			}
			found, err := verifyAll(args[0])
			if err != nil {
				return input(err)
			}
			bad := 0
			for _, v := range found {
				if v.Error != "" {
					bad++
				}
				if a.json {
					continue
				}
				lines := fmt.Sprintf("%s  %s\n", filepath.Base(v.Path), cmp.Or(v.Error, "good"))
				for _, name := range v.Ignored {
					lines += "  ignored: " + name + "\n"
				}
				if _, err := io.WriteString(a.Stdout, lines); err != nil {
					return err
				}
			}
			if a.json {
				if err := a.printJSON(struct {
					Checkpoints []verification `json:"checkpoints"`
				}{found}); err != nil {
					return err
				}
			}
			if bad > 0 && len(found) == 1 {
				return input(fmt.Errorf("%s is damaged", found[0].Path))
			}
			if bad > 0 {
				return input(fmt.Errorf("%d of %d checkpoints in %s %s damaged", bad, len(found), args[0], typeset.Are(bad)))
			}
			return nil
		},
	}
}

// verifyAll verifies one checkpoint, or all those of a run together with the log
// they resume from.
func verifyAll(dir string) ([]verification, error) {
	if !run.Exists(dir) {
		c, err := checkpoint.Verify(dir)
		if err != nil && !errors.Is(err, checkpoint.ErrDamaged) {
			return nil, err
		}
		return []verification{newVerification(dir, c, err)}, nil
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
		return nil, fmt.Errorf("%s has no checkpoint yet; training saves one every train.save_every steps and at the end", dir)
	}
	var all []verification
	for _, step := range steps {
		c, err := checkpoint.Verify(store.Path(step))
		if err == nil {
			err = r.VerifyLog(step)
		}
		c.Step = step
		all = append(all, newVerification(store.Path(step), c, err))
	}
	return all, nil
}

func newVerification(dir string, c checkpoint.Checkpoint, err error) verification {
	return verification{dir, c.Step, errorText(err), append([]string{}, c.Ignored...)}
}

// errorText is the text of an error on one line, empty for nil.
func errorText(err error) string {
	if err == nil {
		return ""
	}
	return oneLine(err)
}
