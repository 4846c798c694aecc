package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/waveletgpt/waveletgpt/report"
	"github.com/waveletgpt/waveletgpt/run"
	"github.com/waveletgpt/waveletgpt/summary"
)

// files returns the contents of all files below dir, but for locks.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == ".lock" {
			return err
		}
		content, err := os.ReadFile(path)
		all[path] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Whatever a directory holds, no command with it as --out replaces or mixes it: the
// command is refused, and no byte changes. A command on its own kind is refused too
// if it would write something else.
func TestOutKeepsWhatIsThere(t *testing.T) {
	// The name would be a pattern for filepath.Glob that does not match itself.
	base, data, other := filepath.Join(t.TempDir(), "runs [old]"), book(t), letters(t)
	in := func(name string) string { return filepath.Join(base, name) }
	plan := func(sets ...string) []string {
		args := append([]string{"compare"}, quick("--variants", "none", "--set", "train.steps=4", "--set", "train.warmup=1")...)
		for _, set := range sets {
			args = append(args, "--data", set)
		}
		return append(args, "--out")
	}
	prepare := func(path string) []string {
		return []string{"data", "prepare", "text", "--data", path, "--codec", "bytes", "--out"}
	}
	train := func(path string) []string { return append([]string{"train", "--data", path}, quick("--out")...) }
	succeed(t, append(prepare(data), in("set"))...)
	succeed(t, append(train(data), in("run"))...)
	succeed(t, append(train(in("set")), in("ofset"))...) // a run that needs the set
	succeed(t, append(plan(data), in("comparison"))...)
	succeed(t, append(plan(other), in("comparison2"))...)
	succeed(t, append(plan(data, other), in("several"))...)
	model := filepath.Join(in("run"), run.CheckpointsDir, "step-00000008")

	kinds := map[string]string{
		"run": in("run"), "its data": filepath.Join(in("run"), run.DataDir), "model": model,
		"comparison": in("comparison"), "a comparison's data": filepath.Join(in("comparison"), run.DataDir),
		"several": in("several"), "their data": filepath.Join(in("several"), run.DataDir, "letters"), "set": in("set"), "file": data,
	}
	commands := map[string][]string{
		"prepare": prepare(letters(t)), "train": train(other), "compare": plan(other), "compare two": plan(other, in("set")),
		"report": {"report", in("comparison2"), "--out"},
	}
	before := files(t, base)
	for _, name := range slices.Sorted(maps.Keys(kinds)) {
		for _, command := range slices.Sorted(maps.Keys(commands)) {
			if name == "several" && command == "report" {
				continue // its page is made again from the summaries below it
			}
			out := invoke(t, append(slices.Clone(commands[command]), kinds[name])...)
			if out.code != ExitUsage && out.code != ExitInput {
				t.Errorf("%s to %s: code %d\n%s", command, name, out.code, out.stderr)
			}
			lines := strings.Split(strings.TrimSpace(out.stderr), "\n")
			if last := lines[len(lines)-1]; !strings.HasPrefix(last, "waveletgpt: ") || !strings.Contains(last, "choose another") && !strings.Contains(last, "name a directory") {
				t.Errorf("%s to %s: %q", command, name, last)
			}
			if after := files(t, base); !maps.Equal(before, after) {
				t.Fatalf("%s to %s changed something\n%s", command, name, out.stderr)
			}
		}
	}
	// The same again is no fault: it reuses what is there, though the file has
	// another time.
	if err := os.Chtimes(data, time.Time{}, time.Unix(1e9, 0)); err != nil {
		t.Fatal(err)
	}
	succeed(t, append(prepare(data), in("set"))...)
	succeed(t, append(plan(data), in("comparison"))...)
	succeed(t, "report", in("comparison"), in("comparison2"), "--out", in("comparison"))
}

// The summary of a comparison never loses a run: another plan in its directory is
// refused unless it has them all.
func TestCompareNeverLosesRuns(t *testing.T) {
	data, dir := book(t), filepath.Join(t.TempDir(), "cmp")
	succeed(t, compareArgs(data, dir, "--variants", "none,shift", "--sweep", "lr=1e-3,2e-3", "--probe")...)
	document := readFile(t, dir, summary.FileName)
	sweep := []string{"--sweep", "lr=1e-3,2e-3"}
	for _, args := range [][]string{
		{"--variants", "none"},
		{"--variants", "none,shift"}, // without the sweep
		append([]string{"--variants", "none,haar"}, sweep...),
		append([]string{"--variants", "none,shift", "--set", "train.seed=7"}, sweep...),
		append([]string{"--variants", "none,shift", "--set", "model.width=32"}, sweep...),
		append([]string{"--variants", "none,shift", "--data", letters(t)}, sweep...),
	} {
		all := compareArgs(data, dir, args...)
		if slices.Contains(args, "--data") {
			all = compareArgs(args[slices.Index(args, "--data")+1], dir, args[:2]...)
		}
		out := invoke(t, all...)
		if out.code == ExitOK || !strings.Contains(out.stderr, "choose another") {
			t.Errorf("%v: code %d\n%s", args, out.code, out.stderr)
		}
		if readFile(t, dir, summary.FileName) != document {
			t.Fatalf("%v: the summary was written over", args)
		}
	}
	// More of everything extends it, and keeps the probes.
	succeed(t, compareArgs(data, dir, append([]string{"--variants", "none,shift,haar", "--seeds", "2"}, sweep...)...)...)
	s, err := summary.Read(dir)
	if err != nil || len(s.Runs) != 6 || len(s.Probes) != 2 {
		t.Errorf("%d runs, %d probes, %v", len(s.Runs), len(s.Probes), err)
	}
}

// Where nothing can be written, every command says where, what to do, and has the exit code
// of a failed write.
func TestUnwritable(t *testing.T) {
	run, data := trained(t)
	cmp := filepath.Join(t.TempDir(), "cmp")
	succeed(t, append([]string{"compare", data, "--variants", "none", "--out", cmp}, quick()...)...)
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	if os.Mkdir(filepath.Join(dir, "probe"), 0o777) == nil {
		dir = "/sys" // in which not even root can write
		if err := os.Mkdir(filepath.Join(dir, "probe"), 0o777); !errors.Is(err, fs.ErrPermission) {
			t.Skip("all directories can be written")
		}
	}
	t.Chdir(dir)
	for _, args := range [][]string{
		append([]string{"train", data}, quick()...),
		append([]string{"compare", data}, quick()...),
		{"demo", "text"},
		{"data", "prepare", "text", data, "--out", "set"},
		{"report", cmp, "--out", "."},
		{"report", cmp, "--out", "page"},
		{"generate", run, "--tokens", "5", "--out", "text.txt"},
	} {
		out := invoke(t, args...)
		last := out.stderr[strings.LastIndex("\n"+strings.TrimSuffix(out.stderr, "\n"), "\n"):]
		if out.code != ExitFailure || !strings.HasPrefix(last, "waveletgpt: cannot write in the working directory: ") || !strings.HasSuffix(last, "; name a place with --out\n") {
			t.Errorf("%v: code %d\n%s", args, out.code, out.stderr)
		}
	}
}

// Where a command without --out would mix two, the error has an --out that works, a new one
// each time.
func TestAnotherOutIsProposed(t *testing.T) {
	t.Chdir(t.TempDir())
	path := book(t)
	if err := os.WriteFile("study.toml", []byte("data = ["+strconv.Quote(path)+"]\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	proposed := regexp.MustCompile(`add --out ([^ \n]+)`)
	for _, test := range []struct {
		args  []string
		named string
	}{
		{[]string{"train", path}, "already holds a run"},
		{[]string{"compare", path, "--variants", "none"}, "the directory is named after the data and the preset"},
		{[]string{"compare", "study.toml", "--variants", "none"}, "the directory is named after the plan"},
	} {
		args := func(beta int, more ...string) []string {
			return slices.Concat(test.args, quick("--set", fmt.Sprintf("train.beta1=0.%d", beta)), more)
		}
		succeed(t, args(1)...)
		for n := 2; n < 4; n++ {
			out := invoke(t, args(n)...)
			found := proposed.FindStringSubmatch(out.stderr)
			if out.code != ExitUsage || !strings.Contains(out.stderr, test.named) || found == nil || !strings.HasSuffix(found[1], fmt.Sprintf("-%d", n)) {
				t.Fatalf("%v: code %d, %q\n%s", test.args, out.code, found, out.stderr)
			}
			succeed(t, args(n, "--out", found[1])...)
		}
	}
}

// Two files of one name from two folders do not share a default directory.
func TestDefaultOutOfTwoFiles(t *testing.T) {
	base := t.TempDir()
	t.Chdir(base)
	for name, from := range map[string]string{"a/book.txt": book(t), "b/book.txt": letters(t)} {
		content, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, command := range [][]string{{"train"}, {"compare", "--variants", "none"}, {"compare", "--variants", "none", "--out", "c"}} {
		args := append(slices.Clone(command), quick("--data")...)
		succeed(t, append(args, "a/book.txt")...)
		before := files(t, base)
		out := invoke(t, append(args, "b/book.txt")...)
		if out.code == ExitOK || !strings.Contains(out.stderr, " --out") || !strings.Contains(out.stderr, "book.txt") {
			t.Errorf("%v: code %d\n%s", command, out.code, out.stderr)
		}
		if !maps.Equal(before, files(t, base)) {
			t.Errorf("%v changed something", command)
		}
	}
}

// A report replaces no file that it is made of, and none that another program wrote. What
// this program wrote is written again.
func TestReportKeepsFiles(t *testing.T) {
	t.Chdir(t.TempDir())
	data := book(t)
	compareTo := func(out string, more ...string) []string {
		return append([]string{"compare", "--data", data, "--out", out}, quick(append(more, "--variants", "none", "--set", "train.steps=4", "--set", "train.warmup=1")...)...)
	}
	succeed(t, compareTo("a")...)
	succeed(t, compareTo("b", "--set", "train.lr=2e-3")...)
	const theirs = "step,loss\n0,3\n4,2\n"
	write := func(name, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write("curves.csv", theirs)
	write("theirs.csv", theirs)
	for _, name := range report.FileNames() {
		write(filepath.Join("of-"+name, name), "mine")
	}
	write("demo/generated.txt", "mine")
	write("demo2/stories.txt", "mine")
	write("demo3/tunes/mine.wav", "mine")
	write("demo4/comparison/report.html", "mine")
	write("watched/report.html", "<h1>mine</h1>")
	refused := map[string][]string{
		"curves.csv":                   {"report", "a", "curves.csv", "--out", "."},
		"a/curves.csv, which is read":  {"report", "b", "a/curves.csv", "--out", "a"},
		"demo/generated.txt":           {"demo", "text", "--out", "demo"},
		"demo2/stories.txt":            {"demo", "text", "--out", "demo2"},
		"demo3/tunes/mine.wav":         {"demo", "audio", "--out", "demo3"},
		"demo4/comparison/report.html": {"demo", "text", "--out", "demo4"},
		"watched/report.html":          {"report", "watched", "--watch"},
	}
	for _, name := range report.FileNames() {
		refused["of-"+name+"/"+name] = compareTo("of-" + name)
		refused["replace of-"+name+"/"+name] = []string{"report", "a", "--out", "of-" + name}
		refused["would replace of-"+name+"/"+name] = []string{"report", "a", "theirs.csv", "--out", "of-" + name}
	}
	before := files(t, ".")
	for want, args := range refused {
		out := invoke(t, args...)
		if out.code != ExitUsage || !strings.Contains(out.stderr, filepath.FromSlash(want)) || strings.Count(out.stderr, "\n") != 1 {
			t.Errorf("%v: code %d\n%s", args, out.code, out.stderr)
		}
		if !maps.Equal(before, files(t, ".")) {
			t.Fatalf("%v changed something", args)
		}
	}
	document := readFile(t, "a", summary.FileName)
	for _, args := range [][]string{
		{"report", "a", "theirs.csv", "--out", "together"}, {"report", "a", "theirs.csv", "--out", "together"},
		{"report", "a", "b", "--out", "both"}, {"report", "a", "b", "--out", "both"}, // which has no summary
		{"report", "a"}, {"report", "a", "--no-samples", "--out", "a/"}, {"report", "a", "theirs.csv", "--out", "./a"},
	} {
		succeed(t, args...)
	}
	if readFile(t, "a", summary.FileName) != document {
		t.Error("a summary that was read is another one")
	}
}
