package reference

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/media"
	"github.com/waveletgpt/waveletgpt/media/audio"
)

func document(name, split, content string) media.Document {
	return media.Document{Name: name, Split: split, Size: int64(len(content)), Open: func() (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(content)), nil
	}}
}

// prepared returns a set of documents, which is closed at the end of the test.
func prepared(t *testing.T, o dataset.Options, docs ...media.Document) *dataset.Set {
	t.Helper()
	set, err := dataset.Prepare(t.Context(), filepath.Join(t.TempDir(), "set"), "source", docs, o, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { set.Close() })
	return set
}

// numbers is a document of tokens.
func numbers(name, split string, ids ...uint16) media.Document {
	var b strings.Builder
	for _, id := range ids {
		b.WriteString(strconv.Itoa(int(id)) + " ")
	}
	return document(name, split, b.String())
}

// chain is n tokens of which each depends on the one before.
func chain(seed uint64, n, vocabulary int) []uint16 {
	r := rand.New(rand.NewPCG(seed, 0))
	ids := make([]uint16, n)
	for i := 1; i < n; i++ {
		ids[i] = uint16((int(ids[i-1]) + r.IntN(4)*r.IntN(4)) % vocabulary)
	}
	return ids
}

// recording is a WAV document of samples.
func recording(t *testing.T, name, split string, x []float32) media.Document {
	t.Helper()
	var b bytes.Buffer
	if err := audio.WriteWAV(&b, 8000, x); err != nil {
		t.Fatal(err)
	}
	doc := document(name, split, b.String())
	doc.Medium = media.Audio
	return doc
}

// textSet has documents in which windows keep; soundSet is noise in which each sample
// depends on the one before.
func textSet(t *testing.T) *dataset.Set {
	return prepared(t, dataset.Options{Codec: "ids:12", Windows: dataset.WindowsInDocuments},
		numbers("a", dataset.Train, chain(1, 700, 12)...), numbers("b", dataset.Train, chain(2, 40, 12)...),
		numbers("c", dataset.Validation, chain(3, 120, 12)...), numbers("d", dataset.Validation, chain(4, 6, 12)...),
		numbers("e", dataset.Test, chain(5, 90, 12)...))
}

func soundSet(t *testing.T) *dataset.Set {
	var docs []media.Document
	for i, split := range []string{dataset.Train, dataset.Validation, dataset.Test} {
		x := process(uint64(i), 600, 0.1, 0.8)
		samples := make([]float32, len(x))
		for i := range x {
			samples[i] = float32(x[i])
		}
		docs = append(docs, recording(t, split, split, samples))
	}
	return prepared(t, dataset.Options{}, docs...)
}

// windowsOf returns all windows of the splits.
func windowsOf(t *testing.T, set *dataset.Set, length int, splits ...string) (all []Windows) {
	t.Helper()
	for _, split := range splits {
		starts, err := set.Windows(split, 1000, length)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, Windows{split, starts})
	}
	return all
}

// The means by window and by position are of the same losses, windows that end with
// their document are shorter, and the same call gives the same line.
func TestMeasure(t *testing.T) {
	const length = 17
	for _, set := range []*dataset.Set{textSet(t), soundSet(t)} {
		windows := windowsOf(t, set, length, dataset.Validation, dataset.Test)
		line, err := Measure(t.Context(), set, length, windows...)
		if err != nil {
			t.Fatal(err)
		}
		if line.Trained != set.Header.Splits.Train.Length || line.Capped != "" || !strings.Contains(line.Name, strconv.Itoa(line.Order)) {
			t.Errorf("%+v", line)
		}
		for i, l := range line.Losses {
			if l.Split != windows[i].Split || len(l.Windows) != len(windows[i].Starts) || len(l.Positions) != length-1 {
				t.Fatalf("%+v", l)
			}
			tokens, sum, atPosition := 0, 0.0, make([]int, length-1)
			for w, at := range windows[i].Starts {
				window, err := set.Window(make([]uint16, length), l.Split, at)
				if err != nil {
					t.Fatal(err)
				}
				tokens += len(window) - 1
				sum += l.Windows[w] * float64(len(window)-1)
				for p := range len(window) - 1 {
					atPosition[p]++
				}
			}
			byPosition := 0.0
			for p, n := range atPosition {
				byPosition += l.Positions[p] * float64(n)
			}
			if l.Tokens != tokens || math.Abs(sum/float64(tokens)-l.Mean) > 1e-12 || math.Abs(byPosition-sum) > 1e-9 {
				t.Errorf("%s, %s: %v of %d tokens, want %v of %d; by position %v of %v", line.Name, l.Split, l.Mean, l.Tokens, sum/float64(tokens), tokens, byPosition, sum)
			}
			if uniform := math.Log(float64(set.Header.Vocabulary)); l.Mean > 0.9*uniform {
				t.Errorf("%s, %s: %v is hardly better than %v", line.Name, l.Split, l.Mean, uniform)
			}
		}
		again, err := Measure(t.Context(), set, length, windows...)
		if err != nil {
			t.Fatal(err)
		}
		again.Seconds = line.Seconds
		if !reflect.DeepEqual(line, again) {
			t.Errorf("%+v, then %+v", line, again)
		}
	}
}

// A token is predicted from those before it in its window, whatever comes after it or
// stands before the window.
func TestSeesTheWindowOnly(t *testing.T) {
	for _, set := range []*dataset.Set{textSet(t), soundSet(t)} {
		m, err := new(Line).fit(t.Context(), set, 17)
		if err != nil {
			t.Fatal(err)
		}
		if g, ok := m.(*ngrams); ok {
			g.order = 4
		}
		window := make([]uint16, 80)
		if err := set.Read(window, dataset.Test, 0); err != nil {
			t.Fatal(err)
		}
		whole := m.losses(window)
		for n := 1; n <= len(window); n++ {
			if part := m.losses(window[:n]); len(part) != n-1 || !reflect.DeepEqual(part, append([]float64{}, whole[:n-1]...)) {
				t.Fatalf("%s: the first %d tokens have losses %v, within the window %v", m.name(), n, part, whole[:n-1])
			}
		}
		if other := m.losses(window[40:]); other[0] == whole[40] {
			t.Errorf("%s: the second token of a window has the loss that it has after 40 others", m.name())
		}
	}
}

// A context that ends at any time ends the call.
func TestMeasureEnds(t *testing.T) {
	for _, set := range []*dataset.Set{textSet(t), soundSet(t)} {
		windows := windowsOf(t, set, 17, dataset.Validation)
		ended := 0
		for calls, more := 0, true; more; calls += 1 + calls/2 {
			_, err := Measure(&ending{t.Context(), calls}, set, 17, windows...)
			more = err != nil
			if more {
				ended++
				if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "source") && !strings.Contains(err.Error(), "split") {
					t.Errorf("after %d looks: %v", calls, err)
				}
			}
		}
		if ended < 6 {
			t.Errorf("the context was looked at in %d places", ended)
		}
	}
}

// ending is a context that ends after some looks at it.
type ending struct {
	context.Context
	looks int
}

func (c *ending) Err() error {
	if c.looks--; c.looks < 0 {
		return context.Canceled
	}
	return nil
}

func TestMeasureRefuses(t *testing.T) {
	set := textSet(t)
	held := prepared(t, dataset.Options{Codec: "ids:12"}, numbers("a", dataset.Train, chain(1, 70, 12)...),
		numbers("b", dataset.Validation, chain(2, 70, 12)...), numbers("c", dataset.Holdout, chain(3, 70, 12)...))
	for _, test := range []struct {
		set     *dataset.Set
		length  int
		windows Windows
		want    string
	}{
		{held, 100, Windows{}, "fewer than the 100 of one window"},
		{held, 17, Windows{dataset.Holdout, []int64{0}}, "hold-out of source is not open"},
		{set, 17, Windows{"other", []int64{0}}, `split "other"`},
		{set, 17, Windows{dataset.Test, []int64{90}}, "outside split test"},
		{set, 17, Windows{dataset.Test, nil}, "there are no windows"},
		{set, 1, Windows{dataset.Test, []int64{0}}, "none to predict"},
		{set, 17, Windows{dataset.Test, []int64{0, 89}}, "the window from 89 has 1 token"},
	} {
		_, err := Measure(t.Context(), test.set, test.length, test.windows)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("windows %v of %d: %v, want %q", test.windows, test.length, err, test.want)
		}
	}
	if _, err := held.OpenHoldout("ab"); err != nil {
		t.Fatal(err)
	}
	if line, err := Measure(t.Context(), held, 17, Windows{dataset.Holdout, []int64{3}}); err != nil || line.Losses[0].Tokens != 16 {
		t.Errorf("an open hold-out: %+v, %v", line, err)
	}
}

// What a cap leaves is spread over the split, whole runs of it, in pieces of one
// document each.
func TestTraining(t *testing.T) {
	h := dataset.Header{Splits: dataset.Splits{Train: dataset.Range{Start: 0, Length: 100}, Validation: dataset.Range{Start: 100, Length: 30}}}
	for _, d := range []dataset.Document{{Length: 7}, {Start: 7, Length: 50}, {Start: 57, Length: 43}, {Start: 100, Length: 30, Split: dataset.Validation}} {
		if d.Split == "" {
			d.Split = dataset.Train
		}
		h.Documents = append(h.Documents, d)
	}
	r := func(start, length int64) dataset.Range { return dataset.Range{Start: start, Length: length} }
	for _, test := range []struct {
		most, run int64
		want      []dataset.Range
	}{
		{100, 10, []dataset.Range{r(0, 7), r(7, 50), r(57, 43)}},
		{99, 10, []dataset.Range{r(0, 7), r(7, 3), r(10, 10), r(20, 10), r(30, 10), r(40, 10), r(50, 7), r(57, 3), r(60, 10), r(70, 10), r(80, 10)}},
		{35, 10, []dataset.Range{r(0, 7), r(7, 3), r(30, 10), r(60, 10)}},
		{20, 10, []dataset.Range{r(0, 7), r(7, 3), r(50, 7), r(57, 3)}},
		{50, 50, []dataset.Range{r(0, 7), r(7, 43)}},
	} {
		if got := training(h, test.most, test.run); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%d of 100 tokens in runs of %d are %v, want %v", test.most, test.run, got, test.want)
		}
	}
}
