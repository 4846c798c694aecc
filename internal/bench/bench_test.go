package bench

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/gpt"
	"github.com/waveletgpt/waveletgpt/train"
)

// small is a configuration that runs in no time.
func small(t *testing.T, assignments ...string) config.Config {
	t.Helper()
	c, err := config.Preset("tiny")
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range append([]string{"train.threads=2", "train.batch=3"}, assignments...) {
		if err := c.Set(a); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func near(got, want float64) bool { return math.Abs(got-want) <= 1e-9*math.Abs(want) }

func TestRun(t *testing.T) {
	c := small(t, "train.accumulate=2")
	calls := 0
	r, err := Run(t.Context(), c, Effort{slice: 50 * time.Microsecond, tokens: 4}, func(done, total time.Duration) {
		if calls++; done > total {
			t.Errorf("%v of %v are done", done, total)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if samples := len(r.Peaks) + len(r.Train) + len(r.Kernels) + len(r.Decode) + 1; r.Rounds < 3 || calls != r.Rounds*samples {
		t.Errorf("%d calls of progress in %d rounds of %d samples", calls, r.Rounds, samples)
	}
	if r.CPU == "" || r.Tier == "" || r.Threads != 2 || len(r.Peaks) != 2 || r.PeakGFLOPS != r.Peaks[1].GFLOPS || r.Peaks[0].Threads != 1 {
		t.Errorf("%q %q, %d threads, peaks %+v", r.CPU, r.Tier, r.Threads, r.Peaks)
	}

	// Every rate follows from the seconds, the model and the peak.
	if len(r.Train) != 2*len(mixers) {
		t.Fatalf("%d kinds of training", len(r.Train))
	}
	for i, s := range r.Train {
		if s.Mixer != mixers[i%len(mixers)] || s.Threads != 1+i/len(mixers) || s.Batch != 6 || s.Precision != "float32" {
			t.Errorf("training %d is %+v", i, s)
		}
		tokens := float64(s.Batch * c.Model.Context)
		if !near(s.TokensPerSecond*s.Seconds, tokens) || math.Abs(s.GFLOPS*1e9/s.TokensPerSecond-float64(r.Model.FLOPsPerToken)) > 1 {
			t.Errorf("rates of %+v", s)
		}
		if peak := r.Peaks[s.Threads-1].GFLOPS; !near(s.ShareOfPeak*peak, s.GFLOPS) || s.ShareOfPeak <= 0 {
			t.Errorf("%+v with a peak of %v", s, peak)
		}
	}
	// One hour per minute is 60 times real time.
	if a := r.Audio; a.Threads != 2 || !near(a.HoursPerMinute*60*a.Seconds, 2*audioSeconds) {
		t.Errorf("%+v", a)
	}
	sum := 0.0
	for _, k := range r.Kernels {
		if k.Seconds <= 0 || k.Spread < 0 || k.Calls < 1 || k.GFLOPS < 0 || (k.GFLOPS == 0) != (k.ShareOfPeak == 0) {
			t.Errorf("%+v", k)
		}
		if k.Mixer == "" {
			sum += float64(k.Calls) * k.Seconds
		}
	}
	if !near(r.Step.KernelsSeconds, sum) || r.Step.Seconds != r.Train[0].Seconds || r.Step.Mixer != "none" || r.Step.Threads != 1 {
		t.Errorf("%+v, sum %v", r.Step, sum)
	}
	for i, d := range r.Decode {
		if d.Streams != streamCounts[i] || !near(d.TokensPerSecond*d.Seconds, float64(d.Streams*d.Tokens)) {
			t.Errorf("%+v", d)
		}
		// A stream must not outgrow its context: it would re-read half of it.
		if d.Prompt < 1 || d.Prompt+d.Tokens > c.Model.Context {
			t.Errorf("%d tokens after a prompt of %d in a context of %d", d.Tokens, d.Prompt, c.Model.Context)
		}
	}
}

func TestRunStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	_, err := Run(ctx, small(t), Full(), func(time.Duration, time.Duration) { cancel() })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("an ended context: %v", err)
	}
}

func TestRunRefusesInvalidModel(t *testing.T) {
	c := small(t)
	c.Model.Heads = 7
	if _, err := Run(t.Context(), c, Quick(), nil); err == nil {
		t.Error("an invalid model was measured")
	}
}

func workOf(t *testing.T, c config.Config) ([]work, *gpt.Model) {
	t.Helper()
	s, err := train.NewStepper(c, vocabulary)
	if err != nil {
		t.Fatal(err)
	}
	list, err := stepWork(c, s)
	if err != nil {
		t.Fatal(err)
	}
	return list, s.Model()
}

// The dense products and attention in the table add up to the operations of a
// step: none is missing, and none counts twice.
func TestStepWorkIsAllOfAStep(t *testing.T) {
	for _, settings := range [][]string{
		{}, {"model.position=rope"}, {"model.family=nanochat"}, {"model.family=nanochat", "model.kv_heads=1"}, {"model.family=llama", "model.kv_heads=1"},
	} {
		t.Run(strings.Join(settings, " "), func(t *testing.T) { checkStepWork(t, small(t, append(settings, "train.accumulate=2")...)) })
	}
}

func checkStepWork(t *testing.T, c config.Config) {
	list, model := workOf(t, c)
	var flops int64
	names := map[string]bool{}
	for _, w := range list {
		if names[w.name] {
			t.Errorf("%s is listed twice", w.name)
		}
		names[w.name] = true
		w.call()
		last := w.name[strings.LastIndex(w.name, " ")+1:]
		product := slices.Contains([]string{"qkv", "projection", "mlp in", "mlp out", "head", "attention"}, strings.TrimSuffix(w.name, " "+last)) &&
			(last == "forward" || last == "input" || last == "weight")
		if product || w.name == "attention backward" {
			flops += int64(w.calls) * w.flops
		}
	}
	if want := 6 * model.FLOPs(c.Model.Context); flops != want {
		t.Errorf("the kernels of a step have %d operations, the model %d", flops, want)
	}
	for _, name := range []string{"haar forward", "haar backward", "shift forward", "shift backward"} {
		if !names[name] {
			t.Errorf("%s is missing", name)
		}
	}
}

// Both optimizers together update every parameter once.
func TestStepWorkOfMuon(t *testing.T) {
	c := small(t, "train.optimizer=muon")
	list, model := workOf(t, c)
	updated, matrices := 0, 0
	for _, w := range list {
		w.call()
		var in, out, n int
		switch {
		case strings.HasPrefix(w.name, "muon"):
			if _, err := fmt.Sscanf(w.shape, "%dx%d", &in, &out); err != nil {
				t.Fatal(err)
			}
			updated, matrices = updated+w.calls*in*out, matrices+w.calls
		case w.name == "adamw":
			if _, err := fmt.Sscan(w.shape, &n); err != nil {
				t.Fatal(err)
			}
			updated += n
		}
	}
	if want := model.Parameters(); updated != want || matrices != 6*c.Model.Layers {
		t.Errorf("%d parameters are updated, %d matrices among them; want %d and %d", updated, matrices, want, 6*c.Model.Layers)
	}
}

// Streams that are decoded together all get the same tokens as a single one.
func TestDecoding(t *testing.T) {
	d, err := newDecoding(small(t), 4)
	if err != nil {
		t.Fatal(err)
	}
	one, many := d.prefill(1), d.prefill(9)
	one.generate(d.tokens)
	many.generate(d.tokens)
	if len(many.streams) != 9 {
		t.Errorf("%d streams", len(many.streams))
	}
	for i, s := range many.streams {
		if len(s.Tokens()) != d.prompt+d.tokens || many.next[i] != one.next[0] {
			t.Errorf("a stream of %d tokens continues with %d, a single one with %d", len(s.Tokens()), many.next[i], one.next[0])
		}
	}
	if got := likeliest([]float32{-3, -1, -2, -1}); got != 1 {
		t.Errorf("the likeliest token is %d", got)
	}
}
