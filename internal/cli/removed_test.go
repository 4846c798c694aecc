package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/run"
)

// during runs a command and calls a function when it prints a line with a text.
func during(t *testing.T, do map[string]func(), args ...string) output {
	t.Helper()
	var stdout, stderr bytes.Buffer
	a := &App{Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: writer(func(p []byte) {
		stderr.Write(p)
		for line, f := range do {
			if bytes.Contains(p, []byte(line)) {
				f()
				delete(do, line)
			}
		}
	})}
	code := a.Main(args)
	for line := range do {
		t.Fatalf("no line with %q in\n%s", line, stderr.String())
	}
	return output{code, stdout.String(), stderr.String()}
}

// A run whose directory is deleted fails at the next save with the name of the
// directory, and does not create part of it again.
func TestDirectoryRemoved(t *testing.T) {
	for _, test := range []struct{ name, below string }{{"the run", ""}, {"its checkpoints", run.CheckpointsDir}} {
		t.Run(test.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "run")
			out := during(t, map[string]func(){"step 6  validation": func() {
				if err := os.RemoveAll(filepath.Join(dir, test.below)); err != nil {
					t.Error(err)
				}
			}}, slices.Concat([]string{"train", "--data", book(t), "--out", dir, "--tensorboard"}, quick())...)
			if test.below != "" { // they are created again
				if out.code != ExitOK {
					t.Errorf("code %d\n%s", out.code, out.stderr)
				}
				succeed(t, "checkpoint", "verify", dir)
				return
			}
			lines := strings.Split(strings.TrimSpace(out.stderr), "\n")
			if last := lines[len(lines)-1]; out.code != ExitFailure || !strings.Contains(last, dir) || !strings.Contains(last, "no such file") {
				t.Errorf("code %d\n%s", out.code, out.stderr)
			}
			if _, err := os.Stat(dir); err == nil {
				t.Errorf("%s is there again", dir)
			}
		})
	}
}
