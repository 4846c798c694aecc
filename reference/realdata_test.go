package reference

import (
	"math"
	"path/filepath"
	"testing"

	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/internal/realdata"
	"github.com/waveletgpt/waveletgpt/media"
)

// found is a set of real data.
func found(t *testing.T, o dataset.Options, path ...string) *dataset.Set {
	t.Helper()
	if testing.Short() {
		t.Skip("fits models to over ten million tokens")
	}
	found, err := media.Find(t.Context(), filepath.Join(append([]string{realdata.Dir(t)}, path...)...), media.Any)
	if err != nil {
		t.Fatal(err)
	}
	return prepared(t, o, found.Documents...)
}

// Another program has 1.449 nats for a 6-gram and 1.714 for a 4-gram on the first
// 100,000 characters of the validation split. Its discounts are 0.75, and its context
// runs on through all of them. Windows of 128 characters that each begin anew cost
// 0.014 nats, and discounts by counts of counts 0.010.
func TestText8(t *testing.T) {
	t.Parallel()
	const context, characters = 128, 100_000
	set := found(t, dataset.Options{}, "text", "text8-first-12500000.zip")
	m, err := new(Line).fit(t.Context(), set, context+1)
	if err != nil {
		t.Fatal(err)
	}
	g := m.(*ngrams)
	running := make([]uint16, 1+characters)
	if err := set.Read(running, dataset.Validation, 0); err != nil {
		t.Fatal(err)
	}
	w := Windows{Split: dataset.Validation}
	for at := int64(0); at < characters; at += context {
		w.Starts = append(w.Starts, at)
	}
	anew, err := measure(t.Context(), g, set, context+1, w)
	if err != nil {
		t.Fatal(err)
	}
	got := mean(g.losses(running))
	if g.order != 6 || math.Abs(got-1.449) > 0.02 || anew.Mean < got+0.005 || anew.Mean > got+0.03 {
		t.Errorf("the %s has %.4f nats, in windows %.4f; want about 1.449 of a 6-gram, and a little more in windows", g.name(), got, anew.Mean)
	}
	for k := range g.levels {
		g.levels[k].discount = 0.75
	}
	for order, want := range map[int]float64{6: 1.449, 4: 1.714} {
		g.order = order
		if got := mean(g.losses(running)); math.Abs(got-want) > 5e-4 {
			t.Errorf("the %s with discounts of 0.75 has %.4f nats, want %.3f", g.name(), got, want)
		}
	}
}

// Another program has 5.21 bits at order 32 and 5.19 at order 64 on the validation
// clips; what it takes for the distribution of errors is not known.
func TestRenders(t *testing.T) {
	t.Parallel()
	const context = 256
	set := found(t, dataset.Options{Rate: 16000}, "audio", "maestro16k")
	var clips [][]uint16
	for _, p := range training(set.Header, maxTokens, runTokens) {
		ids := make([]uint16, p.Length)
		if err := set.Read(ids, dataset.Train, p.Start); err != nil {
			t.Fatal(err)
		}
		clips = append(clips, ids)
	}
	l := newLinear(set.Codec.(waveform), set.Header.Vocabulary)
	if err := l.fit(t.Context(), clips); err != nil {
		t.Fatal(err)
	}
	windows, err := sample(set, dataset.Train, context+1)
	if err != nil {
		t.Fatal(err)
	}
	places := windowsOf(t, set, context+1, dataset.Validation)[0]
	for order, want := range map[int]float64{32: 5.21, 64: 5.19} {
		l.order = order
		scales, err := l.scales(t.Context(), windows)
		if err != nil {
			t.Fatal(err)
		}
		best := math.Inf(1)
		for _, l.scale = range scales {
			loss, err := measure(t.Context(), l, set, context+1, places)
			if err != nil {
				t.Fatal(err)
			}
			best = min(best, loss.Mean/math.Ln2)
		}
		if math.Abs(best-want) > 0.03 {
			t.Errorf("the %s has %.3f bits, want %.2f", l.name(), best, want)
		}
	}
}
