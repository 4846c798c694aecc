package cli

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/run"
	"github.com/waveletgpt/waveletgpt/summary"
)

// A summary without its run directories is enough to reuse some or all of its
// finished runs, and the result is the same.
func TestCompareFromSummaryAlone(t *testing.T) {
	path, dir := book(t), filepath.Join(t.TempDir(), "cmp")
	succeed(t, compareArgs(path, dir, "--seeds", "2")...)
	want := withoutSeconds(t, readFile(t, dir, summary.FileName))
	again := func(what string, trains bool) {
		out := succeed(t, compareArgs(path, dir, "--seeds", "2")...)
		if strings.Contains(out.stderr, "step 8  validation") != trains {
			t.Errorf("%s: trains is not %v:\n%s", what, trains, out.stderr)
		}
		if said := strings.Contains(out.stderr, "; all runs are finished\n"); said == trains || strings.Contains(out.stderr, "about 0 s") {
			t.Errorf("%s: what is left is not said:\n%s", what, out.stderr)
		}
		got := withoutSeconds(t, readFile(t, dir, summary.FileName))
		for key := range want {
			if !reflect.DeepEqual(got[key], want[key]) {
				t.Errorf("%s: %s is %v,\nbefore %v", what, key, got[key], want[key])
			}
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() != summary.FileName {
			if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
				t.Fatal(err)
			}
		}
	}
	again("nothing but the summary", false)
	// A plan that would overwrite runs found only in the summary is refused.
	document := readFile(t, dir, summary.FileName)
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"--seeds", "1"}, "seed 2; choose another --out to keep both, or add the variants and seeds that it already has"},
		{[]string{"--seeds", "2", "--set", "train.lr=0.5"}, "seed 1, and other settings (train.lr = 0.003, here 0.5); choose another --out"},
		{[]string{"--dry-run"}, "seed 2; choose another --out"},
	} {
		out := invoke(t, compareArgs(path, dir, test.args...)...)
		if out.code != ExitUsage || !strings.Contains(out.stderr, "runs that this comparison leaves out, such as none, "+test.want) {
			t.Errorf("%v: code %d\n%s", test.args, out.code, out.stderr)
		}
	}
	if readFile(t, dir, summary.FileName) != document {
		t.Error("the summary was written over")
	}
	if runs, _ := filepath.Glob(filepath.Join(dir, "*-seed*")); len(runs) > 0 {
		t.Errorf("there are runs %v", runs)
	}
	// Without the summary, everything is trained.
	if err := os.Remove(filepath.Join(dir, summary.FileName)); err != nil {
		t.Fatal(err)
	}
	again("nothing at all", true)
}

// Runs of an unfinished comparison that a later one in the same directory leaves out are
// named, whatever differs.
func TestCompareLeavesRunsOut(t *testing.T) {
	path, dir := book(t), filepath.Join(t.TempDir(), "cmp")
	succeed(t, compareArgs(path, dir, "--seeds", "2", "--sweep", "schedule=cosine,linear")...)
	for _, test := range []struct {
		args []string
		left string
	}{
		{[]string{"--seeds", "2", "--sweep", "schedule=cosine,linear"}, ""},
		{[]string{"--seeds", "1", "--sweep", "schedule=cosine,linear"}, " 3 runs that this comparison leaves out, such as haar-seed2-"},
		{[]string{"--seeds", "2", "--sweep", "schedule=cosine,linear", "--variants", "none,haar"}, " 6 runs that this comparison leaves out, such as shift-seed"},
		{[]string{"--seeds", "2", "--set", "train.lr=0.01"}, " 18 runs that this comparison leaves out, such as haar-seed"},
	} {
		if err := os.Remove(filepath.Join(dir, summary.FileName)); err != nil { // as before the end of a comparison
			t.Fatal(err)
		}
		out := succeed(t, compareArgs(path, dir, test.args...)...)
		if text := strings.Join(strings.Fields(out.stderr), " "); strings.Contains(text, "leaves out") != (test.left != "") || !strings.Contains(text, test.left) {
			t.Errorf("%v: no %q in\n%s", test.args, test.left, out.stderr)
		}
	}
}

// An unreadable run of a comparison is an input error that names the run.
func TestCompareUnreadableRun(t *testing.T) {
	path, dir := book(t), filepath.Join(t.TempDir(), "cmp")
	succeed(t, compareArgs(path, dir)...)
	runs, err := filepath.Glob(filepath.Join(dir, "haar-seed1-*"))
	if err != nil || len(runs) != 1 {
		t.Fatal(runs, err)
	}
	for _, name := range []string{run.ConfigFile, run.MetricsFile, run.EvaluationsFile} {
		whole, err := os.ReadFile(filepath.Join(runs[0], name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(runs[0], name), []byte("{no run]\n"+string(whole)), 0o644); err != nil {
			t.Fatal(err)
		}
		out := invoke(t, compareArgs(path, dir)...)
		lines := strings.Split(strings.TrimSpace(out.stderr), "\n")
		if last := lines[len(lines)-1]; out.code != ExitInput || !strings.Contains(last, "haar") || !strings.Contains(last, filepath.Join(runs[0], name)) {
			t.Errorf("%s: code %d, %q", name, out.code, last)
		}
		if err := os.WriteFile(filepath.Join(runs[0], name), whole, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	// Without its evaluations a run has no test over windows, which must not be lost in silence.
	lost := filepath.Join(runs[0], run.EvaluationsFile)
	if err := os.Rename(lost, lost+".away"); err != nil {
		t.Fatal(err)
	}
	if out := invoke(t, compareArgs(path, dir)...); out.code == 0 || !strings.Contains(out.stderr, lost+" does not have the last evaluation") {
		t.Errorf("code %d, %q", out.code, out.stderr)
	}
	if err := os.Rename(lost+".away", lost); err != nil {
		t.Fatal(err)
	}
	succeed(t, compareArgs(path, dir)...)
}
