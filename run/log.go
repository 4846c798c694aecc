package run

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// A Metric is a line of metrics.jsonl: one step. Losses are in nats per token.
// Step 0 is the model before training.
type Metric struct {
	Step           int      `json:"step"`
	Tokens         int64    `json:"tokens"`                    // trained on so far
	Loss           *float64 `json:"loss,omitempty"`            // of the step's batch, before its update
	GradNorm       *float64 `json:"grad_norm,omitempty"`       // global norm before clipping
	LR             *float64 `json:"lr,omitempty"`              // learning rate
	ValidationLoss *float64 `json:"validation_loss,omitempty"` // after the update, where it was evaluated
	TestLoss       *float64 `json:"test_loss,omitempty"`       // after the last update
	NonFinite      string   `json:"non_finite,omitempty"`      // what was not a number: there was no update
}

// A Timing is a line of timing.jsonl.
type Timing struct {
	Step    int     `json:"step"`
	Seconds float64 `json:"seconds"` // of training steps so far, over all resumptions
}

// Metrics reads metrics.jsonl. A last line that was cut off is left out.
func (r *Run) Metrics() ([]Metric, error) { return readLines[Metric](r.Path(MetricsFile)) }

// Timings reads timing.jsonl in the same way.
func (r *Run) Timings() ([]Timing, error) { return readLines[Timing](r.Path(TimingFile)) }

func readLines[T any](path string) ([]T, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all []T
	for number := 1; ; number++ {
		line, rest, whole := bytes.Cut(data, []byte("\n"))
		if !whole {
			return all, nil
		}
		var v T
		if err := json.Unmarshal(line, &v); err != nil {
			return nil, fmt.Errorf("%s:%d is damaged: %w", path, number, err)
		}
		all = append(all, v)
		data = rest
	}
}

// A Log appends to the files that grow with every step.
type Log struct {
	metrics, timing *os.File
	evaluations     *evaluations
}

// OpenLog opens the run's log to go on after a step: what was written of later
// steps is cut off. A negative step starts anew.
func (r *Run) OpenLog(step int) (*Log, error) {
	l := &Log{}
	err := errors.Join(
		cutLines[Metric](r.Path(MetricsFile), func(m Metric) bool { return m.Step <= step }),
		cutLines[Timing](r.Path(TimingFile), func(t Timing) bool { return t.Step <= step }),
	)
	if err != nil {
		return nil, err
	}
	if l.metrics, err = openAppend(r.Path(MetricsFile)); err != nil {
		return nil, err
	}
	if l.timing, err = openAppend(r.Path(TimingFile)); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	if l.evaluations, err = r.openEvaluations(step); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

func openAppend(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o666)
}

// cutLines truncates a file behind its last whole line that is to be kept; the
// lines of a log are in the order of their steps.
func cutLines[T any](path string, keep func(T) bool) error {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	end := 0
	for {
		line, _, whole := bytes.Cut(data[end:], []byte("\n"))
		var v T
		if !whole || json.Unmarshal(line, &v) != nil || !keep(v) {
			return os.Truncate(path, int64(end))
		}
		end += len(line) + 1
	}
}

// Append writes the line of a step, its timing (none before training), and the
// losses of its evaluation, if there was one.
func (l *Log) Append(m Metric, seconds float64, losses []float32) error {
	if losses != nil {
		if err := l.evaluations.append(m.Step, losses); err != nil {
			return err
		}
	}
	if m.Loss != nil {
		if err := appendLine(l.timing, Timing{m.Step, seconds}); err != nil {
			return err
		}
	}
	return appendLine(l.metrics, m)
}

func appendLine(f *os.File, v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write %s: %w", f.Name(), err)
	}
	_, err = f.Write(append(line, '\n'))
	return err
}

// Sync makes what was appended durable.
func (l *Log) Sync() error {
	return errors.Join(l.metrics.Sync(), l.timing.Sync(), l.evaluations.file.Sync())
}

// Close closes the files.
func (l *Log) Close() error {
	var err error
	for _, f := range []*os.File{l.metrics, l.timing} {
		if f != nil {
			err = errors.Join(err, f.Close())
		}
	}
	if l.evaluations != nil {
		err = errors.Join(err, l.evaluations.file.Close())
	}
	return err
}
