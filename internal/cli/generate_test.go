package cli

import (
	"path/filepath"
	"strings"
	"testing"
)

// Text can go to files, one per stream; the first equals the standard output of a
// single stream.
func TestGenerateFiles(t *testing.T) {
	dir, _ := trained(t)
	args := []string{"generate", "--run", dir, "--prompt", "the ", "--tokens", "40", "--seed", "3"}
	want := strings.TrimSuffix(succeed(t, args...).stdout, "\n")
	out := filepath.Join(t.TempDir(), "out.txt")
	one := succeed(t, append(args, "--out", out)...)
	if got := readFile(t, out); got != want || one.stdout != "" || !strings.Contains(one.stderr, "wrote "+out) {
		t.Errorf("%q in the file, want %q; %q, %s", got, want, one.stdout, one.stderr)
	}
	succeed(t, append(args, "--out", out, "--streams", "3")...)
	first, second := readFile(t, strings.TrimSuffix(out, ".txt")+"-1.txt"), readFile(t, strings.TrimSuffix(out, ".txt")+"-2.txt")
	if first != want || second == first || !strings.HasPrefix(second, "the ") || len(second) != len(first) {
		t.Errorf("%q and %q, want %q first", first, second, want)
	}
}
