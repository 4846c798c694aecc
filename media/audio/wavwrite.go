package audio

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

// WriteWAV writes one channel of samples in [-1, 1] as a WAV file of 16-bit
// integers. Samples out of range are clipped.
func WriteWAV(w io.Writer, rate int, samples []float32) error {
	const header, most = 44, math.MaxUint32/2 - 44
	if len(samples) > most {
		return fmt.Errorf("write WAV: %d samples are more than the %d that fit into a file; write several files", len(samples), most)
	}
	size := uint32(2 * len(samples))
	out := make([]byte, 0, header+2*len(samples))
	out = append(out, "RIFF"...)
	out = binary.LittleEndian.AppendUint32(out, size+header-8)
	out = append(out, "WAVEfmt "...)
	out = binary.LittleEndian.AppendUint32(out, 16)
	out = binary.LittleEndian.AppendUint16(out, tagPCM)
	out = binary.LittleEndian.AppendUint16(out, 1) // channel
	out = binary.LittleEndian.AppendUint32(out, uint32(rate))
	out = binary.LittleEndian.AppendUint32(out, uint32(2*rate)) // bytes per second
	out = binary.LittleEndian.AppendUint16(out, 2)              // bytes per frame
	out = binary.LittleEndian.AppendUint16(out, 16)             // bits per sample
	out = append(out, "data"...)
	out = binary.LittleEndian.AppendUint32(out, size)
	for _, x := range samples {
		v := math.Round(float64(x) * (1 << 15))
		out = binary.LittleEndian.AppendUint16(out, uint16(int16(min(max(v, math.MinInt16), math.MaxInt16))))
	}
	_, err := w.Write(out)
	return err
}
