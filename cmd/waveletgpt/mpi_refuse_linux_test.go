package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/internal/kernel"
	"github.com/waveletgpt/waveletgpt/run"
)

// What cannot work is refused with one line, before anything is written.
func mpiRefuses(t *testing.T, alone, p programs) {
	mpirun := launch(t, 2)
	dir := filepath.Join(t.TempDir(), "run")
	train := append([]string{p.shipped}, shaped(alone, "train.steps=5").begin(dir)...)
	three := []string{mpirun[0], "-np", "3"}
	lowest := kernel.Tiers()[len(kernel.Tiers())-1]
	type refused struct {
		command   []string
		variables []string
		code      int
		want      string
	}
	tests := map[string]refused{
		"ranks":   {append(three, train...), nil, 2, "3 ranks cannot share train.lanes = 8 equally; start 1, 2, 4, 8 of them"},
		"library": {append(slices.Clone(mpirun), train...), []string{"WAVELETGPT_MPI=libc.so.6"}, 1, "libc.so.6 is no MPI library"},
		"nothing": {append(slices.Clone(mpirun), train...), []string{"WAVELETGPT_MPI=libnothing.so"}, 1, "no MPI library can be loaded"},
		"builds":  {slices.Concat(mpirun[:1], []string{"-np", "1"}, train, []string{":", "-np", "1", p.killpoints}), nil, 2, "another build of this program than rank 0"},
		"jobs":    {slices.Concat(mpirun, []string{p.shipped, "compare", "--data", p.data, "--out", dir, "--jobs", "2", "--preset", "tiny"}), nil, 2, "2 ranks train one run at a time"},
	}
	if lowest != kernel.Tier() {
		lower := append([]string{"env", "WAVELETGPT_KERNEL=" + lowest}, train...)
		tests["kernels"] = refused{slices.Concat(mpirun[:1], []string{"-np", "1"}, train, []string{":", "-np", "1"}, lower), nil, 2, "has the kernels " + lowest}
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			cmd := exec.Command(test.command[0], test.command[1:]...)
			cmd.Env = append(os.Environ(), test.variables...)
			out, err := cmd.CombinedOutput()
			if err == nil || cmd.ProcessState.ExitCode() != test.code {
				t.Errorf("code %d, want %d", cmd.ProcessState.ExitCode(), test.code)
			}
			lines := 0
			for line := range strings.Lines(string(out)) {
				if strings.HasPrefix(line, "waveletgpt") {
					lines++
				}
			}
			if lines != 1 || !strings.Contains(string(out), test.want) {
				t.Errorf("%d lines of the program, want one with %q:\n%s", lines, test.want, out)
			}
			if run.Exists(dir) {
				t.Error("a run was begun")
			}
		})
	}
}
