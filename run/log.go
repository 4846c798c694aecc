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

// OpenLog opens the run's log to go on after the step of a checkpoint: what was
// written of later steps is cut off. A negative step starts anew. A log that
// does not reach to the step is an error that names file and line.
func (r *Run) OpenLog(step int) (*Log, error) {
	all, err := r.Evaluations()
	if err != nil {
		return nil, err
	}
	// An evaluation is its line and its record; where the machine stopped between
	// the two there is none.
	evaluated := 0
	err = cutLines(r.Path(MetricsFile), step, func(m Metric) (int, error) {
		if m.ValidationLoss != nil && m.Step <= step {
			if evaluated == len(all) || all[evaluated].Step != m.Step {
				return m.Step, fmt.Errorf("its evaluation is not in %s", EvaluationsFile)
			}
			evaluated++
		}
		return m.Step, nil
	})
	if err != nil {
		return nil, err
	}
	if err := cutLines(r.Path(TimingFile), step, func(t Timing) (int, error) { return t.Step, nil }); err != nil {
		return nil, err
	}
	l := &Log{}
	if l.metrics, err = openAppend(r.Path(MetricsFile)); err != nil {
		return nil, err
	}
	if l.timing, err = openAppend(r.Path(TimingFile)); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	if l.evaluations, err = r.openEvaluations(all[:evaluated]); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

func openAppend(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o666)
}

// cutLines truncates a file, whose lines are in the order of their steps, behind
// the last line of a step. check returns the step of a line, and what is wrong
// with it. A damaged line behind the step was being written when the machine
// stopped; up to the step the checkpoint promises every line.
func cutLines[T any](path string, step int, check func(T) (int, error)) error {
	data, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	end, number, reached := 0, 1, 0
	var damage error
	for ; ; number++ {
		line, _, whole := bytes.Cut(data[end:], []byte("\n"))
		if !whole {
			break
		}
		var v T
		at := 0
		if damage = json.Unmarshal(line, &v); damage == nil {
			at, damage = check(v)
		}
		if damage != nil || at > step {
			break
		}
		reached = at
		end += len(line) + 1
	}
	const remedy = "put a whole copy of the file back, or begin again in another --out"
	switch {
	case reached < step && damage != nil:
		return fmt.Errorf("%s:%d is damaged: %w; %s", path, number, damage, remedy)
	case reached < step:
		return fmt.Errorf("%s ends before step %d, which the checkpoint has; %s", path, step, remedy)
	case end == len(data):
		return nil
	}
	return os.Truncate(path, int64(end))
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
