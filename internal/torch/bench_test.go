//go:build linux

package torch

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/gpt"
)

// turn is the number of steps that a loop takes before the other one does: a loop that has
// waited for the other finds its caches cold, which is no cost of a real run.
const turn = 10

// What the engine costs over a loop in plain PyTorch, bench/torch/plain.py, with the same
// model, batch and optimizer, in turns of some steps each, first one, then the other:
//
//	WAVELETGPT_PYTHON=PYTHON go test ./internal/torch -run '^$' -bench Overhead -benchtime 12x
func BenchmarkOverhead(b *testing.B) {
	python := os.Getenv(PythonVariable)
	if python == "" {
		b.Skip("set " + PythonVariable)
	}
	for _, preset := range []string{"small", "paper"} {
		b.Run(preset, func(b *testing.B) {
			c, err := config.Preset(preset)
			if err != nil {
				b.Fatal(err)
			}
			c.Train.Engine, c.Train.Device, c.Train.Threads = "torch", "cpu", 1
			m, err := gpt.New(gpt.Config{Model: c.Model.Resolved(), Vocabulary: 256})
			if err != nil {
				b.Fatal(err)
			}
			m.Init(1)
			w, err := Start(c.Train, m)
			if err != nil {
				b.Fatal(err)
			}
			defer w.Close()
			if err := w.Load(0, valuesOf(m)...); err != nil {
				b.Fatal(err)
			}
			plain, plainPID := plainLoop(b, python, m, c.Train.Batch)
			r := rand.New(rand.NewPCG(1, 2))
			var ours, theirs []float64
			var before [3]float64
			pids := [3]int{w.process.Process.Pid, os.Getpid(), plainPID}
			steps := 0
			step := func() float64 {
				began := time.Now()
				windows := make([][]uint16, c.Train.Batch)
				for k := range windows {
					for range c.Model.Context + 1 {
						windows[k] = append(windows[k], uint16(r.IntN(256)))
					}
				}
				steps++
				if _, _, err := w.Step(steps, 1e-3, 0, windows); err != nil {
					b.Fatal(err)
				}
				return time.Since(began).Seconds()
			}
			for i := range b.N + 1 {
				if i == 1 { // the first turn prepares
					ours, theirs = nil, nil
					for k, pid := range pids {
						before[k] = processor(b, pid)
					}
				}
				for range turn {
					ours = append(ours, step())
				}
				for range turn {
					theirs = append(theirs, plain())
				}
			}
			var spent [3]float64
			for k, pid := range pids {
				spent[k] = processor(b, pid) - before[k]
			}
			b.ReportMetric((spent[0]+spent[1])/spent[2], "processor-ratio")
			slices.Sort(ours)
			slices.Sort(theirs)
			at := func(x []float64, q float64) float64 { return x[int(q*float64(len(x)-1))] }
			b.ReportMetric(1e3*at(ours, 0.5), "ours-ms/step")
			b.ReportMetric(1e3*at(theirs, 0.5), "plain-ms/step")
			b.ReportMetric(at(ours, 0.5)/at(theirs, 0.5), "median-ratio")
			b.ReportMetric(at(ours, 0.1)/at(theirs, 0.1), "fast-ratio")
		})
	}
}

// plainLoop starts the loop in plain PyTorch and returns a function that takes a step and
// returns its seconds.
func plainLoop(b *testing.B, python string, m *gpt.Model, batch int) (step func() float64, pid int) {
	path := filepath.Join(b.TempDir(), gpt.ConfigFile)
	f, err := os.Create(path)
	if err == nil {
		err = m.WriteConfig(f)
	}
	if err != nil || f.Close() != nil {
		b.Fatal(err)
	}
	packages := b.TempDir()
	if err := WritePackage(packages); err != nil {
		b.Fatal(err)
	}
	process := exec.Command(python, "../../bench/torch/plain.py", path, fmt.Sprint(batch))
	process.Env = append(os.Environ(), "WAVELETGPT_PACKAGE="+packages, "TORCH_THREADS=1")
	process.Stderr = os.Stderr
	in, err := process.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := process.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := process.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		in.Close()
		if err := process.Wait(); err != nil {
			b.Error(err)
		}
	})
	lines := bufio.NewScanner(out)
	return func() float64 {
		if _, err := fmt.Fprintln(in, 1); err != nil {
			b.Fatal(err)
		}
		if !lines.Scan() {
			b.Fatal("the plain loop ended")
		}
		seconds, err := strconv.ParseFloat(strings.TrimSpace(lines.Text()), 64)
		if err != nil {
			b.Fatal(err)
		}
		return seconds
	}, process.Process.Pid
}

// processor is the processor time of a process so far, user and system, in hundredths of
// a second (proc(5), stat).
func processor(b *testing.B, pid int) (spent float64) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	for _, field := range strings.Fields(rest)[11:13] {
		ticks, err := strconv.Atoi(field)
		if err != nil {
			b.Fatal(err)
		}
		spent += float64(ticks)
	}
	return spent
}

// valuesOf are the parameters of a model and moments of AdamW, zero.
func valuesOf(m *gpt.Model) (all [][]float32) {
	for _, values := range [][]float32{m.Params, make([]float32, len(m.Params)), make([]float32, len(m.Params))} {
		for _, t := range m.Tensors() {
			all = append(all, t.Of(values))
		}
	}
	return all
}
