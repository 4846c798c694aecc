package compare

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/internal/typeset"
	"github.com/waveletgpt/waveletgpt/run"
	"github.com/waveletgpt/waveletgpt/summary"
)

// A Study is a plan and the questions that it answers beyond the comparison.
type Study struct {
	Plan
	// Horizons are lengths of training, in steps: every variant trains to each,
	// with a separate, whole schedule ([AtHorizon]). Empty: to that of Config.
	Horizons []int
	Sweep    *Sweep   // before the comparison: the best values of keys for every variant
	Confirm  bool     // retrain what saved steps, with a schedule of that length
	Match    []string // summary.Depth, summary.Width: how large a baseline ends as low
	Probe    bool     // which levels of the operators matter, and where in the window
	Held     int      // seeds that the plan holds out and this study does not train
	// Earlier is the summary of an earlier study in the same directory, nil if
	// there is none. Its finished runs are not trained again, even if their
	// directories are gone.
	Earlier *summary.Summary

	// Together is the name of a plan of several studies, see [Together].
	Together string

	// See HoldOut.
	holdOut bool
	chosen  map[int][]Variant // by steps
	// exploredOn is the hash of the data of the comparison before the hold-out, if there is one.
	exploredOn string
}

// Validate checks what can be checked without the data.
func (s Study) Validate() error {
	if err := s.checkHorizons(); err != nil {
		return err
	}
	for _, p := range s.plans() {
		if err := p.Validate(); err != nil {
			return err
		}
	}
	if err := s.checkPrimary(); err != nil {
		return err
	}
	for _, along := range s.Match {
		if along != summary.Depth && along != summary.Width {
			return fmt.Errorf("match %q is not known; give %s or %s", along, summary.Depth, summary.Width)
		}
	}
	if s.Sweep == nil {
		return nil
	}
	_, err := s.search(s.plans(), lookUp("", nothing), Watch{})
	return err
}

// checkPrimary returns an error for a primary comparison of what the plan has not.
func (s Study) checkPrimary() error {
	baseline := s.baseline()
	seen := map[[2]string]bool{}
	for _, text := range s.Primary {
		label, other, err := summary.ParsePrimary(text)
		if err != nil {
			return err
		}
		for _, name := range []string{label, other} {
			if _, ok := s.variant(name); !ok && name != "" {
				return fmt.Errorf("primary %q: the plan has no variant %s; write a variant, or two of them as in \"haar against shift\"", text, name)
			}
		}
		if other == "" {
			other = baseline
		}
		switch {
		case label == other:
			return fmt.Errorf("primary %q compares %s with itself; name a variant other than the baseline, %s", text, label, baseline)
		case label == baseline:
			return fmt.Errorf("primary %q: %s is the baseline; write it the other way round", text, label)
		case seen[[2]string{label, other}] || seen[[2]string{other, label}]:
			return fmt.Errorf("primary %q is there twice", text)
		}
		seen[[2]string{label, other}] = true
	}
	return nil
}

// baseline is the label of the variant that the others are compared with.
func (s Study) baseline() string {
	var labels []string
	for _, v := range s.Variants {
		labels = append(labels, v.Label())
	}
	return summary.BaselineOf(labels)
}

// Run trains a study in directories below dir and returns its summary. It reuses
// what is there. When ctx ends, everything is saved and the same call resumes.
func (s Study) Run(ctx context.Context, dir string, set *dataset.Set, watch Watch, command string) (*summary.Summary, error) {
	var known map[string]summary.Run
	if s.Earlier != nil {
		known = knownRuns(s.Ranks.Size(), s.Earlier)
	}
	if err := s.CheckHoldOut(set, watch); err != nil {
		return nil, err
	}
	var compared []Plan
	begin := func(plans []Plan, all [][]summary.Result) (*summary.Summary, error) {
		compared = plans
		return s.begin(ctx, dir, plans, all, set, watch, command)
	}
	out, err := s.answer(trained(ctx, dir, set, known, watch), begin, watch)
	if err != nil {
		return nil, err
	}
	if s.Probe {
		p := compared[len(compared)-1]
		jobs, err := p.jobs(set.Header.Hash)
		if err != nil {
			return nil, err
		}
		if err := probe(ctx, dir, p, jobs, set, s.Earlier, out, watch); err != nil {
			return nil, err
		}
	}
	if !s.Probe && s.Earlier != nil {
		for i := range out.Runs {
			if known := s.Earlier.ProbeOf(&out.Runs[i]); known != nil {
				out.Probes = append(out.Probes, *known)
			}
		}
	}
	out.Judge()
	return out, nil
}

// answer asks the questions of a study phase by phase, see [Study.Phases]. begin turns the
// results of the comparison into a summary, to which the other answers are added.
func (s Study) answer(train trainer, begin func([]Plan, [][]summary.Result) (*summary.Summary, error), watch Watch) (*summary.Summary, error) {
	plans := s.plans()
	var swept *summary.Sweep
	if s.Sweep != nil {
		x, err := s.search(plans, train, watch)
		if err != nil {
			return nil, err
		}
		x.sayChanges()
		swept, plans = x.out, x.chosen()
	}
	p := plans[len(plans)-1] // of the longest horizon
	at := ""
	if len(plans) > 1 {
		at = fmt.Sprintf(" at %s", typeset.Counted(len(plans), "horizon"))
	}
	watch.part("comparing %s with %s%s", typeset.Counted(len(p.Variants), "variant"), typeset.Counted(len(p.Seeds), "seed"), at)
	all, err := train(s.mainPhase(), plans)
	if err != nil {
		return nil, err
	}
	out, err := begin(plans, all)
	if err != nil {
		return nil, err
	}
	out.Sweep = swept
	if s.Confirm {
		if err := confirm(train, p, out, watch); err != nil {
			return nil, err
		}
	}
	if len(s.Match) > 0 {
		if err := match(train, p, s.Match, out, watch); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// begin returns the summary of the comparison, with what takes the weights of its runs.
func (s Study) begin(ctx context.Context, dir string, plans []Plan, all [][]summary.Result, set *dataset.Set, watch Watch, command string) (*summary.Summary, error) {
	p, results := plans[len(plans)-1], all[len(all)-1]
	jobs, err := jobsOf(plans, set.Header.Hash)
	if err != nil {
		return nil, err
	}
	samples, held, err := s.measure(ctx, dir, plans, jobs, all, set, watch)
	if err != nil {
		return nil, err
	}
	if !s.holdOut {
		samples = s.withEarlier(samples, results)
		watch.missing(samples, results)
	}
	out, err := newSummary(p, set, slices.Concat(all...), samples, held, command)
	if err != nil {
		return nil, err
	}
	if out.References, err = s.references(ctx, p, set, held, watch); err != nil {
		return nil, err
	}
	out.Dirs = []string{dir}
	out.RecordAdditions(s.Earlier, time.Now())
	if s.Earlier != nil {
		out.KeepIntervals(s.Earlier)
		out.KeepCorrection(s.Earlier)
	}
	return out, nil
}

// measure makes the samples of jobs whose results are there, and adds to the results what
// takes the weights of the runs: the losses by position, in a hold-out comparison the final
// losses. Jobs and results are listed by plan.
func (s Study) measure(ctx context.Context, dir string, plans []Plan, jobs [][]job, all [][]summary.Result, set *dataset.Set, watch Watch) (samples []summary.Sample, held *heldOut, err error) {
	last := len(plans) - 1
	if s.holdOut {
		held, err = s.measureHoldOut(ctx, dir, plans, jobs, all, set, watch)
	} else {
		samples, err = makeSamples(ctx, dir, plans[last], jobs[last], set, all[last])
	}
	if err != nil {
		return nil, nil, err
	}
	if len(samples) > 0 && set.Header.Splits.Test.Length == 0 {
		watch.warn(errors.New("the data has no test split: samples continue the validation split"))
	}
	return samples, held, s.measurePositions(ctx, dir, plans[last], jobs[last], all[last], set, held, watch)
}

// withEarlier adds the samples of runs that only the earlier summary has.
func (s Study) withEarlier(samples []summary.Sample, results []summary.Result) []summary.Sample {
	if s.Earlier == nil {
		return samples
	}
	var all []summary.Sample
	for i := range results {
		r := &results[i]
		of := func(x summary.Sample) bool { return x.Label() == r.Label() && x.Seed == r.Seed }
		if at := slices.IndexFunc(samples, of); at >= 0 {
			all = append(all, samples[at])
		} else if at := slices.IndexFunc(s.Earlier.Samples, of); at >= 0 && s.Earlier.Has(&r.Run) {
			all = append(all, s.Earlier.Samples[at])
		}
	}
	return all
}

// missing says which variants have finished runs but no sample: the weights of their
// runs are gone.
func (w Watch) missing(samples []summary.Sample, results []summary.Result) {
	var said []string
	for i := range results {
		r := &results[i].Run
		has := func(x summary.Sample) bool { return x.Label() == r.Label() }
		if r.Status == summary.Finished && !slices.ContainsFunc(samples, has) && !slices.Contains(said, r.Label()) {
			said = append(said, r.Label())
			w.leftOut("sample", r, run.ErrNoCheckpoint)
		}
	}
}

// leftOut says that the summary lacks what would need the weights of a run.
func (w Watch) leftOut(what string, r *summary.Run, why error) {
	w.warn(fmt.Errorf("%s, seed %d: its %s is left out: %w", r.Label(), r.Seed, what, why))
}

func (w Watch) warn(err error) {
	if w.Warning != nil {
		w.Warning(err)
	}
}

// part reports which part of the study begins.
func (w Watch) part(format string, arguments ...any) {
	if w.Part != nil {
		w.Part(fmt.Sprintf(format, arguments...))
	}
}
