package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Without an MPI library the program still tells about itself, and only that.
func TestWithoutLibrary(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program")
	}
	program := filepath.Join(t.TempDir(), "waveletgpt-mpi")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for command, tells := range map[string]bool{
		"--help": true, "help": true, "help train": true, "train --help": true, "version": true, "--version": true, "version --json": true,
		"train": false, "train book.txt": false, "--patience 1s compare": false,
	} {
		cmd := exec.Command(program, strings.Fields(command)...)
		cmd.Env = append(os.Environ(), "WAVELETGPT_MPI=libnothing.so")
		cmd.Dir = t.TempDir()
		if out, err := cmd.CombinedOutput(); (err == nil) != tells || strings.Contains(string(out), "MPI library can be loaded") == tells {
			t.Errorf("%s: %v\n%s", command, err, out)
		}
	}
}
