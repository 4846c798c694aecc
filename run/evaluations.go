package run

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
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

// Evaluations reads evaluations.bin. A last record that was cut off is left
// out.
func (r *Run) Evaluations() ([]Evaluation, error) {
	data, err := os.ReadFile(r.Path(EvaluationsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	all, _, err := parseEvaluations(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.Path(EvaluationsFile), err)
	}
	return all, nil
}

// parseEvaluations returns the whole records, and the bytes of one.
func parseEvaluations(data []byte) (all []Evaluation, size int, err error) {
	if len(data) < evaluationsHeader {
		return nil, 0, nil // cut off while it was begun
	}
	if !bytes.HasPrefix(data, []byte(evaluationsMagic)) {
		return nil, 0, fmt.Errorf("no file of evaluations")
	}
	data = data[len(evaluationsMagic):]
	if v := binary.LittleEndian.Uint32(data); v != evaluationsVersion {
		return nil, 0, fmt.Errorf("format_version is %d and this program reads %d; use a newer waveletgpt", v, evaluationsVersion)
	}
	windows := int(binary.LittleEndian.Uint32(data[4:]))
	data = data[8:]
	if windows > 1<<24 {
		return nil, 0, fmt.Errorf("%d windows: the file is damaged", windows)
	}
	size = 4 + 4*windows
	for len(data) >= size {
		e := Evaluation{Step: int(binary.LittleEndian.Uint32(data)), Losses: make([]float32, windows)}
		for i := range e.Losses {
			e.Losses[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4+4*i:]))
		}
		all = append(all, e)
		data = data[size:]
	}
	return all, size, nil
}

// evaluations appends to evaluations.bin.
type evaluations struct {
	file  *os.File
	empty bool
}

// openEvaluations cuts off what is later than a step.
func (r *Run) openEvaluations(step int) (*evaluations, error) {
	path := r.Path(EvaluationsFile)
	all, err := r.Evaluations()
	if err != nil {
		return nil, err
	}
	keep, size := 0, 0
	for _, e := range all {
		if e.Step <= step {
			keep++
			size = 4 + 4*len(e.Losses)
		}
	}
	file, err := openAppend(path)
	if err != nil {
		return nil, err
	}
	length := 0
	if keep > 0 {
		length = evaluationsHeader + keep*size
	}
	if err := file.Truncate(int64(length)); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &evaluations{file, keep == 0}, nil
}

func (e *evaluations) append(step int, losses []float32) error {
	var out []byte
	if e.empty {
		out = append(out, evaluationsMagic...)
		out = binary.LittleEndian.AppendUint32(out, evaluationsVersion)
		out = binary.LittleEndian.AppendUint32(out, uint32(len(losses)))
	}
	out = binary.LittleEndian.AppendUint32(out, uint32(step))
	for _, v := range losses {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(v))
	}
	e.empty = false
	_, err := e.file.Write(out)
	return err
}
