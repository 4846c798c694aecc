package cli

import (
	"context"
	"errors"
	"slices"

	"github.com/waveletgpt/waveletgpt/compare"
	"github.com/waveletgpt/waveletgpt/internal/vfs"
	"github.com/waveletgpt/waveletgpt/media"
	"github.com/waveletgpt/waveletgpt/train"
)

// Exit codes.
const (
	ExitOK          = 0
	ExitFailure     = 1   // anything that has no code of its own, such as a full disk
	ExitUsage       = 2   // flags, configuration or a plan that cannot be
	ExitInput       = 3   // data, a run or a model that cannot be read
	ExitDiverged    = 4   // a loss or gradient that is not a number
	ExitStopped     = 5   // the time of --stop-after is over; what was running is saved and can be resumed
	ExitInterrupted = 130 // a signal; what was running is saved and can be resumed
)

// coded is an error with an exit code.
type coded struct {
	error
	code int
}

func (e coded) Unwrap() error { return e.error }

// usage marks an error of flags or configuration.
func usage(err error) error { return mark(err, ExitUsage) }

// input marks an error of something that was to be read.
func input(err error) error { return mark(err, ExitInput) }

func mark(err error, code int) error {
	if err == nil {
		return nil
	}
	return coded{err, code}
}

// only tells whether an error is the end of the context by a signal or by
// --stop-after and nothing else: where a save failed as well, that is what went
// wrong.
func only(err, end error) bool {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		return !slices.ContainsFunc(many.Unwrap(), func(err error) bool { return !only(err, end) })
	}
	if inner := errors.Unwrap(err); inner != nil {
		return only(inner, end)
	}
	return err == end
}

// exitCode is the code of what a command returned.
func exitCode(err error) int {
	var c coded
	var unreadable *compare.RunError
	switch {
	case err == nil:
		return ExitOK
	case only(err, context.Canceled):
		return ExitInterrupted
	case only(err, context.DeadlineExceeded):
		return ExitStopped
	case errors.Is(err, train.ErrNonFinite):
		return ExitDiverged
	case errors.Is(err, vfs.ErrLocked), vfs.IsFull(err):
		return ExitFailure // also where something was to be read
	case errors.Is(err, media.ErrUnknownCodec):
		return ExitUsage
	case errors.As(err, &c):
		return c.code
	case errors.As(err, &unreadable):
		return ExitInput
	}
	return ExitFailure
}
