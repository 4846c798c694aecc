package compare

import (
	"reflect"
	"testing"
	"unicode/utf8"

	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/run"
	"github.com/waveletgpt/waveletgpt/summary"
)

func TestStatus(t *testing.T) {
	loss := 1.0
	for _, test := range []struct {
		last run.Metric
		want summary.Status
	}{
		{run.Metric{Step: 5, Loss: &loss}, summary.Unfinished},
		{run.Metric{Step: 6, ValidationLoss: &loss}, summary.Unfinished}, // the test is still to come
		{run.Metric{Step: 6, TestLoss: &loss}, summary.Finished},
		{run.Metric{Step: 5, NonFinite: "gradient"}, summary.Diverged},
		{run.Metric{Step: 5, NonFinite: "gradient", Skipped: true}, summary.Unfinished}, // it continues
	} {
		if got := status([]run.Metric{{}, test.last}); got != test.want {
			t.Errorf("%+v: %s, want %s", test.last, got, test.want)
		}
	}
	if got := status(nil); got != summary.Unfinished {
		t.Errorf("nothing: %s", got)
	}
}

// One slow step, as when the machine slept, does not count.
func TestMedianStep(t *testing.T) {
	timings := []run.Timing{{Step: 1, Seconds: 2}, {Step: 2, Seconds: 2.5}, {Step: 3, Seconds: 3}, {Step: 4, Seconds: 900}, {Step: 5, Seconds: 900.25}}
	if got := medianStep(timings); got != 0.5 {
		t.Errorf("%v s", got)
	}
	if got := medianStep(nil); got != 0 {
		t.Errorf("%v s of no steps", got)
	}
}

// Every variant continues one prompt, which the test split begins with, to the
// same text every time; what is no UTF-8 is replaced.
func TestSamples(t *testing.T) {
	set, dir, p := corpus(t), t.TempDir(), threeVariants(t)
	results := execute(t, dir, p, set, nil)
	samples, err := makeSamples(t.Context(), dir, p, jobsIn(t, p, set), set, results)
	if err != nil {
		t.Fatal(err)
	}
	again, err := makeSamples(t.Context(), dir, p, jobsIn(t, p, set), set, results)
	if err != nil || !reflect.DeepEqual(samples, again) {
		t.Errorf("%+v and %+v, %v", samples, again, err)
	}
	if len(samples) != 3 {
		t.Fatalf("%d samples of 3 variants", len(samples))
	}
	prompt := make([]uint16, 16)
	if err := set.Read(prompt, dataset.Test, 0); err != nil {
		t.Fatal(err)
	}
	for i, s := range samples {
		if s.Variant != p.Variants[i].Spec || s.Seed != 1 || s.Prompt != samples[0].Prompt || s.Prompt != decode(set, prompt) || s.Text == "" {
			t.Errorf("sample %+v", s)
		}
		if !utf8.ValidString(s.Text) {
			t.Errorf("%q is no UTF-8", s.Text)
		}
	}
	if samples[0].Text == samples[1].Text {
		t.Error("none and haar write the same")
	}
}

// The summary describes the data, the windows and the machine.
func TestNewSummary(t *testing.T) {
	set, dir, p := corpus(t), t.TempDir(), threeVariants(t)
	results := execute(t, dir, p, set, nil)
	s, err := newSummary(p, set, results, nil, nil, "waveletgpt compare --data a.txt")
	if err != nil {
		t.Fatal(err)
	}
	h := set.Header
	want := summary.Data{
		Name: "a.txt", Hash: h.Hash, Codec: "chars", Unit: "character", Vocabulary: h.Vocabulary,
		Tokens:        summary.Tokens{Train: h.Splits.Train.Length, Validation: h.Splits.Validation.Length, Test: h.Splits.Test.Length},
		Entropy:       summary.Entropy{Unigram: &h.Entropy.Unigram, Bigram: &h.Entropy.Bigram},
		UnitsPerToken: float64(h.Splits.Validation.Units) / float64(h.Splits.Validation.Length),
	}
	if !reflect.DeepEqual(s.Data, want) {
		t.Errorf("data %+v, want %+v", s.Data, want)
	}
	if want.UnitsPerToken >= 1 {
		t.Errorf("%v characters per token of a text with byte tokens", want.UnitsPerToken)
	}
	if s.Windows != (summary.Windows{Number: 3, Length: 16}) || s.Command != "waveletgpt compare --data a.txt" || s.CPU == "" || s.Tier == "" || s.Threads < 1 {
		t.Errorf("summary %+v", s)
	}
	if s.Configuration != string(p.Config.TOML()) || s.Baseline != "none" || len(s.Runs) != 6 || len(s.Comparisons) != 2 {
		t.Errorf("summary %+v", s)
	}
	if s.Runs[0].Parameters != s.Runs[1].Parameters {
		t.Errorf("none has %d parameters, haar %d", s.Runs[0].Parameters, s.Runs[1].Parameters)
	}
}
