package cli

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/summary"
)

func compareArgs(data, out string, more ...string) []string {
	return slices.Concat([]string{"compare", "--data", data, "--out", out}, quick(more...))
}

func readFile(t *testing.T, elements ...string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(elements...))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// withoutSeconds removes from a summary all that depends on the clock, including
// verdicts, and the command.
func withoutSeconds(t *testing.T, document string) map[string]any {
	t.Helper()
	var s map[string]any
	if err := json.Unmarshal([]byte(document), &s); err != nil {
		t.Fatal(err)
	}
	delete(s, "command")
	shorter, _ := s["shorter"].([]any)
	for _, run := range slices.Concat(s["runs"].([]any), shorter) {
		run := run.(map[string]any)
		delete(run, "step_seconds")
		delete(run, "turns")
		for _, point := range run["curve"].([]any) {
			delete(point.(map[string]any), "seconds")
		}
	}
	for _, c := range s["comparisons"].([]any) {
		for _, key := range []string{"seconds_saved", "outcome", "verdict"} {
			delete(c.(map[string]any), key)
		}
		if ratio, ok := c.(map[string]any)["horizon_ratio"].(map[string]any); ok {
			delete(ratio, "seconds")
		}
	}
	return s
}

// From a file to a verdict, and the same command again.
func TestCompare(t *testing.T) {
	path := book(t)
	t.Chdir(t.TempDir())
	args := slices.Concat([]string{"compare", "--data", path}, quick("--set", "train.seed=3"), []string{"--seeds", "2"})
	out := succeed(t, args...)
	dir := filepath.Join("runs", "compare-book-tiny")
	for _, want := range []string{"comparing 3 variants with 2 seeds each, 8 steps of 32 tokens, in " + dir, "haar", "seed 4  step 8  validation", "report.html"} {
		if !strings.Contains(out.stderr, want) {
			t.Errorf("no %q in\n%s", want, out.stderr)
		}
	}
	for _, want := range []string{"variant", "none", "shift", "haar", "bits per"} {
		if !strings.Contains(out.stdout, want) {
			t.Errorf("no %q in\n%s", want, out.stdout)
		}
	}
	if page := readFile(t, dir, "report.html"); !strings.Contains(page, "<svg") {
		t.Error("report.html has no curves")
	}
	document := readFile(t, dir, summary.FileName)
	checkSummary(t, document)

	// Finished runs are reused: nothing is trained.
	times := map[string]string{}
	runs, err := filepath.Glob(filepath.Join(dir, "*-seed*"))
	if err != nil || len(runs) != 6 {
		t.Fatalf("runs %v, %v", runs, err)
	}
	for _, r := range runs {
		times[r] = readFile(t, r, "timing.jsonl")
	}
	again := succeed(t, args...)
	if strings.Contains(again.stderr, "step 8") || strings.Contains(again.stderr, "prepared") || again.stdout != out.stdout {
		t.Errorf("given again it says\n%s%s", again.stderr, again.stdout)
	}
	if readFile(t, dir, summary.FileName) != document {
		t.Error("run again, it writes a different summary.json")
	}
	for r, want := range times {
		if readFile(t, r, "timing.jsonl") != want {
			t.Errorf("%s was trained again", r)
		}
	}
	// One more seed trains only that seed.
	args[len(args)-1] = "3"
	if more := succeed(t, args...); strings.Contains(more.stderr, "seed 3") || !strings.Contains(more.stderr, "seed 5") {
		t.Errorf("with one seed more it says\n%s", more.stderr)
	}
	if runs, _ := filepath.Glob(filepath.Join(dir, "*-seed*")); len(runs) != 9 {
		t.Errorf("runs %v", runs)
	}
}

// checkSummary checks a summary of three variants and two seeds from 3 on.
func checkSummary(t *testing.T, document string) {
	t.Helper()
	var s map[string]any
	keys := decode(t, document, &s)
	for _, want := range []string{"format_version", "cpu", "tier", "runs", "comparisons", "data", "configuration"} {
		if !slices.Contains(keys, want) {
			t.Errorf("no %s in the summary", want)
		}
	}
	data := s["data"].(map[string]any)
	if len(data["hash"].(string)) != 64 || data["codec"] != "chars" || data["unit"] != "character" {
		t.Errorf("data %v", data)
	}
	lacks := func(what string, object any, want ...string) {
		for _, key := range want {
			if _, ok := object.(map[string]any)[key]; !ok {
				t.Errorf("%s has no %s", what, key)
			}
		}
	}
	runs := s["runs"].([]any)
	parameters := runs[0].(map[string]any)["parameters"]
	for _, r := range runs {
		lacks("a run", r, "variant", "set", "seed", "parameters", "steps", "tokens", "plateau_step", "curve", "best_loss", "final_loss", "test_loss", "status", "config_hash")
		run := r.(map[string]any)
		curve := run["curve"].([]any)
		if len(curve) != 6 || run["status"] != "finished" || run["steps"] != 8.0 || run["tokens"] != 256.0 || run["parameters"] != parameters {
			t.Errorf("run %v", run)
		}
		lacks("a point", curve[0], "step", "tokens", "flops", "seconds", "loss")
		last := curve[5].(map[string]any)
		if last["loss"] != run["final_loss"] || last["step"] != 8.0 || last["flops"].(float64) <= 0 || last["seconds"].(float64) <= 0 || run["test_loss"] == nil {
			t.Errorf("run %v", run)
		}
	}
	if seeds := []any{runs[0].(map[string]any)["seed"], runs[5].(map[string]any)["seed"]}; len(runs) != 6 || !reflect.DeepEqual(seeds, []any{3.0, 4.0}) {
		t.Errorf("%d runs of seeds %v", len(runs), seeds)
	}
	comparisons := s["comparisons"].([]any)
	for i, want := range []string{"shift", "haar"} {
		c := comparisons[i]
		lacks("a comparison", c, "variant", "baseline_loss", "loss_gain", "loss_gain_ci95", "steps_to_baseline_loss", "steps_saved",
			"steps_saved_after_plateau", "seconds_saved", "flops_saved", "p_value", "verdict")
		lacks("steps_to_baseline_loss", c.(map[string]any)["steps_to_baseline_loss"], "mean", "per_seed", "reached")
		if got := c.(map[string]any)["variant"]; got != want {
			t.Errorf("comparison %d is of %v", i, got)
		}
	}
	if s["baseline"] != "none" || len(s["samples"].([]any)) != 3 {
		t.Errorf("baseline %v, %d samples", s["baseline"], len(s["samples"].([]any)))
	}
}

// Interrupted anywhere and run again, a comparison ends with the same summary.
func TestCompareInterrupted(t *testing.T) {
	path := book(t)
	whole := filepath.Join(t.TempDir(), "whole")
	succeed(t, compareArgs(path, whole)...)
	want := withoutSeconds(t, readFile(t, whole, summary.FileName))
	stopped := filepath.Join(t.TempDir(), "stopped")
	for _, line := range []string{
		"comparing 3 variants",                   // before anything is trained
		"none         seed 1  step 2  valid",     // within the first turn
		"haar         seed 1  step 6  valid",     // others are ahead
		"shift        seed 1  step 8  test nats", // at the end of one
	} {
		line = strings.TrimSuffix(line, " nats")
		out := interruptAt(t, line, compareArgs(path, stopped)...)
		if out.code != ExitInterrupted || !strings.HasSuffix(out.stderr, "interrupted; progress is saved, run the same command again to resume\n") {
			t.Fatalf("%s: code %d\n%s", line, out.code, out.stderr)
		}
		if _, err := os.Stat(filepath.Join(stopped, summary.FileName)); err == nil {
			t.Errorf("%s: there is a summary of half a comparison", line)
		}
	}
	succeed(t, compareArgs(path, stopped)...)
	got := withoutSeconds(t, readFile(t, stopped, summary.FileName))
	for key := range want {
		if !reflect.DeepEqual(got[key], want[key]) {
			t.Errorf("%s is %v,\nwithout the interruptions %v", key, got[key], want[key])
		}
	}
	if !slices.Equal(slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want))) {
		t.Error("the summaries have different keys")
	}
}

// A baseline saves nothing against itself.
func TestCompareNoneAlone(t *testing.T) {
	out := succeed(t, compareArgs(book(t), filepath.Join(t.TempDir(), "cmp"), "--variants", "none", "--json")...)
	var s summary.Summary
	decode(t, out.stdout, &s)
	if len(s.Comparisons) != 1 || len(s.Runs) != 1 {
		t.Fatalf("%d runs, %d comparisons", len(s.Runs), len(s.Comparisons))
	}
	c := s.Comparisons[0]
	for name, saved := range map[string]*float64{"steps": c.StepsSaved, "seconds": c.SecondsSaved, "FLOPs": c.FLOPsSaved, "gain": c.Gain} {
		if saved == nil || *saved != 0 {
			t.Errorf("%s saved: %v", name, saved)
		}
	}
}

// --json prints the document that is written.
func TestCompareJSON(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cmp")
	out := succeed(t, compareArgs(book(t), dir, "--variants", "none,haar", "--json")...)
	if out.stdout != readFile(t, dir, summary.FileName) {
		t.Error("standard output and summary.json differ")
	}
	if _, err := summary.Read(dir); err != nil {
		t.Error(err)
	}
}

// A diverged run is reported and left out; the others are compared.
func TestCompareDiverged(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cmp")
	args := compareArgs(book(t), dir, "--variants", "none,haar", "--set", "train.lr=1", "--set", "train.weight_decay=10",
		"--set", "train.schedule=constant", "--set", "train.steps=100", "--set", "train.warmup=0")
	for range 2 { // the second time from the finished runs
		out := succeed(t, args...)
		s, err := summary.Read(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range s.Runs {
			if r.Status != summary.Diverged || r.FinalLoss != nil || r.TestLoss != nil {
				t.Errorf("run %+v", r)
			}
		}
		if !strings.Contains(out.stdout, "diverged") {
			t.Errorf("the table says\n%s", out.stdout)
		}
	}
}

// A comparison whose data has changed is refused in the directory of the old one.
func TestCompareOtherData(t *testing.T) {
	path, dir := book(t), filepath.Join(t.TempDir(), "cmp")
	args := compareArgs(path, dir, "--variants", "none")
	succeed(t, args...)
	if err := os.WriteFile(path, []byte(strings.Repeat("all of it is new now.\n", 300)), 0o644); err != nil {
		t.Fatal(err)
	}
	before := files(t, dir)
	if out := invoke(t, args...); out.code != ExitInput || !strings.Contains(out.stderr, "this is other data") || !strings.Contains(out.stderr, "choose another") {
		t.Errorf("code %d\n%s", out.code, out.stderr)
	}
	if !maps.Equal(before, files(t, dir)) {
		t.Error("something changed")
	}
}
