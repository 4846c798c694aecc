package audio

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/hajimehoshi/go-mp3"
)

// isMP3 reports whether a file begins with the header of a layer III frame.
func isMP3(head []byte) bool {
	return len(head) >= 4 && head[0] == 0xff && head[1]&0xe6 == 0xe2 && // synchronisation, layer
		head[1]&0x18 != 0x08 && head[2]>>4 != 15 && head[2]>>2&3 != 3 // version, bit rate, sample rate
}

// openMP3 decodes an MP3 stream. The library always returns two channels.
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

// mp3Frames passes an MP3 stream on and counts its frames, because the library
// does not report a truncated one.
type mp3Frames struct {
	in       *bufio.Reader
	left     int   // bytes of the current frame
	count    int64 // frames
	declared int64 // frames, as the first one says, or 0
	other    bool  // the rest is tags, not frames
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

// end reports whether the stream is complete. The number that some encoders
// declare leaves out the frame that declares it, so an incomplete last frame is
// no loss then.
func (f *mp3Frames) end() error {
	if f.declared > 0 && f.count >= f.declared || f.declared == 0 && f.left == 0 {
		return io.EOF
	}
	if f.declared > 0 {
		return fmt.Errorf("it ends after %d of %d frames: %w", f.count, f.declared, cut(io.EOF))
	}
	return fmt.Errorf("its last frame: %w", cut(io.EOF))
}

// frameSize returns the size of a layer III frame with its header, in bytes, or
// 0 if there is none or the header does not say (ISO 11172-3, 2.4.2.3; ISO
// 13818-3).
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

// declaredFrames returns the number of frames that the encoder wrote into the
// first one, or 0.
func declaredFrames(head []byte) int64 {
	for _, mark := range []string{"Xing", "Info"} {
		at := bytes.Index(head, []byte(mark))
		if at >= 0 && at+12 <= len(head) && head[at+7]&1 != 0 {
			return int64(binary.BigEndian.Uint32(head[at+8:]))
		}
	}
	return 0
}
