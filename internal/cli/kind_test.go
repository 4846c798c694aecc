package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/run"
)

// hintPattern finds the command in a message.
var hintPattern = regexp.MustCompile("`waveletgpt ([^`]*)`|(?m:^  waveletgpt (.*)$)")

// Every kind of path given to every command is taken, or refused with what it is
// and a command that takes it.
func TestKindsOfPaths(t *testing.T) {
	dir := t.TempDir()
	text := book(t)
	t.Chdir(dir)
	if err := os.Rename(text, "book.txt"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("plan.toml", []byte("variants = [\"none\"]\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	succeed(t, slices.Concat([]string{"train", "book.txt", "--out", "run"}, quick())...)
	succeed(t, slices.Concat([]string{"compare", "book.txt", "--out", "cmp", "--variants", "none,shift"}, quick())...)
	succeed(t, "data", "prepare", "text", "book.txt", "--out", "set")
	checkpoint := filepath.Join("run", run.CheckpointsDir, "step-00000008")
	if err := os.CopyFS("folder", os.DirFS(checkpoint)); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join("folder", "manifest.json")); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join("runs", "run"), os.DirFS("run")); err != nil {
		t.Fatal(err)
	}
	interrupted := filepath.Join("runs", "interrupted")
	if err := os.CopyFS(interrupted, os.DirFS("cmp")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"summary.json", "report.html"} {
		if err := os.Remove(filepath.Join(interrupted, name)); err != nil {
			t.Fatal(err)
		}
	}

	paths := []struct {
		path string
		kind kind
	}{
		{"book.txt", dataFile}, {"plan.toml", planFile}, {"set", preparedSet}, {"run", runFolder}, {"cmp", comparison},
		{"runs", runsFolder}, {"folder", modelFolder}, {checkpoint, checkpointOf},
		{filepath.Join("run", run.CheckpointsDir), checkpointsDir},
	}
	for _, p := range paths {
		if got := kindOf(p.path); got != p.kind {
			t.Errorf("%s is %s, want %s", p.path, got, p.kind)
		}
	}
	// What holds runs beside other files may be data.
	for _, p := range []string{".", t.TempDir()} {
		if got := kindOf(p); got != dataFolder {
			t.Errorf("%s is %s", p, got)
		}
	}
	if got := kindOf("absent"); got != nothing {
		t.Errorf("absent is %s", got)
	}

	out := 0
	fresh := func() string { out++; return filepath.Join(dir, "out", string(rune('a'+out))) }
	commands := []struct {
		command string
		args    func(path string) []string
		takes   []kind
	}{
		{"train", func(p string) []string { return slices.Concat([]string{"train", p, "--out", fresh()}, quick()) }, []kind{dataFile, preparedSet}},
		{"train --data", func(p string) []string {
			return slices.Concat([]string{"train", "--data", p, "--out", fresh()}, quick())
		}, []kind{dataFile, preparedSet, planFile}},
		{"train --resume", func(p string) []string { return []string{"train", "--resume", p} }, []kind{runFolder}},
		{"train --resume --data", func(p string) []string { return []string{"train", "--resume", "run", "--data", p} }, []kind{preparedSet}},
		{"compare", func(p string) []string {
			return slices.Concat([]string{"compare", p, "--dry-run", "--variants", "none"}, quick())
		}, []kind{dataFile, preparedSet, planFile}},
		{"eval", func(p string) []string { return []string{"eval", p} }, []kind{runFolder, modelFolder, checkpointOf}},
		{"eval --data", func(p string) []string { return []string{"eval", "run", "--data", p} }, []kind{preparedSet}},
		{"generate", func(p string) []string { return []string{"generate", p, "--tokens", "1"} }, []kind{runFolder, modelFolder, checkpointOf}},
		{"model show", func(p string) []string { return []string{"model", "show", p} }, []kind{runFolder, modelFolder, checkpointOf}},
		{"checkpoint show", func(p string) []string { return []string{"checkpoint", "show", p} }, []kind{runFolder, checkpointOf}},
		{"checkpoint verify", func(p string) []string { return []string{"checkpoint", "verify", p} }, []kind{runFolder, checkpointOf}},
		{"checkpoint diff", func(p string) []string { return []string{"checkpoint", "diff", "run", p} }, []kind{runFolder, checkpointOf}},
		{"report", func(p string) []string { return []string{"report", p, "--out", fresh()} }, []kind{comparison}},
		{"data info", func(p string) []string { return []string{"data", "info", p} }, []kind{preparedSet}},
		{"data prepare text", func(p string) []string { return []string{"data", "prepare", "text", p, "--out", fresh()} }, []kind{dataFile, planFile}},
	}
	// takes reports whether the matrix says that a command takes a path.
	takes := func(command, path string) bool {
		i := slices.IndexFunc(commands, func(c struct {
			command string
			args    func(path string) []string
			takes   []kind
		}) bool {
			return c.command == command
		})
		return i >= 0 && slices.Contains(commands[i].takes, kindOf(path))
	}
	for _, c := range commands {
		for _, p := range paths {
			result := invoke(t, c.args(p.path)...)
			where := c.command + " " + p.path
			if slices.Contains(c.takes, p.kind) {
				tooLittle := p.kind == planFile && strings.HasPrefix(c.command, "train") || c.command == "eval" && p.kind != runFolder // the text of a plan is short, a model has no data
				if (result.code != ExitOK) != tooLittle || strings.Contains(result.stderr, " is "+string(p.kind)+", not ") {
					t.Errorf("%s: code %d, %s", where, result.code, result.stderr)
				}
				continue
			}
			message, _, _ := strings.Cut(result.stderr, "\n")
			if result.code != ExitInput || result.stdout != "" || !strings.HasPrefix(message, "waveletgpt: "+p.path+" is "+string(p.kind)+", not ") {
				t.Errorf("%s: code %d, %q, %q", where, result.code, result.stdout, result.stderr)
				continue
			}
			hints := hintPattern.FindAllStringSubmatch(result.stderr, -1)
			if len(hints) == 0 && !strings.Contains(message, "run the same compare command again") {
				t.Errorf("%s: no command in %q", where, result.stderr)
			}
			for _, h := range hints {
				words := strings.Fields(h[1] + h[2])
				n := slices.IndexFunc(words, func(w string) bool { _, err := os.Stat(w); return err == nil })
				if n < 0 || !takes(strings.Join(words[:n], " "), words[n]) {
					t.Errorf("%s: the hint %q is no command of the matrix that takes its path", where, h[0])
				}
			}
			if (p.kind == comparison || p.kind == runsFolder) && slices.Contains(c.takes, runFolder) && len(hints) < 2 {
				t.Errorf("%s: the runs are not listed: %q", where, result.stderr)
			}
		}
	}
}

// A path that is not there is named in one line, with what to name instead.
func TestPathsThatAreNotThere(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, test := range []struct {
		args []string
		code int
	}{
		{[]string{"compare", "absent.toml"}, ExitUsage},
		{[]string{"compare", "absent"}, ExitInput},
		{[]string{"train", "absent"}, ExitInput},
		{[]string{"train", "--config", "absent"}, ExitUsage},
		{[]string{"train", "--resume", "absent"}, ExitInput},
		{[]string{"data", "info", "absent"}, ExitInput},
		{[]string{"data", "prepare", "text", "absent", "--out", "set"}, ExitInput},
		{[]string{"eval", "absent"}, ExitInput},
		{[]string{"generate", "absent"}, ExitInput},
		{[]string{"model", "show", "absent"}, ExitInput},
		{[]string{"report", "absent"}, ExitInput},
		{[]string{"report", "absent.csv", "--out", "page"}, ExitInput},
		{[]string{"checkpoint", "verify", "absent"}, ExitInput},
		{[]string{"checkpoint", "show", "absent"}, ExitInput},
		{[]string{"checkpoint", "diff", "absent", "absent"}, ExitInput},
	} {
		out := invoke(t, test.args...)
		if out.code != test.code || strings.Count(out.stderr, "\n") != 1 || !strings.Contains(out.stderr, "absent") || !strings.Contains(out.stderr, "; name a") {
			t.Errorf("%v: code %d\n%s", test.args, out.code, out.stderr)
		}
	}
}
