package torch

import (
	"strings"
	"sync"
)

// remedy is what to do without a Python that can train.
const remedy = "run `waveletgpt torch setup`, or name another Python with train.python"

// A refusal is the answer of a worker that cannot do what it was asked for.
type refusal struct {
	Message string `json:"error"`
	Kind    string `json:"kind"`
}

func (r *refusal) Error() string {
	switch r.Kind {
	case "setup":
		return r.Message + "; " + remedy
	case "device":
		return r.Message + "; set train.device to another, or leave it empty"
	case "memory":
		return "PyTorch is out of memory: " + r.Message + "; lower train.batch and raise train.accumulate as much, which is the same step in smaller passes"
	}
	return "PyTorch: " + r.Message
}

// tailSize is how much of what a worker says is kept, in bytes.
const tailSize = 1 << 13

// A tail keeps the end of what is written to it.
type tail struct {
	mu   sync.Mutex
	text []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	if over := len(t.text) - tailSize; over > 0 {
		t.text = append(t.text[:0], t.text[over:]...)
	}
	return len(p), nil
}

// last is the last line with content, as the end of a message; "" if there is none.
func (t *tail) last() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	lines := strings.Split(strings.TrimSpace(strings.ToValidUTF8(string(t.text), "")), "\n")
	line := strings.TrimSpace(lines[len(lines)-1])
	if line == "" {
		return "; it said nothing"
	}
	return "; it said last: " + line
}
