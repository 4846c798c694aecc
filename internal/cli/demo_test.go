package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/media/audio"
	"github.com/waveletgpt/waveletgpt/media/music"
	"github.com/waveletgpt/waveletgpt/report"
)

// Each demonstration ends in something to read, hear or see, says where it is and
// what to try next; and the commands that it prints are those that it ran.
func TestDemo(t *testing.T) {
	if testing.Short() {
		t.Skip("trains models")
	}
	small := []string{"--set", "model.layers=1", "--set", "model.width=16", "--set", "model.heads=2", "--set", "model.hidden=32", "--set", "model.context=32",
		"--set", "train.steps=6", "--set", "train.batch=2", "--set", "eval.windows=4"}
	for medium, check := range map[string]func(dir string, out output){
		"text": func(dir string, out output) {
			text, err := os.ReadFile(filepath.Join(dir, "generated.txt"))
			if err != nil || !strings.HasPrefix(out.stdout[strings.Index(out.stdout, "Once there was"):], "Once there was") || len(text) < 600 {
				t.Errorf("text: %v, %d bytes; printed\n%s", err, len(text), out.stdout)
			}
			if !strings.Contains(out.stderr, "follow the rules") {
				t.Error("text: not judged")
			}
		},
		"audio": func(dir string, out output) {
			if n := soundLength(t, filepath.Join(dir, "generated.wav"), 8000); n != 8000*7/2 {
				t.Errorf("audio: %d samples, want those of 3.5 seconds", n)
			}
		},
		"music": func(dir string, out output) {
			file, err := os.ReadFile(filepath.Join(dir, "generated.mid"))
			if err != nil {
				t.Fatal(err)
			}
			notes, _, err := music.Read(bytes.NewReader(file))
			if err != nil {
				t.Fatal(err)
			}
			last := slices.MaxFunc(notes, func(a, b music.Note) int { return a.End - b.End })
			want := 22_050 * (last.End*10 + 30) / 1000 // and the end of its sound
			if n := soundLength(t, filepath.Join(dir, "generated.wav"), 22_050); n < want-1 || n > want+1 {
				t.Errorf("music: %d samples, want %d", n, want)
			}
		},
	} {
		dir := filepath.Join(t.TempDir(), "demo")
		opened := ""
		a := &App{Browser: func(path string) error { opened = path; return nil }}
		out := invokeApp(t, a, append([]string{"demo", medium, "--out", dir, "--open"}, small...)...)
		if out.code != ExitOK {
			t.Fatalf("%s: code %d\n%s", medium, out.code, out.stderr)
		}
		if want := filepath.Join(dir, "comparison", report.PageName); opened != want {
			t.Errorf("%s opens %q, want %s", medium, opened, want)
		}
		check(dir, out)
		if strings.Contains(out.stderr, "STEPS") || strings.Contains(out.stderr, "can learn in") && !strings.Contains(out.stderr, "can learn in 6 steps") {
			t.Errorf("%s: not what was trained\n%s", medium, out.stderr)
		}
		_, next, _ := strings.Cut(out.stderr, "Try next:\n")
		if !strings.Contains(next, "  waveletgpt demo "+medium) || !strings.Contains(next, "  waveletgpt generate "+dir) {
			t.Errorf("%s: try next\n%s", medium, next)
		}
		if medium != "music" {
			continue // the rest is the same for all
		}
		// Again: nothing is trained, and all is the same.
		again := invokeApp(t, &App{Browser: func(string) error { return nil }}, append([]string{"demo", medium, "--out", dir, "--open"}, small...)...)
		if again.code != ExitOK || again.stdout != out.stdout || strings.Contains(again.stderr, "step 6  validation") {
			t.Errorf("%s again: code %d, trained anew or wrote something else\n%s", medium, again.code, again.stderr)
		}
		// The printed command alone finds all runs.
		for line := range strings.Lines(out.stderr) {
			if words, ok := strings.CutPrefix(line, "$ waveletgpt compare "); ok {
				alone := succeed(t, append([]string{"compare"}, strings.Fields(words)...)...)
				if !strings.HasSuffix(out.stdout, alone.stdout) && !strings.HasPrefix(out.stdout, alone.stdout) {
					t.Errorf("%s: the printed command compares otherwise:\n%s", medium, alone.stdout)
				}
			}
		}
	}
}

// What demo refuses.
func TestDemoRefuses(t *testing.T) {
	held, _ := trained(t)
	unwritten := filepath.Join(t.TempDir(), "demo")
	for _, args := range [][]string{
		{"demo"}, {"demo", "pictures"}, {"demo", "text", "audio"}, {"demo", "text", "--json"}, {"demo", "text", "--out", held},
		{"demo", "text", "--out", unwritten, "--set", "train.stesp=3"},
	} {
		if out := invoke(t, args...); out.code != ExitUsage {
			t.Errorf("%v: code %d\n%s", args, out.code, out.stderr)
		}
	}
	if _, err := os.Stat(unwritten); !os.IsNotExist(err) {
		t.Errorf("a wrong setting is refused after data was written: %v", err)
	}
}

// soundLength reads a WAV file that must have a rate, and counts its samples.
func soundLength(t *testing.T, path string, rate int) (n int) {
	t.Helper()
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := audio.Rate(bytes.NewReader(file)); err != nil || got != rate {
		t.Errorf("%s has %d samples per second, %v; want %d", path, got, err, rate)
	}
	if _, err := audio.Read(bytes.NewReader(file), rate, func(samples []float32) error {
		n += len(samples)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return n
}
