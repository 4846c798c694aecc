package dataset

import (
	"maps"
	"math"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"github.com/waveletgpt/waveletgpt/internal/realdata"
	"github.com/waveletgpt/waveletgpt/media"
)

func TestText8(t *testing.T) {
	if testing.Short() {
		t.Skip("12.5 million characters")
	}
	found, err := media.Find(t.Context(), filepath.Join(realdata.Dir(t), "text", "text8-first-12500000.zip"), media.Any)
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	s, _ := prepared(t, Options{}, found.Documents...)
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 50<<20 {
		t.Errorf("preparing allocates %d bytes", used)
	}
	if s.Codec.Name() != "text8" || s.Header.SplitRule != RuleContiguous {
		t.Errorf("codec %s, rule %s", s.Codec.Name(), s.Header.SplitRule)
	}
	want := Splits{Train: Range{0, 11_250_000, 11_250_000}, Validation: Range{11_250_000, 625_000, 625_000}, Test: Range{11_875_000, 625_000, 625_000}}
	if s.Header.Splits != want {
		t.Errorf("splits %+v", s.Header.Splits)
	}
	// The published figures are over all of it, in bits.
	e, err := entropy(t.Context(), s.tokens, []Document{{Split: Train, Length: s.Header.Tokens}}, bigramCells)
	if err != nil {
		t.Fatal(err)
	}
	if u, b := e.Unigram/math.Ln2, e.Bigram/math.Ln2; math.Abs(u-4.1171) > 5e-5 || math.Abs(b-3.4277) > 5e-5 {
		t.Errorf("entropies %.4f and %.4f bits, want 4.1171 and 3.4277", u, b)
	}
	if h := s.Header.Entropy; math.Abs(h.Unigram-e.Unigram) > 0.01 || math.Abs(h.Bigram-e.Bigram) > 0.01 {
		t.Errorf("the training split has entropies %+v, all of it %+v", h, e)
	}
	var counts [27]int
	err = s.tokens.blocks(make([]uint16, blockTokens), 0, s.Header.Tokens, func(ids []uint16) error {
		for _, id := range ids {
			counts[id]++
		}
		return nil
	})
	if err != nil || counts[0] != 2_131_263 || counts['e'-'a'+1] != 1_326_771 || counts['q'-'a'+1] != 10_442 {
		t.Errorf("%d spaces, %d e, %d q; %v", counts[0], counts['e'-'a'+1], counts['q'-'a'+1], err)
	}
}

// The figures of the reference are over all 16 clips, in bits.
func TestRenders(t *testing.T) {
	if testing.Short() {
		t.Skip("16 minutes of sound")
	}
	found, err := media.Find(t.Context(), filepath.Join(realdata.Dir(t), "audio", "maestro16k"), media.Any)
	if err != nil {
		t.Fatal(err)
	}
	s, _ := prepared(t, Options{Rate: 16000}, found.Documents...)
	h := s.Header
	const minute = 960_000
	want := Splits{Train: Range{0, 12 * minute, 12 * minute}, Validation: Range{12 * minute, 2 * minute, 2 * minute}, Test: Range{14 * minute, 2 * minute, 2 * minute}}
	if h.Codec != "mulaw" || h.Unit != "sample" || h.SplitRule != RuleExplicit || h.Splits != want || len(h.Provenance.Skipped) > 0 {
		t.Errorf("codec %s, rule %s, splits %+v, skipped %v", h.Codec, h.SplitRule, h.Splits, h.Provenance.Skipped)
	}
	all := slices.Clone(h.Documents)
	for i := range all {
		all[i].Split = Train
	}
	e, err := entropy(t.Context(), s.tokens, all, bigramCells)
	if err != nil {
		t.Fatal(err)
	}
	if u, b := e.Unigram/math.Ln2, e.Bigram/math.Ln2; math.Abs(u-7.576) > 5e-4 || math.Abs(b-5.947) > 5e-4 {
		t.Errorf("entropies %.4f and %.4f bits, want 7.576 and 5.947", u, b)
	}
}

// 3,000 recordings of spoken digits, named by the digit, with a text among them.
func TestDigits(t *testing.T) {
	if testing.Short() {
		t.Skip("22 minutes of sound")
	}
	found, err := media.Find(t.Context(), filepath.Join(realdata.Dir(t), "audio", "free-spoken-digit-dataset.zip"), media.Any)
	if err != nil {
		t.Fatal(err)
	}
	s, _ := prepared(t, Options{}, found.Documents...)
	h := s.Header
	if h.SplitRule != RuleHashed || len(h.Documents) != 3000 || len(h.Provenance.Skipped) > 0 {
		t.Errorf("rule %s, %d documents, skipped %v", h.SplitRule, len(h.Documents), h.Provenance.Skipped)
	}
	count := map[string]int{}
	for _, d := range h.Documents {
		count[d.Split]++
	}
	if want := map[string]int{Train: 2640, Validation: 180, Test: 180}; !maps.Equal(count, want) {
		t.Errorf("splits %v, want %v", count, want)
	}
	codec, ok := s.Codec.(media.SoundCodec)
	if !ok || codec.Rate() != 8000 {
		t.Error("the rate is not that of the files")
	}
	if minutes := float64(h.Tokens) / 8000 / 60; math.Abs(minutes-21.9) > 0.1 {
		t.Errorf("%.2f minutes, want 21.9", minutes)
	}
}

func TestGoSource(t *testing.T) {
	if testing.Short() {
		t.Skip("16 MB")
	}
	docs, err := media.GoSource(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s, _ := prepared(t, Options{Codec: "bytes"}, docs...)
	if s.Header.SplitRule != RuleDocuments || len(s.Header.Documents) > len(docs) {
		t.Errorf("rule %s, %d of %d documents", s.Header.SplitRule, len(s.Header.Documents), len(docs))
	}
	n := float64(s.Header.Tokens)
	if v := float64(s.Header.Splits.Validation.Length) / n; v < 0.02 || v > 0.1 {
		t.Errorf("validation is %.3f of the data", v)
	}
	for _, split := range []string{Train, Validation, Test} {
		if w, err := s.Windows(split, 128, 513); err != nil || len(w) != 128 {
			t.Errorf("%s has %d windows, %v", split, len(w), err)
		}
	}
}
