package compare

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/internal/vfs"
	"github.com/waveletgpt/waveletgpt/summary"
)

// trainPart trains one part of a phase as a separate machine does, which has the
// summaries of the others, and writes its summary.
func trainPart(t *testing.T, dir string, s Study, set *dataset.Set, share Share, phase string) error {
	t.Helper()
	return trainPartUntil(t.Context(), t, dir, s, set, share, phase, Watch{})
}

func trainPartUntil(ctx context.Context, t *testing.T, dir string, s Study, set *dataset.Set, share Share, phase string, watch Watch) error {
	t.Helper()
	own := filepath.Join(dir, share.Dir())
	others := slices.DeleteFunc(partsIn(t, dir), func(p *summary.Summary) bool { return p.Dirs[0] == own })
	out, err := s.RunPart(ctx, own, set, share, phase, others, watch, fmt.Sprintf("waveletgpt compare --part %s --phase %s", share, phase))
	if err != nil || out == nil {
		return err
	}
	if err := vfs.MkdirAll(vfs.OS{}, own); err != nil {
		t.Fatal(err)
	}
	if err := out.Write(own); err != nil {
		t.Fatal(err)
	}
	return nil
}

// partsIn reads the summaries of the parts that are there.
func partsIn(t *testing.T, dir string) (parts []*summary.Summary) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "part-*", summary.FileName))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		s, err := summary.Read(filepath.Dir(path))
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, s)
	}
	return parts
}

// inParts trains a study in parts, phase by phase, the last part of each first.
func inParts(t *testing.T, s Study, set *dataset.Set, of int) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for _, phase := range s.Phases() {
		for number := of; number > 0; number-- {
			if err := trainPart(t, dir, s, set, Share{number, of}, phase); err != nil {
				t.Fatalf("part %d of %d, %s: %v", number, of, phase, err)
			}
		}
	}
	return dir
}

func assembledFrom(t *testing.T, parts []*summary.Summary) *summary.Summary {
	t.Helper()
	all, err := Assemble(parts)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 1 {
		t.Fatalf("%d studies", len(all))
	}
	return all[0]
}

// comparable is a document without what follows from seconds, turns, command and
// processor.
func comparable(t *testing.T, s *summary.Summary) string {
	t.Helper()
	own := *s
	own.Command = ""
	own.Comparisons = slices.Clone(own.Comparisons)
	for i := range own.Comparisons {
		own.Comparisons[i].Apart = nil
	}
	return timeless(t, &own)
}

// A study that is trained in parts ends in the document of one machine: with every
// question, with several lengths of training as branches of one run, with a random search,
// and with more parts than seeds, where the intervals of a single seed take the losses of
// all windows.
func TestPartsAreTheWhole(t *testing.T) {
	list, random, further, horizons := wholeStudy(t), wholeStudy(t), wholeStudy(t), branching(t)
	list.Confirm, list.Match, list.Sweep = false, nil, swept("train.lr", 1e-3, 4e-3, 2e-3)
	list.Config.Train.Steps, random.Config.Train.Steps = 6, 8
	random.Sweep = parsed(t, 3, "lr=1e-3..4e-3", "warmup=0,4")
	random.Confirm, random.Match, random.Probe = false, nil, false
	// The variant is better than any larger baseline.
	further.Sweep, further.Probe, further.Seeds = nil, false, []uint64{5}
	further.Config.Train.MinLR = 1e-4
	further.Variants = []Variant{{Name: "slow", Spec: "none", Set: map[string]any{"train.lr": 1e-4}}, {Name: "fast", Spec: "none"}, {Spec: "shift"},
		{Name: "diverges", Spec: "none", Set: map[string]any{"train.lr": 1000, "train.weight_decay": 1000, "train.clip": 0, "train.warmup": 0, "train.schedule": "constant"}}}
	further.Primary = []string{"shift against fast"}
	horizons.Seeds = horizons.Seeds[:2]
	for _, test := range []struct {
		name  string
		study Study
		of    int
	}{
		{"sweep and probe", list, 3},
		{"random search", random, 3},
		{"confirm and match, one seed", further, 3},
		{"horizons", horizons, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			set := corpus(t)
			whole := study(t, t.TempDir(), test.study, set, Watch{})
			if test.study.Confirm && (len(whole.Confirmations) != 2 || len(whole.Matches) != 2 || len(whole.Matches[0].Sizes) < 3 || whole.Comparisons[0].StepsSavedInterval == nil) {
				t.Fatalf("the study answers too little: %+v, %+v", whole.Confirmations, whole.Matches)
			}
			if last := whole.Runs[len(whole.Runs)-1]; test.study.Confirm && last.Status != summary.Diverged {
				t.Fatalf("%s is %s", last.Label(), last.Status)
			}
			want := comparable(t, whole)
			dir := inParts(t, test.study, set, test.of)
			parts := partsIn(t, dir)
			if len(parts) != test.of {
				t.Fatalf("%d parts have a summary", len(parts))
			}
			if diff := cmp.Diff(want, comparable(t, assembledFrom(t, parts))); diff != "" {
				t.Errorf("(-whole +parts):\n%s", diff)
			}
			// In any order, and with a part given twice.
			slices.Reverse(parts)
			if diff := cmp.Diff(want, comparable(t, assembledFrom(t, append(parts, parts[0])))); diff != "" {
				t.Errorf("in another order (-whole +parts):\n%s", diff)
			}
			status, complete, err := test.study.PartsStatus(parts)
			if err != nil || !complete || slices.ContainsFunc(status, func(p PartStatus) bool { return p.Finished < p.Runs }) {
				t.Errorf("status %+v, complete %v, %v", status, complete, err)
			}
			if test.name != "horizons" {
				return
			}
			// Trained again, a part changes nothing.
			before := comparable(t, parts[0])
			share := Share{parts[0].Part.Number, test.of}
			for _, phase := range test.study.Phases() {
				err := trainPartUntil(t.Context(), t, dir, test.study, set, share, phase, Watch{Event: func(e Event) { t.Errorf("%s, seed %d is trained again", e.Label, e.Seed) }})
				if err != nil {
					t.Fatal(err)
				}
			}
			again, err := summary.Read(parts[0].Dirs[0])
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(before, comparable(t, again)); diff != "" {
				t.Errorf("trained again (-before +after):\n%s", diff)
			}
		})
	}
}

// A hold-out that is trained in parts has the evidence of one machine, and counts as one
// study for each part's copy of the data.
func TestHoldOutInParts(t *testing.T) {
	s := branching(t)
	s.Horizons = []int{10, 6}
	s.Seeds = s.Seeds[:2]
	hold := func(explored *summary.Summary) Study {
		held, err := s.HoldOut([]uint64{7, 8}, explored)
		if err != nil {
			t.Fatal(err)
		}
		return held
	}
	data := t.TempDir()
	set := prepared(t, filepath.Join(data, "whole"), 0.2)
	held := hold(study(t, t.TempDir(), s, set, Watch{}))
	whole := study(t, t.TempDir(), held, set, Watch{})

	dir := t.TempDir()
	for number := 1; number <= 2; number++ {
		own := prepared(t, filepath.Join(data, fmt.Sprint(number)), 0.2)
		if err := trainPart(t, dir, held, own, Share{number, 2}, phaseHoldOut); err != nil {
			t.Fatal(err)
		}
	}
	out := assembledFrom(t, partsIn(t, dir))
	if out.Comparisons[0].Evidence != summary.HeldOut || out.HoldOut.Before != 0 {
		t.Errorf("evidence %s, %+v", out.Comparisons[0].Evidence, out.HoldOut)
	}
	out.HoldOut.Opened = whole.HoldOut.Opened
	if diff := cmp.Diff(comparable(t, whole), comparable(t, out)); diff != "" {
		t.Errorf("(-whole +parts):\n%s", diff)
	}
}

// A part that dies is trained again alone, and resumes.
func TestPartIsInterrupted(t *testing.T) {
	set, s, dir := corpus(t), branching(t), t.TempDir()
	s.Variants, s.Seeds = s.Variants[:2], s.Seeds[:2]
	want := comparable(t, study(t, t.TempDir(), s, set, Watch{}))
	for number := 1; number <= 2; number++ {
		ctx, cancel := context.WithCancel(t.Context())
		events := 20
		err := trainPartUntil(ctx, t, dir, s, set, Share{number, 2}, phaseComparison, Watch{Event: func(Event) {
			if events--; events == 0 && number == 2 {
				cancel()
			}
		}})
		cancel()
		if number == 2 != errors.Is(err, context.Canceled) {
			t.Fatalf("part %d: %v", number, err)
		}
	}
	_, err := Assemble(partsIn(t, dir))
	var missing *MissingError
	if !errors.As(err, &missing) || len(missing.Parts) != 1 || missing.Parts[0].Number != 2 || missing.Parts[0].Runs != 6 {
		t.Fatalf("%v", err)
	}
	for _, text := range []string{"part 2/2 of phase comparison is missing", "none, seed 2, and 5 more runs", "--phase comparison --part 2/2"} {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("%q does not say %q", err, text)
		}
	}
	steps := 0
	if err := trainPartUntil(t.Context(), t, dir, s, set, Share{2, 2}, phaseComparison, Watch{Event: func(e Event) {
		if e.Loss != nil {
			steps++
		}
	}}); err != nil {
		t.Fatal(err)
	}
	if whole := 2 * (20 + 2 + 3); steps < whole/2 || steps >= whole {
		t.Errorf("%d steps are trained, of %d", steps, whole)
	}
	if diff := cmp.Diff(want, comparable(t, assembledFrom(t, partsIn(t, dir)))); diff != "" {
		t.Errorf("(-whole +parts):\n%s", diff)
	}
}

// Every phase waits for the one before it, and says for whom.
func TestPhasesWait(t *testing.T) {
	set, s, dir := corpus(t), wholeStudy(t), t.TempDir()
	phases := s.Phases()
	if want := []string{"sweep-1", "sweep-2", "sweep-3", "sweep-4", "sweep-5", "comparison", "confirm", "match-1", "match-2", "match-3"}; !slices.Equal(phases, want) {
		t.Errorf("phases %v", phases)
	}
	waits := func(phase, want string) {
		t.Helper()
		if err := trainPart(t, dir, s, set, Share{1, 2}, phase); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", phase, err)
		}
	}
	waits("comparison", "phase comparison waits: parts 1/2 and 2/2 of phase sweep-1 are missing: slow train.lr=0.001, seed 1048577, and 7 more runs")
	if err := trainPart(t, dir, s, set, Share{2, 2}, "sweep-1"); err != nil {
		t.Fatal(err)
	}
	waits("confirm", "phase confirm waits: part 1/2 of phase sweep-1 is missing")
	status, complete, err := s.PartsStatus(partsIn(t, dir))
	if err != nil || complete || len(status) != 2 || status[0].Finished != 0 || status[0].Runs != 4 || status[1].Finished != 4 || !(status[0].FLOPs > 0) {
		t.Errorf("status %+v, complete %v, %v", status, complete, err)
	}
}

// What does not belong together is refused by name: parts of another plan, another
// division or another build, a whole comparison, more parts than runs.
func TestPartsRefuse(t *testing.T) {
	set, s := corpus(t), branching(t)
	s.Horizons, s.Seeds, s.Variants = nil, s.Seeds[:2], s.Variants[:2]
	dir := inParts(t, s, set, 2)
	other := s
	other.Seeds = []uint64{1, 2, 3}
	another := inParts(t, other, set, 3)
	assemble := func(want string, change func(parts []*summary.Summary) []*summary.Summary) {
		t.Helper()
		_, err := Assemble(change(partsIn(t, dir)))
		var apart *PartsError
		if err == nil || !strings.Contains(err.Error(), want) || !errors.As(err, &apart) {
			t.Errorf("%v; want %q", err, want)
		}
	}
	assemble("are parts of different plans", func(parts []*summary.Summary) []*summary.Summary { return append(parts[:1], partsIn(t, another)...) })
	assemble("is one of 2 parts, ", func(parts []*summary.Summary) []*summary.Summary {
		parts[1].Part.Of = 3
		return parts
	})
	assemble("is a part on other data than", func(parts []*summary.Summary) []*summary.Summary {
		parts[1].Part.Study, parts[1].Data.Hash = "another", "another"
		return parts
	})
	assemble("was trained by another build", func(parts []*summary.Summary) []*summary.Summary {
		parts[1].Program.Commit = "another"
		return parts
	})

	train := func(s Study, share Share, want string) {
		t.Helper()
		err := trainPart(t, dir, s, set, share, phaseComparison)
		var apart *PartsError
		if err == nil || !strings.Contains(err.Error(), want) || !errors.As(err, &apart) {
			t.Errorf("%v; want %q", err, want)
		}
	}
	train(other, Share{1, 2}, "is a part of another plan")
	if _, _, err := other.PartsStatus(partsIn(t, dir)); err == nil || !strings.Contains(err.Error(), "is a part of another plan") {
		t.Errorf("status: %v", err)
	}
	if err := study(t, filepath.Join(dir, "part-1-of-9"), s, set, Watch{}).Write(filepath.Join(dir, "part-1-of-9")); err != nil {
		t.Fatal(err)
	}
	train(s, Share{1, 2}, "is no part of a study, but a whole comparison")
	dir = t.TempDir()
	train(s, Share{1, 5}, "5 parts: the runs of this plan can be divided into 4 at most")
}

// Seconds are compared within a machine and its kernels. Where the runs of a seed are on
// one, they stay; where they are on several, they go; and the verdict says which runs share
// one.
func TestMachinesOfParts(t *testing.T) {
	set, s := corpus(t), branching(t)
	s.Horizons, s.Variants = nil, s.Variants[:2]
	s.Seeds = []uint64{1, 2}
	for _, test := range []struct {
		of      int
		seconds map[uint64]bool
		says    string
	}{
		{2, map[uint64]bool{1: true, 2: true}, "Runs were trained on different machines or kernels: seed 1 on first (1), avx2 kernels; seed 2 on second (2), avx512 kernels."},
		{3, map[uint64]bool{1: true, 2: false}, "seed 1 on first (1), avx2 kernels; none with seed 2 on second (2), avx512 kernels; haar with seed 2 on second (2), avx2 kernels."},
	} {
		parts := partsIn(t, inParts(t, s, set, test.of))
		for i, p := range parts {
			for j := range p.Runs {
				if p.Runs[j].Machine == "" || p.Runs[j].Tier != p.Tier {
					t.Errorf("%s was trained on machine %q with kernels %q", p.Runs[j].Label(), p.Runs[j].Machine, p.Runs[j].Tier)
				}
				p.Runs[j].Machine = []string{"first (1)", "second (2)", "second (2)"}[i]
				p.Runs[j].Tier = []string{"avx2", "avx512", "avx2"}[i]
			}
		}
		out := assembledFrom(t, parts)
		for _, r := range out.Runs {
			if (r.StepSeconds != nil) != test.seconds[r.Seed] || (r.Curve[len(r.Curve)-1].Seconds > 0) != test.seconds[r.Seed] {
				t.Errorf("%d parts: %s, seed %d: %v s a step", test.of, r.Label(), r.Seed, r.StepSeconds)
			}
		}
		if c := &out.Comparisons[0]; !strings.Contains(c.Verdict, test.says) || !strings.Contains(c.Verdict, "Seconds are compared within one of these only") {
			t.Errorf("%d parts: %s", test.of, c.Verdict)
		}
	}
}

// A run that went on on another machine has no seconds: they are those of neither.
func TestLocated(t *testing.T) {
	step := 0.5
	moved := turns{Turns: []turn{{Runs: []string{"a", "b"}, Machine: "first", Tier: "avx2"}, {Runs: []string{"b"}, Machine: "second", Tier: "avx2"}}}
	for dir, want := range map[string]string{"a": "first", "b": "first and second"} {
		r := moved.located(summary.Run{StepSeconds: &step}, dir)
		if r.Machine != want || r.Tier != "avx2" || (r.StepSeconds != nil) != (dir == "a") {
			t.Errorf("%s: machine %q, kernels %q, %v s a step", dir, r.Machine, r.Tier, r.StepSeconds)
		}
	}
}
