package train

import (
	"errors"
	"fmt"
	"slices"

	"github.com/waveletgpt/waveletgpt/run"
)

// ErrNonFinite ends a run: its loss, gradient or weights are no longer finite.
var ErrNonFinite = errors.New("the run diverged")

// maxSkipped is how many steps in a row may be skipped. One skipped step can be the
// fault of its batch; after more than these, the weights are at fault, and no batch
// repairs them.
const maxSkipped = 10

// nonFinite handles a step that made no update because its loss or gradient is not
// finite. It writes the windows of the step to a file, and ends the run or skips
// the step, as train.on_nonfinite says.
func (l *Loop) nonFinite(step int, r result, report func(Report)) error {
	bad := run.NonFinite{Step: step, What: r.nonFinite}
	for i, tokens := range l.windows {
		w := run.Window{Tokens: tokens}
		if finite(r.losses[i]) {
			w.Loss = new(r.losses[i] / float64(len(tokens)-1))
		}
		bad.Windows = append(bad.Windows, w)
	}
	path, err := l.run.WriteNonFinite(bad)
	windows := "its windows are in " + path
	if err != nil {
		windows = "its windows could not be written"
	}
	if err = l.tolerate(err, report); err != nil {
		return err
	}
	where := fmt.Errorf("step %d: the %s is not finite (%s)", step, r.nonFinite, windows)
	if l.run.Config.Train.OnNonFinite == "stop" || l.inRow == maxSkipped {
		return l.diverge(step, r.nonFinite, where)
	}
	l.step = step
	l.skipped, l.inRow = l.skipped+1, l.inRow+1
	m := run.Metric{Step: step, Tokens: l.tokens(), NonFinite: r.nonFinite, Skipped: true}
	report(Report{Metric: m, Steps: l.run.Config.Train.Steps, Warning: fmt.Errorf("%w; skipped", where)})
	return l.append(m, nil, report)
}

// diverge logs what was not finite, and at which step, and ends the run.
func (l *Loop) diverge(step int, what string, where error) error {
	l.diverged = true
	rates := "train.lr"
	if l.run.Config.Train.Optimizer == "muon" {
		rates = "train.lr and train.muon_lr"
	}
	err := fmt.Errorf("%w at %w; lower %s, or train.clip (0 does not clip)", ErrNonFinite, where, rates)
	m := run.Metric{Step: step, Tokens: l.tokens(), NonFinite: what}
	return errors.Join(err, l.log.Append(m, l.seconds, nil))
}

// divergeAfter is diverge for a value that was found after the update of a step.
func (l *Loop) divergeAfter(what string) error {
	return l.diverge(l.step, what, fmt.Errorf("step %d: the %s is not finite", l.step, what))
}

// allFinite reports whether all weights, moments and momenta are finite.
func (l *Loop) allFinite() bool {
	pool := workers{threads: threadCount(l.run.Config.Train.Threads)}
	arrays := [][]float32{l.model.Params}
	for _, s := range l.engine.states() {
		arrays = append(arrays, s.values)
	}
	return !slices.ContainsFunc(arrays, func(x []float32) bool { return !pool.allFinite(x) })
}

func (w workers) allFinite(x []float32) bool {
	const piece = 1 << 14
	bad := make([]bool, (len(x)+piece-1)/piece)
	w.tasks(len(bad), func(i int) {
		for _, v := range x[i*piece : min((i+1)*piece, len(x))] {
			if !finite(float64(v)) {
				bad[i] = true
			}
		}
	})
	return !slices.Contains(bad, true)
}
