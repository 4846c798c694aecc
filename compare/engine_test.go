package compare

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/media"
	"github.com/waveletgpt/waveletgpt/run"
	"github.com/waveletgpt/waveletgpt/summary"
)

// trainAll trains the runs of a plan that are missing, in directories below dir, and
// returns the results of all runs.
func trainAll(ctx context.Context, dir string, p Plan, set *dataset.Set, watch Watch) ([]summary.Result, error) {
	results, err := trainPlans(ctx, dir, []Plan{p}, set, watch)
	if err != nil {
		return nil, err
	}
	return results[0], nil
}

// corpus prepares a small text with characters that are single tokens and some
// that are not.
func corpus(t *testing.T) *dataset.Set {
	t.Helper()
	words := []string{"river", "stone", "carried", "slowly", "under", "naïve", "light"}
	r := rand.New(rand.NewPCG(3, 4))
	var text strings.Builder
	for text.Len() < 4000 {
		text.WriteString(words[r.IntN(len(words))] + " ")
	}
	doc := media.Document{Name: "a.txt", Size: int64(text.Len()), Open: func() (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(text.String())), nil
	}}
	set, err := dataset.Prepare(t.Context(), t.TempDir(), "a.txt", []media.Document{doc}, dataset.Options{Codec: "chars", MinCount: 1000}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { set.Close() })
	return set
}

// jobsIn lists the jobs of a plan on a set.
func jobsIn(t *testing.T, p Plan, set *dataset.Set) []job {
	t.Helper()
	jobs, err := p.jobs(set.Header.Hash)
	if err != nil {
		t.Fatal(err)
	}
	return jobs
}

func threeVariants(t *testing.T) Plan {
	return Plan{
		Config:   tinyConfig(t),
		Variants: []Variant{{Spec: "none"}, {Spec: "haar"}, {Spec: "shift"}},
		Seeds:    []uint64{1, 2},
	}
}

func execute(t *testing.T, dir string, p Plan, set *dataset.Set, event func(Event)) []summary.Result {
	t.Helper()
	results, err := trainAll(t.Context(), dir, p, set, Watch{Event: event, Warning: func(err error) { t.Errorf("warning: %v", err) }})
	if err != nil {
		t.Fatal(err)
	}
	return results
}

// Runs of one seed take turns of eval_every steps; results come in the order of
// the plan and say what the runs wrote.
func TestExecute(t *testing.T) {
	set, dir, p := corpus(t), filepath.Join(t.TempDir(), "cmp"), threeVariants(t)
	var order []string
	count := 0
	results := execute(t, dir, p, set, func(e Event) {
		if e.Loss == nil {
			return
		}
		count++
		if e.Done != count || e.Total != 2*3*6 {
			t.Errorf("%d of %d steps done, want %d of 36", e.Done, e.Total, count)
		}
		order = append(order, fmt.Sprintf("%s-%d-%d", e.Label, e.Seed, e.Step))
	})
	var want []string
	for seed := 1; seed <= 2; seed++ {
		for step := 1; step <= 6; step += 2 {
			for _, variant := range []string{"none", "haar", "shift"} {
				for i := range 2 {
					want = append(want, fmt.Sprintf("%s-%d-%d", variant, seed, step+i))
				}
			}
		}
	}
	if !slices.Equal(order, want) {
		t.Errorf("steps in the order %v,\nwant %v", order, want)
	}
	jobs, err := p.jobs(set.Header.Hash)
	if err != nil || len(results) != len(jobs) {
		t.Fatalf("%d results of %d jobs, %v", len(results), len(jobs), err)
	}
	for i, r := range results {
		checkResult(t, dir, r, jobs[i])
	}
	// One pair of runs has equal windows and another start for another seed.
	if first := results[0].Curve[0].Loss; first == results[3].Curve[0].Loss {
		t.Errorf("both seeds begin at %v", first)
	}

	// Again there is nothing to train, and the results are the same.
	again := execute(t, dir, p, set, func(e Event) { t.Errorf("an event of a finished run: %+v", e) })
	if !reflect.DeepEqual(results, again) {
		t.Error("other results the second time")
	}
}

func checkResult(t *testing.T, dir string, r summary.Result, j job) {
	t.Helper()
	if r.Variant != j.Spec || r.Seed != j.seed || r.ConfigHash != j.hash || r.Status != summary.Finished || r.Steps != 6 || r.Tokens != 6*2*16 {
		t.Errorf("%s: %+v", j.dir, r.Run)
	}
	opened, err := run.Open(filepath.Join(dir, j.dir))
	if err != nil {
		t.Fatal(err)
	}
	want := j.config
	want.Model = want.Model.Resolved()
	want.Data.Hash = opened.Config.Data.Hash // of the data, which TestExecute's set has
	if opened.Config != want || want.Data.Hash == "" {
		t.Errorf("%s: configuration %+v", j.dir, opened.Config)
	}
	m, err := run.OpenModel(opened.Dir)
	if err != nil {
		t.Fatal(err)
	}
	if r.Parameters != int64(m.Parameters()) {
		t.Errorf("%s: %d parameters of %d", j.dir, r.Parameters, m.Parameters())
	}
	metrics, err := opened.Metrics()
	if err != nil {
		t.Fatal(err)
	}
	var steps []int
	at := 0
	for _, metric := range metrics {
		if metric.ValidationLoss == nil {
			continue
		}
		point := r.Curve[at]
		at++
		want := summary.Point{
			Step: metric.Step, Tokens: metric.Tokens, Loss: *metric.ValidationLoss,
			FLOPs: float64(metric.Step) * 2 * float64(m.FLOPs(16)), Seconds: float64(metric.Step) * *r.StepSeconds,
		}
		if point != want {
			t.Errorf("%s: point %+v, want %+v", j.dir, point, want)
		}
		steps = append(steps, point.Step)
	}
	if at != len(r.Curve) || !slices.Equal(steps, []int{0, 1, 2, 4, 6}) {
		t.Errorf("%s: evaluated after %v of %d points", j.dir, steps, len(r.Curve))
	}
	if last := metrics[len(metrics)-1]; r.TestLoss == nil || *r.TestLoss != *last.TestLoss {
		t.Errorf("%s: test loss %v", j.dir, r.TestLoss)
	}
	mean := 0.0
	for _, l := range r.WindowLosses {
		mean += l / float64(len(r.WindowLosses))
	}
	if len(r.WindowLosses) != 3 || math.Abs(mean-r.Curve[len(r.Curve)-1].Loss) > 1e-9 {
		t.Errorf("%s: windows %v at a loss of %v", j.dir, r.WindowLosses, r.Curve[len(r.Curve)-1].Loss)
	}
}

// less is a result without the clock.
func less(results []summary.Result) []summary.Result {
	out := slices.Clone(results)
	for i := range out {
		out[i].StepSeconds, out[i].Turns = nil, nil
		out[i].Curve = slices.Clone(out[i].Curve)
		for j := range out[i].Curve {
			out[i].Curve[j].Seconds = 0
		}
	}
	return out
}

// Interrupted after any event and given again, a comparison comes to the same.
func TestExecuteInterrupted(t *testing.T) {
	set, p := corpus(t), threeVariants(t)
	want := less(execute(t, t.TempDir(), p, set, nil))
	dir := t.TempDir()
	var saved int
	for _, events := range []int{1, 4, 9, 3, 17} {
		ctx, cancel := context.WithCancel(t.Context())
		_, err := trainAll(ctx, dir, p, set, Watch{Event: func(e Event) {
			if events--; events == 0 {
				cancel()
			}
			if e.Loss != nil && e.Done <= saved {
				t.Errorf("%d steps done after %d", e.Done, saved)
			}
			saved = max(saved, e.Done)
		}})
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	if got := less(execute(t, dir, p, set, nil)); !reflect.DeepEqual(got, want) {
		t.Errorf("results %+v,\nwithout the interruptions %+v", got, want)
	}
}

// A run that diverged is over: it is told once, left as it is, and the others
// go on.
func TestExecuteDiverged(t *testing.T) {
	set, dir, p := corpus(t), t.TempDir(), threeVariants(t)
	p.Seeds = []uint64{1}
	p.Variants[1].Set = map[string]any{"train.lr": 1000, "train.weight_decay": 1000, "train.clip": 0, "train.warmup": 0, "train.schedule": "constant"}
	var warnings []string
	var last Event
	numbers := map[string]int{}
	watch := Watch{
		Event:   func(e Event) { last, numbers[e.Label] = e, e.Run },
		Warning: func(err error) { warnings = append(warnings, err.Error()) },
	}
	results, err := trainAll(t.Context(), dir, p, set, watch)
	if err != nil {
		t.Fatal(err)
	}
	if last.Done != last.Total || last.Total != 18 {
		t.Errorf("%d of %d steps done at the end", last.Done, last.Total)
	}
	if want := map[string]int{"none": 1, p.Variants[1].Label(): 2, "shift": 3}; !maps.Equal(numbers, want) || last.Runs != 3 {
		t.Errorf("the runs have numbers %v of %d", numbers, last.Runs)
	}
	if len(warnings) != 1 || !strings.Contains(warnings[0], "haar") || !strings.Contains(warnings[0], "not finite") {
		t.Errorf("warnings %q", warnings)
	}
	var got []summary.Status
	for _, r := range results {
		got = append(got, r.Status)
	}
	if !slices.Equal(got, []summary.Status{summary.Finished, summary.Diverged, summary.Finished}) || results[1].WindowLosses != nil || results[1].TestLoss != nil {
		t.Errorf("status %v", got)
	}
	again, err := trainAll(t.Context(), dir, p, set, watch)
	if err != nil || !reflect.DeepEqual(again, results) || len(warnings) != 1 {
		t.Errorf("again: %v, warnings %q", err, warnings)
	}
	samples, err := makeSamples(t.Context(), dir, p, jobsIn(t, p, set), set, results)
	if err != nil || len(samples) != 2 || samples[0].Variant != "none" || samples[1].Variant != "shift" {
		t.Errorf("samples %+v, %v", samples, err)
	}
	s, err := newSummary(p, set, results, samples, nil, "waveletgpt compare")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Write(dir); err != nil {
		t.Fatal(err)
	}
}

// A directory whose configuration was changed by hand is not gone on with.
func TestExecuteRefuses(t *testing.T) {
	set, dir, p := corpus(t), t.TempDir(), threeVariants(t)
	p.Seeds, p.Variants = p.Seeds[:1], p.Variants[:2]
	execute(t, dir, p, set, nil)
	jobs, err := p.jobs(set.Header.Hash)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, jobs[1].dir, run.ConfigFile)
	for _, test := range []struct {
		change func(r *run.Run)
		want   []string
	}{
		{func(r *run.Run) { r.Config.Train.LR = 0.5 }, []string{"haar, seed 1", jobs[1].dir, jobs[1].hash[:12], "another configuration"}},
		{func(r *run.Run) { r.Config.Model.Heads = 3 }, []string{"haar, seed 1", path, "model.heads"}},
	} {
		r, err := run.Open(filepath.Join(dir, jobs[1].dir))
		if err != nil {
			t.Fatal(err)
		}
		test.change(r)
		if err := os.WriteFile(path, r.Config.TOML(), 0o644); err != nil {
			t.Fatal(err)
		}
		_, err = trainAll(t.Context(), dir, p, set, Watch{})
		for _, want := range test.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("error %v does not say %q", err, want)
			}
		}
	}
}
