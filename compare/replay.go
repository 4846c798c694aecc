package compare

import (
	"errors"
	"fmt"
	"slices"

	"github.com/waveletgpt/waveletgpt/internal/typeset"
	"github.com/waveletgpt/waveletgpt/summary"
)

// A replay answers the questions of a study from runs that are known, phase by phase, as
// far as they go. It trains nothing.
type replay struct {
	data       string // hash
	vocabulary int
	known      map[string]summary.Run // those that are over, by configuration hash
	phases     []phaseJobs            // asked for so far
}

// phaseJobs are the jobs of a phase by plan, without those of the phases before it.
type phaseJobs struct {
	name string
	jobs [][]job
	all  [][]job // with those
}

// newReplay knows the runs of the parts of a study.
func newReplay(parts []*summary.Summary) *replay {
	r := &replay{known: map[string]summary.Run{}}
	for _, part := range parts {
		r.data, r.vocabulary = part.Data.Hash, part.Data.Vocabulary
		for _, own := range part.AllRuns() {
			if _, twice := r.known[own.ConfigHash]; !twice && own.Status != summary.Unfinished {
				r.known[own.ConfigHash] = own
			}
		}
	}
	return r
}

// enter lists the jobs of a phase.
func (r *replay) enter(phase string, plans []Plan) (phaseJobs, error) {
	all, err := jobsOf(plans, r.data)
	if err != nil {
		return phaseJobs{}, err
	}
	asked := map[string]bool{}
	for _, before := range r.phases {
		for _, j := range slices.Concat(before.jobs...) {
			asked[j.hash] = true
		}
	}
	p := phaseJobs{name: phase, all: all}
	for _, own := range all {
		p.jobs = append(p.jobs, slices.DeleteFunc(slices.Clone(own), func(j job) bool { return asked[j.hash] }))
	}
	r.phases = append(r.phases, p)
	return p, nil
}

// train is a trainer. It returns a [*MissingError] where a run is not known.
func (r *replay) train(phase string, plans []Plan) ([][]summary.Result, error) {
	p, err := r.enter(phase, plans)
	if err != nil {
		return nil, err
	}
	if r.missing(p.jobs) > 0 {
		return nil, &MissingError{Phase: phase}
	}
	results := make([][]summary.Result, len(p.all))
	for i, jobs := range p.all {
		for _, j := range jobs {
			results[i] = append(results[i], summary.Result{Run: j.named(r.known[j.hash])})
		}
	}
	return results, nil
}

// missing counts the jobs that are not known.
func (r *replay) missing(byPlan [][]job) int {
	n := 0
	for _, j := range slices.Concat(byPlan...) {
		if _, ok := r.known[j.hash]; !ok {
			n++
		}
	}
	return n
}

// A MissingError says that runs of a phase are not there.
type MissingError struct {
	Phase string
	Parts []PartStatus // those that lack some
}

func (e *MissingError) Error() string {
	if len(e.Parts) == 0 {
		return fmt.Sprintf("runs of phase %s are missing", e.Phase)
	}
	var names []string
	runs := 0
	for _, p := range e.Parts {
		names, runs = append(names, Share{p.Number, p.Of}.String()), runs+p.Runs-p.Finished
	}
	first := lacking(e.Parts[0].Lacks, runs)
	if len(names) == 1 {
		return fmt.Sprintf("part %s of phase %s is missing: %s; train it with --phase %s --part %s", names[0], e.Phase, first, e.Phase, names[0])
	}
	return fmt.Sprintf("parts %s of phase %s are missing: %s; train them with --phase %s --part %s and so on", typeset.List(names), e.Phase, first, e.Phase, names[0])
}

// lacking names one of some runs.
func lacking(first string, runs int) string {
	if runs == 1 {
		return first
	}
	return fmt.Sprintf("%s, and %s", first, typeset.Counted(runs-1, "more run"))
}

// A PartStatus counts the runs of one part in one phase.
type PartStatus struct {
	Phase    string  `json:"phase"`
	Number   int     `json:"part"`
	Of       int     `json:"of"`
	Runs     int     `json:"runs"`
	Finished int     `json:"finished"`
	FLOPs    float64 `json:"flops"`
	Lacks    string  `json:"lacks,omitempty"` // a run that is not there
}

// status counts the runs of the parts in a phase, as far as they have any.
func (r *replay) status(p phaseJobs, of int) (all []PartStatus, err error) {
	jobs := slices.Concat(p.jobs...)
	trunks, _ := stages(jobs)
	divided, err := divide(jobs, of, r.vocabulary)
	if err != nil {
		return nil, err
	}
	for i, own := range divided {
		s := PartStatus{Phase: p.name, Number: i + 1, Of: of, Runs: len(own)}
		for _, j := range own {
			cost, err := j.cost(trunks, r.vocabulary)
			if err != nil {
				return nil, err
			}
			s.FLOPs += 1e6 * float64(cost)
			if _, ok := r.known[j.hash]; ok {
				s.Finished++
			} else if s.Lacks == "" {
				s.Lacks = fmt.Sprintf("%s, seed %d", j.Label(), j.seed)
			}
		}
		if len(own) > 0 {
			all = append(all, s)
		}
	}
	return all, nil
}

// lacks adds to a [*MissingError] of the last phase which parts lack runs. Any other error
// stays.
func (r *replay) lacks(err error, of int) error {
	var missing *MissingError
	if !errors.As(err, &missing) {
		return err
	}
	all, err := r.status(r.phases[len(r.phases)-1], of)
	if err != nil {
		return err
	}
	missing.Parts = slices.DeleteFunc(all, func(p PartStatus) bool { return p.Runs == p.Finished })
	return missing
}
