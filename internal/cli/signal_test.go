package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/waveletgpt/waveletgpt/internal/checkpoint"
	"github.com/waveletgpt/waveletgpt/run"
)

// endless returns arguments for a training run that only a signal ends.
func endless(t *testing.T, dir string) []string {
	return slices.Concat([]string{"train", "--data", book(t), "--out", dir}, quick(
		"--set", "train.steps=10000000", "--set", "train.eval_every=10000000", "--set", "train.save_every=10000000"))
}

// The first signal saves and ends the run, with a separate exit code.
func TestFirstSignal(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	signals := make(chan os.Signal, 1)
	var stderr bytes.Buffer
	var once sync.Once
	a := &App{
		Stdin: strings.NewReader(""), Stdout: &bytes.Buffer{}, Signals: signals,
		Exit: func(code int) { t.Errorf("Exit(%d) at the first signal", code) },
		Stderr: writer(func(p []byte) {
			stderr.Write(p)
			if bytes.Contains(p, []byte("step 2  validation")) {
				once.Do(func() { signals <- os.Interrupt })
			}
		}),
	}
	if code := a.Main(endless(t, dir)); code != ExitInterrupted || ExitInterrupted != 130 {
		t.Errorf("code %d", code)
	}
	if !strings.HasSuffix(stderr.String(), "resume with `waveletgpt train --resume "+dir+"`\n") {
		t.Errorf("it says\n%s", stderr.String())
	}
	m, err := run.OpenModel(dir)
	if err != nil {
		t.Fatal(err)
	}
	metrics, err := (&run.Run{Dir: dir}).Metrics()
	if err != nil {
		t.Fatal(err)
	}
	if last := metrics[len(metrics)-1].Step; last < 2 || m.Path != checkpoint.New(filepath.Join(dir, run.CheckpointsDir)).Path(last) {
		t.Errorf("the log ends with step %d, the checkpoint is %s", last, m.Path)
	}
}

// The second signal ends a process that hangs.
func TestSecondSignal(t *testing.T) {
	signals, exited := make(chan os.Signal, 2), make(chan int, 1)
	var once sync.Once
	a := &App{
		Stdin: strings.NewReader(""), Stdout: &bytes.Buffer{}, Signals: signals,
		Exit: func(code int) { exited <- code },
		Stderr: writer(func(p []byte) {
			if bytes.Contains(p, []byte("step 1  validation")) {
				once.Do(func() {
					signals <- os.Interrupt
					signals <- os.Interrupt
					if code := <-exited; code != ExitInterrupted {
						t.Errorf("Exit(%d)", code)
					}
				})
			}
		}),
	}
	a.Main(endless(t, filepath.Join(t.TempDir(), "run")))
}

// Signals that nobody sends on purpose do not cut the save short.
func TestSignalsOfAClosedTerminal(t *testing.T) {
	for _, test := range []struct {
		signals []os.Signal
		code    int
	}{
		{[]os.Signal{syscall.SIGHUP, syscall.SIGHUP}, ExitInterrupted},
		{[]os.Signal{syscall.SIGTERM, syscall.SIGHUP}, ExitInterrupted},
		{[]os.Signal{syscall.SIGHUP, syscall.SIGPIPE, syscall.SIGPIPE}, ExitInterrupted},
		{[]os.Signal{syscall.SIGPIPE, syscall.SIGPIPE, syscall.SIGHUP}, ExitClosed},
	} {
		dir := filepath.Join(t.TempDir(), "run")
		signals := make(chan os.Signal) // each is taken before the next
		var once sync.Once
		a := &App{
			Stdin: strings.NewReader(""), Stdout: &bytes.Buffer{}, Signals: signals,
			Exit: func(code int) { t.Errorf("%v: Exit(%d)", test.signals, code) },
			Stderr: writer(func(p []byte) {
				if bytes.Contains(p, []byte("step 2  validation")) {
					once.Do(func() {
						for _, s := range test.signals {
							signals <- s
						}
					})
				}
			}),
		}
		if code := a.Main(endless(t, dir)); code != test.code {
			t.Errorf("%v: code %d", test.signals, code)
		}
		if _, err := run.OpenModel(dir); err != nil {
			t.Errorf("%v: %v", test.signals, err)
		}
	}
}

// A signal while data is prepared leaves no data and gives no hint to resume.
func TestSignalWhilePreparing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "set")
	a := &App{}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var stderr bytes.Buffer
	a.Stdin, a.Stdout, a.Stderr = strings.NewReader(""), &bytes.Buffer{}, &stderr
	if code := a.execute(ctx, []string{"data", "prepare", "text", "--data", book(t), "--out", dir}); code != ExitInterrupted {
		t.Errorf("code %d", code)
	}
	if stderr.String() != "interrupted\n" {
		t.Errorf("it says %q", stderr.String())
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("there is a folder")
	}
}

// A signal ends text generation at once.
func TestSignalWhileGenerating(t *testing.T) {
	dir, _ := trained(t)
	ctx, cancel := context.WithCancel(t.Context())
	count := 0
	a := &App{Stdin: strings.NewReader(""), Stderr: &bytes.Buffer{}, Stdout: writer(func(p []byte) {
		if count++; count == 10 {
			cancel()
		}
	})}
	if code := a.execute(ctx, []string{"generate", "--run", dir, "--tokens", "100000"}); code != ExitInterrupted || count > 12 {
		t.Errorf("code %d after %d writes", code, count)
	}
}

// A signal during the time estimate before a comparison.
func TestSignalWhileMeasuring(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cmp")
	out := interruptAt(t, "prepared ", compareArgs(book(t), dir)...)
	if out.code != ExitInterrupted || strings.Contains(out.stderr, "step 0  validation") {
		t.Errorf("code %d\n%s", out.code, out.stderr)
	}
	if runs, _ := filepath.Glob(filepath.Join(dir, "*-seed*")); len(runs) > 0 {
		t.Errorf("there are runs %v", runs)
	}
	succeed(t, compareArgs(book(t), dir)...)
}
