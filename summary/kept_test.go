package summary

import (
	"bytes"
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat"
)

// Few losses are kept one by one, many as means over stretches of nearly the same length,
// whose mean and standard error are those of the windows, but for the rounding and chance.
func TestStretches(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for windows, kept := range map[int]int{0: 0, 1: 1, 50: 50, 51: 50, 1999: 50, 2000: 50, 100_000: 50} {
		r := &Run{FinalWindows: max(windows, 1), Curve: []Point{{Loss: 1.23456789}}, PositionLosses: []float64{1.23456789}}
		for range windows {
			r.WindowLosses = append(r.WindowLosses, rounded(2+0.3*random.NormFloat64(), 1e4))
		}
		losses := r.WindowLosses
		new(Summary).keep(r)
		if len(r.WindowLosses) != kept || r.Curve[0].Loss != 1.234568 || r.PositionLosses[0] != 1.234568 {
			t.Fatalf("%d of %d windows, want %d; curve %v, positions %v", len(r.WindowLosses), windows, kept, r.Curve, r.PositionLosses)
		}
		if windows < 2 {
			continue
		}
		mean, spread := stat.MeanStdDev(losses, nil)
		own, ownSpread := stat.MeanStdDev(r.WindowLosses, nil)
		se, ownSE := spread/math.Sqrt(float64(windows)), ownSpread/math.Sqrt(float64(kept))
		if math.Abs(own-mean) > 5.1e-5 && windows%kept == 0 || math.Abs(own-mean) > 0.3*se+5.1e-5 || ownSE < 0.7*se || ownSE > 1.4*se {
			t.Errorf("%d windows: mean %.6f and its error %.6f, kept %.6f and %.6f", windows, mean, se, own, ownSE)
		}
	}
	r := &Run{WindowLosses: make([]float64, 300), Curve: []Point{{Loss: 1.23456789}}}
	new(Summary).keep(r)
	if len(r.WindowLosses) != 300 || r.Curve[0].Loss != 1.23456789 {
		t.Error("the windows of a curve are shortened")
	}
}

// The mean of each document says as much as its windows: the same mean, the same standard
// error, also when seeds and windows are crossed.
func TestDocumentMeans(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	s := &Summary{}
	for document := range 40 {
		for range 1 + random.IntN(20) {
			s.WindowDocuments = append(s.WindowDocuments, 7+document)
		}
	}
	var all, kept [][]float64
	for range 3 {
		r := &Run{FinalWindows: len(s.WindowDocuments)}
		for _, document := range s.WindowDocuments {
			r.WindowLosses = append(r.WindowLosses, 2+0.1*float64(document%5)+0.3*random.NormFloat64())
		}
		all = append(all, r.WindowLosses)
		s.keep(r)
		kept = append(kept, r.WindowLosses)
	}
	seeds := []float64{0.1, 0.2, 0.15}
	want, got := crossedDifference(seeds, all, s.WindowDocuments), crossedDifference(seeds, kept, s.WindowDocuments)
	if math.Abs(*want.StandardError-*got.StandardError) > 1e-5 || want.Groups != 40 || got.Groups != 40 {
		t.Errorf("error %v of the means, %v of the windows", *got.StandardError, *want.StandardError)
	}
}

// The error of losses that keep to a passage is that of passages, not of windows.
func TestStretchesOfPassages(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	r := &Run{FinalWindows: 2000}
	var passages []float64
	for i := range r.FinalWindows {
		if i%40 == 0 {
			passages = append(passages, random.NormFloat64())
		}
		r.WindowLosses = append(r.WindowLosses, 2+0.1*passages[i/40]+0.1*random.NormFloat64())
	}
	alone, _ := errorOfMean(r.WindowLosses, nil)
	new(Summary).keep(r)
	kept, n := errorOfMean(r.WindowLosses, nil)
	want := stat.Variance(passages, nil) * 0.01 / 50
	if n != 50 || kept < 0.8*want || kept > 1.3*want || alone > 0.2*want {
		t.Errorf("squared error %v over %d, %v over windows, that of passages is %v", kept, n, alone, want)
	}
}

// A document with more window losses than are kept today pairs with new runs, says over how
// many windows its losses are, and is read again as it was written. It does not pair with a run
// of other windows.
func TestOlderWindowLosses(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	for name, documents := range map[string]bool{"stretches": false, "documents": true} {
		t.Run(name, func(t *testing.T) {
			s := example(t)
			const windows = 1200
			s.Windows.Final = windows
			for i := range s.Runs {
				r := &s.Runs[i]
				r.FinalWindows, r.WindowLosses = windows, nil
				for range windows {
					r.WindowLosses = append(r.WindowLosses, rounded(*r.FinalLoss+random.NormFloat64(), 1e4))
				}
			}
			values := mostWindowLosses
			if documents {
				values = windows
				for w := range windows {
					s.WindowDocuments = append(s.WindowDocuments, w/24)
				}
			}
			old, err := s.Encode()
			if err != nil {
				t.Fatal(err)
			}
			read, err := Decode(bytes.NewReader(old))
			if err != nil {
				t.Fatal(err)
			}
			for i, r := range read.Runs {
				if want := stat.Mean(s.Runs[i].WindowLosses[:24], nil); len(r.WindowLosses) != values || math.Abs(r.WindowLosses[0]-want) > 5.1e-5 {
					t.Errorf("%s has %d window losses, the first %v, want %v", r.Label(), len(r.WindowLosses), r.WindowLosses[0], want)
				}
			}
			written, err := read.Encode()
			if err != nil {
				t.Fatal(err)
			}
			var file struct {
				Runs []struct {
					WindowLosses []float64 `json:"window_losses"`
				} `json:"runs"`
			}
			if err := json.Unmarshal(written, &file); err != nil || len(file.Runs[0].WindowLosses) != 50 {
				t.Errorf("the file has %d values, one for each stretch or document are 50; %v", len(file.Runs[0].WindowLosses), err)
			}
			again, err := Decode(bytes.NewReader(written))
			if err != nil || !slices.Equal(again.Runs[0].WindowLosses, read.Runs[0].WindowLosses) {
				t.Errorf("read again, it differs; %v", err)
			}
			over := &Difference{PairsOf: PairsOfSeeds, Pairs: 3, Groups: 50}
			if got, want := read.pairsOf(over), map[bool]string{false: "3 seeds and 1,200 windows", true: "3 seeds and 50 documents"}[documents]; got != want {
				t.Errorf("over %s, want %s", got, want)
			}
			other := read.Runs[1]
			other.FinalWindows, other.WindowLosses = 600, other.WindowLosses[:min(values, 600)]
			side := func(r Run) group { return group{label: r.Label(), runs: map[uint64]Result{1: {Run: r}}} }
			if _, err := difference(side(read.Runs[0]), side(other), []uint64{1}, nil); err == nil {
				t.Error("1,200 windows pair with 600")
			}
		})
	}
}

// What a file has once for each document is read as what it was, whatever the order of the
// windows; losses that differ within a document are written one by one.
func TestOnceADocument(t *testing.T) {
	for name, test := range map[string]struct {
		losses    []float64
		documents []int
		once      []float64
	}{
		"neighbours":     {[]float64{1, 1, 2, 2, 2, 3}, []int{4, 4, 5, 5, 5, 9}, []float64{1, 2, 3}},
		"mixed":          {[]float64{1, 2, 1, 3, 2}, []int{7, 0, 7, 3, 0}, []float64{1, 2, 3}},
		"equal":          {[]float64{1, 1, 1}, []int{0, 1, 1}, []float64{1, 1}},
		"one by one":     {[]float64{1, 2, 2}, []int{0, 0, 1}, []float64{1, 2, 2}},
		"of one window":  {[]float64{3, 1, 2}, []int{0, 1, 2}, []float64{3, 1, 2}},
		"no documents":   {[]float64{1, 1}, nil, []float64{1, 1}},
		"none":           {nil, []int{0, 0}, nil},
		"empty":          {[]float64{}, nil, []float64{}},
		"other windows":  {[]float64{1, 2, 3}, []int{0, 0}, []float64{1, 2, 3}},
		"not a document": {nil, nil, nil},
	} {
		runs := []Run{{WindowLosses: slices.Clone(test.losses)}}
		onceADocument(runs, test.documents)
		if got := runs[0].WindowLosses; !slices.Equal(got, test.once) || got == nil && test.losses != nil {
			t.Errorf("%s: %v is written as %v, want %v", name, test.losses, got, test.once)
		}
		if got := eachWindow(runs[0].WindowLosses, test.documents); !slices.Equal(got, test.losses) {
			t.Errorf("%s: %v is read as %v", name, test.losses, got)
		}
	}
}
