package train

import (
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/gpt"
	"github.com/waveletgpt/waveletgpt/internal/kernel"
)

// Sequence i is in lane i mod train.lanes, and neighbouring lanes are added first: the
// gradient is that of each lane alone, added in pairs.
func TestSequencesInLanes(t *testing.T) {
	model := func() *gpt.Model {
		m, err := gpt.New(gpt.Config{Vocabulary: 13, Model: config.Model{Family: "gpt2", Layers: 1, Width: 16, Heads: 2, Hidden: 24, Context: 8, Norm: "pre", Mixer: "haar"}})
		if err != nil {
			t.Fatal(err)
		}
		m.Init(1)
		return m
	}
	gradient := func(lanes int, windows [][]uint16) []float32 {
		e := newNative(config.Train{Steps: 1, Batch: len(windows), Accumulate: 1, Lanes: lanes, LR: 1}, model())
		e.gradient(1, windows)
		return e.lanes.sum
	}
	const sequences = 32
	all := windows(1, sequences, 9, 13)
	for lanes := 1; lanes <= sequences; lanes *= 2 {
		var parts [][]float32
		for lane := range lanes {
			var own [][]uint16
			for i := lane; i < sequences; i += lanes {
				own = append(own, all[i])
			}
			part := gradient(1, own)
			for i := range part { // of the mean over all sequences; powers of two do not round
				part[i] /= float32(lanes)
			}
			parts = append(parts, part)
		}
		for apart := 1; apart < lanes; apart *= 2 {
			for lane := 0; lane < lanes; lane += 2 * apart {
				kernel.Add(parts[lane], parts[lane+apart])
			}
		}
		for i, got := range gradient(lanes, all) {
			if got != parts[0][i] {
				t.Fatalf("%d lanes: element %d is %v, want %v", lanes, i, got, parts[0][i])
			}
		}
	}
}

// A line says that threads idle, and which settings leave them idle.
func TestIdle(t *testing.T) {
	for _, test := range []struct {
		batch, accumulate, lanes, threads int
		want                              string
	}{
		{8, 1, 8, 8, ""},
		{4, 2, 8, 8, ""},
		{64, 1, 8, 8, ""},
		{8, 1, 8, 9, "8 of 9 threads: it has 8 sequences and train.lanes = 8"},
		{64, 1, 16, 64, "16 of 64 threads: it has 64 sequences and train.lanes = 16"},
		{1, 1, 8, 2, "1 of 2 threads: it has 1 sequence and train.lanes = 8"},
	} {
		got := Idle(config.Train{Batch: test.batch, Accumulate: test.accumulate, Lanes: test.lanes, Threads: test.threads}, nil)
		if !strings.Contains(got, test.want) || (got == "") != (test.want == "") {
			t.Errorf("%+v: %q", test, got)
		}
	}
}
