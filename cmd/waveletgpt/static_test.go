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
	build := exec.Command("go", "build", "-o", path, ".")
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
}
