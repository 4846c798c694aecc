package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/waveletgpt/waveletgpt/compare"
	"github.com/waveletgpt/waveletgpt/internal/torch"
	"github.com/waveletgpt/waveletgpt/internal/vfs"
	"github.com/waveletgpt/waveletgpt/media"
	"github.com/waveletgpt/waveletgpt/train"
)

// Exit codes.
const (
	ExitOK          = 0
	ExitFailure     = 1   // any failure without a code below, such as a full disk
	ExitUsage       = 2   // invalid flags, configuration or plan
	ExitInput       = 3   // unreadable data, run or model
	ExitDiverged    = 4   // a loss or gradient is not finite
	ExitStopped     = 5   // the time of --stop-after is up; work is saved and can be resumed
	ExitRanks       = 7   // the processes of MPI lost one another; what was saved can be resumed
	ExitInterrupted = 130 // a signal arrived; work is saved and can be resumed
	ExitClosed      = 141 // the reader of standard output or error is gone; work is saved and can be resumed
)

// coded is an error with an exit code.
type coded struct {
	error
	code int
}

func (e coded) Unwrap() error { return e.error }

// usage gives an error the exit code of wrong flags or configuration.
func usage(err error) error { return withCode(err, ExitUsage) }

// input gives an error the exit code of unreadable input.
func input(err error) error { return withCode(err, ExitInput) }

func withCode(err error, code int) error {
	if err == nil {
		return nil
	}
	return coded{err, code}
}

// isOnly reports whether every error in the tree of err is target. An interruption
// is no success if a save failed as well.
func isOnly(err, target error) bool {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		return !slices.ContainsFunc(many.Unwrap(), func(err error) bool { return !isOnly(err, target) })
	}
	if inner := errors.Unwrap(err); inner != nil {
		return isOnly(inner, target)
	}
	return err == target
}

// unwritable returns the directory in which a file could not be made, and why, if that is
// what an error is about: who may not read a file is told so of one that is there.
func unwritable(err error) (dir string, cause error) {
	var p *fs.PathError
	if !errors.As(err, &p) || !errors.Is(err, fs.ErrPermission) && !errors.Is(err, syscall.EROFS) {
		return "", nil
	}
	if _, err := os.Lstat(p.Path); !errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return filepath.Dir(p.Path), p.Err
}

// unwritableError names the directory, not the file, whose name may be a temporary one.
func unwritableError(c *cobra.Command, dir string, cause error) error {
	remedy := "make it writable"
	if c.Flags().Lookup("out") != nil && !c.Flags().Changed("resume") {
		remedy = "name a place with --out"
	}
	if dir == "." {
		dir = "the working directory"
	}
	return fmt.Errorf("cannot write in %s: %w; %s", dir, cause, remedy)
}

// exitCode returns the exit code for the error of a command.
func exitCode(err error) int {
	var c coded
	var unreadable *compare.RunError
	switch {
	case err == nil:
		return ExitOK
	case isOnly(err, context.Canceled):
		return ExitInterrupted
	case errors.Is(err, syscall.EPIPE):
		return ExitClosed
	case isOnly(err, context.DeadlineExceeded):
		return ExitStopped
	case errors.Is(err, train.ErrNonFinite):
		return ExitDiverged
	case errors.Is(err, vfs.ErrLocked), vfs.IsFull(err):
		return ExitFailure // even if input was being read
	case errors.Is(err, media.ErrUnknownCodec), errors.Is(err, torch.ErrNoPython):
		return ExitUsage
	case errors.As(err, &c):
		return c.code
	case errors.As(err, &unreadable):
		return ExitInput
	}
	return ExitFailure
}
