package compare

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/internal/kernel"
	"github.com/waveletgpt/waveletgpt/internal/realdata"
	"github.com/waveletgpt/waveletgpt/media"
	"github.com/waveletgpt/waveletgpt/run"
	"github.com/waveletgpt/waveletgpt/summary"
	"github.com/waveletgpt/waveletgpt/train"
)

// published is the folder of results.
var published = filepath.Join("..", "docs", "results")

// What was run, and what is still to be run, can be run.
func TestPublishedPlans(t *testing.T) {
	var plans []string
	for _, pattern := range []string{filepath.Join(published, "*", "plan.toml"), filepath.Join("..", "docs", "plans", "*.toml")} {
		some, err := filepath.Glob(pattern)
		if err != nil || len(some) == 0 {
			t.Fatalf("%s: %d plans, error %v", pattern, len(some), err)
		}
		plans = append(plans, some...)
	}
	for _, name := range plans {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		d, err := DecodeDocument(text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		base, err := config.Preset(d.Presets[0])
		for _, assignment := range d.Set {
			err = errors.Join(err, base.Set(assignment))
		}
		for _, variant := range d.Variants {
			v, err2 := ParseVariant(variant.(string))
			_, err3 := v.Configure(base)
			err = errors.Join(err, err2, err3)
		}
		_, err2 := d.SweepOf()
		err = errors.Join(err, err2)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The first 20 steps of published runs, trained again, on each of the media: the same losses
// to the bit on the tier that they were trained on, nearly so on another. The folder first-steps
// of a study is that run without its checkpoints, cut after 20 steps.
func TestPublishedRunAgain(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 12.5 MB of text and 1,276 performances, and the threads of training are tested in train")
	}
	root := realdata.Dir(t)
	folders, err := filepath.Glob(filepath.Join(published, "*", "first-steps"))
	if err != nil {
		t.Fatal(err)
	}
	trained := map[string]bool{}
	for _, folder := range folders {
		study := filepath.Dir(folder)
		medium, _, _ := strings.Cut(filepath.Base(study), "-")
		data := map[string]string{"text8": "text/text8-first-12500000.zip", "audio": "audio/maestro16k", "music": "midi/maestro-v3.0.0-midi.zip"}[medium]
		t.Run(filepath.Base(study), func(t *testing.T) { trainAgain(t, study, folder, filepath.Join(root, filepath.FromSlash(data))) })
		trained[medium] = true
	}
	if len(trained) < 3 {
		t.Errorf("only runs of %v are trained again", trained)
	}
}

func trainAgain(t *testing.T, study, folder, data string) {
	const steps = 20
	s, err := summary.Read(study)
	if err != nil {
		t.Fatal(err)
	}
	old, err := run.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	want, err := old.Metrics()
	if err != nil {
		t.Fatal(err)
	}
	found, err := media.Find(t.Context(), data, media.Any)
	if err != nil {
		t.Fatal(err)
	}
	set, err := dataset.Prepare(t.Context(), t.TempDir(), data, found.Documents, dataset.Options{Left: found.Left, Rate: old.Config.Data.Rate}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	if set.Header.Hash != s.Data.Hash {
		t.Fatalf("%s has data %.8s, the study %.8s", data, set.Header.Hash, s.Data.Hash)
	}
	again, err := run.Create(filepath.Join(t.TempDir(), "run"), old.Config, set.Codec)
	if err != nil {
		t.Fatal(err)
	}
	loop, _, err := train.Open(again, set)
	if err != nil {
		t.Fatal(err)
	}
	if err := loop.Advance(t.Context(), steps, func(train.Report) {}); err != nil {
		t.Fatal(err)
	}
	if err := loop.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := again.Metrics()
	if err != nil {
		t.Fatal(err)
	}

	tolerance := 0.0
	if kernel.Tier() != s.Tier {
		tolerance = 1e-3
	}
	same := func(what string, step int, got, want *float64) {
		if (got == nil) != (want == nil) || got != nil && !(math.Abs(*got-*want) <= tolerance) {
			t.Errorf("step %d: %s %v, published %v", step, what, value(got), value(want))
		}
	}
	if len(got) != len(want) || want[len(want)-1].Step != steps {
		t.Fatalf("%d lines for %d steps, published %d to step %d", len(got), steps, len(want), want[len(want)-1].Step)
	}
	var curve []summary.Point
	rounding := 0.0
	for _, r := range s.AllRuns() {
		if r.ConfigHash == old.Config.Hash(s.Data.Hash) {
			curve = r.Curve
			if r.FinalWindows > 0 {
				rounding = 5.1e-7
			}
		}
	}
	for i, w := range want {
		same("loss", w.Step, got[i].Loss, w.Loss)
		same("validation loss", w.Step, got[i].ValidationLoss, w.ValidationLoss)
		if w.ValidationLoss == nil {
			continue
		}
		if len(curve) == 0 || curve[0].Step != w.Step || math.Abs(curve[0].Loss-*w.ValidationLoss) > rounding {
			t.Fatalf("step %d: the summary has another curve or no such run", w.Step)
		}
		curve = curve[1:]
	}
}

func value(x *float64) float64 {
	if x == nil {
		return math.NaN()
	}
	return *x
}
