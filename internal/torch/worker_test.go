package torch

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

var windows = [][]uint16{{1, 2, 3, 40000}, {5, 6}, {7, 8, 9, 10}}

func TestWorker(t *testing.T) {
	w, err := start(t, "good")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := w.About.String(), "torch 2.15.0+cu129, transformers 5.23.0, Python 3.12.1 on cuda:0 (NVIDIA H200)"; got != want {
		t.Errorf("it is %q, want %q", got, want)
	}
	losses, norm, err := w.Step(1, 0.1, 0.2, windows)
	if err != nil || norm != 0.5 || !slices.Equal(losses, []float64{40006, 11, 34}) {
		t.Errorf("losses %v, norm %v, error %v", losses, norm, err)
	}
	if losses, err = w.Evaluate(windows[1:]); err != nil || !slices.Equal(losses, []float64{11, 34}) {
		t.Errorf("losses %v, error %v", losses, err)
	}
	// More than one piece of a buffer, in arrays of lengths that fit none.
	long, short := make([]float32, 40001), []float32{1.5, -2}
	for i := range long {
		long[i] = float32(i) / 3
	}
	if err := w.Load(7, long, short); err != nil {
		t.Fatal(err)
	}
	gotLong, gotShort := make([]float32, len(long)), make([]float32, len(short))
	if err := w.State(gotLong, gotShort); err != nil || !slices.Equal(gotLong, long) || !slices.Equal(gotShort, short) {
		t.Errorf("state is not what was loaded; error %v", err)
	}
	if err := w.State(gotShort); err == nil || !strings.Contains(err.Error(), "160012 bytes of values, not 8") {
		t.Errorf("too many values: %v", err)
	}
}

// Whatever happens to a worker, the error is one line that says what happened, what the
// worker said last, and what to do.
func TestWorkerFails(t *testing.T) {
	for behaviour, want := range map[string]string{
		"is out of memory":      "PyTorch is out of memory: CUDA out of memory. Tried to allocate 2.00 GiB; lower train.batch and raise train.accumulate",
		"dies":                  `the PyTorch worker ended at "open" (exit status 3); it said last: CUDA error: device-side assert triggered`,
		"dies later":            `the PyTorch worker ended at "step" (exit status 3); it said last: CUDA error: device-side assert triggered`,
		"hangs":                 `the PyTorch worker did not answer "step" within 50ms and was ended; it said last: waiting for the driver`,
		"talks":                 `the PyTorch worker gave no answer to "step" but a frame of `,
		"answers too much":      `the PyTorch worker gave no answer to "step" but 24 bytes of losses, not 32`,
		"has no such device":    "PyTorch 2.15.0 finds no device of type cuda; set train.device to another, or leave it empty",
		"is of another version": "the PyTorch worker speaks version 2, this program version 1",
		"is killed":             `the PyTorch worker ended at "step" (signal: killed); it said nothing`,
	} {
		t.Run(behaviour, func(t *testing.T) {
			w, err := start(t, behaviour)
			if err == nil {
				if behaviour == "is killed" {
					if runtime.GOOS == "windows" {
						t.Skip("Windows has other words")
					}
					if err := w.process.Process.Kill(); err != nil {
						t.Fatal(err)
					}
				}
				if behaviour == "hangs" {
					w.Deadline = 50 * time.Millisecond
				}
				_, _, err = w.Step(1, 0.1, 0.2, windows)
			}
			if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %v, want %q", err, want)
			}
			if w == nil || behaviour == "is out of memory" {
				return
			}
			if _, err := w.Evaluate(windows); err == nil { // and again, without waiting
				t.Error("a worker that has ended answers")
			}
		})
	}
}

func TestNoPython(t *testing.T) {
	_, err := startWith(t, filepath.Join(t.TempDir(), "python3"))
	if err == nil || !strings.Contains(err.Error(), "there is no Python ") {
		t.Errorf("a Python that does not exist: %v", err)
	}
	t.Setenv("PATH", t.TempDir())
	t.Setenv(PythonVariable, "")
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	_, err = startWith(t, "")
	if err == nil || !strings.Contains(err.Error(), "run `waveletgpt torch setup`, or name another Python with train.python") {
		t.Errorf("no Python: %v", err)
	}
}

// plainPython is any Python, with the packages in a directory that hide its own.
func plainPython(t *testing.T, packages map[string]string) string {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("there is no python3")
	}
	dir := t.TempDir()
	for name, version := range packages {
		info := filepath.Join(dir, name+"-"+version+".dist-info")
		if err := os.Mkdir(info, 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(info, "METADATA"), []byte("Metadata-Version: 2.1\nName: "+name+"\nVersion: "+version+"\n"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PYTHONPATH", dir)
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	return python
}

// The worker itself, in a Python that lacks what it needs.
func TestPythonWithoutPackages(t *testing.T) {
	for _, test := range []struct {
		packages map[string]string
		want     string
	}{
		{map[string]string{"torch": "1.13.1", "transformers": "5.23.0"}, " has torch 1.13.1; 2.6 or newer is needed; run `waveletgpt torch setup`, or name another Python"},
		{map[string]string{"torch": "2.15.0+cpu", "transformers": "4.40.2"}, " has transformers 4.40.2; 4.57 or newer is needed; run"},
		{nil, " has no torch; run `waveletgpt torch setup`, or name another Python with train.python"},
	} {
		python := plainPython(t, test.packages)
		if test.packages == nil && exec.Command(python, "-c", "import torch").Run() == nil {
			continue // this one has it
		}
		_, err := startWith(t, python)
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v: error %v, want %q", test.packages, err, test.want)
		}
	}
}
