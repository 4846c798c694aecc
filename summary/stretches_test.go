package summary

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat"
)

// Few losses are kept one by one, many as means over stretches of nearly the same length,
// whose mean and standard error are those of the windows, but for the rounding and chance.
func TestKeptLosses(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, test := range []struct {
		windows   int
		documents bool
		kept      int
	}{{0, false, 0}, {1, false, 1}, {500, false, 500}, {501, false, 500}, {1999, false, 500}, {2000, false, 500}, {2000, true, 2000}, {100_000, false, 500}} {
		losses := make([]float64, test.windows)
		for i := range losses {
			losses[i] = 2 + 0.3*random.NormFloat64()
		}
		kept := KeptLosses(losses, test.documents)
		if len(kept) != test.kept {
			t.Fatalf("%d of %d windows, want %d", len(kept), test.windows, test.kept)
		}
		if test.windows < 2 {
			continue
		}
		mean, spread := stat.MeanStdDev(losses, nil)
		own, ownSpread := stat.MeanStdDev(kept, nil)
		se, ownSE := spread/math.Sqrt(float64(len(losses))), ownSpread/math.Sqrt(float64(len(kept)))
		// With 1,999 windows one stretch is a quarter shorter than the others.
		if math.Abs(own-mean) > 5.1e-5 && test.windows%test.kept == 0 || math.Abs(own-mean) > 0.1*se+5.1e-5 || ownSE < 0.85*se || ownSE > 1.15*se {
			t.Errorf("%d windows: mean %.6f and its error %.6f, kept %.6f and %.6f", test.windows, mean, se, own, ownSE)
		}
	}
	if got := KeptLosses([]float32{1.23456, 2.34564}, false); got[0] != 1.2346 || got[1] != 2.3456 {
		t.Errorf("kept %v", got)
	}
}

// A document with more window losses than are kept today pairs with new runs, and says
// over how many windows its losses are.
func TestOlderWindowLosses(t *testing.T) {
	s := example(t)
	const windows = 1200
	s.Windows.Final = windows
	random := rand.New(rand.NewPCG(3, 4))
	for i := range s.Runs {
		r := &s.Runs[i]
		r.FinalWindows, r.WindowLosses = windows, nil
		for range windows {
			r.WindowLosses = append(r.WindowLosses, rounded(*r.FinalLoss+0.1*random.NormFloat64(), 1e4))
		}
	}
	old, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	read, err := Decode(strings.NewReader(string(old)))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range read.Runs {
		if len(r.WindowLosses) != mostWindowLosses {
			t.Errorf("%s has %d window losses", r.Label(), len(r.WindowLosses))
		}
	}
	if got := read.pairsOf(&Difference{PairsOf: PairsOfSeeds, Pairs: 3, Groups: mostWindowLosses}); got != "3 seeds and 1,200 windows" {
		t.Errorf("over %s", got)
	}
	read.WindowDocuments = []int{1}
	if got := read.pairsOf(&Difference{PairsOf: PairsOfSeeds, Pairs: 3, Groups: mostWindowLosses}); got != "3 seeds and 500 documents" {
		t.Errorf("over %s", got)
	}
}
