package summary

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"gonum.org/v1/gonum/stat"
)

// recompute/recompute.py computes all numbers of a summary from its runs, written
// from the definitions. It agrees with random studies of every shape: seeds,
// horizons, windows, documents, overrides, primary tests, runs that are missing.
// WAVELETGPT_NUMPY_PYTHON is a Python with recompute/requirements.txt.
func TestRecomputed(t *testing.T) {
	python := os.Getenv("WAVELETGPT_NUMPY_PYTHON")
	if python == "" {
		t.Skip("WAVELETGPT_NUMPY_PYTHON names no Python with numpy and scipy; see recompute/requirements.txt")
	}
	command := exec.Command(python, filepath.Join("recompute", "recompute.py"))
	for i := range uint64(40) {
		s, results := randomStudy(rand.New(rand.NewPCG(i, 0)))
		if err := s.Compare(results); err != nil {
			t.Fatalf("study %d: %v", i, err)
		}
		dir := filepath.Join(t.TempDir(), fmt.Sprint(i))
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := s.Write(dir); err != nil {
			t.Fatalf("study %d: %v", i, err)
		}
		command.Args = append(command.Args, dir)
	}
	out, err := command.CombinedOutput()
	if err != nil {
		t.Errorf("%v:\n%s", err, out)
	}
	t.Logf("%s", out)
}

// A side is a variant of a random study.
type side struct {
	name, spec string
	set        map[string]any
	scale      float64 // of the steps that it needs
}

// randomStudy returns the runs of a study of a random shape.
func randomStudy(random *rand.Rand) (*Summary, []Result) {
	s := &Summary{Data: Data{Unit: "byte"}, Primary: pick(random, nil, nil, []string{"haar"}, []string{"haar against shift", "wide"}, []string{"haar against wide"})}
	s.Data.Entropy.Bigram = pick(random, nil, pointer(2.5), pointer(1.9))
	sides := []side{
		{spec: "none", scale: 1}, {spec: "shift", scale: 0.8}, {spec: "haar", scale: 0.7},
		{spec: "window:2", scale: 0.9}, {name: "wide", spec: "none", set: map[string]any{"model.hidden": 256}, scale: 1.1},
		{spec: "haar", set: map[string]any{"model.norm": "post", "train.lr": 0.002}, scale: 0.6},
		{spec: "shift", set: map[string]any{"model.norm": "post", "train.lr": 0.002}, scale: 0.6},
	}
	sides = sides[:1+random.IntN(len(sides))]
	if len(sides) > 1 && random.IntN(5) == 0 {
		sides = sides[1:] // the first one is the baseline
	}
	horizons := [][]int{{400}, {400, 566}, {400, 566, 800}, {200, 283, 400, 566, 800}, {300, 900}}[random.IntN(5)]
	every, windows := 10+random.IntN(60), pick(random, 0, 1, 2, 16, 32, 120)
	if perDocument := pick(random, 0, 1, 3, 7); perDocument > 0 {
		for w := range windows {
			s.WindowDocuments = append(s.WindowDocuments, 5+w/perDocument)
		}
	}
	level := make([]float64, windows) // how hard each window is
	for w := range level {
		level[w] = random.NormFloat64() / 10
	}
	timed, finals, missing := random.IntN(4) > 0, random.IntN(4) == 0, random.IntN(3) == 0
	var results []Result
	for seed := range 1 + random.IntN(5) {
		for _, horizon := range horizons {
			for i, v := range sides {
				if missing && i > 0 && random.IntN(8) == 0 {
					continue
				}
				r := randomRun(random, v, horizon, every, level)
				r.Seed = uint64(seed + 1)
				if timed {
					r.StepSeconds = pointer(0.01 + random.Float64()/1000)
					r.Turns = []time.Time{time.Unix(1, 0).UTC()}
				}
				if finals && windows > 0 {
					r.FinalWindows = windows
				}
				finish(&r)
				if missing && random.IntN(12) == 0 {
					r.Status = pick(random, Unfinished, Diverged)
				}
				results = append(results, r)
			}
		}
	}
	return s, results
}

func pick[T any](random *rand.Rand, of ...T) T { return of[random.IntN(len(of))] }

// randomRun has a noisy curve that falls to the loss of its horizon.
func randomRun(random *rand.Rand, v side, horizon, every int, level []float64) Result {
	r := Result{Run: Run{
		Name: v.name, Variant: v.spec, Set: v.set, Status: Finished, Parameters: 1000,
		Horizon: horizon, Steps: horizon, Tokens: int64(128 * horizon),
	}}
	own := 0.01 * random.NormFloat64()
	for step := 0; ; step = min(step+every, horizon) {
		loss := 1.2 + 4*math.Exp(-float64(step)/80/v.scale) + 0.6/math.Sqrt(float64(horizon)/400/v.scale) + own + 0.02*random.NormFloat64()
		r.Curve = append(r.Curve, Point{Step: step, Tokens: int64(128 * step), FLOPs: float64(step) * (1e6 + 1e5*v.scale), Loss: loss})
		if step == horizon {
			break
		}
	}
	// The last loss is a mean over windows, as it is for every run.
	last := &r.Curve[len(r.Curve)-1]
	if len(level) > 0 {
		for _, hard := range level {
			r.WindowLosses = append(r.WindowLosses, last.Loss+hard+0.05*random.NormFloat64())
		}
		last.Loss = stat.Mean(r.WindowLosses, nil)
	}
	return r
}

// finish gives the points their seconds and the run its final loss.
func finish(r *Result) {
	for i := range r.Curve {
		if r.StepSeconds != nil {
			r.Curve[i].Seconds = float64(r.Curve[i].Step) * *r.StepSeconds
		}
	}
	if r.FinalWindows > 0 {
		r.FinalLoss = pointer(stat.Mean(r.WindowLosses, nil))
		r.Curve[len(r.Curve)-1].Loss += 0.01 // on fewer windows
	}
}
