package train

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/gpt"
	"github.com/waveletgpt/waveletgpt/internal/oracle"
	"github.com/waveletgpt/waveletgpt/internal/rng"
	"github.com/waveletgpt/waveletgpt/safetensors"
)

// nativeOf returns the engine of a loop as what it is.
func nativeOf(l *Loop) *native { return l.engine.(*native) }

// tenOracleSteps trains the model of package oracle as the fixture f says, on the tokens
// of another, and compares losses, norms and weights with those of f under a prefix.
func tenOracleSteps(t *testing.T, f, batches *safetensors.File, model config.Model, prefix string, change func(*config.Train)) *gpt.Model {
	c := oracle.Configuration(t, f)
	model.Family, model.Norm = c.Family, "pre"
	model.Layers, model.Width, model.Heads, model.Hidden, model.Context = c.Layers, c.Width, c.Heads, c.Hidden, c.Context
	m, err := gpt.New(gpt.Config{Vocabulary: c.Vocabulary, Model: model})
	if err != nil {
		t.Fatal(err)
	}
	weights := oracle.Load(t, c.Family)
	for _, tensor := range m.Tensors() {
		copy(tensor.Of(m.Params), oracle.Floats(t, weights, "weights/"+tensor.Name))
	}
	m.Pack()
	train := config.Train{
		Steps: c.Steps, Batch: c.Batch, Accumulate: 1, Lanes: 8, LR: c.LR, MinLR: c.LR, Schedule: "constant",
		Beta1: c.Beta1, Beta2: c.Beta2, Eps: c.Eps, Decay: c.WeightDecay, Clip: c.Clip,
		MuonLR: c.MuonLR, MuonMomentum: c.MuonMomentum,
	}
	change(&train)
	e := newNative(train, m)
	tokens := oracle.Ints(t, batches, "tokens")
	var losses, norms []float32
	for step := range c.Steps {
		windows := make([][]uint16, c.Batch)
		for b := range windows {
			for range c.Context + 1 {
				windows[b] = append(windows[b], uint16(tokens[0]))
				tokens = tokens[1:]
			}
		}
		r := e.take(step+1, windows)
		losses, norms = append(losses, float32(r.loss)), append(norms, float32(r.norm))
	}
	oracle.Compare(t, "loss", losses, oracle.Floats(t, f, prefix+"loss"), 2e-6)
	oracle.Compare(t, "norm", norms, oracle.Floats(t, f, prefix+"norm"), 1e-5)
	for _, tensor := range m.Tensors() {
		if _, ok := f.Info(prefix + "weights/" + tensor.Name); !ok {
			continue
		}
		got := tensor.Of(m.Params)
		want := oracle.Floats(t, f, prefix+"weights/"+tensor.Name)
		if len(want) == 3*c.Width { // the keys' bias is noise: see package oracle
			got = append(append([]float32(nil), got[:c.Width]...), got[2*c.Width:]...)
			want = append(append([]float32(nil), want[:c.Width]...), want[2*c.Width:]...)
		}
		oracle.Compare(t, tensor.Name, got, want, 5e-5)
	}
	return m
}

// Ten steps of forward, backward, clipping and AdamW against PyTorch.
func TestTenStepsOracle(t *testing.T) {
	for _, spec := range []string{"none", "haar"} {
		t.Run(spec, func(t *testing.T) {
			f := oracle.Load(t, "adamw")
			tenOracleSteps(t, f, f, config.Model{Mixer: spec}, spec+"/", func(*config.Train) {})
		})
	}
}

// Bits depend neither on threads nor on which of them is faster.
func TestThreadsDoNotChangeBits(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, batch := range []struct {
		batch, accumulate int
		family, optimizer string
	}{{1, 1, "gpt2", "adamw"}, {5, 1, "gpt2", "adamw"}, {8, 1, "gpt2", "adamw"}, {3, 4, "gpt2", "adamw"}, {5, 1, "gpt2", "muon"}, {5, 1, "nanochat", "muon"}, {5, 1, "llama", "muon"}} {
		t.Run(fmt.Sprintf("batch%dx%d-%s-%s", batch.batch, batch.accumulate, batch.family, batch.optimizer), func(t *testing.T) {
			var want []float32
			var wantLoss float64
			for _, threads := range []int{1, 2, 3} {
				runtime.GOMAXPROCS(threads)
				m, err := gpt.New(gpt.Config{Vocabulary: 13, Model: config.Model{
					Family: batch.family, Layers: 2, Width: 16, Heads: 2, Hidden: 24, Context: 8,
					Norm: "pre", Mixer: "haar", Dropout: 0.1,
				}})
				if err != nil {
					t.Fatal(err)
				}
				m.Init(1)
				c := config.Train{
					Steps: 5, Batch: batch.batch, Accumulate: batch.accumulate, LR: 0.01, MinLR: 0.001, Schedule: "cosine",
					Beta1: 0.9, Beta2: 0.95, Eps: 1e-8, Decay: 0.1, Clip: 1, Lanes: 8,
					Optimizer: batch.optimizer, MuonLR: 0.02, MuonMomentum: 0.95,
				}
				e := newNative(c, m)
				if e.threads != threads {
					t.Fatalf("%d threads of %d", e.threads, threads)
				}
				e.delay = func() { time.Sleep(time.Duration(rand.IntN(300)) * time.Microsecond) }
				var loss float64
				for step := 1; step <= 3; step++ {
					loss += e.take(step, windows(step, batch.batch*batch.accumulate, 9, 13)).loss
				}
				if want == nil {
					want, wantLoss = m.Params, loss
					continue
				}
				if loss != wantLoss {
					t.Errorf("%d threads: loss %v, one thread %v", threads, loss, wantLoss)
				}
				for i, v := range want {
					if m.Params[i] != v {
						t.Fatalf("%d threads: parameter %d is %v, with one thread %v", threads, i, m.Params[i], v)
					}
				}
			}
		})
	}
}

func windows(step, n, length, vocabulary int) [][]uint16 {
	r := rng.New(2, rng.Windows, uint32(step))
	all := make([][]uint16, n)
	for i := range all {
		for j := range length {
			all[i] = append(all[i], uint16(r.Uint64n(uint64(i*length+j), uint64(vocabulary))))
		}
	}
	return all
}

// Lanes are added in the order that package train promises: neighbours first.
// The values are chosen so that another order rounds differently.
func TestLaneOrder(t *testing.T) {
	values := []float32{1e8, 1, -1e8, 1, 3, 1e8, 1, -1e8}
	m, err := gpt.New(gpt.Config{Vocabulary: 3, Model: config.Model{
		Family: "gpt2", Layers: 2, Width: 4, Heads: 1, Hidden: 4, Context: 4, Position: "learned", Norm: "pre", Mixer: "none",
	}})
	if err != nil {
		t.Fatal(err)
	}
	for count := 1; count <= len(values); count++ {
		all := append([]float32(nil), values[:count]...)
		for apart := 1; apart < count; apart *= 2 {
			for lane := 0; lane+apart < count; lane += 2 * apart {
				all[lane] += all[lane+apart]
			}
		}
		want := all[0]
		if count == 8 {
			v := values
			want = ((v[0] + v[1]) + (v[2] + v[3])) + ((v[4] + v[5]) + (v[6] + v[7]))
		}
		l := newLanes(count, m)
		for range 20 { // the lanes end in any order
			for part := range l.parts {
				for _, lane := range rand.Perm(count) {
					x := l.take(part, lane)
					for i := range x {
						if x[i] != 0 {
							t.Fatalf("%d lanes: element %d of a new part is %v", count, i, x[i])
						}
						x[i] = values[lane]
					}
					l.add(part, lane, x)
				}
			}
			for i, got := range l.sum {
				if got != want {
					t.Fatalf("%d lanes: element %d is %v, want %v", count, i, got, want)
				}
			}
		}
		free := 0
		for _, arrays := range l.free {
			free += len(arrays)
		}
		if want := (count - 1) * len(l.parts); free != want {
			t.Errorf("%d lanes: %d arrays are free in the end, want %d", count, free, want)
		}
	}
}

func TestDue(t *testing.T) {
	c := config.Train{EvalEvery: 10, Steps: 25}
	var got []int
	for step := 0; step <= 25; step++ {
		if due(step, c) {
			got = append(got, step)
		}
	}
	if want := "[0 1 2 4 8 10 20 25]"; fmt.Sprint(got) != want {
		t.Errorf("evaluations after %v, want %s", got, want)
	}
}

// A step that other work on the machine held up does not count, and slow ones are few.
func TestLeastTime(t *testing.T) {
	for name, test := range map[string]struct {
		wait  time.Duration // that each of them takes
		times []time.Duration
		want  time.Duration
	}{
		"one held up":   {0, []time.Duration{57, 4, 5}, 4},
		"the last best": {0, []time.Duration{9, 8, 7, 6}, 6},
		"slow":          {time.Second / 8, []time.Duration{9, 8, 7, 6}, 8},
	} {
		n := 0
		got := leastTime(t.Context(), func() time.Duration {
			time.Sleep(test.wait)
			n++
			return test.times[min(n, len(test.times))-1]
		})
		if got != test.want {
			t.Errorf("%s: %d, want %d", name, got, test.want)
		}
	}
}

// A measurement works for every shape of a step.
func TestMeasure(t *testing.T) {
	for _, change := range []func(*config.Config){
		nil,
		func(c *config.Config) { c.Train.Batch, c.Train.Accumulate = 1, 1 },
		func(c *config.Config) { c.Train.Threads, c.Model.Mixer, c.Model.Dropout = 3, "haar", 0.1 },
	} {
		if step, err := Measure(t.Context(), small(change), 27); err != nil || step <= 0 {
			t.Errorf("%v, %v", step, err)
		}
	}
	if _, err := Measure(t.Context(), small(func(c *config.Config) { c.Model.Mixer = "harr" }), 27); err == nil {
		t.Error("an unknown operator is measured")
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if _, err := Measure(ended, small(nil), 27); !errors.Is(err, context.Canceled) {
		t.Errorf("measured after the end: %v", err)
	}
}
