package compare

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"

	"gonum.org/v1/gonum/stat"

	"github.com/waveletgpt/waveletgpt/gpt"
	"github.com/waveletgpt/waveletgpt/run"
	"github.com/waveletgpt/waveletgpt/summary"
	"github.com/waveletgpt/waveletgpt/train"
)

// status reads from a run's metrics how it ended.
func status(metrics []run.Metric) summary.Status {
	for _, m := range metrics {
		switch {
		case m.NonFinite != "" && !m.Skipped:
			return summary.Diverged
		case m.Ends():
			return summary.Finished
		}
	}
	return summary.Unfinished
}

// result reads the result of a job from its run directory.
func (x *execution) result(j job) (summary.Result, error) {
	if known, ok := x.knows(j); ok {
		return summary.Result{Run: j.named(known)}, nil
	}
	r, err := run.Open(filepath.Join(x.dir, j.dir))
	if err != nil {
		return summary.Result{}, err
	}
	metrics, err := r.Metrics()
	if err != nil {
		return summary.Result{}, err
	}
	timings, err := r.Timings()
	if err != nil {
		return summary.Result{}, err
	}
	evaluations, err := r.Evaluations()
	if err != nil {
		return summary.Result{}, err
	}
	model, err := gpt.Outline(gpt.Config{Model: j.config.Model, Vocabulary: x.set.Header.Vocabulary})
	if err != nil {
		return summary.Result{}, err
	}
	out := summary.Result{Run: summary.Run{
		Name: j.Name, Variant: j.Spec, Set: j.Set, Tuned: j.Tuned, Seed: j.seed, ConfigHash: j.hash,
		Status: status(metrics), Horizon: j.horizon, Parameters: int64(model.Parameters()), Turns: x.turns.of(j.dir),
	}}
	t := j.config.Train
	if t.Engine == "torch" {
		if out.Engine, err = r.TrainedBy(); out.Engine == "" {
			out.Engine = "torch" // no checkpoint says which
		}
	} else {
		out.Memory, err = train.Memory(j.config, x.set.Header.Vocabulary)
	}
	if err != nil {
		return summary.Result{}, err
	}
	stepFLOPs := float64(t.Batch*t.Accumulate) * float64(model.FLOPs(j.config.Model.Context))
	stepSeconds := medianStep(timings)
	if stepSeconds > 0 {
		out.StepSeconds = &stepSeconds
	}
	for _, m := range metrics {
		if m.Loss != nil {
			out.Steps, out.Tokens = m.Step, m.Tokens
		}
		if m.ValidationLoss != nil {
			out.Curve = append(out.Curve, summary.Point{
				Step: m.Step, Tokens: m.Tokens, Loss: *m.ValidationLoss,
				FLOPs: stepFLOPs * float64(m.Step), Seconds: stepSeconds * float64(m.Step),
			})
		}
		if m.TestLoss != nil {
			out.TestLoss = m.TestLoss
		}
	}
	if ranks := x.turns.ranksOf(j.dir); len(ranks) == 1 {
		out.Ranks = ranks[0]
	} else if len(ranks) > 1 {
		out.Run = out.WithoutSeconds()
	}
	if x.share {
		if out.Run = x.turns.located(out.Run, j.dir); out.Engine != "" {
			out.Tier = ""
		}
	}
	for _, e := range evaluations {
		out.Evaluations = append(out.Evaluations, e.Losses)
	}
	if out.Status == summary.Finished {
		if err := addWindowLosses(&out, r, metrics, evaluations); err != nil {
			return summary.Result{}, err
		}
	}
	return out, nil
}

// addWindowLosses adds the losses of the single windows after the last step of a finished
// run: those of its final evaluation, if it has one, or of the last point of its curve.
func addWindowLosses(out *summary.Result, r *run.Run, metrics []run.Metric, evaluations []run.Evaluation) error {
	if n := len(evaluations); len(out.Curve) > 0 {
		if n == 0 || evaluations[n-1].Step != out.Curve[len(out.Curve)-1].Step {
			return fmt.Errorf("%s does not have the last evaluation of the log; restore it, or remove %s to train the run again", r.Path(run.EvaluationsFile), r.Dir)
		}
		for _, l := range evaluations[n-1].Losses {
			out.WindowLosses = append(out.WindowLosses, float64(l))
		}
	}
	if r.Config.Eval.FinalWindows > 0 {
		final, err := r.FinalEvaluation()
		if err == nil && len(final) == 0 {
			err = fmt.Errorf("%s is missing; restore it, or remove %s to train the run again", r.Path(run.FinalFile), r.Dir)
		}
		if err != nil {
			return err
		}
		out.WindowLosses, out.FinalWindows, out.FinalLoss = nil, len(final), metrics[len(metrics)-1].FinalLoss
		for _, w := range final {
			out.WindowLosses = append(out.WindowLosses, windowLoss(w.Loss))
		}
	}
	return nil
}

// windowLoss rounds the final loss of one window to 0.0001 nats. There are thousands of
// them, and digits that no mean shows would make three quarters of a summary.
func windowLoss(nats float32) float64 { return math.Round(float64(nats)*1e4) / 1e4 }

// named is a known run as a plan calls it.
func (j *job) named(known summary.Run) summary.Run {
	known.Name, known.Variant, known.Set, known.Tuned, known.Seed, known.Horizon = j.Name, j.Spec, j.Set, j.Tuned, j.seed, j.horizon
	return known
}

// medianStep is the median time of a step in seconds, 0 before the first.
func medianStep(timings []run.Timing) float64 {
	var steps []float64
	before := 0.0
	for _, t := range timings {
		steps = append(steps, t.Seconds-before)
		before = t.Seconds
	}
	if len(steps) == 0 {
		return 0
	}
	slices.Sort(steps)
	// Microseconds are far below the noise, and keep the summary readable.
	return math.Round(stat.Quantile(0.5, stat.Empirical, steps, nil)*1e6) / 1e6
}
