package compare

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/waveletgpt/waveletgpt/summary"
)

// Assemble returns the summaries of studies from those of their parts, in the order of the
// first parts. Each is the summary of a single machine, but for what follows from seconds,
// turns, the command and the processor. Seconds of runs of one seed are kept where one
// machine has trained all of them with the same kernels. A part may be there twice. The error is a [*PartsError]
// if parts do not belong together, and a [*MissingError] if runs are not there.
func Assemble(parts []*summary.Summary) (all []*summary.Summary, err error) {
	var firsts []*summary.Summary
	for _, p := range parts {
		if p.Part != nil && !slices.ContainsFunc(firsts, func(s *summary.Summary) bool { return s.Part.Study == p.Part.Study }) {
			firsts = append(firsts, p)
		}
	}
	for i, first := range firsts {
		for _, other := range firsts[:i] {
			if err := checkApart(other, first); err != nil {
				return nil, err
			}
		}
	}
	for _, first := range firsts {
		own := slices.DeleteFunc(slices.Clone(parts), func(p *summary.Summary) bool { return p.Part == nil || p.Part.Study != first.Part.Study })
		s, err := assemble(own)
		if err != nil {
			return nil, stranger(err, first, parts)
		}
		all = append(all, s)
	}
	return all, nil
}

// checkApart refuses parts of two plans that measure the same: they are one plan that was
// changed. Two comparisons of one plan have other data or another configuration.
func checkApart(a, b *summary.Summary) error {
	one, err := studyOf(a)
	if err != nil {
		return err
	}
	two, err := studyOf(b)
	if err != nil {
		return err
	}
	if a.Data.Hash == b.Data.Hash && one.Config.Hash("") == two.Config.Hash("") && one.holdOut == two.holdOut {
		return &PartsError{fmt.Sprintf("%s and %s are parts of different plans; give the parts of one", a.Dirs[0], b.Dirs[0])}
	}
	return nil
}

// stranger explains an error of assembling the study of a part, which runs of some parts
// are missing: the parts of these numbers are there, but of another study.
func stranger(err error, first *summary.Summary, parts []*summary.Summary) error {
	var missing *MissingError
	if !errors.As(err, &missing) {
		return err
	}
	for _, p := range parts {
		lacks := func(own PartStatus) bool { return p.Part != nil && own.Number == p.Part.Number && own.Of == p.Part.Of }
		has := func(own *summary.Summary) bool {
			return own.Part != nil && own.Part.Study == first.Part.Study && own.Part.Number == p.Part.Number
		}
		if !slices.ContainsFunc(missing.Parts, lacks) || slices.ContainsFunc(parts, has) {
			continue
		}
		what := "a part of another plan than"
		if p.Data.Hash != first.Data.Hash {
			what = "a part on other data than"
		}
		return &PartsError{fmt.Sprintf("%s is %s %s, so part %s is missing; give the parts of one plan", p.Dirs[0], what, first.Dirs[0], Share{p.Part.Number, p.Part.Of})}
	}
	return err
}

// assemble assembles the parts of one study.
func assemble(parts []*summary.Summary) (*summary.Summary, error) {
	slices.SortStableFunc(parts, func(a, b *summary.Summary) int { return a.Part.Number - b.Part.Number })
	first := parts[0]
	if err := checkParts(parts, first.Part.Study, first.Program); err != nil {
		return nil, err
	}
	for _, p := range parts {
		if p.Part.Of != first.Part.Of {
			return nil, &PartsError{fmt.Sprintf("%s is one of %d parts, %s one of %d; give those of one division", first.Dirs[0], first.Part.Of, p.Dirs[0], p.Part.Of)}
		}
	}
	s, err := studyOf(first)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", first.Dirs[0], err)
	}
	x := &assembly{replay: newReplay(parts), parts: parts, evaluations: map[string][][]float32{}}
	for _, p := range parts {
		for hash, losses := range p.Part.Evaluations {
			x.evaluations[hash] = losses
		}
	}
	x.inOnePlace()
	out, err := s.answer(x.train, x.begin, Watch{})
	if err != nil {
		return nil, x.replay.lacks(err, first.Part.Of)
	}
	if s.Probe {
		x.probes(out)
	}
	out.Judge()
	return out, nil
}

// An assembly is a replay that also has what parts measured beside their runs.
type assembly struct {
	*replay
	parts       []*summary.Summary
	evaluations map[string][][]float32
}

// inOnePlace leaves out where runs were trained if it is the same for all of them.
func (x *assembly) inOnePlace() {
	places := map[string]bool{}
	for _, r := range x.known {
		places[r.Place()] = true
	}
	if len(places) > 1 {
		return
	}
	for hash, r := range x.known {
		r.Machine, r.Tier = "", ""
		x.known[hash] = r
	}
}

// train is the trainer of an assembly.
func (x *assembly) train(phase string, plans []Plan) ([][]summary.Result, error) {
	results, err := x.replay.train(phase, plans)
	if err != nil {
		return nil, err
	}
	places := map[uint64]string{} // of each seed; empty for several
	for _, r := range slices.Concat(results...) {
		if place, there := places[r.Seed]; there && place != r.Place() {
			places[r.Seed] = ""
		} else if !there {
			places[r.Seed] = r.Place()
		}
	}
	for _, own := range results {
		for i := range own {
			own[i].Evaluations = x.evaluations[own[i].ConfigHash]
			if own[i].Place() != places[own[i].Seed] {
				own[i].Run = own[i].WithoutSeconds()
			}
		}
	}
	return results, nil
}

// begin is the summary of the comparison.
func (x *assembly) begin(plans []Plan, all [][]summary.Result) (*summary.Summary, error) {
	out := *x.parts[0]
	out.Part, out.Samples, out.References, out.Probes, out.HoldOut = nil, nil, nil, nil, nil
	var err error
	if out.Models, err = modelsOf(plans[len(plans)-1]); err != nil {
		return nil, err
	}
	var commands, cpus, tiers []string
	for _, p := range x.parts {
		commands = added(commands, strings.Split(p.Command, "\n")...)
		cpus, tiers = added(cpus, p.CPU), added(tiers, p.Tier)
		if p.Threads != out.Threads {
			out.Threads = 0
		}
		out.Dirs = added(out.Dirs, p.Dirs...)
		if len(p.References) > 0 && len(out.References) == 0 { // the same in all parts
			out.References, out.Windows, out.WindowDocuments = p.References, p.Windows, p.WindowDocuments
		}
		if h := p.HoldOut; h != nil {
			joined := *h
			if out.HoldOut != nil {
				joined.Before = max(joined.Before, out.HoldOut.Before)
				if out.HoldOut.Opened.Before(joined.Opened) {
					joined.Opened = out.HoldOut.Opened
				}
			}
			out.HoldOut, out.Windows, out.WindowDocuments = &joined, p.Windows, p.WindowDocuments
		}
	}
	out.Command, out.CPU, out.Tier = strings.Join(commands, "\n"), strings.Join(cpus, ", "), strings.Join(tiers, ", ")
	if err := out.Compare(slices.Concat(all...)); err != nil {
		return nil, err
	}
	for i := range out.Runs {
		r := &out.Runs[i]
		if r.Status != summary.Finished || slices.ContainsFunc(out.Samples, func(own summary.Sample) bool { return own.Label() == r.Label() }) {
			continue
		}
		for _, p := range x.parts {
			if at := slices.IndexFunc(p.Samples, func(own summary.Sample) bool { return own.Label() == r.Label() && own.Seed == r.Seed }); at >= 0 {
				out.Samples = append(out.Samples, p.Samples[at])
				break
			}
		}
	}
	return &out, nil
}

// probes adds those of the first finished run of every variant.
func (x *assembly) probes(out *summary.Summary) {
	for i := range out.Runs {
		r := &out.Runs[i]
		if r.Status != summary.Finished || slices.ContainsFunc(out.Probes, func(own summary.Probe) bool { return own.Variant == r.Label() }) {
			continue
		}
		for _, p := range x.parts {
			if at := slices.IndexFunc(p.Probes, func(own summary.Probe) bool { return own.Variant == r.Label() && own.Seed == r.Seed }); at >= 0 {
				out.Probes = append(out.Probes, p.Probes[at])
				break
			}
		}
	}
}

// added is a list with those of some words that it does not have.
func added(list []string, words ...string) []string {
	list = slices.Clone(list)
	for _, word := range words {
		if !slices.Contains(list, word) {
			list = append(list, word)
		}
	}
	return list
}

// PartsStatus lists, phase by phase, what each part of a study has to train and how much
// of it is over, as far as the results that are there decide it. The last phase is
// incomplete, unless the study is complete. There must be a part; the error is a
// [*PartsError] if one is of another study.
func (s Study) PartsStatus(parts []*summary.Summary) (all []PartStatus, complete bool, err error) {
	first := parts[0]
	id, _, err := s.partIdentity(first.Data.Hash)
	if err == nil {
		err = checkParts(parts, id, first.Program)
	}
	if err != nil {
		return nil, false, err
	}
	x := &assembly{replay: newReplay(parts), parts: parts}
	_, failed := s.answer(x.train, x.begin, Watch{})
	for _, phase := range x.phases {
		own, err := x.status(phase, first.Part.Of)
		if err != nil {
			return nil, false, err
		}
		all = append(all, own...)
	}
	var missing *MissingError
	if failed != nil && !errors.As(failed, &missing) {
		return nil, false, failed
	}
	return all, failed == nil, nil
}
