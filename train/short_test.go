package train

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/gpt"
	"github.com/waveletgpt/waveletgpt/media"
	"github.com/waveletgpt/waveletgpt/run"
)

// pieces is a set whose windows lie in documents, most of which are shorter
// than a context of 16.
func pieces(t *testing.T) *dataset.Set {
	return piecesOf(t, map[string][]int{dataset.Train: {3, 40, 9}, dataset.Validation: {40, 2, 11}, dataset.Test: {5, 13}})
}

// piecesOf is such a set with documents of these numbers of tokens.
func piecesOf(t *testing.T, splits map[string][]int) *dataset.Set {
	t.Helper()
	var docs []media.Document
	for split, lengths := range splits {
		for i, n := range lengths {
			var text strings.Builder
			for j := range n {
				fmt.Fprint(&text, (7*i+j*j)%23, " ")
			}
			docs = append(docs, media.Document{
				Name: fmt.Sprint(split, i), Split: split, Size: int64(text.Len()),
				Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text.String())), nil },
			})
		}
	}
	slices.SortFunc(docs, func(a, b media.Document) int { return strings.Compare(a.Name, b.Name) })
	set, err := dataset.Prepare(t.Context(), t.TempDir(), "pieces", docs, dataset.Options{Codec: "ids:23", Windows: dataset.WindowsInDocuments}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { set.Close() })
	return set
}

// A short document is a shorter sequence: losses are of the tokens that are
// there, each with the same weight.
func TestShortDocuments(t *testing.T) {
	set, dir := pieces(t), t.TempDir()
	c := small(nil)
	l := begin(t, dir, c, set)
	space := l.Model().NewWorkspace()
	total := func(windows [][]uint16) (loss float64, tokens int) {
		for _, w := range windows {
			space.Forward(w[:len(w)-1], nil)
			for _, x := range space.Loss(w[1:]) {
				loss += float64(x)
				tokens++
			}
		}
		return loss, tokens
	}
	var windows, validation [][]uint16
	lengths := map[int]bool{}
	for i := range c.Train.Batch * c.Train.Accumulate {
		w, err := set.Draw(make([]uint16, 17), uint64(c.Train.Seed), 1, i)
		if err != nil {
			t.Fatal(err)
		}
		windows = append(windows, w)
		lengths[len(w)] = true
	}
	if len(lengths) < 2 {
		t.Fatalf("all windows of the step have one length: %v", lengths)
	}
	starts, err := set.Windows(dataset.Validation, c.Eval.Windows, 17)
	if err != nil || len(starts) != 4 {
		t.Fatalf("%v, %v", starts, err)
	}
	for _, start := range starts {
		w, err := set.Window(make([]uint16, 17), dataset.Validation, start)
		if err != nil {
			t.Fatal(err)
		}
		validation = append(validation, w)
	}
	near := func(name string, got *float64, windows [][]uint16) {
		loss, tokens := total(windows)
		if got == nil || math.Abs(*got-loss/float64(tokens)) > 1e-5 {
			t.Errorf("%s: loss %v, want %v over %d tokens", name, got, loss/float64(tokens), tokens)
		}
	}
	near("step 1", stepLoss(t, l, windows), windows)
	finish(t, l)
	metrics := metricsOf(t, dir)
	near("validation", metrics[len(metrics)-2].ValidationLoss, validation)

	// Two steps in turn of lengths that differ leave nothing of each other.
	again := begin(t, t.TempDir(), c, set)
	finish(t, again)
	if !slices.Equal(again.Model().Params, l.Model().Params) {
		t.Error("the same run again has other weights")
	}
}

// stepLoss is the loss that the engine computes of windows, with the gradient,
// which is that of the mean over their tokens.
func stepLoss(t *testing.T, l *Loop, windows [][]uint16) *float64 {
	t.Helper()
	loss := nativeOf(l).gradient(1, windows)
	got := slices.Clone(nativeOf(l).lanes.sum)
	want := make([]float32, len(got))
	tokens := 0
	for _, w := range windows {
		tokens += len(w) - 1
	}
	space := l.Model().NewWorkspace()
	for i, w := range windows {
		space.Forward(w[:len(w)-1], &gpt.Noise{Sequence: i})
		space.Loss(w[1:])
		space.Backward(want, w[1:], 1/float32(tokens))
	}
	for i := range want {
		if math.Abs(float64(got[i]-want[i])) > 1e-5 {
			t.Fatalf("gradient %d is %v, want %v", i, got[i], want[i])
		}
	}
	return &loss
}

func TestMean(t *testing.T) {
	if got := Mean([]float32{1, 2, 4}, []int{10, 20, 10}); got != 2.25 {
		t.Errorf("mean %v, want 2.25", got)
	}
	// Equal lengths count exactly alike.
	if got, want := Mean([]float32{0.1, 0.7, 0.3}, []int{7, 7, 7}), (float64(float32(0.1))+float64(float32(0.7))+float64(float32(0.3)))/3; got != want {
		t.Errorf("mean %v, want %v", got, want)
	}
}

// A split of fewer tokens than one window measures nothing, wherever windows lie.
func TestSplitTooSmall(t *testing.T) {
	set := pieces(t)
	c := small(nil)
	if err := Fits(c, set); err != nil {
		t.Fatal(err)
	}
	c.Model.Context = 18 // the test split has 18 tokens
	if err := Fits(c, set); err == nil || !strings.Contains(err.Error(), "test split has 18 tokens") || !strings.Contains(err.Error(), "use a smaller model.context or more data") {
		t.Errorf("error %v", err)
	}

	// A run that began before there was this rule is resumed.
	dir := t.TempDir()
	c.Data.Hash = set.Header.Hash
	r, err := run.Create(dir, c, set.Codec)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Unlock(); err != nil {
		t.Fatal(err)
	}
	r, err = Start(dir, c, set)
	if err != nil {
		t.Fatal(err)
	}
	l, _, err := Open(r, set)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}
