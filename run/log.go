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
	Loss           *float64 `json:"loss,omitempty"`            // of the batch of the step, before the update
	GradNorm       *float64 `json:"grad_norm,omitempty"`       // global norm before clipping
	LR             *float64 `json:"lr,omitempty"`              // learning rate
	ValidationLoss *float64 `json:"validation_loss,omitempty"` // after the update, if it was evaluated
	FinalLoss      *float64 `json:"final_loss,omitempty"`      // on eval.final_windows of the validation split, after the last update
	TestLoss       *float64 `json:"test_loss,omitempty"`       // after the last update
	LossZ          *float64 `json:"loss_z,omitempty"`          // standard deviations of loss over the mean of the steps before
	GradNormZ      *float64 `json:"grad_norm_z,omitempty"`     // of grad_norm
	NonFinite      string   `json:"non_finite,omitempty"`      // what was not finite, such as "loss"; the step made no update
	Skipped        bool     `json:"skipped,omitempty"`         // the step was not finite, and the run continued with the next
	Finished       bool     `json:"finished,omitempty"`        // the last line of a run whose data has no test split
}

// Ends reports whether the line is written after the last checkpoint of a run that
// is finished.
func (m Metric) Ends() bool { return m.TestLoss != nil || m.Finished }

// A Timing is a line of timing.jsonl.
type Timing struct {
	Step    int     `json:"step"`
	Seconds float64 `json:"seconds"` // of all training steps so far, also before a resume
}

// Metrics reads metrics.jsonl. It leaves out a last line that is incomplete.
func (r *Run) Metrics() ([]Metric, error) { return readLines[Metric](r.Path(MetricsFile)) }

// Timings reads timing.jsonl in the same way.
func (r *Run) Timings() ([]Timing, error) { return readLines[Timing](r.Path(TimingFile)) }

func readLines[T any](path string) ([]T, error) { return (&tail[T]{path: path}).next() }

// A Log appends to the files that grow with every step. If a line cannot be
// written, for example because the disk is full, the error says so and the next
// call tries again.
type Log struct {
	metrics, timing *appender
	evaluations     *evaluations
}

// OpenLog opens the log to resume after the step of a checkpoint. It cuts off
// lines of later steps; a negative step empties the log. If the log does not
// reach the step, the error names file and line.
func (r *Run) OpenLog(step int) (*Log, error) {
	ends, err := r.findStep(step)
	if err != nil {
		return nil, err
	}
	for _, end := range ends {
		if err := end.cut(); err != nil {
			return nil, err
		}
	}
	l := &Log{}
	if l.metrics, err = newAppender(r.Path(MetricsFile)); err != nil {
		return nil, err
	}
	if l.timing, err = newAppender(r.Path(TimingFile)); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	records, err := newAppender(r.Path(EvaluationsFile))
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	l.evaluations = &evaluations{records, ends[len(ends)-1].at == 0}
	return l, nil
}

// VerifyLog returns an error if the log does not reach the step of a checkpoint.
// It changes nothing.
func (r *Run) VerifyLog(step int) error {
	_, err := r.findStep(step)
	return err
}

// findStep returns where the files of the log end for a step, evaluations.bin
// last.
func (r *Run) findStep(step int) ([]end, error) {
	all, err := r.Evaluations()
	if err != nil {
		return nil, err
	}
	// An evaluation is a line and a record. If the machine stopped between the two,
	// it does not count.
	evaluated := 0
	metrics, err := findLine(r.Path(MetricsFile), step, func(m Metric) (int, error) {
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
	timing, err := findLine(r.Path(TimingFile), step, func(t Timing) (int, error) { return t.Step, nil })
	if err != nil {
		return nil, err
	}
	return []end{metrics, timing, r.evaluationsEnd(all[:evaluated])}, nil
}

// An end is where a file of the log has to end.
type end struct {
	path string
	at   int // bytes
}

// cut removes everything after the end.
func (e end) cut() error {
	info, err := os.Stat(e.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil || info.Size() == int64(e.at) {
		return err
	}
	return os.Truncate(e.path, int64(e.at))
}

// findLine finds the end of the last line of a step in a file with lines in the
// order of their steps. check returns the step of a line, and an error if the line
// is wrong. A damaged line after the step is allowed: it was being written when the
// machine stopped. Up to the step every line must be good, for the checkpoint was
// saved after them.
func findLine[T any](path string, step int, check func(T) (int, error)) (end, error) {
	data, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return end{}, err
	}
	cut, number, reached := 0, 1, 0
	var damage error
	for ; ; number++ {
		line, _, whole := bytes.Cut(data[cut:], []byte("\n"))
		if !whole {
			break
		}
		var v T
		at := 0
		if damage = json.Unmarshal(line, &v); damage == nil {
			at, damage = check(v)
		}
		if damage == nil && (at < reached || at > reached+1) {
			damage = fmt.Errorf("step %d follows step %d", at, reached)
		}
		if damage != nil || at > step {
			break
		}
		reached = at
		cut += len(line) + 1
	}
	const remedy = "restore a complete copy of the file, or train again with another --out"
	switch {
	case reached < step && damage != nil:
		return end{}, fmt.Errorf("%s:%d is damaged: %w; %s", path, number, damage, remedy)
	case reached < step:
		return end{}, fmt.Errorf("%s ends before step %d, which the checkpoint has; %s", path, step, remedy)
	}
	return end{path, cut}, nil
}

// Append writes the line of a step, its timing except before training, and the
// losses of its evaluation, if there was one.
func (l *Log) Append(m Metric, seconds float64, losses []float32) error {
	var errs []error
	if losses != nil {
		errs = append(errs, l.evaluations.record(m.Step, losses))
	}
	if m.Loss != nil || m.Skipped {
		errs = append(errs, l.timing.line(Timing{m.Step, seconds}))
	}
	return errors.Join(append(errs, l.metrics.line(m))...)
}

// Sync makes everything appended durable.
func (l *Log) Sync() error {
	return errors.Join(l.metrics.sync(), l.timing.sync(), l.evaluations.sync())
}

// Close closes the files.
func (l *Log) Close() error {
	err := errors.Join(l.metrics.close(), l.timing.close())
	if l.evaluations != nil {
		err = errors.Join(err, l.evaluations.close())
	}
	return err
}
