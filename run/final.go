package run

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/waveletgpt/waveletgpt/internal/vfs"
)

// final.bin, little-endian: a header as in evaluations.bin, then for each window the
// index of its document and its number of predicted tokens (uint32 each) and its
// mean loss (float32, nats per token).
const (
	finalMagic  = "WGPTFINL"
	finalHeader = len(finalMagic) + 8
	finalRecord = 12
)

// A FinalWindow is a window of the validation split in the final evaluation.
type FinalWindow struct {
	Document int     // in which the window begins: index of the documents in the header of the data
	Tokens   int     // predicted
	Loss     float32 // mean, nats per token
}

// FinalEvaluation reads final.bin: the loss of the final weights on every window of
// eval.final_windows, in the order of their positions in the split. It is empty for a
// run without one. It counts if the last line of the log has a [Metric.FinalLoss].
func (r *Run) FinalEvaluation() ([]FinalWindow, error) {
	return readRecords(r.Path(FinalFile), parseFinal)
}

// parseFinal is strict: the file is written at once.
func parseFinal(data []byte) ([]FinalWindow, error) {
	if len(data) < finalHeader {
		return nil, fmt.Errorf("it has %d bytes, fewer than its header; the file is damaged", len(data))
	}
	windows, data, err := cutHeader(data, finalMagic)
	if err != nil {
		return nil, err
	}
	if len(data) != windows*finalRecord {
		return nil, fmt.Errorf("%d windows in %d bytes; the file is damaged", windows, len(data))
	}
	all := make([]FinalWindow, windows)
	for i := range all {
		record := data[i*finalRecord:]
		all[i] = FinalWindow{
			Document: int(binary.LittleEndian.Uint32(record)),
			Tokens:   int(binary.LittleEndian.Uint32(record[4:])),
			Loss:     math.Float32frombits(binary.LittleEndian.Uint32(record[8:])),
		}
		if all[i].Tokens == 0 {
			return nil, fmt.Errorf("window %d has no tokens; the file is damaged", i)
		}
	}
	return all, nil
}

// WriteFinalEvaluation writes final.bin, whole or not at all.
func (r *Run) WriteFinalEvaluation(windows []FinalWindow) error {
	out := appendHeader(nil, finalMagic, len(windows))
	for _, w := range windows {
		out = binary.LittleEndian.AppendUint32(out, uint32(w.Document))
		out = binary.LittleEndian.AppendUint32(out, uint32(w.Tokens))
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(w.Loss))
	}
	return vfs.ReplaceFile(r.Path(FinalFile), out)
}
