//go:build unix

package torch

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/waveletgpt/waveletgpt/config"
)

// needsTorch returns the Python that has PyTorch, or skips the test.
func needsTorch(t *testing.T) string {
	t.Helper()
	python := os.Getenv(PythonVariable)
	if python == "" {
		t.Skip("set " + PythonVariable + " to a Python that has the packages of internal/oracle/requirements.txt")
	}
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	return python
}

// parentVariable makes TestTorchEndsWithItsParent the program that will be killed.
const parentVariable = "WAVELETGPT_TEST_PARENT"

// A worker ends when the program is killed, in the middle of a step too.
func TestTorchEndsWithItsParent(t *testing.T) {
	python := needsTorch(t)
	if os.Getenv(parentVariable) != "" {
		w, err := startWith(t, python)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Printf("worker %d\n", w.process.Process.Pid)
		for step := 1; ; step++ { // until killed
			if _, _, err := w.Step(step, 0.1, 0.1, many(4096)); err != nil {
				t.Fatal(err)
			}
		}
	}
	parent := exec.Command(os.Args[0], "-test.run", "^TestTorchEndsWithItsParent$")
	parent.Env = append(os.Environ(), parentVariable+"=1")
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	pid := 0
	for lines := bufio.NewScanner(out); pid == 0 && lines.Scan(); {
		if number, ok := strings.CutPrefix(lines.Text(), "worker "); ok {
			pid, _ = strconv.Atoi(number)
		} else {
			t.Log(lines.Text())
		}
	}
	if pid == 0 {
		t.Fatal("the program started no worker")
	}
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = parent.Wait() // it was killed
	for range 600 {
		if syscall.Kill(pid, 0) != nil {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Errorf("worker %d is still there", pid)
}

// In a process that may have little memory, a request that needs more is one line that says
// so, and the worker answers still.
func TestTorchOutOfMemory(t *testing.T) {
	python := needsTorch(t)
	limited := filepath.Join(t.TempDir(), "python")
	script := "#!/bin/sh\nulimit -v 8000000 || exit 1\nexec '" + python + "' \"$@\"\n"
	if err := os.WriteFile(limited, []byte(script), 0o777); err != nil {
		t.Fatal(err)
	}
	w, err := startWith(t, limited, func(c *config.Train) { c.Batch = 1 << 20 })
	if err != nil {
		t.Fatal(err)
	}
	// What a terminal or a scheduler sends to all processes of a group is for the program.
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		if err := w.process.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
	}
	_, err = w.Evaluate(many(1 << 20))
	if err == nil || !strings.Contains(err.Error(), "PyTorch is out of memory: ") || !strings.Contains(err.Error(), "lower train.batch") || strings.Contains(err.Error(), "\n") {
		t.Fatal(err)
	}
	if _, err := w.Evaluate(many(2)); err != nil {
		t.Errorf("after that: %v", err)
	}
}

func TestTorchUnknownDevice(t *testing.T) {
	python := needsTorch(t)
	_, err := startWith(t, python, func(c *config.Train) { c.Device = "gpu" })
	if err == nil || err.Error() != `PyTorch knows no device 'gpu'; set train.device to another, or leave it empty` {
		t.Error(err)
	}
}

// many are windows of the preset tiny.
func many(n int) [][]uint16 {
	all := make([][]uint16, n)
	for i := range all {
		all[i] = make([]uint16, 33)
	}
	return all
}
