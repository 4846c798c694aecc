package train

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/gpt"
	"github.com/waveletgpt/waveletgpt/internal/optim"
	"github.com/waveletgpt/waveletgpt/internal/torch"
	"github.com/waveletgpt/waveletgpt/run"
)

// These variables make this test binary a worker that computes as the native engine: the
// configuration that it trains, the size of its vocabulary, its device, the step at which
// it dies, and that at which its memory is full in the middle of the update.
const (
	workerConfig     = "WAVELETGPT_TEST_CONFIG"
	workerVocabulary = "WAVELETGPT_TEST_VOCABULARY"
	workerDevice     = "WAVELETGPT_TEST_DEVICE"
	workerDeath      = "WAVELETGPT_TEST_DEATH"
	workerFull       = "WAVELETGPT_TEST_FULL"
)

func TestMain(m *testing.M) {
	if document := os.Getenv(workerConfig); document != "" {
		if err := work(document, os.Stdin, os.Stdout); err != nil && !errors.Is(err, io.EOF) {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func work(document string, in io.Reader, out io.Writer) error {
	var vocabulary, death, full int
	fmt.Sscan(os.Getenv(workerVocabulary), &vocabulary)
	fmt.Sscan(os.Getenv(workerDeath), &death)
	fmt.Sscan(os.Getenv(workerFull), &full)
	c := config.Earlier()
	if err := c.Merge("test", []byte(document)); err != nil {
		return err
	}
	m, err := gpt.New(gpt.Config{Model: c.Model.Resolved(), Vocabulary: vocabulary})
	if err != nil {
		return err
	}
	e := newNative(c.Train, m)
	values := valuesOf(m, e.states())
	for {
		text, size, err := torch.ReadFrame(in)
		if err != nil {
			return err
		}
		var request struct {
			Request        string
			Steps, Step    int
			Rate, MuonRate float64
			Lengths        []int
		}
		if err := json.Unmarshal(bytes.ReplaceAll(text, []byte("muon_rate"), []byte("MuonRate")), &request); err != nil {
			return err
		}
		array := io.LimitReader(in, size)
		var windows [][]uint16
		for _, n := range request.Lengths {
			windows = append(windows, make([]uint16, n))
			if err := binary.Read(array, binary.LittleEndian, windows[len(windows)-1]); err != nil {
				return err
			}
		}
		var document any = struct{}{}
		var answer bytes.Buffer
		switch request.Request {
		case "open":
			document = torch.About{Protocol: torch.Protocol, Build: "2.15.0", Device: os.Getenv(workerDevice)}
		case "load":
			for _, v := range values {
				err = errors.Join(err, binary.Read(array, binary.LittleEndian, v))
			}
			err = errors.Join(err, e.load(request.Steps))
		case "state":
			for _, v := range values {
				err = errors.Join(err, binary.Write(&answer, binary.LittleEndian, v))
			}
		case "evaluate":
			var losses []float64
			for _, w := range windows {
				e.spaces[0].Forward(w[:len(w)-1], nil)
				sum := 0.0
				for _, l := range e.spaces[0].Loss(w[1:]) {
					sum += float64(l)
				}
				losses = append(losses, sum)
			}
			err = binary.Write(&answer, binary.LittleEndian, losses)
		case "step":
			if request.Step == death {
				return fmt.Errorf("the device fell off the bus")
			}
			r := e.take(request.Step, windows)
			if r.rate != request.Rate || optim.MuonRate(c.Train, r.rate) != request.MuonRate {
				return fmt.Errorf("rates %v and %v", request.Rate, request.MuonRate)
			}
			if request.Step == full {
				document = map[string]string{"error": "no room for momentum", "kind": "memory"}
				break
			}
			err = binary.Write(&answer, binary.LittleEndian, append(slices.Clone(r.losses), r.norm))
		}
		if err != nil {
			return err
		}
		if err := torch.WriteFrame(out, document, int64(answer.Len()), answer.Bytes()); err != nil {
			return err
		}
	}
}

// byWorker lets the runs of a configuration be trained by this binary as a worker.
func byWorker(t *testing.T, c config.Config, set *dataset.Set) config.Config {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv(workerConfig, string(c.TOML()))
	t.Setenv(workerVocabulary, fmt.Sprint(set.Header.Vocabulary))
	t.Setenv(workerDevice, "cuda:0")
	c.Train.Engine, c.Train.Python = "torch", self
	return c
}

// sameRun compares what two finished runs of different engines have left.
func sameRun(t *testing.T, a, b string) {
	t.Helper()
	files := []string{run.MetricsFile, run.EvaluationsFile}
	for _, step := range []string{"step-00000010", "step-00000014"} {
		for _, name := range []string{gpt.WeightsFile, gpt.ConfigFile, OptimizerFile} {
			files = append(files, filepath.Join(run.CheckpointsDir, step, name))
		}
	}
	for _, name := range files {
		want, err := os.ReadFile(filepath.Join(a, name))
		got, err2 := os.ReadFile(filepath.Join(b, name))
		if err := errors.Join(err, err2); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s differs", name)
		}
	}
}

// resumesAfterFailure trains a run whose step 8 fails, as a variable asks the worker to,
// with an error that says something, and then to its end. It leaves what the run here has.
func resumesAfterFailure(t *testing.T, c config.Config, set *dataset.Set, variable, says, here string) {
	t.Helper()
	there := t.TempDir()
	t.Setenv(variable, "8")
	l := begin(t, there, c, set)
	if err := l.Advance(t.Context(), 14, func(Report) {}); err == nil || !strings.Contains(err.Error(), says) {
		t.Errorf("step 8: %v", err)
	}
	if err := l.Save(); err != nil {
		t.Error(err)
	}
	closeLoop(t, l)
	t.Setenv(variable, "")
	l, warnings := goOn(t, there, set)
	if l.Step() != 5 || len(warnings) > 0 {
		t.Errorf("it resumes after step %d, with warnings %v", l.Step(), warnings)
	}
	finish(t, l)
	sameRun(t, here, there)
}

// A worker that computes as the native engine leaves the same run: the loop gives it the
// same work, and loses nothing on the way. Nor does it when the worker dies: the run resumes
// after its last checkpoint.
func TestWorkerLeavesTheSameRun(t *testing.T) {
	set := corpus(t, 1, letters)
	for name, change := range map[string]func(*config.Config){
		"adamw": nil,
		"muon":  func(c *config.Config) { withMuon(&c.Train); c.Model.Mixer, c.Model.Dropout = "learned", 0.1 },
	} {
		t.Run(name, func(t *testing.T) {
			c := small(change)
			here := t.TempDir()
			trained(t, here, c, set)
			resumesAfterFailure(t, byWorker(t, c, set), set, workerDeath,
				"step 8: the PyTorch worker ended at \"step\" (exit status 1); it said last: the device fell off the bus", here)
		})
	}
}

// A step that fails may have changed half of the values. They are not saved, though the
// worker still answers: the run resumes after its last checkpoint.
func TestHalfAnUpdateIsNotSaved(t *testing.T) {
	set := corpus(t, 1, letters)
	c := small(nil)
	here := t.TempDir()
	trained(t, here, c, set)
	resumesAfterFailure(t, byWorker(t, c, set), set, workerFull, "out of memory: no room for momentum; lower train.batch", here)
}

// A run keeps its engine. Another device is a warning, and a branch takes what any
// device has trained.
func TestRunKeepsItsEngine(t *testing.T) {
	set := corpus(t, 1, letters)
	c := small(func(c *config.Config) { c.Train.Schedule = "wsd" })
	dir := t.TempDir()
	torched := byWorker(t, c, set)
	l := begin(t, dir, torched, set)
	if err := l.Advance(t.Context(), 10, func(Report) {}); err != nil {
		t.Fatal(err)
	}
	closeLoop(t, l)
	if _, err := Start(dir, c, set); err == nil || !strings.Contains(err.Error(), "is trained by the engine torch, not native, and a run keeps its engine; set train.engine = torch") {
		t.Errorf("the native engine resumes it: %v", err)
	}
	t.Setenv(workerDevice, "cpu")
	l, warnings := goOn(t, dir, set)
	if len(warnings) != 1 || !strings.Contains(warnings[0].Error(), "on cuda:0 () and continues with torch 2.15.0, transformers , Python  on cpu") {
		t.Errorf("another device: %v", warnings)
	}
	closeLoop(t, l)
	longer := torched
	longer.Train.Steps = 20
	branch := filepath.Join(t.TempDir(), "branch")
	if from, step, err := Branch(branch, longer, set, dir); err != nil || from != dir || step != 10 {
		t.Errorf("branched off step %d of %q, error %v", step, from, err)
	}
	if r, err := Start(branch, longer, set); err != nil || r.Config.Train.Engine != "torch" {
		t.Error(err)
	}
	longer.Train.Engine, longer.Train.Python = "native", ""
	if _, step, err := Branch(filepath.Join(t.TempDir(), "other"), longer, set, dir); err != nil || step != 0 {
		t.Errorf("a native run branched off step %d of one of PyTorch, error %v", step, err)
	}
}
