package compare

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/media"
	"github.com/waveletgpt/waveletgpt/run"
	"github.com/waveletgpt/waveletgpt/summary"
	"github.com/waveletgpt/waveletgpt/train"
)

// branching is a study of three horizons that are branches of one run.
func branching(t *testing.T) Study {
	c := tinyConfig(t)
	c.Train.Schedule, c.Train.Warmup = "wsd", 2
	return Study{
		Plan:     Plan{Config: c, Seeds: []uint64{1, 2, 3}, Variants: []Variant{{Spec: "none"}, {Spec: "haar"}, {Spec: "shift"}}},
		Horizons: []int{20, 10, 14},
	}
}

// prepared is a text with a hold-out of a share, 0 for none.
func prepared(t *testing.T, dir string, share float64) *dataset.Set {
	t.Helper()
	text := strings.Repeat("the river carried a stone slowly under the light; ", 200)
	doc := media.Document{Name: "a.txt", Size: int64(len(text)), Open: func() (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(text)), nil
	}}
	set, err := dataset.Prepare(t.Context(), dir, "a.txt", []media.Document{doc}, dataset.Options{Codec: "chars", MinCount: 1, Holdout: share}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { set.Close() })
	return set
}

// A study of several horizons is the same as its runs trained one by one from the
// start, also if it is interrupted, if longer horizons come later, and from the
// summary alone. It trains as many steps as the estimate says.
func TestBranchingStudy(t *testing.T) {
	set, s, dir := corpus(t), branching(t), t.TempDir()
	estimate, err := s.Estimate(t.Context(), dir, set)
	if err != nil {
		t.Fatal(err)
	}
	// The rate falls in the last fifth: 20 steps, 10 - 8 and 14 - 11.
	work := 0
	for _, p := range estimate.Parts {
		work += p.Runs * p.Trained
	}
	if want := 9 * (20 + 2 + 3); work != want || math.Abs(estimate.OfLongest-25./20) > 1e-12 {
		t.Errorf("%d steps, want %d; %v of the longest", work, want, estimate.OfLongest)
	}
	steps, last := 0, Event{}
	out := study(t, dir, s, set, Watch{Event: func(e Event) {
		if e.Loss != nil {
			steps++
		}
		last = e
	}})
	if steps != work || last.Done != work || last.Total != work {
		t.Errorf("%d steps trained, %d of %d done, want %d", steps, last.Done, last.Total, work)
	}
	if len(out.Runs) != 9 || len(out.Shorter) != 18 || !slices.Equal(out.Lengths(), []int{10, 14, 20}) {
		t.Fatalf("%d runs, %d shorter, horizons %v", len(out.Runs), len(out.Shorter), out.Lengths())
	}

	alone := map[string]summary.Run{}
	for _, horizon := range s.Horizons {
		one := s
		one.Horizons, one.Config = nil, AtHorizon(s.Config, horizon)
		for _, r := range study(t, t.TempDir(), one, set, Watch{}).Runs {
			if r.Horizon < 20 {
				r.PositionLosses = nil // of the longest horizon only
			}
			alone[r.ConfigHash] = r.WithoutSeconds()
		}
	}
	for _, r := range slices.Concat(out.Runs, out.Shorter) {
		if diff := cmp.Diff(alone[r.ConfigHash], r.WithoutSeconds()); diff != "" {
			t.Errorf("%s, seed %d, %d steps (-from the start +branch):\n%s", r.Label(), r.Seed, r.Horizon, diff)
		}
	}

	// Interrupted again and again, and with the longest horizon added at the end.
	late := t.TempDir()
	for _, events := range []int{30, 17, 60, 41, 90} {
		part := s
		part.Horizons = []int{14, 10}
		if events == 90 {
			part = s
		}
		ctx, cancel := context.WithCancel(t.Context())
		_, err := part.Run(ctx, late, set, Watch{Event: func(Event) {
			if events--; events == 0 {
				cancel()
			}
		}}, "waveletgpt compare")
		cancel()
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(timeless(t, out), timeless(t, study(t, late, s, set, Watch{}))); diff != "" {
		t.Errorf("interrupted and extended (-without +with):\n%s", diff)
	}
	trained := func(e Event) { t.Errorf("%s, seed %d is trained again", e.Label, e.Seed) }
	s.Earlier = out
	if diff := cmp.Diff(timeless(t, out), timeless(t, study(t, t.TempDir(), s, set, Watch{Event: trained}))); diff != "" {
		t.Errorf("from the summary alone (-trained +again):\n%s", diff)
	}
}

// Horizons of another schedule are runs of their own, with a warm-up in proportion.
func TestHorizonsWithoutBranches(t *testing.T) {
	set, s := corpus(t), branching(t)
	s.Config.Train.Schedule, s.Config.Train.Steps, s.Config.Train.Warmup = "cosine", 10, 2
	s.Seeds = s.Seeds[:1]
	out := study(t, t.TempDir(), s, set, Watch{})
	for _, r := range slices.Concat(out.Runs, out.Shorter) {
		v, _ := s.variant(r.Label())
		c := s.Config
		c.Train.Seed, c.Train.Steps, c.Train.Warmup = int64(r.Seed), r.Horizon, map[int]int{10: 2, 14: 3, 20: 4}[r.Horizon]
		c, err := v.Configure(c)
		if err != nil || c.Hash(set.Header.Hash) != r.ConfigHash {
			t.Errorf("%s, %d steps has another configuration, %v", r.Label(), r.Horizon, err)
		}
	}
}

// Seeds and variants that come after a look are recorded.
func TestAdditionsAreRecorded(t *testing.T) {
	set, s, dir := corpus(t), branching(t), t.TempDir()
	s.Horizons = nil
	all := s.Plan
	s.Variants, s.Seeds = all.Variants[:2], all.Seeds[:2]
	s.Earlier = study(t, dir, s, set, Watch{})
	if len(s.Earlier.Additions) != 0 {
		t.Errorf("the first look has additions: %+v", s.Earlier.Additions)
	}
	s.Earlier = study(t, dir, s, set, Watch{})
	s.Plan = all
	out := study(t, dir, s, set, Watch{})
	if len(out.Additions) != 1 {
		t.Fatalf("additions %+v", out.Additions)
	}
	a := out.Additions[0]
	if a.AfterSeeds != 2 || a.AfterVariants != 2 || !slices.Equal(a.Seeds, []uint64{3}) || !slices.Equal(a.Variants, []string{"shift"}) || a.When.IsZero() {
		t.Errorf("addition %+v", a)
	}
	s.Earlier = out
	if again := study(t, dir, s, set, Watch{}); len(again.Additions) != 1 || !again.Additions[0].When.Equal(a.When) {
		t.Errorf("after another call: %+v", again.Additions)
	}
}

// A hold-out comparison measures final losses on the hold-out, with other seeds and
// the values that the sweep chose. The first study that opens it is held out; another
// one is exploratory.
func TestHoldOut(t *testing.T) {
	data := t.TempDir()
	set, s, dir := prepared(t, data, 0.2), branching(t), t.TempDir()
	s.Seeds = s.Seeds[:2]
	s.Sweep = swept("train.lr", 1e-3, 4e-3)
	if _, err := s.HoldOut([]uint64{11, 12}, nil); err == nil || !strings.Contains(err.Error(), "run the comparison") {
		t.Errorf("before the sweep: %v", err)
	}
	explored := study(t, dir, s, set, Watch{})
	if openings, err := set.Openings(); err != nil || len(openings) > 0 {
		t.Errorf("the comparison opened the hold-out: %v, %v", openings, err)
	}
	if explored.Comparisons[0].Evidence != summary.Exploratory || explored.HoldOut != nil {
		t.Errorf("evidence %s, hold-out %v", explored.Comparisons[0].Evidence, explored.HoldOut)
	}
	for _, seed := range []uint64{1, explored.Sweep.Seed, explored.Sweep.Seeds[1]} {
		if _, err := s.HoldOut([]uint64{11, seed}, explored); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("seed %d has been trained", seed)) {
			t.Errorf("seed %d: %v", seed, err)
		}
	}

	// What was chosen for other settings or on other data is not what was chosen.
	for want, change := range map[string]func(*config.Config){
		"train.batch = 2":      func(c *config.Config) { c.Train.Batch = 3 },
		"train.weight_decay =": func(c *config.Config) { c.Train.Decay *= 2 },
		"final losses on":      func(c *config.Config) { c.Eval.FinalWindows = 7 },
	} {
		changed := s
		change(&changed.Config)
		if _, err := changed.HoldOut([]uint64{11, 12}, explored); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	held, err := s.HoldOut([]uint64{11, 12}, explored)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := held.Run(t.Context(), t.TempDir(), prepared(t, t.TempDir(), 0.3), Watch{}, ""); err == nil || !strings.Contains(err.Error(), "was run on data") {
		t.Errorf("on other data: %v", err)
	}
	out := study(t, dir+"/holdout", held, set, Watch{Warning: func(err error) { t.Errorf("warning: %v", err) }})
	if h := out.HoldOut; h == nil || h.Split != dataset.Holdout || h.Before != 0 || h.Windows != out.Windows.Final || h.Opened.IsZero() {
		t.Fatalf("hold-out %+v", out.HoldOut)
	}
	for i := range out.Comparisons {
		if c := &out.Comparisons[i]; c.Evidence != summary.HeldOut || c.Grade != summary.Full || !slices.Equal(c.Seeds, []uint64{11, 12}) {
			t.Errorf("%s: %s, %s, seeds %v", c.Label(), c.Evidence, c.Grade, c.Seeds)
		}
	}
	for _, r := range slices.Concat(out.Runs, out.Shorter) {
		if want := explored.Sweep.TunedOf(r.Label(), r.Horizon); !cmp.Equal(r.Tuned, want) {
			t.Errorf("%s, %d steps has %v, the sweep chose %v", r.Label(), r.Horizon, r.Tuned, want)
		}
	}
	// The losses are those of the final weights on the hold-out.
	jobs, err := held.plans()[2].jobs(set.Header.Hash)
	if err != nil {
		t.Fatal(err)
	}
	m, err := run.OpenModel(dir + "/holdout/" + jobs[0].dir)
	if err != nil {
		t.Fatal(err)
	}
	losses, tokens, err := train.Evaluate(t.Context(), m.Model, set, dataset.Holdout, holdOutWindows, 1)
	if err != nil {
		t.Fatal(err)
	}
	if r := out.Runs[0]; *r.FinalLoss != train.Mean(losses, tokens) || r.FinalWindows != len(losses) || *r.FinalLoss == r.Curve[len(r.Curve)-1].Loss {
		t.Errorf("final loss %v of %d windows, want %v of %d", *r.FinalLoss, r.FinalWindows, train.Mean(losses, tokens), len(losses))
	}

	held.Earlier = out
	if diff := cmp.Diff(timeless(t, out), timeless(t, study(t, t.TempDir(), held, set, Watch{}))); diff != "" {
		t.Errorf("from the summary alone (-trained +again):\n%s", diff)
	}
	other, err := s.HoldOut([]uint64{13, 14}, explored)
	if err != nil {
		t.Fatal(err)
	}
	second := study(t, dir+"/second", other, set, Watch{})
	if second.HoldOut.Before != 1 || second.Comparisons[0].Evidence != summary.Exploratory {
		t.Errorf("a second look: %+v, %s", second.HoldOut, second.Comparisons[0].Evidence)
	}
}

// A set without a hold-out lends windows of its test split that no evaluation has
// used; where there are none, the verdict stays exploratory and a line says so.
func TestHoldOutOfOlderData(t *testing.T) {
	set, s := prepared(t, t.TempDir(), 0), branching(t)
	s.Horizons = nil
	s.Config.Eval.Windows = 4
	held, err := s.HoldOut([]uint64{11, 12}, nil)
	if err != nil {
		t.Fatal(err)
	}
	out := study(t, t.TempDir(), held, set, Watch{})
	if out.HoldOut == nil || out.HoldOut.Split != dataset.Test || out.HoldOut.Windows == 0 || out.Comparisons[0].Evidence != summary.HeldOut {
		t.Errorf("hold-out %+v, %s", out.HoldOut, out.Comparisons[0].Evidence)
	}
	held.Config.Eval.Windows = 10000
	var warned []string
	out = study(t, t.TempDir(), held, set, Watch{Warning: func(err error) { warned = append(warned, err.Error()) }})
	if out.HoldOut == nil || out.HoldOut.Windows != 0 || out.Comparisons[0].Evidence != summary.Exploratory || len(warned) != 1 || !strings.Contains(warned[0], "--holdout") {
		t.Fatalf("every window is used: %+v, %s, %q", out.HoldOut, out.Comparisons[0].Evidence, warned)
	}
	// What the line proposes leaves as many windows as it takes, or one less.
	_, rest, _ := strings.Cut(warned[0], "eval.final_windows=")
	number, _, _ := strings.Cut(rest, ",")
	half, err := strconv.Atoi(number)
	if err != nil {
		t.Fatalf("%q: %v", warned[0], err)
	}
	held.Config.Eval.FinalWindows, warned = half, nil
	err = held.CheckHoldOut(set, Watch{Warning: func(err error) { warned = append(warned, err.Error()) }})
	if err != nil || len(warned) > 0 {
		t.Errorf("%d final windows: error %v, %q", half, err, warned)
	}
	if starts, err := held.unused(held.Config, set); err != nil || len(starts) < half-1 {
		t.Errorf("%d windows are held out beside %d, error %v", len(starts), half, err)
	}
}

// A plan names its hold-out seeds apart from those that it trains first.
func TestHoldoutSeeds(t *testing.T) {
	for _, test := range []struct {
		text             string
		explore, holdout []uint64
		err              string
	}{
		{"seeds = 2", []uint64{4, 5}, nil, ""},
		{"seeds.explore = 2\nseeds.holdout = 3", []uint64{4, 5}, []uint64{4 + farSeeds, 5 + farSeeds, 6 + farSeeds}, ""},
		{"seeds.explore = [1, 3]\nseeds.holdout = [2]", []uint64{1, 3}, []uint64{2}, ""},
		{"seeds.holdout = [9]", []uint64{4}, []uint64{9}, ""},
		{"seeds.explore = [1, 3]\nseeds.holdout = [3, 7]", []uint64{1, 3}, nil, "seed 3 is also one of the comparison"},
		{"seeds.explore = 1\nseeds.held = 2", nil, nil, "unknown key held"},
		{"seeds.holdout = 0", []uint64{4}, nil, "seeds.holdout = 0: give 1 to"},
	} {
		d, err := DecodeDocument([]byte(test.text))
		if err != nil {
			t.Fatal(err)
		}
		explore, err := d.SeedList(4)
		holdout, err2 := d.HoldoutSeeds(4)
		if err = errors.Join(err, err2); test.err != "" {
			if err == nil || !strings.Contains(err.Error(), test.err) {
				t.Errorf("%s: %v, want %q", test.text, err, test.err)
			}
			continue
		}
		if err != nil || !slices.Equal(explore, test.explore) || !slices.Equal(holdout, test.holdout) {
			t.Errorf("%s: %v and %v, %v", test.text, explore, holdout, err)
		}
		if d.SetSeeds(1); test.holdout != nil {
			if again, err := d.HoldoutSeeds(4); err != nil || !slices.Equal(again, holdout) {
				t.Errorf("%s: --seeds changes the hold-out to %v, %v", test.text, again, err)
			}
		}
	}
}

// A variant may have another number of steps than the plan: it is compared, and says
// so, and the baseline stays the baseline.
func TestVariantsOfOtherLengths(t *testing.T) {
	set, s := corpus(t), branching(t)
	s.Horizons, s.Seeds, s.Config.Train.Steps = nil, s.Seeds[:2], 10
	s.Variants = []Variant{{Spec: "none"}, {Name: "short", Spec: "haar", Set: map[string]any{"train.steps": int64(5)}}, {Name: "long", Spec: "haar", Set: map[string]any{"train.steps": int64(20)}}}
	out := study(t, t.TempDir(), s, set, Watch{})
	if out.Baseline != "none" || len(out.Comparisons) != 2 || len(out.Runs) != 6 || len(out.Shorter) != 0 {
		t.Fatalf("baseline %s, %d comparisons, %d and %d runs", out.Baseline, len(out.Comparisons), len(out.Runs), len(out.Shorter))
	}
	for i := range out.Comparisons {
		if c := &out.Comparisons[i]; c.Grade != summary.Quick || !strings.Contains(c.Verdict, "the baseline for 10") {
			t.Errorf("%s: %s", c.Label(), c.Verdict)
		}
	}
}

// Horizons and primary comparisons that change after a look are recorded too, and a
// variant that only has another name is no addition. A held-out result is kept.
func TestChangesAreRecorded(t *testing.T) {
	set, s, dir := prepared(t, t.TempDir(), 0.2), branching(t), t.TempDir()
	s.Seeds, s.Horizons = s.Seeds[:2], []int{10, 14}
	s.Earlier = study(t, dir, s, set, Watch{})
	s.Horizons, s.Primary = []int{10, 14, 20}, []string{"haar"}
	s.Variants = slices.Clone(s.Variants)
	s.Variants[2].Name = "late"
	out := study(t, dir, s, set, Watch{})
	if len(out.Additions) != 1 {
		t.Fatalf("additions %+v", out.Additions)
	}
	if a := out.Additions[0]; !slices.Equal(a.Horizons, []int{20}) || !slices.Equal(a.Primary, []string{"haar"}) || len(a.Variants) > 0 || len(a.Seeds) > 0 {
		t.Errorf("addition %+v", a)
	}
	for _, want := range []string{"The horizon 20 was added", "the primary comparisons were changed"} {
		if !strings.Contains(out.Comparisons[0].Verdict, want) {
			t.Errorf("no %q in %s", want, out.Comparisons[0].Verdict)
		}
	}

	held, err := s.HoldOut([]uint64{11, 12}, out)
	if err != nil {
		t.Fatal(err)
	}
	at := t.TempDir()
	first := study(t, at, held, set, Watch{})
	if first.Comparisons[0].Evidence != summary.HeldOut || first.Write(at) != nil {
		t.Fatalf("evidence %s", first.Comparisons[0].Evidence)
	}
	s.Primary = []string{"late"}
	if _, err := s.HoldOut([]uint64{11, 12}, out); err == nil || !strings.Contains(err.Error(), "other primary comparisons") {
		t.Errorf("another primary comparison: %v", err)
	}
	for name, change := range map[string]func(*Study){
		"primary": func(h *Study) { h.Primary = []string{"late"} },
		"seeds":   func(h *Study) { h.Seeds = []uint64{11, 12, 13} },
	} {
		other := held
		change(&other)
		var kept *HeldOutError
		if err := other.Resume(at, set.Header.Hash); !errors.As(err, &kept) {
			t.Errorf("%s: the held-out result would be replaced: %v", name, err)
		}
		other.Earlier = nil
		if second := study(t, t.TempDir(), other, set, Watch{}); second.HoldOut.Before == 0 || second.Comparisons[0].Evidence != summary.Exploratory {
			t.Errorf("%s: %+v, %s", name, second.HoldOut, second.Comparisons[0].Evidence)
		}
	}
}

// Two parts of a plan on one hold-out are one study.
func TestPartsShareAHoldOut(t *testing.T) {
	set, s := prepared(t, t.TempDir(), 0.2), branching(t)
	s.Horizons = nil
	var parts []Study
	for _, steps := range []int{8, 10} {
		part := s
		part.Config.Train.Steps = steps
		held, err := part.HoldOut([]uint64{11, 12}, nil)
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, held)
	}
	name, err := Together(parts)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range parts {
		part.Together = name
		if out := study(t, t.TempDir(), part, set, Watch{}); out.HoldOut.Before != 0 || out.Comparisons[0].Evidence != summary.HeldOut {
			t.Errorf("%d steps: %+v, %s", part.Config.Train.Steps, out.HoldOut, out.Comparisons[0].Evidence)
		}
	}
}

// Losses of final windows are rounded, their mean is not. A run whose final losses are gone is an error that names the file.
func TestFinalLosses(t *testing.T) {
	set, s, dir := corpus(t), branching(t), t.TempDir()
	s.Config.Eval.FinalWindows = 5
	out := study(t, dir, s, set, Watch{})
	for _, r := range out.Runs {
		mean := 0.0
		for _, loss := range r.WindowLosses {
			mean += loss / 5
			if math.Abs(math.Round(loss*1e4)-loss*1e4) > 1e-6 {
				t.Errorf("loss %v", loss)
			}
		}
		if len(r.WindowLosses) != 5 || mean == *r.FinalLoss || math.Abs(mean-*r.FinalLoss) > 5e-5 {
			t.Errorf("%d windows with mean %v at a loss of %v", len(r.WindowLosses), mean, *r.FinalLoss)
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "*", run.FinalFile))
	if err != nil || len(files) != 27 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	if err := os.Remove(files[3]); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Run(t.Context(), dir, set, Watch{}, ""); err == nil || !strings.Contains(err.Error(), files[3]) {
		t.Errorf("without %s: %v", files[3], err)
	}
}

func TestPrimaryIsChecked(t *testing.T) {
	for _, test := range []struct {
		primary []string
		want    string
	}{
		{[]string{"haar", "haar against shift"}, ""},
		{[]string{"haar against none"}, ""},
		{[]string{"none"}, "with itself"},
		{[]string{"haar against haar"}, "with itself"},
		{[]string{"none against haar"}, "the other way round"},
		{[]string{"haar", "haar against none"}, "is there twice"},
		{[]string{"haar against shift", "shift against haar"}, "is there twice"},
		{[]string{"harr"}, "no variant harr"},
		{[]string{"haar vs shift"}, `as in "haar against shift"`},
	} {
		s := branching(t)
		s.Primary = test.primary
		if err := s.Validate(); (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: %v, want %q", test.primary, err, test.want)
		}
	}
	d := Document{Primary: []string{"haar{train.lr=2e-3} against shift", "s1"}}
	if got := d.PrimaryList(); !slices.Equal(got, []string{"haar train.lr=0.002 against shift", "s1"}) {
		t.Errorf("labels %q", got)
	}
}
