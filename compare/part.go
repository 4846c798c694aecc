package compare

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/internal/typeset"
	"github.com/waveletgpt/waveletgpt/summary"
)

// errPhaseEnds ends a replay at the phase that a part trains.
var errPhaseEnds = errors.New("the phase ends")

// RunPart trains the runs of one phase that are the share of this machine, in directories
// below dir, and returns the summary of the part: of all runs that it has trained, in this
// phase and before. It is nil where the phase has nothing for this part. others are the
// summaries of other parts: those of the phases before, if there are any, must be complete.
// The same call resumes what was interrupted.
func (s Study) RunPart(ctx context.Context, dir string, set *dataset.Set, share Share, phase string, others []*summary.Summary, watch Watch, command string) (*summary.Summary, error) {
	if err := s.CheckParts(share.Of); err != nil {
		return nil, err
	}
	id, plan, err := s.partIdentity(set.Header.Hash)
	if err != nil {
		return nil, err
	}
	own, err := summary.Read(dir)
	if errors.Is(err, fs.ErrNotExist) {
		own, err = nil, nil
	}
	if err != nil {
		return nil, err
	}
	there := others
	if own != nil {
		there = append([]*summary.Summary{own}, others...)
	}
	if err := checkParts(there, id, build()); err != nil {
		return nil, err
	}
	if err := s.CheckHoldOut(set, watch); err != nil {
		return nil, err
	}
	x := &partRun{Study: s, replay: newReplay(there), share: share, phase: phase, dir: dir, set: set, watch: watch}
	x.Earlier = own // has what was measured before
	x.replay.data, x.replay.vocabulary = set.Header.Hash, set.Header.Vocabulary
	phases := s.Phases()
	x.later = phases[slices.Index(phases, phase)+1:] // all where the study has no such phase
	begin := func(plans []Plan, all [][]summary.Result) (*summary.Summary, error) {
		return newSummary(plans[len(plans)-1], set, slices.Concat(all...), nil, nil, command)
	}
	train := func(name string, plans []Plan) ([][]summary.Result, error) { return x.train(ctx, name, plans) }
	if _, err := s.answer(train, begin, Watch{}); err != nil && !errors.Is(err, errPhaseEnds) {
		err = x.replay.lacks(err, share.Of)
		var missing *MissingError
		if errors.As(err, &missing) {
			err = fmt.Errorf("phase %s waits: %w", phase, err)
		}
		return nil, err
	}
	if len(x.results) == 0 {
		return nil, nil
	}
	return x.summarize(ctx, summary.Part{Number: share.Number, Of: share.Of, Study: id, Plan: plan}, command)
}

// A partRun is the training of a part.
type partRun struct {
	Study  // with the summary of the part before, if there is one, as Earlier
	replay *replay
	share  Share
	phase  string
	later  []string // phases
	dir    string
	set    *dataset.Set
	watch  Watch

	plans   []Plan // of the phase
	mine    [][]job
	results [][]summary.Result
}

// train is the trainer of a part: before its phase a replay, in its phase it trains and
// ends.
func (x *partRun) train(ctx context.Context, phase string, plans []Plan) ([][]summary.Result, error) {
	if slices.Contains(x.later, phase) {
		return nil, errPhaseEnds
	}
	if phase != x.phase {
		return x.replay.train(phase, plans)
	}
	p, err := x.replay.enter(phase, plans)
	if err != nil {
		return nil, err
	}
	jobs := slices.Concat(p.jobs...)
	divided, err := divide(jobs, x.share.Of, x.set.Header.Vocabulary)
	if err != nil {
		return nil, err
	}
	mine := divided[x.share.Number-1]
	if len(mine) == 0 {
		return nil, errPhaseEnds
	}
	x.watch.part("training part %s of phase %s, %d of %s", x.share, phase, len(mine), typeset.Counted(len(jobs), "run"))
	x.plans, x.mine = plans, make([][]job, len(plans))
	for _, j := range mine {
		x.mine[j.plan] = append(x.mine[j.plan], j)
	}
	engine := &execution{dir: x.dir, set: x.set, watch: x.watch, parallel: max(x.Jobs, 1), ranks: x.Ranks, related: slices.Concat(p.all...), share: true}
	if x.Earlier != nil {
		engine.known = knownRuns(x.Ranks.Size(), x.Earlier)
	}
	if x.results, err = engine.trainJobs(ctx, x.mine); err != nil {
		return nil, err
	}
	for _, all := range x.results {
		for i := range all {
			all[i].Measure(&x.set.Header.Entropy.Bigram)
		}
	}
	return nil, errPhaseEnds
}

// summarize adds what was trained to the summary of the part.
func (x *partRun) summarize(ctx context.Context, part summary.Part, command string) (out *summary.Summary, err error) {
	own := x.Earlier
	if x.phase == x.mainPhase() {
		out, err = x.compared(ctx, &part, command)
	} else if out, err = heading(x.plans[len(x.plans)-1], x.set, nil, command); err == nil && own != nil {
		out.Samples, out.References, out.Probes, part.Evaluations = own.Samples, own.References, own.Probes, own.Part.Evaluations
	}
	if err != nil {
		return nil, err
	}
	if own != nil {
		out.Runs = own.Runs
		if out.Command = own.Command; !slices.Contains(strings.Split(own.Command, "\n"), command) {
			out.Command += "\n" + command
		}
	}
	for _, r := range slices.Concat(x.results...) {
		if at := slices.IndexFunc(out.Runs, func(old summary.Run) bool { return old.ConfigHash == r.ConfigHash }); at >= 0 {
			out.Runs[at] = r.Run
		} else {
			out.Runs = append(out.Runs, r.Run)
		}
	}
	out.Part, out.Dirs = &part, []string{x.dir}
	return out, nil
}

// compared returns the summary of the runs of the comparison, with what takes their
// weights.
func (x *partRun) compared(ctx context.Context, part *summary.Part, command string) (*summary.Summary, error) {
	last := len(x.plans) - 1
	samples, held, err := x.measure(ctx, x.dir, x.plans, x.mine, x.results, x.set, x.watch)
	if err != nil {
		return nil, err
	}
	out, err := heading(x.plans[last], x.set, held, command)
	if err != nil {
		return nil, err
	}
	out.Samples = samples
	if out.References, err = x.references(ctx, x.plans[last], x.set, held, x.watch); err != nil {
		return nil, err
	}
	if len(x.Seeds) == 1 { // its intervals take the losses of all windows
		part.Evaluations = map[string][][]float32{}
	}
	for _, r := range x.results[last] {
		out.Runs = append(out.Runs, r.Run)
		if part.Evaluations != nil && r.Status == summary.Finished {
			part.Evaluations[r.ConfigHash] = r.Evaluations
		}
	}
	if x.Probe {
		if err := probe(ctx, x.dir, x.plans[last], x.mine[last], x.set, x.Earlier, out, x.watch); err != nil {
			return nil, err
		}
	}
	for i, of := range x.results {
		if i != last {
			for _, r := range of {
				out.Runs = append(out.Runs, r.Run)
			}
		}
	}
	return out, nil
}

// partPlan is a study as its parts carry it. What was read from a plan is here resolved.
type partPlan struct {
	Configuration string       `toml:"configuration,multiline"`
	Horizons      []int        `toml:"horizons,omitempty"`
	Seeds         []uint64     `toml:"seeds"`
	Primary       []string     `toml:"primary,omitempty"`
	Confirm       bool         `toml:"confirm,omitempty"`
	Match         []string     `toml:"match,omitempty"`
	Probe         bool         `toml:"probe,omitempty"`
	HoldOut       bool         `toml:"holdout,omitempty"`
	Variants      []Variant    `toml:"variants"`
	Sweep         *Sweep       `toml:"sweep,omitempty"`
	Chosen        []chosenPlan `toml:"chosen,omitempty"`
}

// chosenPlan is what a hold-out trains at one horizon.
type chosenPlan struct {
	Steps    int       `toml:"steps"`
	Variants []Variant `toml:"variants"`
}

// partIdentity writes a study down, and hashes that and its data.
func (s Study) partIdentity(data string) (id, plan string, err error) {
	c := s.Config
	c.Data.Path, c.Data.Hash, c.Train.Threads, c.Train.Device, c.Train.Python = "", "", 0, "", "" // another machine may have others
	p := partPlan{
		Configuration: string(c.TOML()), Horizons: s.Horizons, Seeds: s.Seeds, Primary: s.Primary,
		Confirm: s.Confirm, Match: s.Match, Probe: s.Probe, HoldOut: s.holdOut, Variants: s.Variants, Sweep: s.Sweep,
	}
	if s.chosen != nil {
		for _, own := range s.plans() {
			p.Chosen = append(p.Chosen, chosenPlan{own.Config.Train.Steps, own.Variants})
		}
	}
	text, err := toml.Marshal(p)
	if err != nil {
		return "", "", fmt.Errorf("plan of a part: %w", err)
	}
	return fmt.Sprintf("%x", sha256.Sum256(fmt.Appendf(nil, "%s\n%s", data, text))), string(text), nil
}

// studyOf reads the study of a part.
func studyOf(part *summary.Summary) (s Study, err error) {
	var p partPlan
	if err := toml.Unmarshal([]byte(part.Part.Plan), &p); err != nil {
		return s, fmt.Errorf("plan: %w", placed(err))
	}
	c := config.Earlier()
	if err := c.Merge("configuration", []byte(p.Configuration)); err != nil {
		return s, fmt.Errorf("plan: %w", err)
	}
	s = Study{
		Plan:     Plan{Config: c, Variants: p.Variants, Seeds: p.Seeds, Primary: p.Primary},
		Horizons: p.Horizons, Sweep: p.Sweep, Confirm: p.Confirm, Match: p.Match, Probe: p.Probe, holdOut: p.HoldOut,
	}
	if len(p.Chosen) > 0 {
		s.chosen = map[int][]Variant{}
		for _, own := range p.Chosen {
			s.chosen[own.Steps] = own.Variants
		}
	}
	return s, nil
}

// A PartsError says that parts do not belong together.
type PartsError struct{ text string }

func (e *PartsError) Error() string { return e.text }

// checkParts refuses parts of another study, of another division of it, and those that
// another build has trained: a pair of runs by two builds compares the builds too.
func checkParts(parts []*summary.Summary, id string, program summary.Program) error {
	for _, p := range parts {
		dir := strings.Join(p.Dirs, " ")
		switch {
		case p.Part == nil:
			return &PartsError{fmt.Sprintf("%s is no part of a study, but a whole comparison; choose another directory", filepath.Join(dir, summary.FileName))}
		case p.Part.Study != id:
			return &PartsError{dir + " is a part of another plan, or on other data; remove it, or choose another directory"}
		case p.Program != program:
			return &PartsError{fmt.Sprintf("%s was trained by another build (%s, not %s); train all parts with one", dir, describe(p.Program), describe(program))}
		}
	}
	return nil
}

func describe(p summary.Program) string {
	return strings.Join(strings.Fields(p.Version+" "+p.Commit+" "+p.Go), " ")
}
