package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/internal/checkpoint"
	"github.com/waveletgpt/waveletgpt/media"
	"github.com/waveletgpt/waveletgpt/run"
)

// letters writes a text with the characters of book in another order, so that its
// codec is the same.
func letters(t *testing.T) (path string) {
	t.Helper()
	text, err := os.ReadFile(book(t))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(text), "\n")
	path = filepath.Join(t.TempDir(), "letters.txt")
	if err := os.WriteFile(path, []byte(strings.Join(append(lines[30:len(lines):len(lines)], lines[:30]...), "")), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// A run's numbers are on its own data, wherever a set of the same codec lies in the
// way: else there is an error with both hashes, or a line if --data names the set.
func TestRunKnowsItsData(t *testing.T) {
	base := t.TempDir()
	t.Chdir(base)
	succeed(t, "data", "prepare", "text", "--data", book(t), "--out", "sets/own", "--codec", "bytes")
	succeed(t, "data", "prepare", "text", "--data", letters(t), "--out", "other", "--codec", "bytes")
	succeed(t, append([]string{"train", "--data", "sets/own", "--out", "runs/r"}, quick()...)...)
	own := succeed(t, "eval", "--run", "runs/r").stdout
	replace := func(set string) {
		for _, err := range []error{os.RemoveAll(set), os.CopyFS(set, os.DirFS("other"))} {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := os.CopyFS("elsewhere", os.DirFS("sets/own")); err != nil {
		t.Fatal(err)
	}
	checkpoint := "runs/r/checkpoints/step-00000008"

	// From another working directory it is found too.
	t.Chdir(t.TempDir())
	if got := succeed(t, "eval", "--run", filepath.Join(base, "runs/r")).stdout; got != own {
		t.Errorf("from elsewhere %q, not %q", got, own)
	}
	t.Chdir(base)
	// Sets of other data beside the run are passed over.
	replace("runs/r/data")
	replace("runs/data")
	if out := succeed(t, "eval", "--run", "runs/r"); out.stdout != own || out.stderr != "" {
		t.Errorf("with other sets near: %q, %q", out.stdout, out.stderr)
	}
	// Replaced, it is missed.
	replace("sets/own")
	for _, command := range [][]string{{"eval", "--run", "runs/r"}, {"eval", "--run", "runs/r", "--split", "test"}, {"train", "--resume", "runs/r"}} {
		out := invoke(t, command...)
		if out.code != ExitInput || out.stdout != "" || !strings.Contains(out.stderr, "was trained on data") || !strings.Contains(out.stderr, "--data") {
			t.Errorf("%v: code %d, %q, %q", command, out.code, out.stdout, out.stderr)
		}
	}
	for _, dir := range []string{"runs/r", checkpoint} {
		if out := succeed(t, "eval", "--run", dir, "--data", "other"); out.stdout == own || !strings.Contains(out.stderr, "note: other (") {
			t.Errorf("%s with --data: %q, %q", dir, out.stdout, out.stderr)
		}
		if out := succeed(t, "eval", "--run", dir, "--data", "elsewhere", "--windows", "4"); out.stdout != own || out.stderr != "" {
			t.Errorf("%s with a copy of its data: %q, not %q; %q", dir, out.stdout, own, out.stderr)
		}
	}
	if out := invoke(t, "train", "--resume", "runs/r", "--data", "other"); out.code != ExitInput {
		t.Errorf("resumed with other data: %q", out.stderr)
	}
}

// A checkpoint that was copied from another run is not taken for the run's.
func TestRunKnowsItsCheckpoints(t *testing.T) {
	a, data := trained(t)
	b := filepath.Join(t.TempDir(), "b")
	succeed(t, append([]string{"train", "--data", data, "--out", b}, quick("--set", "train.seed=2")...)...)
	from := checkpoint.New(filepath.Join(b, run.CheckpointsDir)).Path(8)
	own := checkpoint.New(filepath.Join(a, run.CheckpointsDir)).Path(8)
	for _, err := range []error{os.RemoveAll(own), os.CopyFS(own, os.DirFS(from))} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, command := range [][]string{{"eval", "--run"}, {"generate", "--tokens", "5", "--run"}, {"train", "--resume"}, {"model", "show"}} {
		out := invoke(t, append(command, a)...)
		if out.code != ExitInput || out.stdout != "" || !strings.Contains(out.stderr, "was trained with config") {
			t.Errorf("%v: code %d, %q, %q", command, out.code, out.stdout, out.stderr)
		}
	}
	succeed(t, "generate", "--tokens", "5", "--run", own)
}

// What commands wrote into a folder of texts is never taken as text by the next one,
// finished or not.
func TestOutputIsNoData(t *testing.T) {
	text, err := os.ReadFile(book(t))
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	t.Chdir(root)
	writePlan := func(name, content string) {
		t.Helper()
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	writePlan("a.txt", string(text))
	elsewhere := filepath.Join(t.TempDir(), "plan.toml")
	writePlan(elsewhere, "data = [\".\"]\npresets = [\"tiny\", \"small\"]\nvariants = [\"none\"]\n")
	compared := func(more ...string) []string {
		return append(append([]string{"compare", "."}, more...), quick("--variants", "none,haar")...)
	}
	for _, command := range [][]string{
		append([]string{"train", ".", "--out", "runs/r"}, quick()...),
		append(compared("--out", "runs/late", "--stop-after", "300ms"), "--set", "train.steps=1000000"),
		compared("--out", "runs/c", "--tensorboard"),
		compared("--out", "runs/parts", "--part", "1/2"),
		append([]string{"compare", elsewhere, "--out", "runs/plan"}, quickSettings()...),
		{"data", "prepare", "text", ".", "--out", "sets/p"},
		{"report", "runs/c", "--out", "reports"},
		{"report", "runs/plan/*tiny*", "runs/c", "--out", "."},
	} {
		for i, argument := range command {
			if paths, _ := filepath.Glob(argument); len(paths) == 1 {
				command[i] = paths[0]
			}
		}
		if got := invoke(t, command...); got.code != ExitOK && got.code != ExitStopped {
			t.Fatalf("%q: code %d, %s", command, got.code, got.stderr)
		}
		found, err := media.Find(t.Context(), ".", media.Any)
		if err != nil || len(found.Documents) != 1 {
			t.Fatalf("after %q: %v, %v", command, found, err)
		}
	}
}
