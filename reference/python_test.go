package reference

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"testing"

	"github.com/waveletgpt/waveletgpt/dataset"
)

// The lines of a small set of text and of one of sound are those that a separate
// program computes from the definitions. WAVELETGPT_PYTHON is a Python with numpy.
func TestRecompute(t *testing.T) {
	python := os.Getenv("WAVELETGPT_PYTHON")
	if python == "" {
		t.Skip("set WAVELETGPT_PYTHON to a Python that has the packages of internal/oracle/requirements.txt")
	}
	const length = 33
	sets := map[string]*dataset.Set{"text": textSet(t), "sound": soundSet(t)}
	input := map[string]map[string]any{}
	for name, set := range sets {
		values := map[string]any{}
		var documents [][]int
		for _, p := range training(set.Header, maxTokens, runTokens) {
			ids := make([]uint16, p.Length)
			if err := set.Read(ids, dataset.Train, p.Start); err != nil {
				t.Fatal(err)
			}
			documents = append(documents, integers(ids))
		}
		values["train"] = documents
		keys := map[string]string{"validation": dataset.Validation, "windows": dataset.Test, "training": dataset.Train}
		if name == "text" {
			delete(keys, "training")
			values["vocabulary"] = set.Header.Vocabulary
		}
		for key, split := range keys {
			var windows [][]int
			for _, at := range windowsOf(t, set, length, split)[0].Starts {
				window, err := set.Window(make([]uint16, length), split, at)
				if err != nil {
					t.Fatal(err)
				}
				windows = append(windows, integers(window))
			}
			values[key] = windows
		}
		input[name] = values
	}
	stdin, err := json.Marshal(input)
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(python, "testdata/recompute.py")
	var stdout, stderr bytes.Buffer
	command.Stdin, command.Stdout, command.Stderr = bytes.NewReader(stdin), &stdout, &stderr
	if err := command.Run(); err != nil {
		t.Fatalf("%v\n%s", err, &stderr)
	}
	var output map[string]struct {
		Order  int
		Losses [][]float64
	}
	if err := json.Unmarshal(stdout.Bytes(), &output); err != nil {
		t.Fatal(err)
	}
	if len(output) != len(sets) {
		t.Fatalf("Python has %d sets", len(output))
	}
	for name, want := range output {
		line, err := Measure(t.Context(), sets[name], length, windowsOf(t, sets[name], length, dataset.Test)...)
		if err != nil {
			t.Fatal(err)
		}
		if line.Order != want.Order || len(want.Losses) != len(line.Losses[0].Windows) {
			t.Fatalf("the %s of %d windows, Python has order %d and %d", line.Name, len(line.Losses[0].Windows), want.Order, len(want.Losses))
		}
		for i, losses := range want.Losses {
			if got := line.Losses[0].Windows[i]; math.Abs(got-mean(losses)) > 1e-9 {
				t.Errorf("%s: window %d has %v nats, Python has %v", line.Name, i, got, mean(losses))
			}
		}
	}
}

// integers are tokens as JSON has them.
func integers(ids []uint16) []int {
	all := make([]int, len(ids))
	for i, id := range ids {
		all[i] = int(id)
	}
	return all
}
