package summary

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func pointer[T any](value T) *T { return &value }

// example is a compared summary with two variants and two seeds.
func example(t testing.TB) *Summary {
	t.Helper()
	s := &Summary{
		FormatVersion: FormatVersion,
		Program:       Program{Version: "v0.1.0", Commit: "abc", Go: "go1.26"},
		Command:       "waveletgpt compare",
		CPU:           "some processor", Tier: "portable", Threads: 2,
		Data: Data{
			Name: "text8", Hash: "00ff", Codec: "text8", Unit: "character", Vocabulary: 27,
			Tokens:        Tokens{Train: 900, Validation: 50, Test: 50},
			Entropy:       Entropy{Unigram: pointer(2.856), Bigram: pointer(2.376)},
			UnitsPerToken: 1,
		},
		Windows: Windows{Number: 4, Length: 64},
		Samples: []Sample{{Variant: "haar", Set: map[string]any{}, Seed: 1, Prompt: "the ", Text: "<b>&"}},
	}
	results := []Result{
		planted("none", 1, 1), planted("none", 2, 1),
		planted("haar", 1, 0.7), planted("haar", 2, 0.7),
	}
	if err := s.Compare(results); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSummaryRoundTrip(t *testing.T) {
	s := example(t)
	dir := t.TempDir()
	if err := s.Write(dir); err != nil {
		t.Fatal(err)
	}
	got, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	want := *s
	want.fillEmpty()
	want.Dirs = []string{dir}
	if diff := cmp.Diff(&want, got); diff != "" {
		t.Errorf("a summary changes by writing and reading (-want +got):\n%s", diff)
	}
	first, _ := s.Encode()
	second, err := got.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if string(first) != string(second) {
		t.Error("the bytes of a summary change by reading and writing")
	}
	left, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(left) != 1 {
		t.Errorf("%d files beside the summary are left over", len(left)-1)
	}
}

// The keys are a promise to readers in other languages.
func TestSummaryKeys(t *testing.T) {
	document, err := example(t).Encode()
	if err != nil {
		t.Fatal(err)
	}
	var generic map[string]any
	if err := json.Unmarshal(document, &generic); err != nil {
		t.Fatal(err)
	}
	has := func(place string, object any, keys string) {
		t.Helper()
		for key := range strings.FieldsSeq(keys) {
			if _, ok := object.(map[string]any)[key]; !ok {
				t.Errorf("%s has no key %q", place, key)
			}
		}
	}
	has("summary", generic, "format_version program command cpu tier threads data windows configuration models baseline runs comparisons samples")
	has("data", generic["data"], "name hash codec unit vocabulary tokens entropy units_per_token")
	run := generic["runs"].([]any)[0].(map[string]any)
	has("run", run, `variant set seed config_hash parameters steps tokens plateau_step step_seconds curve best_loss final_loss test_loss status`)
	has("point", run["curve"].([]any)[0], "step tokens flops seconds loss")
	comparison := generic["comparisons"].([]any)[0].(map[string]any)
	has("comparison", comparison, `variant baseline_loss loss_gain loss_gain_ci95 steps_to_baseline_loss steps_saved
		steps_saved_after_plateau seconds_saved flops_saved p_value verdict`)
	has("steps_to_baseline_loss", comparison["steps_to_baseline_loss"], "mean per_seed reached")
	if run["test_loss"] != nil {
		t.Errorf("a test loss that was not measured is %v, want null", run["test_loss"])
	}
	if set, ok := run["set"].(map[string]any); !ok || len(set) != 0 {
		t.Errorf("set without overrides is %v, want {}", run["set"])
	}
}

func TestDecodeRefuses(t *testing.T) {
	valid, err := example(t).Encode()
	if err != nil {
		t.Fatal(err)
	}
	replace := func(old, with string) string {
		t.Helper()
		if !strings.Contains(string(valid), old) {
			t.Fatalf("%s is not in the document", old)
		}
		return strings.Replace(string(valid), old, with, 1)
	}
	tests := []struct{ name, document, want string }{
		{"newer", replace(`"format_version": 2`, `"format_version": 3, "new": 3`), "format_version is 3, newer"},
		{"version 0", replace(`"format_version": 2`, `"format_version": 0`), "format_version is 0"},
		{"no version", `{"runs": []}`, "format_version is missing"},
		{"empty", ``, "empty"},
		{"unknown key", replace(`"cpu"`, `"cpus"`), `unknown key "cpus"`},
		{"type", replace(`"tier": "portable"`, `"tier": 3`), "line "},
		{"truncated", string(valid[:len(valid)/2]), "truncated"},
		{"status", replace(`"status": "finished"`, `"status": "lost"`), `unknown status "lost"`},
		{"order", replace(`"step": 100,`, `"step": 5000,`), "follows step 5000"},
		{"no interval", strings.Replace(string(valid), `"loss_gain":`, `"loss_gain": null, "loss_gain_se":`, 1), "comparison 0 (haar)"},
		{"variant", replace(`"variant": "none"`, `"variant": ""`), "run 0 has no variant"},
	}
	for _, test := range tests {
		_, err := Decode(strings.NewReader(test.document))
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want one with %q", test.name, err, test.want)
		}
		if err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error of several lines: %v", test.name, err)
		}
	}
}

func TestReadNamesTheFile(t *testing.T) {
	dir := t.TempDir()
	_, err := Read(dir)
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), filepath.Join(dir, FileName)) {
		t.Errorf("a missing summary: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, FileName), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(dir); err == nil || !strings.Contains(err.Error(), filepath.Join(dir, FileName)) {
		t.Errorf("a damaged summary: %v", err)
	}
}

func TestEncodeRefusesNonFinite(t *testing.T) {
	s := example(t)
	s.Runs[1].Curve[2].Loss = math.NaN()
	if _, err := s.Encode(); err == nil || !strings.Contains(err.Error(), "seed 2") {
		t.Errorf("a NaN in a curve: error %v, want one that names the run", err)
	}
}

func TestLabel(t *testing.T) {
	set := map[string]any{"train.lr": 0.003, "model.norm": "post"}
	if got, want := Label("", "haar", set), "haar model.norm=post train.lr=0.003"; got != want {
		t.Errorf("Label = %q, want %q", got, want)
	}
}

// A label is the same whether the values were read from TOML or, later, from JSON.
func TestLabelsSurviveJSON(t *testing.T) {
	fromTOML := map[string]any{"model.width": int64(1000000), "train.lr": 2e-3, "model.norm": "post"}
	fromJSON := map[string]any{"model.width": 1e6, "train.lr": 0.002, "model.norm": "post"}
	if a, b := Label("", "haar", fromTOML), Label("", "haar", fromJSON); a != b || a != "haar model.norm=post model.width=1000000 train.lr=0.002" {
		t.Errorf("labels %q and %q", a, b)
	}
}

func TestBits(t *testing.T) {
	two := Data{UnitsPerToken: 2}
	if got := two.Bits(2 * math.Ln2); math.Abs(got-1) > 1e-15 {
		t.Errorf("2 bits per token of 2 units are %g bits per unit, want 1", got)
	}
	unknown := Data{}
	if got := unknown.Bits(math.Ln2); math.Abs(got-1) > 1e-15 {
		t.Errorf("without units per token: %g, want 1", got)
	}
}

func FuzzDecode(f *testing.F) {
	small := example(f)
	for i := range small.Runs {
		small.Runs[i].Curve = small.Runs[i].Curve[:2]
	}
	valid, err := small.Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(valid)
	full, err := fullExample(f).Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(full)
	f.Add([]byte(`{"format_version": 1, "runs": [{"variant": "none", "status": "finished", "curve": [{}]}]}`))
	f.Add([]byte(`{"format_version": 1, "command": "waveletgpt compare book.txt", "runs": [{"variant": "none", "status": "unfinished"}]}`))
	f.Add([]byte(`{"format_version": 1, "command": "waveletgpt compare book.txt", "comparisons": [{"variant": "haar", "grade": "full", "horizon_ratio": {}, "horizons": [{}]}]}`))
	f.Fuzz(func(t *testing.T, document []byte) {
		s, err := Decode(strings.NewReader(string(document)))
		if err != nil {
			return
		}
		encoded, err := s.Encode()
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		again, err := Decode(strings.NewReader(string(encoded)))
		if err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		s.FormatVersion = FormatVersion
		s.fillEmpty()
		if !reflect.DeepEqual(s, again) {
			t.Error("a summary changes by writing and reading")
		}
		if err := errors.Join(WriteTable(io.Discard, s), WriteMarkdown(io.Discard, s)); err != nil {
			t.Error(err)
		}
		s.Next()
	})
}

// Numbers that do not agree with the runs are refused.
func TestInconsistentDocument(t *testing.T) {
	for name, change := range map[string]func(s *Summary){
		"a gain":      func(s *Summary) { *s.Comparisons[0].Gain += 0.01 },
		"an interval": func(s *Summary) { s.Comparisons[0].CI95[0] = *s.Comparisons[0].Gain + 1 },
		"a p-value":   func(s *Summary) { *s.Comparisons[0].PValue = -1 },
		"a loss":      func(s *Summary) { *s.Runs[0].FinalLoss += 0.01 },
		"a baseline":  func(s *Summary) { s.Baseline = "nope" },
		"a run twice": func(s *Summary) { s.Runs = append(s.Runs, s.Runs[0]) },
		"a unit":      func(s *Summary) { s.Data.UnitsPerToken = -1 },
	} {
		s := fullExample(t)
		change(s)
		document, err := s.Encode()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if _, err := Decode(bytes.NewReader(document)); err == nil {
			t.Errorf("%s that was changed is read", name)
		}
	}
	document, err := fullExample(t).Encode()
	if err == nil {
		_, err = Decode(bytes.NewReader(document))
	}
	if err != nil {
		t.Errorf("unchanged: %v", err)
	}
}

// fullExample is a small summary of two lengths of training.
func fullExample(t testing.TB) *Summary {
	t.Helper()
	random := rand.New(rand.NewPCG(7, 8))
	results := append(lengthsOf("none", 1, 0.05, 0.003, 2, random, 400, 600), lengthsOf("haar", 0.8, 0.05, 0.003, 2, random, 400, 600)...)
	s := &Summary{Data: Data{Unit: "byte", UnitsPerToken: 1}}
	if err := s.Compare(results); err != nil {
		t.Fatal(err)
	}
	s.Judge()
	return s
}

// A document of the grade full from which horizons or runs were taken is refused, or told
// without them.
func TestFullWithoutHorizons(t *testing.T) {
	for _, key := range []string{"horizons", "horizon_ratio", "runs", "shorter", "models"} {
		document, err := fullExample(t).Encode()
		if err != nil {
			t.Fatal(err)
		}
		var all map[string]any
		if err := json.Unmarshal(document, &all); err != nil {
			t.Fatal(err)
		}
		if _, there := all[key]; there {
			all[key] = []any{}
		}
		for _, c := range all["comparisons"].([]any) {
			if c := c.(map[string]any); key == "horizons" {
				c[key] = []any{}
			} else if key == "horizon_ratio" {
				c[key] = nil
			}
		}
		changed, err := json.Marshal(all)
		if err != nil {
			t.Fatal(err)
		}
		s, err := Decode(bytes.NewReader(changed))
		if refused := strings.HasPrefix(key, "horizon") || key == "runs"; refused != (err != nil) {
			t.Errorf("without %s: %v", key, err)
		}
		if err == nil && s.Measured() == "" {
			t.Errorf("without %s the summary does not say what it measured", key)
		}
		if err == nil {
			if err := WriteTable(new(strings.Builder), s); err != nil {
				t.Errorf("without %s: %v", key, err)
			}
		}
	}
}
