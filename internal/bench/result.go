package bench

import (
	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/gpt"
)

// A Result is all that was measured.
type Result struct {
	CPU        string   `json:"cpu"`
	Tier       string   `json:"tier"` // of kernels
	Threads    int      `json:"threads"`
	Load       *float64 `json:"load"` // programs that wanted to run in the minute before, null where not known
	Rounds     int      `json:"rounds"`
	Model      Model    `json:"model"`
	PeakGFLOPS float64  `json:"peak_gflops"` // of all threads
	Peaks      []Peak   `json:"peaks"`
	Train      []Train  `json:"train"`
	Step       Step     `json:"step"`
	Kernels    []Kernel `json:"kernels"`
	Decode     []Decode `json:"decode"`
	Audio      Audio    `json:"audio"`
	RSSBytes   int64    `json:"rss_bytes"` // most memory while training none with all threads; 0 where not known
}

// Model is what was trained; decoding has 256 tokens in the vocabulary.
type Model struct {
	Layers        int   `json:"layers"`
	Width         int   `json:"width"`
	Heads         int   `json:"heads"`
	Hidden        int   `json:"hidden"`
	Context       int   `json:"context"`
	Vocabulary    int   `json:"vocabulary"`
	Parameters    int   `json:"parameters"`
	FLOPsPerToken int64 `json:"flops_per_token"` // of training
}

// Peak is the rate of fused multiply-adds that wait for nothing.
type Peak struct {
	Threads int     `json:"threads"`
	GFLOPS  float64 `json:"gflops"` // best sample
	Spread  float64 `json:"spread"`
}

// Train is a whole training step: forward, backward, clipping, update and
// packing.
type Train struct {
	Mixer           string  `json:"mixer"`
	Precision       string  `json:"precision"`
	Batch           int     `json:"batch"` // sequences in a step
	Threads         int     `json:"threads"`
	TokensPerSecond float64 `json:"tokens_per_second"`
	GFLOPS          float64 `json:"gflops"`        // without the operator's
	ShareOfPeak     float64 `json:"share_of_peak"` // of as many threads
	Timing
}

// Step tells how much of a step the kernels are.
type Step struct {
	Mixer          string  `json:"mixer"`
	Threads        int     `json:"threads"`
	Seconds        float64 `json:"seconds"`         // measured
	KernelsSeconds float64 `json:"kernels_seconds"` // sum of calls x seconds of the kernels alone
}

// Kernel is one kernel at one shape of a training step, on one thread.
type Kernel struct {
	Name        string  `json:"name"`
	Shape       string  `json:"shape"`
	Mixer       string  `json:"mixer,omitempty"` // the operator that it is; a step of none is without
	Calls       int     `json:"calls"`           // in a step
	GFLOPS      float64 `json:"gflops"`          // 0: it only moves numbers
	ShareOfPeak float64 `json:"share_of_peak"`   // of one thread
	ShareOfStep float64 `json:"share_of_step"`   // calls x seconds, of a step of none with one thread
	Timing
}

// Decode is the generation of tokens by some streams at the same time, on as many
// threads as the decoder takes and behind a prompt that is not counted. The next
// token is the likeliest.
type Decode struct {
	Streams         int     `json:"streams"`
	Prompt          int     `json:"prompt"`            // tokens of each stream before the first that counts
	Tokens          int     `json:"tokens"`            // of each stream
	TokensPerSecond float64 `json:"tokens_per_second"` // of all streams in sum
	Timing
}

// report turns samples into figures. The model is that of mixer none.
func (s *subjects) report(r *Result, c config.Config, m *gpt.Model) {
	flops, tokens := float64(m.FLOPs(c.Model.Context)), float64(c.Model.Context)
	r.Model = Model{
		Layers: c.Model.Layers, Width: c.Model.Width, Heads: c.Model.Heads, Hidden: c.Model.Hidden, Context: c.Model.Context,
		Vocabulary: m.Config.Vocabulary, Parameters: m.Parameters(), FLOPsPerToken: int64(flops / tokens),
	}
	peaks := map[int]float64{}
	for _, p := range s.peaks {
		p.of.GFLOPS, p.of.Spread = 1e-9/p.best(), p.timing().Spread
		peaks[p.of.Threads] = p.of.GFLOPS
		r.Peaks = append(r.Peaks, p.of)
		r.Threads, r.PeakGFLOPS = p.of.Threads, p.of.GFLOPS
	}
	for _, t := range s.train {
		batch := float64(t.of.Batch)
		t.of.Timing = t.timing()
		t.of.TokensPerSecond = batch * tokens / t.of.Seconds
		t.of.GFLOPS = batch * flops / t.of.Seconds / 1e9
		t.of.ShareOfPeak = t.of.GFLOPS / peaks[t.of.Threads]
		r.Train = append(r.Train, t.of)
		if t.of.Mixer == mixers[0] && t.of.Threads == 1 {
			r.Step = Step{Mixer: t.of.Mixer, Threads: 1, Seconds: t.of.Seconds}
		}
	}
	for _, k := range s.kernels {
		one := Kernel{Name: k.of.name, Shape: k.of.shape, Mixer: k.of.mixer, Calls: k.of.calls, Timing: k.timing()}
		inStep := float64(k.of.calls) * one.Seconds
		if one.Mixer == "" {
			r.Step.KernelsSeconds += inStep
		}
		one.GFLOPS = float64(k.of.flops) / one.Seconds / 1e9
		one.ShareOfPeak = one.GFLOPS / peaks[1]
		one.ShareOfStep = inStep / r.Step.Seconds
		r.Kernels = append(r.Kernels, one)
	}
	for _, d := range s.decode {
		d.of.Timing = d.timing()
		d.of.TokensPerSecond = float64(d.of.Streams*d.of.Tokens) / d.of.Seconds
		r.Decode = append(r.Decode, d.of)
	}
	r.Audio = s.audio.of.report(s.audio.timing())
}
