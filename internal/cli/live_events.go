package cli

import (
	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/report"
	"github.com/waveletgpt/waveletgpt/run"
	"github.com/waveletgpt/waveletgpt/summary"
)

// liveEvents writes the logs of runs for TensorBoard while they train. A nil one does
// nothing.
type liveEvents struct {
	app    *App
	data   summary.Data
	runs   map[string]followedRun // by directory
	warned bool
}

type followedRun struct {
	log    *run.Follower
	events *report.EventFile
}

// newLiveEvents returns nil if there is no folder for the events.
func (a *App) newLiveEvents(folder string, set *dataset.Set) *liveEvents {
	if folder == "" {
		return nil
	}
	a.logf("the curves grow in %s; watch them with `tensorboard --logdir %s`", folder, quote(folder))
	data := summary.Data{Unit: set.Header.Unit, UnitsPerToken: unitsPerToken(set, dataset.Validation)}
	return &liveEvents{app: a, data: data, runs: map[string]followedRun{}}
}

// follow writes what the log of a run has to an event file in a folder. It comes after
// the log was cut to the checkpoint that the run resumes from.
func (e *liveEvents) follow(dir, folder string) {
	if e == nil {
		return
	}
	e.runs[dir] = followedRun{run.Follow(dir), report.NewEventFile(folder)}
	e.update(dir)
}

// reported writes what is new in the log of a run after each evaluation.
func (e *liveEvents) reported(dir string, m run.Metric) {
	if e != nil && (m.ValidationLoss != nil || m.Ends()) {
		e.update(dir)
	}
}

// finish writes what all logs have after the last evaluation of their runs.
func (e *liveEvents) finish() {
	if e == nil {
		return
	}
	for dir := range e.runs {
		e.update(dir)
	}
}

// update warns once if it fails: training does not need the events, and the next
// update writes what is missing.
func (e *liveEvents) update(dir string) {
	r := e.runs[dir]
	lines, err := r.log.Next()
	if err == nil {
		err = r.events.Append(e.of(lines))
	}
	if err != nil && !e.warned {
		e.warned = true
		e.app.logf("warning: the curves for TensorBoard: %s; training continues, and what is missing is written once that works", oneLine(err))
	}
}

// of turns lines of a log into events. A line without a value, such as that of a step
// that was skipped, is none.
func (e *liveEvents) of(lines []run.Line) (events []report.Event) {
	for _, l := range lines {
		var all []report.Scalar
		for _, s := range []struct {
			tag   string
			value *float64
		}{
			{"training loss/nats per token", l.Loss}, {"learning rate", l.LR}, {"gradient norm", l.GradNorm},
			{"final loss/nats per token", l.FinalLoss}, {"test loss/nats per token", l.TestLoss},
		} {
			if s.value != nil {
				all = append(all, report.Scalar{Tag: s.tag, Value: *s.value})
			}
		}
		if l.ValidationLoss != nil {
			all = append(all, report.ValidationLoss(&e.data, *l.ValidationLoss)...)
		}
		if all != nil {
			events = append(events, report.Event{Step: l.Step, Seconds: l.Seconds, Scalars: all})
		}
	}
	return events
}
