package torch

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync/atomic"
	"time"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/gpt"
)

// Deadlines of answers. To open is to import PyTorch and to find the device; a step of a
// compiled model may compile it first.
const (
	openDeadline   = 10 * time.Minute
	answerDeadline = 30 * time.Minute
)

// A Worker is a Python process that trains one model. After an error other than that of
// a device, of missing packages or of memory it has ended. After an error of a step its
// values may be those of half an update. It must be used by one goroutine at a time.
type Worker struct {
	About    About
	Deadline time.Duration // of an answer; a worker that takes longer is ended

	process *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
	said    *tail
	ended   chan struct{} // closed when the process has ended
	status  error         // how, after ended
}

// About is what a worker says of itself.
type About struct {
	Protocol     int    `json:"protocol"`
	Python       string `json:"python"` // versions
	Torch        string `json:"torch"`
	Transformers string `json:"transformers"`
	Build        string `json:"build"`  // version of PyTorch with the build, as in 2.15.0+cu129
	Device       string `json:"device"` // as in torch.device
	DeviceName   string `json:"device_name"`
}

// String names versions and device in one line.
func (a About) String() string {
	return fmt.Sprintf("torch %s, transformers %s, Python %s on %s (%s)", a.Build, a.Transformers, a.Python, a.Device, a.DeviceName)
}

// Start starts the worker of a model. Its parameters are undefined until [Worker.Load].
func Start(c config.Train, m *gpt.Model) (*Worker, error) {
	p, err := planOf(c, m)
	if err != nil {
		return nil, err
	}
	python, err := Interpreter(c.Python)
	if err != nil {
		return nil, err
	}
	dir, err := installed()
	if err != nil {
		return nil, err
	}
	w := &Worker{Deadline: answerDeadline, said: &tail{}, ended: make(chan struct{})}
	w.process = exec.Command(python, dir)
	w.process.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1", "PYTHONUNBUFFERED=1", "HF_HUB_OFFLINE=1")
	w.process.Stderr = w.said
	w.process.WaitDelay = 5 * time.Second // for what its own processes still say
	if w.in, err = w.process.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := w.process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	w.out = bufio.NewReaderSize(out, 1<<16)
	if err := w.process.Start(); err != nil {
		return nil, fmt.Errorf("start Python: %w; %s", err, remedy)
	}
	if err := w.call("open", openDeadline, p, nil, &w.About, nil); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	if w.About.Protocol != Protocol {
		return nil, errors.Join(fmt.Errorf("the PyTorch worker speaks version %d, this program version %d", w.About.Protocol, Protocol), w.Close())
	}
	return w, nil
}

// Load gives the worker all values: the parameters of the model and the state of its
// optimizers after some steps.
func (w *Worker) Load(steps int, arrays ...[]float32) error {
	var pieces [][]byte
	for _, a := range arrays {
		piece, _ := binary.Append(nil, binary.LittleEndian, a) // cannot fail: numbers have a size
		pieces = append(pieces, piece)
	}
	request := struct {
		Request string `json:"request"`
		Steps   int    `json:"steps"`
	}{"load", steps}
	return w.call("load", w.Deadline, request, pieces, nil, nil)
}

// State reads what Load gave, as it is now.
func (w *Worker) State(arrays ...[]float32) error {
	return w.call("state", w.Deadline, map[string]string{"request": "state"}, nil, nil, func(r io.Reader, size int64) error {
		want := int64(0)
		for _, a := range arrays {
			want += 4 * int64(len(a))
		}
		if size != want {
			return &nonsense{fmt.Sprintf("%d bytes of values, not %d", size, want)}
		}
		for _, a := range arrays {
			if err := readFloats(r, a); err != nil {
				return err
			}
		}
		return nil
	})
}

// Step takes training step t, counted from 1, with the rates of AdamW and of Muon. It
// returns the sum of the losses of each window, and the norm of the gradient. If any of
// these is not finite, there was no update.
func (w *Worker) Step(t int, rate, muonRate float64, windows [][]uint16) (losses []float64, norm float64, err error) {
	request := windowsRequest{Request: "step", Step: t, Rate: rate, MuonRate: muonRate}
	all, err := w.losses(request, windows, len(windows)+1)
	if err != nil {
		return nil, 0, err
	}
	return all[:len(windows)], all[len(windows)], nil
}

// Evaluate returns the sum of the losses of each window.
func (w *Worker) Evaluate(windows [][]uint16) ([]float64, error) {
	return w.losses(windowsRequest{Request: "evaluate"}, windows, len(windows))
}

type windowsRequest struct {
	Request  string  `json:"request"`
	Step     int     `json:"step"`
	Rate     float64 `json:"rate"`
	MuonRate float64 `json:"muon_rate"`
	Lengths  []int   `json:"lengths"`
}

func (w *Worker) losses(request windowsRequest, windows [][]uint16, n int) ([]float64, error) {
	var tokens []byte
	for _, window := range windows {
		request.Lengths = append(request.Lengths, len(window))
		for _, token := range window {
			tokens = binary.LittleEndian.AppendUint16(tokens, token)
		}
	}
	losses := make([]float64, n)
	err := w.call(request.Request, w.Deadline, request, [][]byte{tokens}, nil, func(r io.Reader, size int64) error {
		if size != int64(8*n) {
			return &nonsense{fmt.Sprintf("%d bytes of losses, not %d", size, 8*n)}
		}
		return binary.Read(r, binary.LittleEndian, losses)
	})
	return losses, err
}

// call sends a request and waits for its answer.
func (w *Worker) call(what string, deadline time.Duration, request any, pieces [][]byte, document any, array func(r io.Reader, size int64) error) error {
	var late atomic.Bool
	timer := time.AfterFunc(deadline, func() {
		late.Store(true)
		_ = w.process.Process.Kill() // it may have ended
	})
	err := w.exchange(request, pieces, document, array)
	if !timer.Stop() && late.Load() {
		w.end()
		return fmt.Errorf("the PyTorch worker did not answer %q within %v and was ended%s", what, deadline, w.said.last())
	}
	var refused *refusal
	if err == nil || errors.As(err, &refused) {
		return err
	}
	var strange *nonsense
	if errors.As(err, &strange) {
		_ = w.process.Process.Kill() // it may wait for a reader of what it still has to say
		w.end()
		return fmt.Errorf("the PyTorch worker gave no answer to %q but %w%s", what, err, w.said.last())
	}
	w.end()
	if w.status == nil {
		w.status = errors.New("without an error")
	}
	return fmt.Errorf("the PyTorch worker ended at %q (%w)%s", what, w.status, w.said.last())
}

func (w *Worker) exchange(request any, pieces [][]byte, document any, array func(r io.Reader, size int64) error) error {
	size := int64(0)
	for _, p := range pieces {
		size += int64(len(p))
	}
	if err := WriteFrame(w.in, request, size, pieces...); err != nil {
		return err
	}
	text, got, err := ReadFrame(w.out)
	if err != nil {
		return err
	}
	var refused refusal
	if err := json.Unmarshal(text, &refused); err != nil {
		return &nonsense{fmt.Sprintf("no JSON: %v", err)}
	}
	if refused.Message != "" {
		return &refused
	}
	if document != nil {
		if err := json.Unmarshal(text, document); err != nil {
			return &nonsense{fmt.Sprintf("other JSON: %v", err)}
		}
	}
	if array != nil {
		return array(w.out, got)
	}
	if got != 0 {
		return &nonsense{fmt.Sprintf("%d bytes where none should be", got)}
	}
	return nil
}

// end ends the process and waits for it.
func (w *Worker) end() {
	select {
	case <-w.ended:
		return
	default:
	}
	_ = w.in.Close()
	timer := time.AfterFunc(closeDeadline, func() { _ = w.process.Process.Kill() })
	w.status = w.process.Wait()
	timer.Stop()
	close(w.ended)
}

// closeDeadline is how long a worker may take to end.
const closeDeadline = 10 * time.Second

// Close ends the process.
func (w *Worker) Close() error {
	w.end()
	return nil
}

func readFloats(r io.Reader, to []float32) error {
	buffer := make([]byte, 1<<16)
	for len(to) > 0 {
		part := buffer[:min(len(buffer), 4*len(to))]
		if _, err := io.ReadFull(r, part); err != nil {
			return err
		}
		n, err := binary.Decode(part, binary.LittleEndian, to[:len(part)/4])
		if err != nil {
			return err
		}
		to = to[n/4:]
	}
	return nil
}
