package bench

import (
	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/gpt"
)

// A Result is the outcome of [Run].
type Result struct {
	CPU        string   `json:"cpu"`
	Tier       string   `json:"tier"` // instruction set of the kernels
	Threads    int      `json:"threads"`
	Load       *float64 `json:"load"` // load average of the minute before, null if unknown
	Rounds     int      `json:"rounds"`
	Model      Model    `json:"model"`
	PeakGFLOPS float64  `json:"peak_gflops"` // with all threads
	Peaks      []Peak   `json:"peaks"`
	Train      []Train  `json:"train"`
	Step       Step     `json:"step"`
	Kernels    []Kernel `json:"kernels"`
	Decode     []Decode `json:"decode"`
	Audio      Audio    `json:"audio"`
	RSSBytes   int64    `json:"rss_bytes"` // peak memory while training none with all threads; 0 if unknown
}

// Model is the trained model. The decoding model has a vocabulary of 256.
type Model struct {
	Layers        int   `json:"layers"`
	Width         int   `json:"width"`
	Heads         int   `json:"heads"`
	Hidden        int   `json:"hidden"`
	Context       int   `json:"context"`
	Vocabulary    int   `json:"vocabulary"`
	Parameters    int   `json:"parameters"`
	FLOPsPerToken int64 `json:"flops_per_token"` // for training
}

// Peak is the rate of independent fused multiply-adds in registers.
type Peak struct {
	Threads int     `json:"threads"`
	GFLOPS  float64 `json:"gflops"` // best sample
	Spread  float64 `json:"spread"`
}

// Train is a whole training step: forward, backward, clipping, update and packing
// of weights.
type Train struct {
	Mixer           string  `json:"mixer"`
	Precision       string  `json:"precision"`
	Batch           int     `json:"batch"` // sequences per step
	Threads         int     `json:"threads"`
	TokensPerSecond float64 `json:"tokens_per_second"`
	GFLOPS          float64 `json:"gflops"`        // without those of the operator
	ShareOfPeak     float64 `json:"share_of_peak"` // of the peak with the same threads
	Timing
}

// Step compares a measured step with the sum of its kernels.
type Step struct {
	Mixer          string  `json:"mixer"`
	Threads        int     `json:"threads"`
	Seconds        float64 `json:"seconds"`         // measured
	KernelsSeconds float64 `json:"kernels_seconds"` // sum of calls x seconds over the kernels
}

// Kernel is one kernel at one shape of a training step, on one thread.
type Kernel struct {
	Name        string  `json:"name"`
	Shape       string  `json:"shape"`
	Mixer       string  `json:"mixer,omitempty"` // the operator; not part of a step of none
	Calls       int     `json:"calls"`           // per step
	GFLOPS      float64 `json:"gflops"`          // 0 for a kernel that only moves data
	ShareOfPeak float64 `json:"share_of_peak"`   // of one thread
	ShareOfStep float64 `json:"share_of_step"`   // calls x seconds, relative to a step of none with one thread
	Timing
}

// Decode is greedy generation by several streams at the same time, with the threads
// that the decoder chooses. The prompt is not timed.
type Decode struct {
	Streams         int     `json:"streams"`
	Prompt          int     `json:"prompt"`            // tokens per stream before the first timed one
	Tokens          int     `json:"tokens"`            // per stream
	TokensPerSecond float64 `json:"tokens_per_second"` // all streams together
	Timing
}

// report turns samples into figures. The model m has mixer none.
func (s *subjects) report(r *Result, c config.Config, m *gpt.Model) {
	flops, tokens := float64(m.FLOPs(c.Model.Context)), float64(c.Model.Context)
	r.Model = Model{
		Layers: c.Model.Layers, Width: c.Model.Width, Heads: c.Model.Heads, Hidden: c.Model.Hidden, Context: c.Model.Context,
		Vocabulary: m.Config.Vocabulary, Parameters: m.Parameters(), FLOPsPerToken: int64(flops / tokens),
	}
	peaks := map[int]float64{}
	for _, p := range s.peaks {
		p.result.GFLOPS, p.result.Spread = 1e-9/p.best(), p.timing().Spread
		peaks[p.result.Threads] = p.result.GFLOPS
		r.Peaks = append(r.Peaks, p.result)
		r.Threads, r.PeakGFLOPS = p.result.Threads, p.result.GFLOPS
	}
	for _, t := range s.train {
		batch := float64(t.result.Batch)
		t.result.Timing = t.timing()
		t.result.TokensPerSecond = batch * tokens / t.result.Seconds
		t.result.GFLOPS = batch * flops / t.result.Seconds / 1e9
		t.result.ShareOfPeak = t.result.GFLOPS / peaks[t.result.Threads]
		r.Train = append(r.Train, t.result)
		if t.result.Mixer == mixers[0] && t.result.Threads == 1 {
			r.Step = Step{Mixer: t.result.Mixer, Threads: 1, Seconds: t.result.Seconds}
		}
	}
	for _, k := range s.kernels {
		one := Kernel{Name: k.result.name, Shape: k.result.shape, Mixer: k.result.mixer, Calls: k.result.calls, Timing: k.timing()}
		inStep := float64(k.result.calls) * one.Seconds
		if one.Mixer == "" {
			r.Step.KernelsSeconds += inStep
		}
		one.GFLOPS = float64(k.result.flops) / one.Seconds / 1e9
		one.ShareOfPeak = one.GFLOPS / peaks[1]
		one.ShareOfStep = inStep / r.Step.Seconds
		r.Kernels = append(r.Kernels, one)
	}
	for _, d := range s.decode {
		d.result.Timing = d.timing()
		d.result.TokensPerSecond = float64(d.result.Streams*d.result.Tokens) / d.result.Seconds
		r.Decode = append(r.Decode, d.result)
	}
	r.Audio = s.audio.result.report(s.audio.timing())
}
