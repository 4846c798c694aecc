package compare

import (
	"context"
	"fmt"
	"path/filepath"
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
	Beyond  []string       `json:"beyond"`
}

// A PartEstimate is the runs of one variant. Tokens and FLOPs count all of them,
// seconds the unfinished ones.
type PartEstimate struct {
	Part        string  `json:"part"` // sweep or comparison
	Variant     string  `json:"variant"`
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
	if s.Earlier != nil {
		s.Known = knownRuns(s.Earlier)
		s.Variants = tuned(s.Variants, s.Sweep, s.Earlier)
	}
	if s.Sweep != nil {
		swept, err := s.Sweep.plan(s.Plan)
		if err != nil {
			return nil, err
		}
		if err := out.add(ctx, "sweep", dir, swept, set); err != nil {
			return nil, err
		}
	}
	if err := out.add(ctx, "comparison", dir, s.Plan, set); err != nil {
		return nil, err
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

// add counts the runs of a plan, which are variant by variant within a seed.
func (e *Estimate) add(ctx context.Context, part, dir string, p Plan, set *dataset.Set) error {
	jobs, err := p.jobs(set.Header.Hash)
	if err != nil {
		return err
	}
	measured := map[config.Model]time.Duration{}
	for i, v := range p.Variants {
		c := jobs[i].config
		m, err := gpt.Outline(gpt.Config{Model: c.Model, Vocabulary: set.Header.Vocabulary})
		if err != nil {
			return err
		}
		sequences := c.Train.Batch * c.Train.Accumulate
		out := PartEstimate{Part: part, Variant: v.Label(), Parameters: m.Parameters()}
		for j := i; j < len(jobs); j += len(p.Variants) {
			there, err := isOver(dir, jobs[j], p.Known)
			if err != nil {
				return &RunError{jobs[j].Label(), jobs[j].seed, err}
			}
			out.Runs++
			if there {
				out.There++
			}
			out.Tokens += int64(c.Train.Steps * sequences * c.Model.Context)
			out.FLOPs += float64(c.Train.Steps) * float64(sequences) * float64(m.FLOPs(c.Model.Context))
		}
		if left := out.Runs - out.There; left > 0 {
			step, ok := measured[c.Model]
			if !ok {
				if step, err = train.Measure(ctx, c, set.Header.Vocabulary); err != nil {
					return err
				}
				measured[c.Model] = step
			}
			out.StepSeconds = step.Seconds()
			// An evaluation is a forward pass, a third of a step, on each window.
			steps := float64(c.Train.Steps) + float64(c.Train.Steps/c.Train.EvalEvery)*float64(c.Eval.Windows)/float64(sequences)/3
			out.Seconds = float64(left) * steps * out.StepSeconds / float64(min(max(p.Jobs, 1), len(jobs)))
		}
		e.Parts = append(e.Parts, out)
		e.Runs, e.There = e.Runs+out.Runs, e.There+out.There
		e.Tokens, e.FLOPs, e.Seconds = e.Tokens+out.Tokens, e.FLOPs+out.FLOPs, e.Seconds+out.Seconds
	}
	return nil
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
