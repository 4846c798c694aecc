package bench

import (
	"fmt"
	"strings"
	"testing"
)

// words joins numbers by spaces.
func words(numbers []int) string { return strings.Trim(fmt.Sprint(numbers), "[]") }

func TestWriteTable(t *testing.T) {
	busy, idle := 3.0, 0.1
	r := Result{
		CPU: "Some CPU", Tier: "avx2", Threads: 2, Load: &busy, Rounds: 7, PeakGFLOPS: 200, RSSBytes: 123_456_789,
		Model: Model{Layers: 10, Parameters: 2055424, FLOPsPerToken: 15_700_000},
		Peaks: []Peak{{Threads: 2, GFLOPS: 200}},
		Train: []Train{{Mixer: "haar", Threads: 2, TokensPerSecond: 12345, ShareOfPeak: 0.654, Timing: Timing{Seconds: 0.25, Spread: 0.021}}},
		Step:  Step{Mixer: "none", Threads: 1, Seconds: 0.5, KernelsSeconds: 0.4},
		Kernels: []Kernel{
			{Name: "short", Calls: 1, GFLOPS: 5, ShareOfStep: 0.01, Timing: Timing{Seconds: 1e-3}},
			{Name: "haar forward", Mixer: "haar", Calls: 8, ShareOfStep: 0.5, Timing: Timing{Seconds: 1e-3}},
			{Name: "long", Calls: 100, GFLOPS: 5, ShareOfStep: 0.2, Timing: Timing{Seconds: 1e-3}},
		},
		Audio:  Audio{Threads: 2, FromRate: 44100, ToRate: 16000, HoursPerMinute: 7.5},
		Decode: []Decode{{Streams: 32, Prompt: 64, Tokens: 16, TokensPerSecond: 9876}},
	}
	var b strings.Builder
	if err := WriteTable(&b, &r); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	at := -1
	for _, want := range []string{
		"Some CPU, avx2 kernels, 2 threads, 7 samples", "2055424 parameters, 15.7 MFLOP", "load 3.0", "200", "12345", "65.4 %", "250.00", "2.1 %",
		"long", "100.00", "20.0 %", "short", "haar forward", "sum of none", "400.00", "80.0 %", "500.00",
		"9876", "16 tokens per stream after a prompt of 64", "44100 to 16000 Hz", "7.50", "123 MB",
	} {
		next := strings.Index(text[at+1:], want)
		if next < 0 {
			t.Fatalf("%q is missing or out of order in\n%s", want, text)
		}
		at += 1 + next
	}

	// Unknown values are left out.
	r.Load, r.RSSBytes = &idle, 0
	b.Reset()
	if err := WriteTable(&b, &r); err != nil {
		t.Fatal(err)
	}
	if text := b.String(); strings.Contains(text, "load") || strings.Contains(text, "memory") {
		t.Errorf("load or memory in\n%s", text)
	}
}
