package audio

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/hajimehoshi/go-mp3"
)

// isMP3 tells whether a file begins with the header of a frame of layer III.
func isMP3(head []byte) bool {
	return len(head) >= 4 && head[0] == 0xff && head[1]&0xe6 == 0xe2 && // synchronisation, layer
		head[1]&0x18 != 0x08 && head[2]>>4 != 15 && head[2]>>2&3 != 3 // version, bit rate, sample rate
}

// openMP3 decodes an MP3 stream. The library gives two channels always.
func openMP3(in *bufio.Reader) (*sound, error) {
	frames := &mp3Frames{in: in}
	decoder, err := mp3.NewDecoder(frames)
	if err != nil {
		return nil, cut(err)
	}
	const frame = 4 // bytes of two channels
	buf := make([]byte, frame*block)
	read := func(dst []float32) (int, error) {
		n, err := io.ReadFull(decoder, buf[:min(len(buf), frame*(len(dst)/2))])
		switch {
		case err == io.EOF:
			return 0, frames.end()
		case err != nil && err != io.ErrUnexpectedEOF:
			return 0, cut(err)
		}
		n = n / frame * 2
		for i := range n {
			dst[i] = float32(int16(binary.LittleEndian.Uint16(buf[2*i:]))) / (1 << 15)
		}
		return n, nil
	}
	return &sound{rate: decoder.SampleRate(), channels: 2, read: read}, nil
}

// mp3Frames passes on an MP3 stream and counts its frames: the library ends
// without a word where one is cut off.
type mp3Frames struct {
	in       *bufio.Reader
	left     int   // bytes of the frame at hand
	count    int64 // frames
	declared int64 // frames, as the first one says; 0 where it does not
	other    bool  // what follows are no frames but tags
}

func (f *mp3Frames) Read(p []byte) (int, error) {
	if f.left == 0 && !f.other {
		head, _ := f.in.Peek(64)
		f.left = frameSize(head)
		f.other = f.left == 0
		if f.count == 0 {
			f.declared = declaredFrames(head)
		}
		if !f.other {
			f.count++
		}
	}
	if f.left > 0 {
		p = p[:min(len(p), f.left)]
	}
	n, err := f.in.Read(p)
	f.left = max(0, f.left-n)
	return n, err
}

// end judges the end of the stream. Encoders that count leave the frame out that
// says the number; a last frame that is not whole is then no loss.
func (f *mp3Frames) end() error {
	if f.declared > 0 && f.count >= f.declared || f.declared == 0 && f.left == 0 {
		return io.EOF
	}
	if f.declared > 0 {
		return fmt.Errorf("it ends after %d of %d frames: %w", f.count, f.declared, cut(io.EOF))
	}
	return fmt.Errorf("its last frame: %w", cut(io.EOF))
}

// frameSize returns the bytes of a frame of layer III with its header, 0 where
// there is none or the header does not say (ISO 11172-3, 2.4.2.3; ISO 13818-3).
func frameSize(head []byte) int {
	if !isMP3(head) {
		return 0
	}
	rates := [16]int{0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160} // kbit/s
	factor, rate := 72, [3]int{22050, 24000, 16000}[head[2]>>2&3]
	switch head[1] >> 3 & 3 {
	case 3: // MPEG-1
		rates = [16]int{0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320}
		factor, rate = 144, 2*rate
	case 0: // MPEG-2.5
		rate /= 2
	}
	bits := rates[head[2]>>4]
	if bits == 0 {
		return 0
	}
	return factor*1000*bits/rate + int(head[2]>>1&1)
}

// declaredFrames is the number of frames that encoders write into the first one,
// 0 where they did not.
func declaredFrames(head []byte) int64 {
	for _, mark := range []string{"Xing", "Info"} {
		at := bytes.Index(head, []byte(mark))
		if at >= 0 && at+12 <= len(head) && head[at+7]&1 != 0 {
			return int64(binary.BigEndian.Uint32(head[at+8:]))
		}
	}
	return 0
}
