package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/run"
)

// A step of preset paper on two ranks of one thread each, beside that of one process with
// two threads, in turns. efficiency is the time of the process divided by that of the
// ranks.
func BenchmarkMPI(b *testing.B) {
	launch(b, 2)
	alone, p := buildMPI(b)
	text := filepath.Join(b.TempDir(), "long.txt")
	var words strings.Builder
	for random := rand.New(rand.NewPCG(1, 1)); words.Len() < 60000; {
		fmt.Fprintf(&words, "%x ", random.IntN(1<<12))
	}
	if err := os.WriteFile(text, []byte(words.String()), 0o644); err != nil {
		b.Fatal(err)
	}
	subject := func(threads string) subject {
		s := trainSubject(alone)
		s.begin = func(dir string) []string {
			return []string{"train", "--data", text, "--out", dir, "--preset", "paper", "--set", "train.threads=" + threads, "--set", "train.steps=10",
				"--set", "train.warmup=2", "--set", "train.eval_every=10", "--set", "eval.windows=1"}
		}
		return s
	}
	one, two := subject("2"), subject("1").onRanks(b, p, 2)
	var single, ranks, ratios []float64
	for b.Loop() {
		x, y := medianStep(b, one), medianStep(b, two)
		single, ranks, ratios = append(single, x), append(ranks, y), append(ratios, x/y)
	}
	b.ReportMetric(1000*median(single), "ms/step-of-process")
	b.ReportMetric(1000*median(ranks), "ms/step-of-ranks")
	b.ReportMetric(median(ratios), "efficiency")
}

// medianStep trains a run and returns the median of the seconds of its steps, without the
// first ones.
func medianStep(b *testing.B, s subject) float64 {
	b.Helper()
	dir := filepath.Join(b.TempDir(), "run")
	if err := os.RemoveAll(dir); err != nil {
		b.Fatal(err)
	}
	s.ends(b, dir)
	timings, err := (&run.Run{Dir: dir}).Timings()
	if err != nil || len(timings) < 10 {
		b.Fatal(len(timings), err)
	}
	var steps []float64
	for i := 3; i < len(timings); i++ {
		steps = append(steps, timings[i].Seconds-timings[i-1].Seconds)
	}
	return median(steps)
}

func median(x []float64) float64 {
	x = slices.Sorted(slices.Values(x))
	return (x[(len(x)-1)/2] + x[len(x)/2]) / 2
}
