package audio

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// Format tags of WAV files (RFC 2361).
const (
	tagPCM        = 1
	tagFloat      = 3
	tagALaw       = 6
	tagMuLaw      = 7
	tagExtensible = 0xfffe
)

// sizeUnknown reports whether the size of a data chunk means that its writer
// did not know it. When sox writes to a pipe it uses 0x7ffff000, or a little
// less to make whole frames. Others use about the largest number of 32 or 31
// bits.
func sizeUnknown(size uint32) bool {
	return size >= 0x7fff_e000 && size <= 1<<31 || size >= 0xffff_ff00
}

// openWAV reads a WAV file up to its samples: RIFF, or RF64 (EBU Tech 3306) for
// files beyond 4 GB.
func openWAV(in *bufio.Reader) (*sound, error) {
	var head [12]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return nil, cut(err)
	}
	if string(head[8:]) != "WAVE" {
		return nil, fmt.Errorf("the RIFF file holds %q, not WAVE", head[8:])
	}
	var f *wavFormat
	var long uint64 // size of the data chunk of an RF64
	for {
		var chunk [8]byte
		if _, err := io.ReadFull(in, chunk[:]); err == io.EOF && f == nil {
			return nil, errors.New("it has no fmt chunk")
		} else if err == io.EOF {
			return nil, errors.New("it has no data chunk")
		} else if err != nil {
			return nil, cut(err)
		}
		id, size := string(chunk[:4]), binary.LittleEndian.Uint32(chunk[4:])
		switch id {
		case "data":
			if f == nil {
				return nil, errors.New("the data chunk comes before the fmt chunk")
			}
			left := int64(size)
			switch {
			case size == math.MaxUint32 && long > 0 && long < math.MaxInt64:
				left = int64(long)
			case sizeUnknown(size):
				left = -1
			}
			return f.sound(in, left), nil
		case "fmt ", "ds64":
			const most = 1 << 16
			if size > most {
				return nil, fmt.Errorf("chunk %s has %d bytes; the file is damaged", id, size)
			}
			content := make([]byte, size+size&1)
			if _, err := io.ReadFull(in, content); err != nil {
				return nil, cut(err)
			}
			if id == "ds64" && size >= 16 {
				long = binary.LittleEndian.Uint64(content[8:])
			}
			if id == "fmt " {
				var err error
				if f, err = parseFormat(content[:size]); err != nil {
					return nil, err
				}
			}
		default:
			if _, err := io.CopyN(io.Discard, in, int64(size)+int64(size&1)); err != nil {
				return nil, cut(err)
			}
		}
	}
}

// wavFormat is a chunk fmt.
type wavFormat struct {
	tag, channels, rate int
	width               int // bytes per sample
}

func parseFormat(b []byte) (*wavFormat, error) {
	if len(b) < 16 {
		return nil, fmt.Errorf("chunk fmt has %d bytes, fewer than 16; the file is damaged", len(b))
	}
	u16 := func(at int) int { return int(binary.LittleEndian.Uint16(b[at:])) }
	f := &wavFormat{tag: u16(0), channels: u16(2), rate: int(binary.LittleEndian.Uint32(b[4:]))}
	frame, bits := u16(12), u16(14)
	if f.tag == tagExtensible {
		if len(b) < 26 {
			return nil, errors.New("the extensible chunk fmt has no format; the file is damaged")
		}
		f.tag = u16(24) // the beginning of the GUID
	}
	if f.channels == 0 {
		return nil, errors.New("it has 0 channels; the file is damaged")
	}
	// Samples that do not fill their bytes use the upper bits.
	f.width = (bits + 7) / 8
	if frame != f.width*f.channels {
		return nil, fmt.Errorf("%d channels of %d bits do not make frames of %d bytes; the file is damaged", f.channels, bits, frame)
	}
	ok := false
	switch f.tag {
	case tagPCM:
		ok = f.width >= 1 && f.width <= 4
	case tagFloat:
		ok = bits == 32 || bits == 64
	case tagALaw, tagMuLaw:
		ok = bits == 8
	}
	if !ok {
		return nil, fmt.Errorf("samples of format 0x%04x with %d bits are not supported; convert it to 16-bit PCM", f.tag, bits)
	}
	return f, nil
}

// sound reads samples from left bytes of in, or from all if left is negative.
func (f *wavFormat) sound(in io.Reader, left int64) *sound {
	frame := f.width * f.channels
	bytes := make([]byte, 0)
	read := func(dst []float32) (int, error) {
		want := len(dst) / f.channels * frame
		if left >= 0 {
			want = int(min(int64(want), left/int64(frame)*int64(frame)))
		}
		if want == 0 {
			return 0, io.EOF
		}
		if cap(bytes) < want {
			bytes = make([]byte, want)
		}
		n, err := io.ReadFull(in, bytes[:want])
		switch {
		case err == io.EOF || err == io.ErrUnexpectedEOF:
			if left >= 0 || n%frame != 0 {
				return 0, cut(err)
			}
			if n == 0 {
				return 0, io.EOF
			}
		case err != nil:
			return 0, err
		}
		if left >= 0 {
			left -= int64(n)
		}
		f.decode(dst, bytes[:n])
		return n / f.width, nil
	}
	return &sound{rate: f.rate, channels: f.channels, read: read, stop: func() {}}
}

// decode turns bytes into samples.
func (f *wavFormat) decode(dst []float32, b []byte) {
	le := binary.LittleEndian
	n := len(b) / f.width
	switch {
	case f.tag == tagMuLaw:
		for i := range n {
			dst[i] = float32(muLaw16(b[i])) / (1 << 15)
		}
	case f.tag == tagALaw:
		for i := range n {
			dst[i] = float32(aLaw16(b[i])) / (1 << 15)
		}
	case f.tag == tagFloat && f.width == 4:
		for i := range n {
			dst[i] = math.Float32frombits(le.Uint32(b[4*i:]))
		}
	case f.tag == tagFloat:
		for i := range n {
			dst[i] = float32(math.Float64frombits(le.Uint64(b[8*i:])))
		}
	case f.width == 1: // unsigned
		for i := range n {
			dst[i] = (float32(b[i]) - 128) / (1 << 7)
		}
	case f.width == 2:
		for i := range n {
			dst[i] = float32(int16(le.Uint16(b[2*i:]))) / (1 << 15)
		}
	case f.width == 3:
		for i := range n {
			v := int32(b[3*i])<<8 | int32(b[3*i+1])<<16 | int32(b[3*i+2])<<24
			dst[i] = float32(v>>8) / (1 << 23)
		}
	default:
		for i := range n {
			dst[i] = float32(float64(int32(le.Uint32(b[4*i:]))) / (1 << 31))
		}
	}
}
