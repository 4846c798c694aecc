package compare

import (
	"context"
	"fmt"
	"slices"

	"github.com/waveletgpt/waveletgpt/dataset"
)

// A Study is a plan and what is asked beyond its comparison.
type Study struct {
	Plan
	Sweep   *Sweep   // before the comparison: the best value of a key for every variant
	Confirm bool     // train again what saved steps, with a schedule of as many steps
	Match   []string // Depth, Width: how large a baseline is as good
	Probe   bool     // which levels of the operators matter, and where in the window
	// Earlier is the summary of an earlier study in the same directory, nil where
	// there is none. Its finished runs are not trained again, also where they are
	// not there any more.
	Earlier *Summary
}

// Validate checks what can be checked without the data.
func (s Study) Validate() error {
	if err := s.Plan.Validate(); err != nil {
		return err
	}
	for _, along := range s.Match {
		if along != Depth && along != Width {
			return fmt.Errorf("match %q is not known; give %s or %s", along, Depth, Width)
		}
	}
	if s.Sweep == nil {
		return nil
	}
	_, err := s.Sweep.plan(s.Plan)
	return err
}

// Run does all of a study in directories below dir and returns its summary.
// Whatever is there already is used; when ctx ends, the same call goes on.
func (s Study) Run(ctx context.Context, dir string, set *dataset.Set, watch Watch, command string) (*Summary, error) {
	p, err := s.Plan.canonical()
	if err != nil {
		return nil, err
	}
	if s.Earlier != nil {
		p.Known = Known(s.Earlier)
	}
	var swept *Sweeping
	if s.Sweep != nil {
		if swept, p.Variants, err = s.Sweep.run(ctx, dir, p, set, watch); err != nil {
			return nil, err
		}
	}
	watch.part("comparing %s with %s", counted(len(p.Variants), "variant"), counted(len(p.Seeds), "seed"))
	results, err := Execute(ctx, dir, p, set, watch)
	if err != nil {
		return nil, err
	}
	samples, err := Samples(ctx, dir, p, set, results)
	if err != nil {
		return nil, err
	}
	out, err := Summarize(p, set, results, s.withEarlier(samples, results), command)
	if err != nil {
		return nil, err
	}
	if s.Earlier != nil {
		out.keepIntervals(s.Earlier)
	}
	out.Sweep = swept
	if s.Confirm {
		if err := out.confirm(ctx, dir, p, set, watch); err != nil {
			return nil, err
		}
	}
	for _, along := range s.Match {
		if err := out.match(ctx, dir, p, along, set, watch); err != nil {
			return nil, err
		}
	}
	if s.Probe {
		if err := out.probe(ctx, dir, p, set, s.Earlier, watch); err != nil {
			return nil, err
		}
	}
	out.say()
	return out, nil
}

// withEarlier adds the samples of runs of which only an earlier summary is there.
func (s Study) withEarlier(samples []Sample, results []Result) []Sample {
	if s.Earlier == nil {
		return samples
	}
	var all []Sample
	for i := range results {
		r := &results[i]
		of := func(x Sample) bool { return x.Label() == r.Label() && x.Seed == r.Seed }
		if at := slices.IndexFunc(samples, of); at >= 0 {
			all = append(all, samples[at])
		} else if at := slices.IndexFunc(s.Earlier.Samples, of); at >= 0 && s.Earlier.has(&r.Run) {
			all = append(all, s.Earlier.Samples[at])
		}
	}
	return all
}

// has tells whether a summary has a run, of the same configuration.
func (s *Summary) has(r *Run) bool {
	return slices.ContainsFunc(s.Runs, func(own Run) bool { return own.ConfigHash == r.ConfigHash && own.Label() == r.Label() })
}

// part tells what begins.
func (w Watch) part(format string, arguments ...any) {
	if w.Part != nil {
		w.Part(fmt.Sprintf(format, arguments...))
	}
}

// everyRun lists the runs of the comparison and of all that was asked beyond it.
func (s *Summary) everyRun() []Run {
	var all []Run
	all = append(all, s.Runs...)
	if s.Sweep != nil {
		for i := range s.Sweep.Trials {
			all = append(all, s.Sweep.Trials[i].Run)
		}
	}
	for i := range s.Confirmations {
		all = append(all, s.Confirmations[i].Runs...)
	}
	for i := range s.Matches {
		for j := range s.Matches[i].Sizes {
			all = append(all, s.Matches[i].Sizes[j].Runs...)
		}
	}
	return all
}
