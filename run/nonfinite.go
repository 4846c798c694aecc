package run

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/waveletgpt/waveletgpt/internal/vfs"
)

// NonFiniteDir is the directory of a run that holds the steps whose loss or
// gradient was not finite.
const NonFiniteDir = "nonfinite"

// NonFinite is a file in [NonFiniteDir]: one step.
type NonFinite struct {
	FormatVersion int      `json:"format_version"`
	Step          int      `json:"step"`
	What          string   `json:"what"`    // "loss" or "gradient"
	Windows       []Window `json:"windows"` // of the step, in the order of its sequences
}

// A Window is one sequence of the batch of a step.
type Window struct {
	Loss   *float64 `json:"loss"` // mean, nats per token; null if it is not finite
	Tokens []uint16 `json:"tokens"`
}

func nonFiniteName(step int) string {
	return filepath.Join(NonFiniteDir, fmt.Sprintf("step-%08d.json", step))
}

// WriteNonFinite writes a step to its file and returns the path.
func (r *Run) WriteNonFinite(n NonFinite) (path string, err error) {
	n.FormatVersion = 1
	name := nonFiniteName(n.Step)
	document, err := json.Marshal(n)
	if err != nil {
		return "", fmt.Errorf("write %s: %w", r.Path(name), err)
	}
	// Not MkdirAll: a run that was removed must not come back.
	if err := os.Mkdir(r.Path(NonFiniteDir), 0o777); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", err
	}
	return r.Path(name), vfs.ReplaceFile(r.Path(name), append(document, '\n'))
}
