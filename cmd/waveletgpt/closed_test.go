//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/waveletgpt/waveletgpt/internal/checkpoint"
	"github.com/waveletgpt/waveletgpt/run"
)

// exitClosed is the exit code if nobody reads standard output or error any more.
const exitClosed = 141

// A terminal or pipe that is closed ends a run like a signal: all finished steps are
// saved.
func TestTerminalCloses(t *testing.T) {
	dir := t.TempDir()
	program, text := filepath.Join(dir, "waveletgpt"), filepath.Join(dir, "book.txt")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := os.WriteFile(text, bytes.Repeat([]byte("a stone under the river, and so on. "), 300), 0o644); err != nil {
		t.Fatal(err)
	}
	train := func(out string, more ...string) []string {
		return slices.Concat([]string{program, "train", "--data", text, "--out", out}, tiny(slices.Concat([]string{"train.save_every=1000000", "train.eval_every=20"}, more)...))
	}
	const endless = "train.steps=10000000"
	ignoring := func(args []string) []string { // as nohup does
		return slices.Concat([]string{"sh", "-c", `trap "" HUP; exec "$@"`, "sh"}, args)
	}
	for _, test := range []struct {
		name string
		args func(out string) []string
		at   func(t *testing.T, p *os.Process, stderr io.Closer) // after the evaluation of step 20
		code int
	}{
		{"SIGHUP", func(out string) []string { return train(out, endless) },
			func(t *testing.T, p *os.Process, _ io.Closer) { send(t, p, syscall.SIGHUP) }, exitInterrupted},
		{"SIGHUP twice, of the shell and of the terminal", func(out string) []string { return train(out, endless) },
			func(t *testing.T, p *os.Process, _ io.Closer) { send(t, p, syscall.SIGHUP, syscall.SIGHUP) }, exitInterrupted},
		{"SIGHUP with nohup", func(out string) []string { return ignoring(train(out, "train.steps=200")) },
			func(t *testing.T, p *os.Process, _ io.Closer) { send(t, p, syscall.SIGHUP) }, 0},
		{"standard error closes", func(out string) []string { return train(out, endless) },
			func(t *testing.T, _ *os.Process, stderr io.Closer) {
				if err := stderr.Close(); err != nil {
					t.Fatal(err)
				}
			}, exitClosed},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.code == exitInterrupted && signal.Ignored(syscall.SIGHUP) {
				t.Skip("the tests run without SIGHUP, as nohup starts them, and so do their processes")
			}
			out := filepath.Join(t.TempDir(), "run")
			args := test.args(out)
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute) // for a signal that is lost
			defer cancel()
			cmd := exec.CommandContext(ctx, args[0], args[1:]...)
			stderr, err := cmd.StderrPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			said := ""
			for lines := bufio.NewScanner(stderr); lines.Scan(); {
				said += lines.Text() + "\n"
				if strings.HasPrefix(lines.Text(), "step 20  ") {
					test.at(t, cmd.Process, stderr)
				}
			}
			_ = cmd.Wait() // the exit code says all
			if code := cmd.ProcessState.ExitCode(); code != test.code {
				t.Fatalf("code %d\n%s", code, said)
			}
			metrics, err := (&run.Run{Dir: out}).Metrics()
			if err != nil {
				t.Fatal(err)
			}
			last := metrics[len(metrics)-1].Step
			if _, err := checkpoint.Verify(checkpoint.New(filepath.Join(out, run.CheckpointsDir)).Path(last)); err != nil || last < 20 {
				t.Errorf("the log ends with step %d: %v\n%s", last, err, said)
			}
		})
	}
	// A reader that has seen enough ends the other commands, without a message.
	out := filepath.Join(dir, "run")
	if out, err := exec.Command(program, train(out, "train.steps=5")[1:]...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, args := range [][]string{{"generate", "--run", out, "--tokens", "100000"}, {"eval", "--run", out}} {
		read, write, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(program, args...)
		var stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = write, &stderr
		read.Close()
		_ = cmd.Run()
		write.Close()
		if code := cmd.ProcessState.ExitCode(); code != exitClosed || stderr.Len() > 0 {
			t.Errorf("%v: code %d, %q", args, code, stderr.String())
		}
	}
}

func send(t *testing.T, p *os.Process, signals ...os.Signal) {
	t.Helper()
	for _, s := range signals {
		if err := p.Signal(s); err != nil {
			t.Fatal(err)
		}
	}
}
