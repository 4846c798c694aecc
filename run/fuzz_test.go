package run

import (
	"bytes"
	"encoding/binary"
	"math"
	"testing"
)

// Whatever the bytes are, what is read is what they say: written again, the
// records are the beginning of the file.
func FuzzParseEvaluations(f *testing.F) {
	header := func(version, windows uint32) []byte {
		data := []byte(evaluationsMagic)
		data = binary.LittleEndian.AppendUint32(data, version)
		return binary.LittleEndian.AppendUint32(data, windows)
	}
	f.Add([]byte(nil))
	f.Add(header(1, 0))
	f.Add(append(header(1, 0), 1, 0, 0, 0, 2, 0, 0, 0))
	f.Add(append(header(1, 2), 7, 0, 0, 0, 0, 0, 0x80, 0x3f, 0, 0, 0xc0, 0x7f, 8, 0))
	f.Add(header(2, 2))
	f.Add(header(1, math.MaxUint32))
	f.Fuzz(func(t *testing.T, data []byte) {
		all, err := parseEvaluations(data)
		if err != nil || len(all) == 0 {
			return
		}
		again := header(1, uint32(len(all[0].Losses)))
		for _, e := range all {
			again = binary.LittleEndian.AppendUint32(again, uint32(e.Step))
			for _, l := range e.Losses {
				again = binary.LittleEndian.AppendUint32(again, math.Float32bits(l))
			}
		}
		if !bytes.HasPrefix(data, again) || len(data)-len(again) >= 4+4*len(all[0].Losses) {
			t.Errorf("%d records of %d bytes from %d bytes", len(all), len(again), len(data))
		}
	})
}
