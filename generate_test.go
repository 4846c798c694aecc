package waveletgpt

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/media"
	"github.com/waveletgpt/waveletgpt/summary"
)

// greek trains a model of bytes on text of two bytes a letter.
func greek(t *testing.T) *Model {
	t.Helper()
	book := filepath.Join(t.TempDir(), "book.txt")
	if err := os.WriteFile(book, []byte(strings.Repeat("κύματα ", 400)), 0o666); err != nil {
		t.Fatal(err)
	}
	found, err := media.Find(t.Context(), book, media.Text)
	if err != nil {
		t.Fatal(err)
	}
	set, err := dataset.Prepare(t.Context(), t.TempDir(), book, found.Documents, dataset.Options{Codec: "bytes"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	c := small(t, "haar")
	c.Train.Steps, c.Train.LR, c.Train.Warmup = 120, 1e-2, 0
	m, err := Train(t.Context(), t.TempDir(), c, set, Watch{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// The pieces of a stream are what Generate returns, none ends inside a character,
// and the next one comes only when the last was taken.
func TestStream(t *testing.T) {
	m := greek(t)
	o := Options{Tokens: 40, Temperature: 0.3, Seed: 2}
	want, err := m.Generate(t.Context(), "κύ", o)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(want, "κύματα") {
		t.Fatalf("the model is not trained enough for this test: %q", want)
	}
	var pieces []string
	for text, err := range m.Stream(t.Context(), "κύ", o) {
		if err != nil {
			t.Fatal(err)
		}
		if !utf8.ValidString(text) && utf8.ValidString(want) || text == "" {
			t.Errorf("piece %d is %q", len(pieces), text)
		}
		pieces = append(pieces, text)
	}
	if got := strings.Join(pieces, ""); got != want {
		t.Errorf("streamed %q, want %q", got, want)
	}
	if len(pieces) < 15 || len(pieces) >= 40 {
		t.Errorf("%d pieces of 40 bytes", len(pieces))
	}

	taken := ""
	for text := range m.Stream(t.Context(), "κύ", o) {
		if taken += text; len(taken) > 5 {
			break
		}
	}
	if !strings.HasPrefix(want, taken) || len(taken) > 8 {
		t.Errorf("taken %q of %q", taken, want)
	}
}

func TestStreamEndsWithItsContext(t *testing.T) {
	m := greek(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	o := Options{Tokens: 1 << 40}
	pieces, last := 0, error(nil)
	for _, err := range m.Stream(ctx, "κύ", o) {
		if last = err; err == nil {
			if pieces++; pieces == 3 {
				cancel()
			}
		}
	}
	if pieces < 3 || pieces > 4 || !errors.Is(last, context.Canceled) {
		t.Errorf("%d pieces, then %v", pieces, last)
	}
	for text, err := range m.Stream(t.Context(), "κύ", Options{Tokens: -1}) {
		if text != "" || err == nil {
			t.Errorf("-1 tokens give %q, %v", text, err)
		}
	}
}

func TestWholeCharacters(t *testing.T) {
	for text, want := range map[string]int{
		"": 0, "a": 1, "aκ": 3, "a\xce": 1, "\xf0\x9f\x8c": 0, "🌊": 4, "a🌊\xf0": 5,
		"\xff": 1, "\x80\x80\x80\x80\x80": 5, "a\xce\xce": 2, "\xe2\x80": 0, "\xf0\x41": 2,
	} {
		if got := wholeCharacters([]byte(text)); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}

// The loss is that of an evaluation, for text shorter and longer than the context.
func TestLoss(t *testing.T) {
	m := greek(t)
	loss := func(text string) float64 {
		t.Helper()
		ids, err := m.Encode(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		got, err := m.Loss(t.Context(), ids)
		if err != nil {
			t.Fatal(err)
		}
		// From the logits, a window of the context after the other.
		want, T := 0.0, m.Config().Context
		for i := range ids[1:] {
			start := i / T * T
			logits := m.run.NewWorkspace().Logits(ids[start : i+1])
			row := logits[(i-start)*256:]
			sum := 0.0
			for _, x := range row {
				sum += math.Exp(float64(x))
			}
			want += (math.Log(sum) - float64(row[ids[i+1]])) / float64(len(ids)-1)
		}
		if math.Abs(got-want) > 1e-5 {
			t.Errorf("%q: loss %v, want %v", text, got, want)
		}
		return got
	}
	if like, unlike := loss(strings.Repeat("κύματα ", 9)), loss("ατ μακύτα κ"); like >= unlike {
		t.Errorf("loss %v of the training text, %v of another", like, unlike)
	}
	for _, ids := range [][]uint16{nil, {1}, {1, 256}} {
		if _, err := m.Loss(t.Context(), ids); err == nil {
			t.Errorf("%v has a loss", ids)
		}
	}
}

// A comparison resumes, keeps its directory, and refuses what would lose runs.
func TestCompare(t *testing.T) {
	set, dir := tokens(t, t.TempDir()), t.TempDir()
	c := small(t, "none")
	compared := func(variants ...string) ([]string, error) {
		s, err := Compare(t.Context(), dir, c, set, CompareOptions{Variants: variants, Seeds: 2})
		if err != nil {
			return nil, err
		}
		var labels []string
		for _, r := range s.Runs {
			labels = append(labels, r.Label())
		}
		return labels, nil
	}
	first, err := compared("none", "haar{train.lr=2e-3}")
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"none", "haar train.lr=0.002", "none", "haar train.lr=0.002"}; !slices.Equal(first, want) {
		t.Errorf("runs %v, want %v", first, want)
	}
	for _, name := range []string{"summary.json", "report.html"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
	// Only the summary is left: the runs are known from it, and not forgotten.
	runs, err := filepath.Glob(filepath.Join(dir, "*-seed*"))
	if err != nil || len(runs) != 4 {
		t.Fatalf("runs %v, %v", runs, err)
	}
	for _, r := range runs {
		if err := os.RemoveAll(r); err != nil {
			t.Fatal(err)
		}
	}
	if again, err := compared("none", "haar{train.lr=2e-3}"); err != nil || !slices.Equal(again, first) {
		t.Errorf("again: %v, %v", again, err)
	}
	if _, err := compared("none", "shift"); err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("a plan without a run that only the summary has: %v", err)
	}
	full, err := Compare(t.Context(), t.TempDir(), c, set, CompareOptions{Variants: []string{"none", "haar"}, Horizons: []int{4, 6, 8}})
	if err != nil || full.Comparisons[0].Grade != summary.Full || len(full.Comparisons[0].Horizons) != 3 {
		t.Errorf("three horizons: %+v, %v", full, err)
	}
	for _, o := range []CompareOptions{{Seeds: -1}, {Horizons: []int{4, 4}}, {Variants: []string{"harr"}}, {Variants: []string{"haar", "haar"}}} {
		if _, err := Compare(t.Context(), t.TempDir(), c, set, o); err == nil {
			t.Errorf("%+v is compared", o)
		}
	}
	c.Model.Heads = 3
	if _, err := Compare(t.Context(), t.TempDir(), c, set, CompareOptions{}); err == nil {
		t.Error("a configuration that fits nothing is compared")
	}
}
