package cli

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/report"
	"github.com/waveletgpt/waveletgpt/run"
)

// eventsIn returns the messages of the one event file below a folder. The wall time,
// which is measured, is zero in all of them.
func eventsIn(t *testing.T, folder string) (messages []string) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(folder, "events.out.tfevents.*"))
	if err != nil || len(paths) != 1 {
		t.Fatalf("event files %v in %s, %v", paths, folder, err)
	}
	data, err := os.ReadFile(paths[0])
	if err != nil {
		t.Fatal(err)
	}
	for len(data) > 0 { // length, its checksum, the message, its checksum
		size := int(binary.LittleEndian.Uint64(data))
		message := slices.Clone(data[12 : 12+size])
		if message[0] == 1<<3|1 { // wall_time
			clear(message[1:9])
		}
		messages, data = append(messages, string(message)), data[12+size+4:]
	}
	return messages
}

// wantEvents compares the event file of a run with its log: after the version, one
// event for each line.
func wantEvents(t *testing.T, folder, runDir string) {
	t.Helper()
	metrics, err := (&run.Run{Dir: runDir}).Metrics()
	if err != nil {
		t.Fatal(err)
	}
	if got := eventsIn(t, folder); len(got) != 1+len(metrics) {
		t.Errorf("%s: %d events for %d lines of the log", folder, len(got)-1, len(metrics))
	}
}

// The event file of a run grows with each evaluation. An interrupted run ends with the
// events of one that was not, whether the curves were asked for from its start or only
// when it was resumed.
func TestTrainTensorBoard(t *testing.T) {
	path, parent := book(t), t.TempDir()
	begin := func(dir string) []string {
		return slices.Concat([]string{"train", path, "--out", dir}, quick())
	}
	whole := filepath.Join(parent, "whole")
	grown := map[string]int{} // events, by the line of progress
	at := func(line string) func() {
		return func() { grown[line] = len(eventsIn(t, filepath.Join(whole, report.EventsDir))) }
	}
	during(t, map[string]func(){"step 0  validation": at("0"), "step 3  validation": at("3"), "step 8  test": at("8")}, append(begin(whole), "--tensorboard")...)
	// The version; validation at 0, 1, 2, 3, 6 and 8; 8 steps; the test.
	if grown["0"] != 2 || grown["3"] != 1+4+3 || grown["8"] != 1+6+8+1 {
		t.Errorf("events after evaluations: %v", grown)
	}
	wantEvents(t, filepath.Join(whole, report.EventsDir), whole)
	want := eventsIn(t, filepath.Join(whole, report.EventsDir))
	for _, first := range [][]string{{"--tensorboard"}, nil} {
		dir := filepath.Join(parent, fmt.Sprint("stopped", len(first)))
		out := interruptAt(t, "step 3  validation", append(begin(dir), first...)...)
		if hint := strings.Join(append([]string{"train --resume", dir}, first...), " ") + "`\n"; !strings.HasSuffix(out.stderr, hint) {
			t.Errorf("it does not end with %q:\n%s", hint, out.stderr)
		}
		// A run that was killed has events of steps after its checkpoint.
		if err := os.RemoveAll(filepath.Join(dir, run.CheckpointsDir, "step-00000003")); err != nil {
			t.Fatal(err)
		}
		interruptAt(t, "step 2  validation", "train", "--resume", dir, "--tensorboard")
		if got := eventsIn(t, filepath.Join(dir, report.EventsDir)); !slices.Equal(got, want[:len(got)]) || len(got) > 1+3+2 {
			t.Errorf("after an earlier checkpoint there are %d events", len(got))
		}
		succeed(t, "train", "--resume", dir, "--tensorboard")
		if got := eventsIn(t, filepath.Join(dir, report.EventsDir)); !slices.Equal(got, want) {
			t.Errorf("flags %v: %d events, want %d", first, len(got), len(want))
		}
	}
}

// All runs of a comparison have events, also those that were finished before.
func TestCompareTensorBoard(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	args := compareArgs(book(t), dir, "--variants", "none,hot=none{train.lr=0.1}", "--seeds", "2")
	out := interruptAt(t, "hot          seed 2  step 2  validation", args...)
	if out.code != ExitInterrupted {
		t.Fatalf("code %d\n%s", out.code, out.stderr)
	}
	succeed(t, append(args, "--tensorboard")...)
	var labels []string
	for _, runDir := range runsBelow(dir, 1) {
		hash := runDir[len(runDir)-8:]
		folders := glob(filepath.Join(dir, report.EventsDir), "*-"+hash)
		if len(folders) != 1 {
			t.Fatalf("folders %v for %s", folders, runDir)
		}
		wantEvents(t, folders[0], runDir)
		labels = append(labels, strings.TrimSuffix(filepath.Base(folders[0]), "-"+hash))
	}
	slices.Sort(labels)
	if want := []string{"hot-seed1", "hot-seed2", "none-seed1", "none-seed2"}; !slices.Equal(labels, want) {
		t.Errorf("folders %v, want %v", labels, want)
	}
}

// Training goes on where the events cannot be written, with one warning.
func TestEventsCannotBeWritten(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, report.EventsDir), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	out := succeed(t, slices.Concat([]string{"train", book(t), "--out", dir, "--tensorboard"}, quick())...)
	if strings.Count(out.stderr, "warning: ") != 1 || !strings.Contains(out.stderr, "warning: the curves for TensorBoard: ") {
		t.Errorf("it says\n%s", out.stderr)
	}
}

// reload prints, for each line that it reads, the step and value of the scalars that
// TensorBoard's own reader has found so far below a folder, by run and tag.
const reload = `
import json, sys
from tensorboard.backend.event_processing.event_multiplexer import EventMultiplexer
m = EventMultiplexer(size_guidance={"scalars": 0})
for _ in sys.stdin:
    m.AddRunsFromDirectory(sys.argv[1])
    m.Reload()
    print(json.dumps({run: {tag: [[e.step, e.value] for e in m.Scalars(run, tag)] for tag in tags["scalars"]}
        for run, tags in m.Runs().items()}), flush=True)
`

type scalars map[string][][2]float64 // step and value, by tag

// tensorBoard starts TensorBoard's reader on a folder. look returns what it has found
// when it is called, by run.
func tensorBoard(t *testing.T, folder string) (look func() map[string]scalars) {
	python := os.Getenv("WAVELETGPT_PYTHON")
	if python == "" {
		t.Skip("set WAVELETGPT_PYTHON to a Python that has the packages of internal/oracle/requirements.txt")
	}
	command := exec.Command(python, "-c", reload, folder)
	command.Stderr = os.Stderr
	asks, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	answers, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		asks.Close()
		if err := command.Wait(); err != nil {
			t.Error(err)
		}
	})
	lines := bufio.NewReader(answers)
	return func() (shown map[string]scalars) {
		t.Helper()
		if _, err := io.WriteString(asks, "\n"); err != nil {
			t.Fatal(err)
		}
		line, err := lines.ReadBytes('\n')
		if err == nil {
			err = json.Unmarshal(line, &shown)
		}
		if err != nil {
			t.Fatal(err)
		}
		return shown
	}
}

// wantSteps compares the number of losses that TensorBoard shows.
func wantSteps(t *testing.T, when string, shown scalars, training, validation int) {
	t.Helper()
	if a, b := len(shown["training loss/nats per token"]), len(shown["validation loss/nats per token"]); a != training || b != validation {
		t.Errorf("%s: %d training and %d validation losses, want %d and %d", when, a, b, training, validation)
	}
}

// wantLog compares what TensorBoard shows with the log of a run.
func wantLog(t *testing.T, shown scalars, runDir string) {
	t.Helper()
	metrics, err := (&run.Run{Dir: runDir}).Metrics()
	if err != nil {
		t.Fatal(err)
	}
	want := scalars{}
	for _, m := range metrics {
		for tag, value := range map[string]*float64{
			"training loss/nats per token": m.Loss, "validation loss/nats per token": m.ValidationLoss,
			"learning rate": m.LR, "gradient norm": m.GradNorm, "test loss/nats per token": m.TestLoss,
		} {
			if value != nil {
				want[tag] = append(want[tag], [2]float64{float64(m.Step), float64(float32(*value))})
			}
		}
	}
	for tag, points := range want {
		if !slices.Equal(shown[tag], points) {
			t.Errorf("%s, %s: TensorBoard shows %v, want %v", runDir, tag, shown[tag], points)
		}
	}
	if len(want) != 5 || len(shown) != 6 { // and bits
		t.Errorf("%s: %d tags in the log, %d shown", runDir, len(want), len(shown))
	}
}

// A TensorBoard that is open while a run trains, stops and resumes from an earlier
// checkpoint shows curves that grow, and in the end each step of the log once.
func TestTensorBoardWatchesARun(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	look := tensorBoard(t, filepath.Join(dir, report.EventsDir))
	during(t, map[string]func(){
		"step 1  validation": func() { wantSteps(t, "at step 1", look()["."], 1, 2) },
		"step 3  validation": func() { wantSteps(t, "at step 3", look()["."], 3, 4) },
	}, slices.Concat([]string{"train", book(t), "--out", dir, "--tensorboard"}, quick())...)
	wantSteps(t, "at the end", look()["."], 8, 6)
	if err := os.RemoveAll(filepath.Join(dir, run.CheckpointsDir, "step-00000008")); err != nil {
		t.Fatal(err)
	}
	during(t, map[string]func(){"step 6  validation": func() { look() }}, "train", "--resume", dir, "--tensorboard")
	wantLog(t, look()["."], dir)
}

// One that is open on a comparison shows the curves of its runs grow, of those that are
// added when it is extended too.
func TestTensorBoardWatchesAComparison(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	look := tensorBoard(t, filepath.Join(dir, report.EventsDir))
	at := func(label string) (shown scalars) {
		for name, found := range look() {
			if strings.HasPrefix(name, label+"-") {
				shown = found
			}
		}
		return shown
	}
	args := compareArgs(book(t), dir, "--variants", "none,haar", "--tensorboard")
	during(t, map[string]func(){
		"none         seed 1  step 2  validation": func() { wantSteps(t, "none at step 2", at("none-seed1"), 2, 3) },
		"haar         seed 1  step 3  validation": func() { wantSteps(t, "haar at step 3", at("haar-seed1"), 3, 4) },
	}, args...)
	during(t, map[string]func(){
		"haar         seed 2  step 1  validation": func() { wantSteps(t, "seed 2 at step 1", at("haar-seed2"), 1, 2) },
	}, append(args, "--seeds", "2")...)
	shown := look()
	for _, runDir := range runsBelow(dir, 1) {
		name, hash := filepath.Base(runDir), runDir[len(runDir)-8:]
		if !strings.HasSuffix(name, hash) || shown[name] == nil {
			t.Fatalf("%s is not among the runs that TensorBoard shows", name)
		}
		wantLog(t, shown[name], runDir)
	}
	if len(shown) != 4 {
		t.Errorf("TensorBoard shows %d runs, want 4", len(shown))
	}
}
