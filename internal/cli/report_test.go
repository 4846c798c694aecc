package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/summary"
)

// Two comparisons of the same data are merged, imported curves join them, and the
// result can be read and merged again.
func TestReport(t *testing.T) {
	path, dir := book(t), t.TempDir()
	a, b, both := filepath.Join(dir, "a"), filepath.Join(dir, "b"), filepath.Join(dir, "both")
	succeed(t, compareArgs(path, a, "--variants", "none,haar")...)
	succeed(t, append(compareArgs(path, b, "--variants", "none,shift"), "--set", "train.seed=2")...)
	curves := filepath.Join(dir, "theirs.csv")
	if err := os.WriteFile(curves, []byte("variant,seed,step,loss\ntheirs,1,0,3.5\ntheirs,1,8,1.5\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	out := succeed(t, "report", a, b, curves, "--out", both, "--tensorboard")
	if want := "wrote the curves for TensorBoard to " + filepath.Join(both, "tensorboard") + "\n"; !strings.Contains(out.stderr, want) {
		t.Errorf("no %q in\n%s", want, out.stderr)
	}
	s, err := summary.Read(both)
	if err != nil {
		t.Fatal(err)
	}
	var labels []string
	for i := range s.Comparisons {
		labels = append(labels, s.Comparisons[i].Label())
	}
	if len(s.Runs) != 5 || strings.Join(labels, " ") != "haar shift theirs" {
		t.Errorf("%d runs, comparisons %v", len(s.Runs), labels)
	}
	if !strings.Contains(out.stdout, "theirs") || !strings.Contains(readFile(t, both, "report.html"), "theirs.csv") {
		t.Errorf("nothing says where the curves are from:\n%s", out.stdout)
	}
	if events, _ := filepath.Glob(filepath.Join(both, "tensorboard", "*", "events.out.tfevents.*")); len(events) != 5 {
		t.Errorf("event files %v", events)
	}
	// Merging it again with one of its parts changes nothing.
	again := filepath.Join(dir, "again")
	succeed(t, "report", both, a, "--out", again)
	if readFile(t, again, summary.FileName) != readFile(t, both, summary.FileName) {
		t.Error("merging what is there already changes the summary")
	}
	// What had to be assumed of curves is said.
	unseeded := filepath.Join(dir, "run-theirs-tag-loss.csv")
	if err := os.WriteFile(unseeded, []byte("\ufeffWall time,Step,Value\n1700000000,0,3.5\n1700000009,8,1.5\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(dir, "a.csv")
	if err := os.Rename(a, folder); err != nil {
		t.Fatal(err)
	}
	out = succeed(t, "report", folder, unseeded, "--out", filepath.Join(dir, "unseeded"))
	const assumed = "curves run-theirs-tag-loss.csv, theirs: no seed is given, compared with seed 1 of none; losses: column Value, taken as nats"
	if !strings.Contains(out.stderr, assumed) {
		t.Errorf("without %q:\n%s", assumed, out.stderr)
	}
	if err := os.Rename(folder, a); err != nil {
		t.Fatal(err)
	}
	// Those that cannot be merged have the names that they have on the page.
	rotary := filepath.Join(dir, "rotary")
	succeed(t, compareArgs(path, rotary, "--variants", "none,haar", "--set", "model.position=rope")...)
	two := succeed(t, "report", a, rotary, "--out", filepath.Join(dir, "two")).stdout
	for _, name := range []string{"1: book.txt, learned positions, ", "\n2: book.txt, rotary positions, "} {
		if !strings.Contains(two, name) || !strings.Contains(readFile(t, dir, "two", "report.html"), strings.TrimSpace(name)) {
			t.Errorf("no %q in\n%s", name, two)
		}
	}
	// The report of one comparison is written in place; its summary is unchanged.
	document := readFile(t, a, summary.FileName)
	if err := os.Remove(filepath.Join(a, "report.html")); err != nil {
		t.Fatal(err)
	}
	if out := succeed(t, "report", a, "--json"); out.stdout != document {
		t.Error("--json is not the summary")
	}
	if readFile(t, a, summary.FileName) != document || !strings.Contains(readFile(t, a, "report.html"), "haar against none") {
		t.Error("the report is not made again")
	}
}

func TestReportRefuses(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("a.csv", []byte("step,accuracy\n1,2\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args []string
		code int
		want string
	}{
		{nil, ExitUsage, "one or more comparison directories"},
		{[]string{"a", "b"}, ExitUsage, "--out"},
		{[]string{"a.csv"}, ExitUsage, "--out"},
		{[]string{"absent"}, ExitInput, "absent"},
		{[]string{"a.csv", "--out", "x"}, ExitInput, "no column of validation losses"},
		{[]string{"absent.csv", "--out", "x"}, ExitInput, "absent.csv"},
	} {
		out := invoke(t, append([]string{"report"}, test.args...)...)
		if out.code != test.code || !strings.Contains(out.stderr, test.want) || strings.Count(out.stderr, "\n") != 1 {
			t.Errorf("%v: code %d\n%s", test.args, out.code, out.stderr)
		}
	}
}
