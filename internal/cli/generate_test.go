package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/media/music"
	"github.com/waveletgpt/waveletgpt/run"
)

// Text can go to files, one per stream; the first equals the standard output of a
// single stream.
func TestGenerateFiles(t *testing.T) {
	dir, _ := trained(t)
	args := []string{"generate", "--run", dir, "--prompt", "the ", "--tokens", "40", "--seed", "3"}
	want := strings.TrimSuffix(succeed(t, args...).stdout, "\n")
	out := filepath.Join(t.TempDir(), "out.txt")
	one := succeed(t, append(args, "--out", out)...)
	if strings.Contains(one.stderr, "note:") {
		t.Errorf("a short prompt: %s", one.stderr)
	}
	t.Chdir(t.TempDir())
	writeFile(t, "the sea", "some words")
	if out := succeed(t, "generate", dir, "--prompt", "the sea", "--tokens", "1"); !strings.Contains(out.stderr, "note: the prompt is the name of a file") {
		t.Errorf("a prompt that is a file: %q", out.stderr)
	}
	long := succeed(t, "generate", dir, "--prompt", "the old man and the sea", "--tokens", "4").stderr
	if long != "note: the prompt has 23 tokens; the model sees at most the last 16, its context\n" {
		t.Errorf("a long prompt: %s", long)
	}
	if got := readFile(t, out); got != want || one.stdout != "" || !strings.Contains(one.stderr, "wrote "+out) {
		t.Errorf("%q in the file, want %q; %q, %s", got, want, one.stdout, one.stderr)
	}
	succeed(t, append(args, "--out", out, "--streams", "3")...)
	first, second := readFile(t, strings.TrimSuffix(out, ".txt")+"-1.txt"), readFile(t, strings.TrimSuffix(out, ".txt")+"-2.txt")
	if first != want || second == first || !strings.HasPrefix(second, "the ") || len(second) != len(first) {
		t.Errorf("%q and %q, want %q first", first, second, want)
	}
}

// No file is replaced, whatever it is. All are looked for before anything is generated. A
// device can be written.
func TestGenerateReplacesNothing(t *testing.T) {
	dir, data := trained(t)
	out := filepath.Join(t.TempDir(), "out.txt")
	second, dangling := strings.TrimSuffix(out, ".txt")+"-2.txt", filepath.Join(t.TempDir(), "link.txt")
	if err := os.WriteFile(second, []byte("mine"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("nowhere", dangling); err != nil {
		t.Skip(err)
	}
	for _, test := range []struct{ there, out, streams string }{
		{data, data, "1"}, {filepath.Join(dir, run.ConfigFile), filepath.Join(dir, run.ConfigFile), "1"}, {second, out, "3"}, {dangling, dangling, "1"},
	} {
		content, _ := os.ReadFile(test.there)
		got := invoke(t, "generate", dir, "--tokens", "4", "--out", test.out, "--streams", test.streams)
		if got.code != ExitUsage || got.stderr != "waveletgpt: --out: "+test.there+" is there already; name another file, or remove it first\n" {
			t.Errorf("%s: code %d\n%s", test.there, got.code, got.stderr)
		}
		if now, _ := os.ReadFile(test.there); string(now) != string(content) {
			t.Errorf("%s was replaced", test.there)
		}
	}
	if others, err := filepath.Glob(filepath.Join(filepath.Dir(out), "*")); err != nil || len(others) != 1 {
		t.Errorf("beside the file that was there are %v, %v", others, err)
	}
	if _, err := os.Stat(os.DevNull); err == nil {
		succeed(t, "generate", dir, "--tokens", "4", "--out", os.DevNull)
	}
}

// Flags of other media, and folders that are not there, are refused.
func TestGenerateRefuses(t *testing.T) {
	dir, _ := trained(t)
	for want, args := range map[string][]string{
		"--longest-note is for music":                                        {"--longest-note", "3"},
		"--soundfont is for music":                                           {"--soundfont", "x.sf2"},
		"--prompt-seconds is for audio and music":                            {"--prompt", "the ", "--prompt-seconds", "2"},
		"codec chars writes text; change the extension, to .txt for example": {"--out", "x.MID"},
		"use --tokens":       {"--seconds", "2"},
		"there is no folder": {"--out", filepath.Join(t.TempDir(), "none", "x.txt")},
	} {
		if out := invoke(t, append([]string{"generate", "--run", dir}, args...)...); out.code == ExitOK || !strings.Contains(out.stderr, want) {
			t.Errorf("%q: code %d\n%s", args, out.code, out.stderr)
		}
	}
}

func TestFirstSeconds(t *testing.T) {
	c := music.Performance{}
	ids := []uint16{60, 355, 188, 62, 265, 190, 64, 275} // 1 s, 0.1 s, 0.2 s
	for seconds, want := range map[float64]int{0.5: 1, 1: 4, 1.05: 4, 1.1: 7, 1.3: 8, 99: 8} {
		if got := firstSeconds(c, ids, seconds); len(got) != want {
			t.Errorf("%v s are %v, want %d tokens", seconds, got, want)
		}
	}
}
