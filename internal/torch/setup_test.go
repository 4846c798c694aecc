//go:build unix

package torch

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fakePython is a Python whose venv copies it, and whose pip only says what it installs.
const fakePython = `#!/bin/sh
case "$1 $2" in
"-c import sys;"*) exit %OLD% ;;
"-c "*) dirname "$0" ;;
"-m venv") mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
"-m pip") echo "pip $3 by $0"; exec cat "$5" ;;
esac
`

func TestSetup(t *testing.T) {
	python := filepath.Join(t.TempDir(), "python3")
	write := func(old string) {
		if err := os.WriteFile(python, []byte(strings.Replace(fakePython, "%OLD%", old, 1)), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	home := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", home)
	t.Setenv("HOME", home)
	t.Setenv(PythonVariable, "")
	home, err := Home()
	if err != nil {
		t.Fatal(err)
	}
	dir := Environment(home)
	var said strings.Builder
	write("1")
	if err := Setup(t.Context(), python, dir, &said); err == nil || !strings.Contains(err.Error(), python+" cannot be used (exit status 1); name Python 3.10 or newer with --python") || exists(dir) {
		t.Errorf("an old Python: %v", err)
	}
	write("0")
	for range 2 { // the second time it is there
		said.Reset()
		if err := Setup(t.Context(), python, dir, &said); err != nil {
			t.Fatal(err)
		}
		own := filepath.Join(dir, "bin", "python")
		if want := "pip install by " + own + "\n" + Requirements; said.String() != want {
			t.Errorf("it says %q, want %q", said.String(), want)
		}
		if found, err := Interpreter(""); err != nil || found != own {
			t.Errorf("training finds %q, error %v; want %q", found, err, own)
		}
	}
	for _, name := range []string{"__init__.py", "worker.py", "modeling_waveletgpt.py"} {
		if !exists(filepath.Join(dir, "bin", PackageName, name)) { // where this Python has its packages
			t.Errorf("%s is not installed", name)
		}
	}
}

// The packages are those of the tests, at versions that a worker takes.
func TestRequirements(t *testing.T) {
	tested, err := os.ReadFile("../oracle/requirements.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(Requirements) {
		if !strings.Contains(string(tested), line) {
			t.Errorf("%s is not what internal/oracle is tested with", strings.TrimSpace(line))
		}
	}
}
