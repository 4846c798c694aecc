package run

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"

	"github.com/waveletgpt/waveletgpt/internal/versioned"
)

// evaluations.bin, little-endian: the magic, the version and the number of
// windows (uint32 each), then for each evaluation the step (uint32) and the
// mean loss of every validation window (float32, nats per token).
const (
	evaluationsMagic   = "WGPTEVAL"
	evaluationsVersion = 1
	evaluationsHeader  = len(evaluationsMagic) + 8
)

// An Evaluation is the loss of every validation window after a step.
type Evaluation struct {
	Step   int
	Losses []float32
}

// Evaluations reads evaluations.bin. It leaves out a last record that is
// incomplete.
func (r *Run) Evaluations() ([]Evaluation, error) {
	return readRecords(r.Path(EvaluationsFile), parseEvaluations)
}

// readRecords parses a file; one that is not there has no records.
func readRecords[T any](path string, parse func(data []byte) ([]T, error)) ([]T, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	all, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return all, nil
}

// parseEvaluations returns the complete records.
func parseEvaluations(data []byte) (all []Evaluation, err error) {
	if len(data) < evaluationsHeader {
		return nil, nil // the process ended while it wrote the header
	}
	windows, data, err := cutHeader(data, evaluationsMagic)
	if err != nil {
		return nil, err
	}
	size := 4 + 4*windows
	for len(data) >= size {
		e := Evaluation{Step: int(binary.LittleEndian.Uint32(data)), Losses: make([]float32, windows)}
		for i := range e.Losses {
			e.Losses[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4+4*i:]))
		}
		all = append(all, e)
		data = data[size:]
	}
	return all, nil
}

// cutHeader reads the header of evaluations.bin or final.bin, which differ in their
// magic only. data has at least its length.
func cutHeader(data []byte, magic string) (windows int, rest []byte, err error) {
	data, ok := bytes.CutPrefix(data, []byte(magic))
	if !ok {
		return 0, nil, errors.New("not a file of evaluations")
	}
	if err := versioned.Check(int(binary.LittleEndian.Uint32(data)), evaluationsVersion); err != nil {
		return 0, nil, err
	}
	windows = int(binary.LittleEndian.Uint32(data[4:]))
	if windows > 1<<24 {
		return 0, nil, fmt.Errorf("%d windows: the file is damaged", windows)
	}
	return windows, data[8:], nil
}

func appendHeader(out []byte, magic string, windows int) []byte {
	out = append(out, magic...)
	out = binary.LittleEndian.AppendUint32(out, evaluationsVersion)
	return binary.LittleEndian.AppendUint32(out, uint32(windows))
}

// evaluations appends to evaluations.bin.
type evaluations struct {
	*appender
	empty bool
}

// evaluationsEnd is where the file ends after the records keep, its first ones.
func (r *Run) evaluationsEnd(keep []Evaluation) end {
	e := end{path: r.Path(EvaluationsFile)}
	if len(keep) > 0 {
		e.at = evaluationsHeader + len(keep)*(4+4*len(keep[0].Losses))
	}
	return e
}

func (e *evaluations) record(step int, losses []float32) error {
	var out []byte
	if e.empty {
		out = appendHeader(out, evaluationsMagic, len(losses))
	}
	out = binary.LittleEndian.AppendUint32(out, uint32(step))
	for _, v := range losses {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(v))
	}
	e.empty = false
	return e.append(out)
}
