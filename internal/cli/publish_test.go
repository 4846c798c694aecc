package cli

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/run"
	"github.com/waveletgpt/waveletgpt/summary"
)

// Nothing that is shared has a path of this machine: neither of a new comparison
// nor of the report of an old one.
func TestNoAbsolutePathIsPublished(t *testing.T) {
	work, away := t.TempDir(), t.TempDir()
	t.Chdir(work)
	text, err := os.ReadFile(book(t))
	if err != nil {
		t.Fatal(err)
	}
	curves := filepath.Join(away, "theirs.csv")
	for path, content := range map[string][]byte{
		"book.txt": text, filepath.Join(away, "book.txt"): text, curves: []byte("variant,seed,step,loss\nx,1,1,3\nx,1,8,2\n"),
	} {
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for i, data := range []string{filepath.Join(work, "book.txt"), filepath.Join(away, "book.txt")} {
		dir := filepath.Join([]string{work, away}[i], "cmp")
		args := append([]string{"compare", "--data=" + data, "--out", dir, "--variants", "none", "--set", "data.path=" + data}, quick()...)
		succeed(t, args...)
		// As an earlier version wrote it.
		s, err := summary.Read(dir)
		if err != nil {
			t.Fatal(err)
		}
		old := *s
		old.Data.Name, old.Command = data, "waveletgpt compare --data "+data+" --set data.path="+data+" --out '"+dir+"'"
		old.Configuration = strings.Replace(s.Configuration, "path = 'book.txt'", "path = '"+data+"'", 1)
		if old.Configuration == s.Configuration {
			t.Fatalf("no data.path in %s", s.Configuration)
		}
		earlier := filepath.Join(dir, "earlier")
		if err := os.Mkdir(earlier, 0o777); err != nil {
			t.Fatal(err)
		}
		if err := old.Write(earlier); err != nil {
			t.Fatal(err)
		}
		succeed(t, "report", earlier, curves, "--out", filepath.Join(dir, "report"))
		if err := os.RemoveAll(earlier); err != nil {
			t.Fatal(err)
		}
		for path, content := range files(t, dir) {
			rel, _ := filepath.Rel(dir, path)
			if rel := filepath.ToSlash(rel); strings.Count(rel, "/") > 1 || strings.HasPrefix(rel, run.DataDir) || strings.HasPrefix(rel, "none-seed") {
				continue // the runs and their data stay here
			}
			if strings.Contains(content, work) || strings.Contains(content, away) {
				t.Errorf("%s has a path of this machine", rel)
			}
		}
	}
	// A run moves with data below the working directory.
	succeed(t, append([]string{"data", "prepare", "text", "--out", "set", "--data"}, filepath.Join(work, "book.txt"))...)
	succeed(t, append([]string{"train", "--out", "r", "--data", filepath.Join(work, "set")}, quick()...)...)
	moved := filepath.Join(away, "moved")
	if err := os.CopyFS(moved, os.DirFS(work)); err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	if err := os.RemoveAll(work); err != nil {
		t.Fatal(err)
	}
	succeed(t, "eval", "--run", filepath.Join(moved, "r"))
}

// The hash in a saved document is that of its own data.
func TestConfigOfAnotherRun(t *testing.T) {
	dir, data := trained(t)
	saved, other := filepath.Join(dir, run.ConfigFile), letters(t)
	out := succeed(t, "train", "--config", saved, "--data", other, "--out", filepath.Join(t.TempDir(), "run"))
	if !strings.Contains(out.stderr, "note: data.hash in "+saved+" is of other data ("+data+") and is not applied\n") {
		t.Errorf("it says\n%s", out.stderr)
	}
	out = succeed(t, "train", "--config", saved, "--out", filepath.Join(t.TempDir(), "run"))
	if strings.Contains(out.stderr, "note") {
		t.Errorf("with its own data it says\n%s", out.stderr)
	}
	text, err := os.ReadFile(other)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(data, text, 0o644); err != nil {
		t.Fatal(err)
	}
	if out := invoke(t, "train", "--config", saved, "--out", filepath.Join(t.TempDir(), "run")); out.code != ExitInput || !strings.Contains(out.stderr, "data.hash") {
		t.Errorf("with another file of the path: code %d\n%s", out.code, out.stderr)
	}
}

// The path of an interpreter is not published either.
func TestNoPathOfPythonIsPublished(t *testing.T) {
	c := config.Earlier()
	c.Train.Engine, c.Train.Python = "torch", "/home/somebody/venv/bin/python"
	s := &summary.Summary{Configuration: string(c.TOML())}
	if err := publish(s); err != nil || strings.Contains(s.Configuration, "somebody") || !strings.Contains(s.Configuration, "engine = 'torch'") {
		t.Errorf("%v\n%s", err, s.Configuration)
	}
}

// Another number of steps scales the warm-up of the preset, unless it is set, in both commands.
func TestStepsScaleTheWarmup(t *testing.T) {
	path := book(t)
	file := filepath.Join(t.TempDir(), "mine.toml")
	if err := os.WriteFile(file, []byte("[train]\nwarmup = 2\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args   []string
		warmup string
		says   bool
	}{
		{[]string{"--set", "train.steps=120"}, "warmup = 10\n", true},
		{[]string{"--set", "train.steps=6"}, "warmup = 1\n", true},
		{[]string{"--set", "train.steps=6", "--set", "train.warmup=5"}, "warmup = 5\n", false},
		{[]string{"--set", "train.steps=6", "--config", file}, "warmup = 2\n", false},
		{[]string{"--set", "train.lr=1e-3"}, "warmup = 5\n", false},
	} {
		t.Run(strings.Join(test.args, " "), func(t *testing.T) {
			base := t.TempDir()
			common := slices.Concat([]string{"--preset", "tiny", "--data", path, "--set", "model.layers=1"}, test.args)
			compared := succeed(t, slices.Concat([]string{"compare", "--variants", "none", "--out", filepath.Join(base, "cmp")}, common)...)
			s, err := summary.Read(filepath.Join(base, "cmp"))
			if err != nil {
				t.Fatal(err)
			}
			trained := succeed(t, slices.Concat([]string{"train", "--out", filepath.Join(base, "run")}, common)...)
			r, err := run.Open(filepath.Join(base, "run"))
			if err != nil {
				t.Fatal(err)
			}
			for configuration, out := range map[string]output{s.Configuration: compared, string(r.Config.TOML()): trained} {
				if !strings.Contains(configuration, "\n"+test.warmup) || strings.Contains(out.stderr, "note: train.warmup") != test.says {
					t.Errorf("%s\n%s", configuration, out.stderr)
				}
			}
		})
	}
}
