package audio

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
)

// Format tags of WAV files (RFC 2361).
const (
	tagPCM        = 1
	tagFloat      = 3
	tagALaw       = 6
	tagMuLaw      = 7
	tagExtensible = 0xfffe
)

// wavCodecs are codecs that WAV files hold and that are not decoded here.
var wavCodecs = map[int]string{
	0x02: "Microsoft ADPCM", 0x11: "IMA ADPCM", 0x14: "G.723", 0x16: "G.721", 0x22: "TrueSpeech", 0x31: "GSM 6.10", 0x40: "G.721", 0x45: "G.726",
	0x50: "MPEG layer II", 0x55: "MP3", 0x160: "WMA", 0x161: "WMA", 0xff: "AAC", 0x2000: "AC-3", 0x2001: "DTS",
}

// wavFormat is a chunk fmt.
type wavFormat struct {
	tag, channels, rate int
	width               int    // bytes per sample
	inFour, lower       bool   // samples of 24 bits lie in 4 bytes, in the lower ones
	remark              string // or none
}

// guidTail is what follows the format tag in the GUID of an extensible format.
// The other one is that of ambisonic sound.
var guidTails = []string{
	"\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71",
	"\x00\x00\x21\x07\xd3\x11\x86\x44\xc8\xc1\xca\x00\x00\x00",
}

// parseFormat reads a chunk fmt. What is not decoded here is a [foreignCodec], except with
// the high byte first: ffmpeg 5.1.9 misreads such files.
func parseFormat(b []byte, order binary.ByteOrder) (*wavFormat, error) {
	f, err := readFormat(b, order)
	if order == binary.BigEndian && (errors.As(err, new(*foreignCodec)) || f != nil && f.inFour) {
		err = errors.New("WAV with the high byte first (RIFX) is read with PCM, float, A-law or mu-law samples, not with these; convert it, for example by sox IN.wav -L OUT.wav")
	}
	return f, err
}

func readFormat(b []byte, order binary.ByteOrder) (*wavFormat, error) {
	if len(b) < 16 {
		return nil, fmt.Errorf("chunk fmt has %d bytes, fewer than 16; the file is damaged", len(b))
	}
	u16 := func(at int) int { return int(order.Uint16(b[at:])) }
	f := &wavFormat{tag: u16(0), channels: u16(2), rate: int(order.Uint32(b[4:]))}
	frame, bits := u16(12), u16(14)
	if f.tag == tagExtensible {
		if len(b) < 40 {
			return nil, errors.New("the extensible chunk fmt has no format; the file is damaged")
		}
		if !slices.Contains(guidTails, string(b[26:40])) {
			return nil, &foreignCodec{"WAV with a private extensible format"}
		}
		f.tag = u16(24)
	}
	if f.channels == 0 {
		return nil, errors.New("it has 0 channels; the file is damaged")
	}
	// Samples that do not fill their bytes use the upper bits.
	f.width = (bits + 7) / 8
	ok := false
	switch f.tag {
	case tagPCM:
		ok = f.width >= 1 && f.width <= 4
	case tagFloat:
		ok = bits == 32 || bits == 64
	case tagALaw, tagMuLaw:
		ok = bits == 8
	}
	if name := wavCodecs[f.tag]; !ok && name != "" {
		return nil, &foreignCodec{fmt.Sprintf("WAV with %s (format 0x%04x)", name, f.tag)}
	} else if !ok {
		return nil, &foreignCodec{fmt.Sprintf("WAV with samples of format 0x%04x and %d bits", f.tag, bits)}
	}
	switch {
	case frame == f.width*f.channels:
	case f.tag == tagPCM && bits == 24 && frame == 4*f.channels:
		f.width, f.inFour = 4, true
	case f.tag == tagPCM && bits > 16:
		return nil, fmt.Errorf("%d channels of %d bits in frames of %d bytes are not supported; convert it to 16-bit PCM", f.channels, bits, frame)
	default: // as sox and ffmpeg do
		f.remark = "its size of a frame is not that of its samples, and was ignored"
	}
	return f, nil
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
		shift := 0
		if f.lower {
			shift = 8
		}
		for i := range n {
			dst[i] = float32(float64(int32(le.Uint32(b[4*i:])<<shift)) / (1 << 31))
		}
	}
}
