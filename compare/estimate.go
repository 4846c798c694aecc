package compare

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/gpt"
	"github.com/waveletgpt/waveletgpt/internal/typeset"
	"github.com/waveletgpt/waveletgpt/run"
	"github.com/waveletgpt/waveletgpt/summary"
	"github.com/waveletgpt/waveletgpt/train"
)

// An Estimate says what a study costs on this machine. The runs of confirmations
// and matches depend on results: Beyond describes them.
type Estimate struct {
	Parts   []PartEstimate `json:"parts"`
	Runs    int            `json:"runs"`
	There   int            `json:"there"` // how many of them are finished
	Tokens  int64          `json:"tokens"`
	FLOPs   float64        `json:"flops"`
	Seconds float64        `json:"seconds"` // of the unfinished runs
	// OfLongest is the FLOPs of the comparison as a multiple of those of its longest
	// horizon alone, 0 with one horizon.
	OfLongest float64  `json:"of_longest,omitempty"`
	Beyond    []string `json:"beyond"`
}

// A PartEstimate is the runs of one variant at one horizon. Tokens and FLOPs count
// all of them, seconds the unfinished ones. A branch counts from where it leaves its
// trunk.
type PartEstimate struct {
	Part        string  `json:"part"` // sweep or comparison
	Variant     string  `json:"variant"`
	Horizon     int     `json:"horizon"` // steps of the schedule
	Trained     int     `json:"trained"` // steps that a run takes for itself
	Runs        int     `json:"runs"`
	There       int     `json:"there"`
	Parameters  int     `json:"parameters"`
	Tokens      int64   `json:"tokens"`
	FLOPs       float64 `json:"flops"`
	StepSeconds float64 `json:"step_seconds"` // 0 if nothing is left to train
	Seconds     float64 `json:"seconds"`
}

// Estimate measures a step of each model of a study and counts.
func (s Study) Estimate(ctx context.Context, dir string, set *dataset.Set) (*Estimate, error) {
	out := &Estimate{}
	plans := s.plans()
	if s.Earlier != nil {
		for i := range plans {
			plans[i].Known = knownRuns(s.Ranks.Size(), s.Earlier)
		}
	}
	if s.Sweep != nil {
		x, err := s.search(plans, lookUp(set.Header.Hash, finder(dir, set, plans[0].Known)), Watch{})
		if err != nil {
			return nil, err
		}
		if err := out.addSweep(ctx, dir, x, set); err != nil {
			return nil, err
		}
		plans = x.chosen()
	}
	before := out.FLOPs
	if err := out.add(ctx, "comparison", dir, plans, set); err != nil {
		return nil, err
	}
	if len(plans) > 1 {
		longest := 0.0
		for _, p := range out.Parts {
			if p.Part == "comparison" && p.Horizon == plans[len(plans)-1].Config.Train.Steps {
				longest += p.FLOPs
			}
		}
		out.OfLongest = (out.FLOPs - before) / longest
	}
	if s.Confirm {
		out.Beyond = append(out.Beyond, fmt.Sprintf("confirmation: up to %s more for each variant, with shorter schedules", typeset.Counted(len(s.Seeds), "run")))
	}
	for _, along := range s.Match {
		out.Beyond = append(out.Beyond, fmt.Sprintf("match by %s: %s for each larger baseline, up to %d times the size", along, typeset.Counted(len(s.Seeds), "run"), largestMatch))
	}
	if s.Probe {
		out.Beyond = append(out.Beyond, "probe: evaluations of one run of each variant")
	}
	return out, nil
}

// finder finds the runs that are over.
func finder(dir string, set *dataset.Set, known map[string]summary.Run) func(job) (summary.Run, bool, error) {
	x := &execution{dir: dir, set: set, known: known}
	return func(j job) (summary.Run, bool, error) {
		if over, err := isOver(dir, j, known); err != nil || !over {
			return summary.Run{}, false, err
		}
		r, err := x.result(j)
		r.Measure(&set.Header.Entropy.Bigram)
		return r.Run, true, err
	}
}

// addSweep counts the runs of a sweep as far as they are known. The settings of a
// random search are one part for each variant and rung: which of them go on depends
// on results.
func (e *Estimate) addSweep(ctx context.Context, dir string, x *search, set *dataset.Set) error {
	var plans []Plan
	for _, r := range x.rounds {
		plans = append(plans, r.Plan)
	}
	if err := e.add(ctx, "sweep", dir, plans, set); err != nil {
		return err
	}
	if more := summary.MostAdded - len(x.out.Added); !x.random() && !x.finished && more > 0 && len(x.Keys[0].Values) > 1 && areNumbers(x.Keys[0].Values) {
		e.Beyond = append(e.Beyond, fmt.Sprintf("sweep: up to %s for each variant where the best is at an edge", typeset.Counted(more, "more value")))
	}
	if !x.random() {
		return nil
	}
	var labels []string // of the parts, the longest rung first
	for _, r := range slices.Backward(x.rounds) {
		labels = append(labels, r.labels...)
	}
	var together []PartEstimate
	var settings []int // of each of together
	for i, p := range e.Parts {
		last := len(together) - 1
		if i == 0 || labels[i] != labels[i-1] || p.Horizon != together[last].Horizon {
			p.Variant = labels[i]
			together, settings = append(together, p), append(settings, 1)
			continue
		}
		own := &together[last]
		own.Runs, own.There, own.Tokens, own.FLOPs, own.Seconds = own.Runs+p.Runs, own.There+p.There, own.Tokens+p.Tokens, own.FLOPs+p.FLOPs, own.Seconds+p.Seconds
		own.Parameters, own.StepSeconds = max(own.Parameters, p.Parameters), max(own.StepSeconds, p.StepSeconds)
		settings[last]++
	}
	for i := range together {
		together[i].Variant += ", " + typeset.Counted(settings[i], "setting")
	}
	e.Parts = together
	return nil
}

// add counts the runs of plans that train together, the longest horizon first.
func (e *Estimate) add(ctx context.Context, part, dir string, plans []Plan, set *dataset.Set) error {
	var all []job
	byPlan := make([][]job, len(plans))
	for i, p := range plans {
		var err error
		if byPlan[i], err = p.jobs(set.Header.Hash); err != nil {
			return err
		}
		all = append(all, byPlan[i]...)
	}
	trunks, _ := stages(all)
	measured := map[workload]time.Duration{}
	for at, p := range slices.Backward(plans) {
		jobs := byPlan[at] // variant by variant within a seed
		for i := range p.Variants {
			out, err := estimate(ctx, part, dir, p, jobs, i, trunks, measured, set)
			if err != nil {
				return err
			}
			e.Parts = append(e.Parts, out)
			e.Runs, e.There = e.Runs+out.Runs, e.There+out.There
			e.Tokens, e.FLOPs, e.Seconds = e.Tokens+out.Tokens, e.FLOPs+out.FLOPs, e.Seconds+out.Seconds
		}
	}
	return nil
}

// A workload is what the time of a step depends on.
type workload struct {
	model                    config.Model
	batch, accumulate, lanes int
	optimizer, precision     string
}

func workloadOf(c config.Config) workload {
	w := workload{c.Model, c.Train.Batch, c.Train.Accumulate, c.Train.Lanes, c.Train.Optimizer, c.Train.Precision}
	if c.Train.Engine == "torch" { // each measurement starts a process: one stands for all operators
		w.model.Mixer = ""
	}
	return w
}

// estimate counts the runs of variant i of a plan. It measures a step of a workload
// once.
func estimate(ctx context.Context, part, dir string, p Plan, jobs []job, i int, trunks []job, measured map[workload]time.Duration, set *dataset.Set) (PartEstimate, error) {
	c := jobs[i].config
	m, err := gpt.Outline(gpt.Config{Model: c.Model, Vocabulary: set.Header.Vocabulary})
	if err != nil {
		return PartEstimate{}, err
	}
	sequences := c.Train.Batch * c.Train.Accumulate
	out := PartEstimate{Part: part, Variant: p.Variants[i].Label(), Parameters: m.Parameters(), Horizon: jobs[i].horizon, Trained: jobs[i].trained(trunks)}
	for j := i; j < len(jobs); j += len(p.Variants) {
		there, err := isOver(dir, jobs[j], p.Known)
		if err != nil {
			return out, &RunError{jobs[j].Label(), jobs[j].seed, err}
		}
		out.Runs++
		if there {
			out.There++
		}
		out.Tokens += int64(out.Trained * sequences * c.Model.Context)
		out.FLOPs += float64(out.Trained) * float64(sequences) * float64(m.FLOPs(c.Model.Context))
	}
	left := out.Runs - out.There
	if left == 0 {
		return out, nil
	}
	w := workloadOf(c)
	step, ok := measured[w]
	if !ok {
		if step, err = train.Measure(ctx, c, set.Header.Vocabulary); err != nil {
			return out, err
		}
		measured[w] = step
	}
	out.StepSeconds = step.Seconds()
	// An evaluation is a forward pass, a third of a step, on each window.
	evaluated := float64(out.Trained/c.Train.EvalEvery) * float64(c.Eval.Windows)
	for _, split := range []string{dataset.Validation, dataset.Test} {
		if starts, err := set.Windows(split, max(c.Eval.FinalWindows, 1), c.Model.Context+1); err == nil {
			evaluated += float64(len(starts))
		}
	}
	steps := float64(out.Trained) + evaluated/float64(sequences)/3
	out.Seconds = float64(left) * steps * out.StepSeconds / float64(min(max(p.Jobs, 1), len(jobs)))
	return out, nil
}

// isOver tells whether the run of a job needs no training.
func isOver(dir string, j job, known map[string]summary.Run) (bool, error) {
	path := filepath.Join(dir, j.dir)
	if !run.Exists(path) {
		_, ok := known[j.hash]
		return ok, nil
	}
	r, err := run.Open(path)
	if err != nil {
		return false, err
	}
	metrics, err := r.Metrics()
	return status(metrics) != summary.Unfinished, err
}
