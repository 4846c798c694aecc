package main

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// The program loads no library when it runs, and has no code that could: it runs on any
// machine of its architecture, also where there is nothing else.
func TestStatic(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program")
	}
	deps, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"purego", "waveletgpt/internal/mpi"} {
		if strings.Contains(string(deps), name) {
			t.Errorf("the program has package %s", name)
		}
	}
	if runtime.GOOS != "linux" {
		t.Skip("reads ELF files")
	}
	path := filepath.Join(t.TempDir(), "waveletgpt")
	build := exec.Command("go", "build", "-trimpath", "-o", path, ".") // as a release, which knows no Go
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	f, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP || p.Type == elf.PT_DYNAMIC {
			t.Errorf("the program is dynamic: it has a segment %s", p.Type)
		}
	}
	// Without Go it proposes nothing that reads Go's source, and says what else there is.
	for _, test := range []struct {
		args       []string
		has, lacks string
	}{
		{[]string{"compare"}, "name other data with --data, or begin with `" + path + " demo text`", "comparing"},
		{[]string{"demo", "text", "--set", "train.steps=2", "--set", "train.batch=2", "--set", "model.context=32", "--set", "eval.windows=2"}, "compare book.txt", "Go's source"},
	} {
		cmd := exec.Command(path, test.args...)
		cmd.Env, cmd.Dir = []string{}, t.TempDir()
		out, _ := cmd.CombinedOutput()
		if !strings.Contains(string(out), test.has) || strings.Contains(string(out), test.lacks) {
			t.Errorf("%v:\n%s", test.args, out)
		}
	}
}
