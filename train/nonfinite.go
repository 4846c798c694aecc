package train

import (
	"errors"
	"fmt"

	"github.com/waveletgpt/waveletgpt/run"
)

// ErrNonFinite is a number that is not finite, and the end of the run.
var ErrNonFinite = errors.New("the run diverged")

// maxSkipped is how many steps in a row may be skipped. A batch can be at fault
// for one of them; for more than this it is the weights, and no batch mends them.
const maxSkipped = 10

// nonFinite deals with a step that made no update, because its loss or gradient
// is not finite: its windows are written down, and the run ends or goes on with
// the next step, as train.on_nonfinite says.
func (l *Loop) nonFinite(step int, r result, report func(Report)) error {
	bad := run.NonFinite{Step: step, What: r.nonFinite}
	for i, tokens := range l.windows {
		w := run.Window{Tokens: tokens}
		if finite(l.engine.losses[i]) {
			w.Loss = new(l.engine.losses[i] / float64(len(tokens)-1))
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

// diverge writes down at which step what was not finite, and ends the run.
func (l *Loop) diverge(step int, what string, where error) error {
	l.diverged = true
	err := fmt.Errorf("%w at %w; lower train.lr, or set train.clip", ErrNonFinite, where)
	m := run.Metric{Step: step, Tokens: l.tokens(), NonFinite: what}
	return errors.Join(err, l.log.Append(m, l.seconds, nil))
}

// divergeAfter is diverge for what was found after a step that made an update.
func (l *Loop) divergeAfter(what string) error {
	return l.diverge(l.step, what, fmt.Errorf("step %d: the %s is not finite", l.step, what))
}

// allFinite tells whether the weights and moments can be gone on with.
func (l *Loop) allFinite() bool {
	const piece = 1 << 14
	params := l.engine.model.Params
	pieces := (len(params) + piece - 1) / piece
	bad := make([]bool, pieces)
	l.engine.tasks(pieces, func(i int) {
		start, end := i*piece, min((i+1)*piece, len(params))
		for _, values := range [][]float32{params, l.engine.adamw.M, l.engine.adamw.V} {
			for _, v := range values[start:end] {
				if !finite(float64(v)) {
					bad[i] = true
				}
			}
		}
	})
	for _, b := range bad {
		if b {
			return false
		}
	}
	return true
}
