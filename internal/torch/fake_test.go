package torch

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"testing"
	"time"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/gpt"
)

// fakeVariable makes this test binary a worker that behaves in some way.
const fakeVariable = "WAVELETGPT_TEST_WORKER"

func TestMain(m *testing.M) {
	if behaviour := os.Getenv(fakeVariable); behaviour != "" {
		fake(behaviour)
		return
	}
	os.Exit(m.Run())
}

// fake answers as worker.py does, but for what a behaviour says. Its loss is the sum of
// the tokens of a window.
func fake(behaviour string) {
	in, out := bufio.NewReader(os.Stdin), bufio.NewWriter(os.Stdout)
	answer := func(document any, array []byte) {
		if err := WriteFrame(out, document, int64(len(array)), array); err != nil {
			panic(err)
		}
		out.Flush()
	}
	var values []byte
	for {
		text, size, err := ReadFrame(in)
		if err != nil {
			os.Exit(0)
		}
		array := make([]byte, size)
		if _, err := io.ReadFull(in, array); err != nil {
			os.Exit(0)
		}
		var request struct {
			Request string `json:"request"`
			Lengths []int  `json:"lengths"`
		}
		if err := json.Unmarshal(text, &request); err != nil {
			panic(err)
		}
		switch behaviour + " at " + request.Request {
		case "dies at open", "dies later at step":
			fmt.Fprintln(os.Stderr, "a first line\nCUDA error: device-side assert triggered")
			os.Exit(3)
		case "hangs at step":
			fmt.Fprintln(os.Stderr, "waiting for the driver")
			time.Sleep(time.Hour)
		case "is out of memory at step":
			answer(map[string]string{"error": "CUDA out of memory. Tried to allocate 2.00 GiB", "kind": "memory"}, nil)
			continue
		case "has no such device at open":
			answer(map[string]string{"error": "PyTorch 2.15.0 finds no device of type cuda", "kind": "device"}, nil)
			continue
		case "talks at step":
			fmt.Fprintln(out, "Downloading shards: 100%|##########|")
			out.Flush()
			continue
		case "answers too much at step":
			answer(struct{}{}, make([]byte, 24))
			continue
		}
		switch request.Request {
		case "open":
			about := About{Protocol: Protocol, Python: "3.12.1", Torch: "2.15.0", Transformers: "5.23.0", Build: "2.15.0+cu129", Device: "cuda:0", DeviceName: "NVIDIA H200"}
			if behaviour == "is of another version" {
				about.Protocol++
			}
			answer(about, nil)
		case "load":
			values = array
			answer(struct{}{}, nil)
		case "state":
			answer(struct{}{}, values)
		default:
			var losses bytes.Buffer
			for _, n := range request.Lengths {
				sum := 0.0
				for range n {
					sum += float64(binary.LittleEndian.Uint16(array))
					array = array[2:]
				}
				if err := binary.Write(&losses, binary.LittleEndian, sum); err != nil {
					panic(err)
				}
			}
			if request.Request == "step" {
				if err := binary.Write(&losses, binary.LittleEndian, 0.5); err != nil {
					panic(err)
				}
			}
			answer(struct{}{}, losses.Bytes())
		}
	}
}

// start starts a fake worker of a small model.
func start(t *testing.T, behaviour string) (*Worker, error) {
	t.Helper()
	t.Setenv(fakeVariable, behaviour)
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return startWith(t, self)
}

func startWith(t *testing.T, python string, changes ...func(c *config.Train)) (*Worker, error) {
	t.Helper()
	c, err := config.Preset("tiny")
	if err != nil {
		t.Fatal(err)
	}
	c.Train.Engine, c.Train.Python, c.Train.Device, c.Train.Threads = "torch", python, "cpu", 1
	for _, change := range changes {
		change(&c.Train)
	}
	m, err := gpt.New(gpt.Config{Model: c.Model.Resolved(), Vocabulary: 27})
	if err != nil {
		t.Fatal(err)
	}
	w, err := Start(c.Train, m)
	if err == nil {
		t.Cleanup(func() {
			if err := w.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	return w, err
}
