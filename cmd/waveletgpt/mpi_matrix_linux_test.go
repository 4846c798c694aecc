package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/waveletgpt/waveletgpt/wavelet"
)

// Variables of TestMPIMatrix: the launchers, with spaces between them, and a page of
// results to write.
const (
	matrixVariable = "WAVELETGPT_MPI_MATRIX"
	pageVariable   = "WAVELETGPT_MPI_PAGE"
)

// Every kind of operator and every family, with dropout and accumulation, trained by 8
// ranks, and by a row of other numbers of ranks that take turns under several MPI, one
// of them ended by a kill: each gives the bytes of one process.
func TestMPIMatrix(t *testing.T) {
	launchers := strings.Fields(os.Getenv(matrixVariable))
	if len(launchers) == 0 {
		t.Skipf("set %s=\"mpirun.openmpi mpirun.mpich\" to train each kind of run under both", matrixVariable)
	}
	alone, p := buildMPI(t)
	under := func(i int, s subject, processes int) subject {
		t.Setenv(launcherVariable, launchers[i%len(launchers)])
		return s.onRanks(t, p, processes)
	}
	var rows []string
	for i, settings := range matrix() {
		name := strings.ReplaceAll(strings.Join(settings, ", "), "|", `\|`)
		s := shaped(alone, append([]string{"train.steps=150", "train.save_every=20", "train.eval_every=50", "train.batch=3", "train.accumulate=4", "model.heads=2", "train.keep=20"}, settings...)...)
		reference := filepath.Join(t.TempDir(), "alone")
		s.ends(t, reference)
		want := s.content(t, reference)
		whole := under(i, s, 8)
		dir := filepath.Join(t.TempDir(), "whole")
		said := whole.ends(t, dir)
		whole.checkFinished(t, dir, want)

		dir = filepath.Join(t.TempDir(), "turns")
		stop := func(s subject, after int, signal syscall.Signal) {
			job := s.start(t, dir)
			job.waitFor(t, dir, after)
			ranks := ranksOf(s.shipped)
			if s.launch == nil {
				ranks = []int{job.Process.Pid}
			}
			_ = syscall.Kill(ranks[0], signal) // it may have ended, and then the next line tells
			if code := job.wait(); code == 0 && signal == syscall.SIGKILL {
				t.Errorf("%s: killed, code 0\n%s", name, job.stderr)
			}
		}
		stop(s, 15, syscall.SIGTERM)
		stop(under(i+1, s, 4), 45, syscall.SIGTERM)
		stop(under(i, s, 2), 75, syscall.SIGKILL)
		stop(under(i+1, s, 8), 105, syscall.SIGTERM)
		s.ends(t, dir)
		// A signal saves, so other checkpoints are there as well; those of both are equal.
		s.checkFinished(t, dir, want)
		_, mpi, _ := strings.Cut(said, "threads (")
		mpi, _, _ = strings.Cut(mpi, ")")
		rows = append(rows, fmt.Sprintf("| `%s` | %s | %d |", name, mpi, len(want)))
		t.Log(rows[len(rows)-1])
		if t.Failed() {
			t.Fatalf("%s failed", name)
		}
	}
	if page := os.Getenv(pageVariable); page != "" {
		writePage(t, page, rows)
	}
}

// matrix lists the settings of the runs.
func matrix() (all [][]string) {
	for _, o := range wavelet.Operators() {
		all = append(all, []string{"model.mixer=" + o.Example(), "model.dropout=0.1"})
	}
	for _, more := range []string{
		"model.family=nanochat, train.optimizer=muon, model.mixer=haar", "model.family=llama, model.kv_heads=1, model.mixer=shift",
		"train.lanes=16, train.batch=20, model.mixer=haar", "train.optimizer=muon, train.schedule=wsd", "eval.final_windows=100, model.norm=post",
	} {
		all = append(all, append(strings.Split(more, ", "), "model.dropout=0.1"))
	}
	return all
}

// writePage writes the page of results.
func writePage(t *testing.T, path string, rows []string) {
	t.Helper()
	text := fmt.Sprintf(`# One run on several processes

Written by `+"`make mpi`"+`. Each row is a run of 150 steps with dropout, 3 x 4 sequences a step if nothing else is said, that was trained three times: by
one process; by 8 ranks, under the MPI of the row; and in turns by 1 process, 4 ranks, 2 ranks of which one was killed, 8 ranks, and 1 process, under
the MPI of the row and the next one in turn. Metrics, evaluations, configuration and all files of the checkpoints that one process keeps were equal to the byte, all three times.

%s/%s, one machine with %d processors.

| settings | MPI of 8 ranks | files compared |
|---|---|---|
%s
`, runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), strings.Join(rows, "\n"))
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
