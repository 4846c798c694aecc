package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/run"
	"github.com/waveletgpt/waveletgpt/summary"
)

// An argument means the same as its flag.
func TestArgumentsAreFlags(t *testing.T) {
	dir, path := trained(t)
	for _, test := range [][2][]string{
		{{"eval", dir}, {"eval", "--run", dir}},
		{{"eval", dir, "--split", "val"}, {"eval", dir}},
		{{"eval", dir, "--split", "dev"}, {"eval", dir}},
		{{"eval", dir, "--split", "Valid"}, {"eval", dir}},
		{{"generate", dir, "--tokens", "20"}, {"generate", "--run", dir, "--tokens", "20"}},
	} {
		a, b := succeed(t, test[0]...), succeed(t, test[1]...)
		if a != b || a.stdout == "" {
			t.Errorf("%v prints %q, %v prints %q", test[0], a.stdout, test[1], b.stdout)
		}
	}
	hash := func(args ...string) string {
		out := filepath.Join(t.TempDir(), "out")
		succeed(t, append(args, "--out", out)...)
		for _, set := range []string{out, filepath.Join(out, run.DataDir)} {
			if dataset.IsSet(set) {
				s, err := dataset.Open(set)
				if err != nil {
					t.Fatal(err)
				}
				defer s.Close()
				return s.Header.Hash
			}
		}
		t.Fatalf("%v: no set", args)
		return ""
	}
	want := hash("data", "prepare", "text", "--data", path)
	for _, args := range [][]string{
		{"data", "prepare", "text", path},
		slices.Concat([]string{"train", path}, quick()),
		slices.Concat([]string{"compare", path, "--variants", "none"}, quick()),
	} {
		if got := hash(args...); got != want {
			t.Errorf("%v has the data hash %s, want %s", args, got, want)
		}
	}
}

// A plan is told by its extension; data arguments override its data.
func TestPlanOrData(t *testing.T) {
	path := book(t)
	t.Chdir(t.TempDir())
	write := func(name, text string) {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("plan.toml", "data = [\"absent.txt\"]\nvariants = [\"none\"]\n")
	write("plan.txt", "seeds = 3 # "+strings.Repeat("and so on ", 400)+"\n")
	write("broken.toml", "seed = 3\n")
	args := func(more ...string) []string {
		return slices.Concat([]string{"compare"}, more, quick("--out", "out", "--dry-run"))
	}
	if out := succeed(t, args("plan.toml", path)...); !strings.Contains(out.stdout, "comparison: none") || strings.Contains(out.stdout, "haar") {
		t.Errorf("the plan with other data: %s", out.stdout)
	}
	if out := invoke(t, args("plan.toml")...); out.code != ExitInput || !strings.Contains(out.stderr, "absent.txt") {
		t.Errorf("the plan with its data: %s", out.stderr)
	}
	if out := succeed(t, args("plan.txt")...); !strings.Contains(out.stderr, "plan.txt is taken as data; if it is a plan, ") {
		t.Errorf("a text that is a plan: %s", out.stderr)
	}
	if out := succeed(t, args(path)...); strings.Contains(out.stderr, "taken as") || strings.Contains(out.stderr, os.TempDir()+"/waveletgpt") || !strings.Contains(out.stderr, "for the estimate alone") {
		t.Errorf("a text: %s", out.stderr)
	}
	if out := invoke(t, args("broken.toml")...); out.code != ExitUsage || !strings.Contains(out.stderr, "unknown key seed") || !strings.Contains(out.stderr, "name it with --data") {
		t.Errorf("a broken plan: %s", out.stderr)
	}
	if _, err := os.Stat("out"); err == nil {
		t.Error("the dry run left a directory")
	}
}

// invokeWith runs a command with a standard input.
func invokeWith(t *testing.T, stdin []byte, args ...string) output {
	t.Helper()
	var stdout, stderr bytes.Buffer
	a := &App{Stdin: bytes.NewReader(stdin), Stdout: &stdout, Stderr: &stderr}
	return output{a.Main(args), stdout.String(), stderr.String()}
}

// Data on standard input is that of a file, and no copy of it stays.
func TestStandardInput(t *testing.T) {
	path := book(t)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	t.Chdir(dir)
	succeed(t, "data", "prepare", "text", path, "--out", "file")
	want, err := dataset.Open("file")
	if err != nil {
		t.Fatal(err)
	}
	defer want.Close()
	same := func(set string) {
		t.Helper()
		got, err := dataset.Open(set)
		if err != nil {
			t.Fatal(err)
		}
		defer got.Close()
		if got.Header.SHA256 != want.Header.SHA256 || got.Header.Provenance.Path != "standard input" {
			t.Errorf("%s: tokens %s, want %s, path %s", set, got.Header.SHA256, want.Header.SHA256, got.Header.Provenance.Path)
		}
		_ = filepath.WalkDir(dir, func(path string, _ os.DirEntry, _ error) error {
			if strings.Contains(path, "stdin-") && strings.Contains(path, ".tmp") {
				t.Errorf("%s stays", path)
			}
			return nil
		})
	}
	for _, test := range []struct {
		set  string
		args []string
	}{
		{"prepared", []string{"data", "prepare", "text", "-", "--out", "prepared"}},
		{"run/data", slices.Concat([]string{"train", "-", "--out", "run"}, quick())},
		{"cmp/data", slices.Concat([]string{"compare", "-", "--out", "cmp", "--variants", "none"}, quick())},
		{"parts/data", slices.Concat([]string{"compare", "--data", "-", "--out", "parts", "--variants", "none", "--horizons", "2,4"}, quick())},
	} {
		if out := invokeWith(t, text, test.args...); out.code != ExitOK {
			t.Fatalf("%v: %s", test.args, out.stderr)
		}
		same(test.set)
	}
	// A run keeps its data, and a comparison is reused with the same input.
	if out := invokeWith(t, nil, "train", "--resume", "run"); out.code != ExitOK {
		t.Errorf("resume: %s", out.stderr)
	}
	out := invokeWith(t, text, slices.Concat([]string{"compare", "-", "--out", "cmp", "--variants", "none"}, quick())...)
	if out.code != ExitOK || strings.Contains(out.stderr, "step 8") {
		t.Errorf("again: %s", out.stderr)
	}
	if s, err := summary.Read("cmp"); err != nil || s.Data.Name != "standard input" {
		t.Errorf("%v, %v", s, err)
	}
	dry := invokeWith(t, text, slices.Concat([]string{"compare", "-", "--out", "dry", "--variants", "none", "--horizons", "2,4", "--dry-run"}, quick())...)
	if dry.code != ExitOK {
		t.Errorf("a dry run: %s", dry.stderr)
	}
	// Nothing is left where the input is of no use.
	for _, bad := range [][]byte{nil, []byte("hi"), []byte("\ufeff")} {
		out := invokeWith(t, bad, slices.Concat([]string{"train", "-", "--out", "bad"}, quick())...)
		if out.code != ExitInput || !strings.Contains(out.stderr, "standard input") || strings.Contains(out.stderr, "stdin-") {
			t.Errorf("code %d, %s", out.code, out.stderr)
		}
		if _, err := os.Stat("bad"); err == nil {
			t.Error("it left a directory")
		}
	}
}

// Input that nobody asked for is named, but not an empty one.
func TestUnreadInput(t *testing.T) {
	note := func(in *os.File) bool {
		var stderr bytes.Buffer
		a := &App{Stdin: in, Stderr: &stderr}
		a.noteUnreadInput()
		a.noteUnreadInput()
		if n := strings.Count(stderr.String(), "standard input is not read"); n > 1 {
			t.Errorf("said %d times", n)
		}
		return stderr.Len() > 0
	}
	open := func(name string) *os.File {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if !note(open(book(t))) || note(open(empty)) || note(open(os.DevNull)) {
		t.Error("files: a full one counts, an empty one and the null device do not")
	}
	if runtime.GOOS != "linux" {
		return
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if note(r) {
		t.Error("an open pipe without data counts")
	}
	if _, err := w.WriteString("text"); err != nil {
		t.Fatal(err)
	}
	if !note(r) {
		t.Error("a pipe with data does not count")
	}
	if got := make([]byte, 4); true {
		if n, err := r.Read(got); n != 4 || err != nil {
			t.Errorf("the note read from the pipe: %d bytes are left, %v", n, err)
		}
	}
	if w.Close(); note(r) {
		t.Error("a closed pipe counts")
	}
}

// What shells make of braces that are not quoted is told from a wrong variant.
func TestBracesWithoutQuotes(t *testing.T) {
	path := book(t)
	const told = "the shell took the braces away; quote them"
	for _, test := range []struct {
		args []string // as bash passes them
		want string
	}{
		{[]string{"--variants", "nonemodel.family=nanochat", "nonetrain.optimizer=muon"}, "--variants 'none{model.family=nanochat,...}'"},
		{[]string{"--variants=nonemodel.family=nanochat", "--variants=nonetrain.optimizer=muon"}, "--variants 'none{model.family=nanochat,...}'"},
		{[]string{"--variants", "none,big=nonemodel.width=96", "none,big=nonemodel.hidden=384"}, "--variants 'big=none{model.width=96,...}'"},
		{[]string{"--variants", "haar:min=2train.lr=1,none", "haar:min=2train.min_lr=1,none"}, "--variants 'haar:min=2{train.lr=1,...}'"},
		{[]string{"--variants", "none,harr"}, ""},
		{[]string{"--variants", "none{train.lr=}"}, ""},
	} {
		out := invoke(t, slices.Concat([]string{"compare", path, "--dry-run"}, test.args)...)
		if out.code != ExitUsage || strings.Contains(out.stderr, told) != (test.want != "") || !strings.Contains(out.stderr, test.want) {
			t.Errorf("%v: code %d\n%s", test.args, out.code, out.stderr)
		}
	}
}

// A choice that another one contradicts or repeats is an error that names both. Nothing is
// dropped without a word.
func TestContradictions(t *testing.T) {
	t.Chdir(t.TempDir())
	path := book(t)
	if err := os.WriteFile("plan.toml", []byte("data = ["+strconv.Quote(path)+"]\nset = [\"data.codec=chars\", \"train.lr=2e-3\"]\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	tiny := []string{"--preset", "tiny", "--set", "train.steps=5"}
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"train", "--data", "a.txt", "--data", "b.txt"}, "--data is given as a.txt and as b.txt; remove one"},
		{[]string{"train", path, "--config", "a.toml", "--config", "b.toml"}, "--config is given as a.toml and as b.toml; remove one"},
		{[]string{"train", path, "--codec", "bytes", "--set", "data.codec=chars"}, "--codec bytes and --set data.codec=chars contradict each other; remove one"},
		{[]string{"train", path, "--medium", "text", "--set", "data.medium = \"audio\""}, "--medium text and --set data.medium = \"audio\" contradict"},
		{[]string{"train", path, "--set", "data.path=other.txt"}, "the data " + path + " and --set data.path=other.txt contradict"},
		{[]string{"train", "--resume", "run", "--codec", "bytes"}, "--codec cannot be used with --resume"},
		{[]string{"compare", path, "--variants", "none", "--variants", "haar"}, "--variants is given as none and as haar; remove one"},
		{[]string{"compare", path, "--seeds", "2", "--seeds=3"}, "--seeds is given as 2 and as 3; remove one"},
		{[]string{"compare", path, "--confirm", "--confirm=false"}, "--confirm is given as true and as false; remove one"},
		{[]string{"compare", path, "--on-error", "skip", "--set", "data.on_error=stop"}, "--on-error skip and --set data.on_error=stop contradict"},
		{[]string{"compare", path, "--set", "data.path=other.txt"}, "the data " + path + " and --set data.path=other.txt contradict"},
		{[]string{"generate", "run", "--tokens", "1", "--tokens", "2"}, "--tokens is given as 1 and as 2; remove one"},
		{[]string{"report", "run", "--interval", "5s", "--interval", "6s"}, "--interval is given as 5s and as 6s; remove one"},
		{[]string{"torch", "check", "--python", "a", "--set", "train.python=b"}, "--python a and --set train.python=b contradict"},
	} {
		out := invoke(t, test.args...)
		if out.code != ExitUsage || !strings.HasPrefix(out.stderr, "waveletgpt: "+test.want) || strings.Count(out.stderr, "\n") != 1 {
			t.Errorf("%v: code %d\n%s", test.args, out.code, out.stderr)
		}
	}
	for _, args := range [][]string{ // the same twice, and flags over a plan
		{"compare", path, "--codec", "bytes", "--set", "data.codec=bytes", "--seeds", "2", "--seeds", "2"},
		{"compare", path, "--set", "data.path=" + path},
		{"compare", "plan.toml", "--codec", "bytes", "--set", "train.lr=1e-3"},
	} {
		if out := succeed(t, slices.Concat(args, tiny, []string{"--dry-run"})...); strings.Contains(out.stderr, "several times") || strings.Contains(out.stderr, "no effect") {
			t.Errorf("%v:\n%s", args, out.stderr)
		}
	}
	out := succeed(t, slices.Concat([]string{"compare", path}, tiny, []string{"--set", "train.steps=6", "--dry-run"})...)
	if want := "note: train.steps is set several times; the last counts, 6\n"; !strings.Contains(out.stderr, want) {
		t.Errorf("no %q in\n%s", want, out.stderr)
	}
}

// Every argument and every value of a flag that is empty is refused and named: a shell makes
// it of a variable that is not set. An empty prompt is one.
func TestEmptyArguments(t *testing.T) {
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		words := strings.Fields(c.CommandPath())[1:]
		refused := func(want string, args ...string) {
			t.Helper()
			out := invoke(t, append(slices.Clone(words), args...)...)
			if out.code != ExitUsage || !strings.Contains(out.stderr, want) || strings.Count(out.stderr, "\n") != 1 {
				t.Errorf("%v %q: code %d\n%s", words, args, out.code, out.stderr)
			}
		}
		refused("argument 1 of "+c.CommandPath(), "")
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if f.Name != "prompt" && f.Name != "help" {
				refused("--"+f.Name+": the value is empty; is a shell variable not set?", "--"+f.Name+"=")
			}
		})
		for _, below := range c.Commands() {
			walk(below)
		}
	}
	walk(Root())
	dir, _ := trained(t)
	if out := succeed(t, "generate", dir, "--prompt", "", "--tokens", "5"); len(out.stdout) != 6 {
		t.Errorf("after an empty prompt: %q", out.stdout)
	}
}
