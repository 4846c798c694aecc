package audio

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
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

// sizeUnknown reports whether the size of a data chunk means that its writer
// did not know it. When sox writes to a pipe it uses 0x7ffff000, or a little
// less to make whole frames. Others use about the largest number of 32 or 31
// bits.
func sizeUnknown(size uint32) bool {
	return size >= 0x7fff_e000 && size <= 1<<31 || size >= 0xffff_ff00
}

// A wavFile is a WAV file that is being read.
type wavFile struct {
	in      *bufio.Reader
	format  *wavFormat
	left    int64 // bytes of the data chunk, or -1 for all that follow
	odd     bool  // the data chunk has an odd size
	remarks []string
}

func (f *wavFile) remark(text string) { f.remarks = addRemark(f.remarks, text) }

// openWAV reads a WAV file up to its samples: RIFF, or for files beyond 4 GB RF64
// (EBU Tech 3306) or BW64 (ITU-R BS.2088).
func openWAV(in *bufio.Reader) (*sound, error) {
	var head [12]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return nil, cut(err)
	}
	if string(head[8:]) != "WAVE" {
		return nil, fmt.Errorf("the RIFF file holds %q, not WAVE", head[8:])
	}
	if string(head[:4]) == "RIFX" {
		return nil, &foreignCodec{"WAV with the high byte first (RIFX)"}
	}
	f := &wavFile{in: in}
	var long uint64 // size of the data chunk of an RF64
	for {
		id, size, err := f.chunk()
		if err == io.EOF && f.format == nil {
			return nil, errors.New("it has no fmt chunk")
		} else if err == io.EOF {
			return nil, errors.New("it has no data chunk")
		} else if err != nil {
			return nil, err
		}
		switch id {
		case "data":
			if f.format == nil {
				return nil, errors.New("the data chunk comes before the fmt chunk")
			}
			f.left, f.odd = int64(size), size&1 != 0
			switch {
			case size == math.MaxUint32 && long > 0 && long < math.MaxInt64:
				f.left, f.odd = int64(long), long&1 != 0
			case sizeUnknown(size):
				f.left = -1
			case size == 0 && f.followed():
				f.left = -1
				f.remark("its header states no samples; what follows was read")
			}
			return f.sound()
		case "fmt ", "ds64":
			const most = 1 << 16
			if size > most {
				return nil, fmt.Errorf("chunk %s has %d bytes; the file is damaged", id, size)
			}
			content := make([]byte, size)
			if _, err := io.ReadFull(in, content); err != nil {
				return nil, cut(err)
			}
			if id == "ds64" && size >= 16 {
				long = binary.LittleEndian.Uint64(content[8:])
			}
			if id == "fmt " {
				if f.format, err = parseFormat(content); err != nil {
					return nil, err
				}
			}
		default:
			if _, err := io.CopyN(io.Discard, in, int64(size)); err != nil {
				return nil, cut(err)
			}
		}
		if size&1 != 0 {
			f.pad()
		}
	}
}

// chunk reads the head of a chunk.
func (f *wavFile) chunk() (id string, size uint32, err error) {
	var chunk [8]byte
	if _, err := io.ReadFull(f.in, chunk[:]); err == io.EOF {
		return "", 0, err
	} else if err != nil {
		return "", 0, cut(err)
	}
	return string(chunk[:4]), binary.LittleEndian.Uint32(chunk[4:]), nil
}

// pad skips the byte behind a chunk of odd size, which some writers leave out.
func (f *wavFile) pad() {
	b, _ := f.in.Peek(5)
	switch {
	case len(b) >= 4 && b[0] != 0 && isChunkID(b[:4]) && !(len(b) == 5 && isChunkID(b[1:])):
		f.remark("a chunk of odd size has no padding")
	case len(b) > 0:
		_, _ = f.in.Discard(1)
	}
}

func isChunkID(b []byte) bool {
	for _, c := range b {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return b[0] != ' '
}

// followed reports whether samples follow a data chunk that states none: there is
// something, and it is no other chunk.
func (f *wavFile) followed() bool {
	b, _ := f.in.Peek(8)
	return len(b) > 0 && !(len(b) == 8 && isChunkID(b[:4]))
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

func parseFormat(b []byte) (*wavFormat, error) {
	if len(b) < 16 {
		return nil, fmt.Errorf("chunk fmt has %d bytes, fewer than 16; the file is damaged", len(b))
	}
	u16 := func(at int) int { return int(binary.LittleEndian.Uint16(b[at:])) }
	f := &wavFormat{tag: u16(0), channels: u16(2), rate: int(binary.LittleEndian.Uint32(b[4:]))}
	frame, bits := u16(12), u16(14)
	if f.tag == tagExtensible {
		if len(b) < 40 {
			return nil, errors.New("the extensible chunk fmt has no format; the file is damaged")
		}
		if !slices.Contains(guidTails, string(b[26:40])) {
			return nil, &foreignCodec{"WAV with an extensible format of its own"}
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

// sound returns the samples of the data chunk.
func (f *wavFile) sound() (*sound, error) {
	format := f.format
	if format.remark != "" {
		f.remark(format.remark)
	}
	s := &sound{rate: format.rate, channels: format.channels, stop: func() {}}
	if format.inFour {
		if err := f.spool(s); err != nil {
			return nil, err
		}
	}
	frame := format.width * format.channels
	var bytes []byte
	s.read = func(dst []float32) (int, error) {
		want := len(dst) / format.channels * frame
		if f.left >= 0 {
			want = int(min(int64(want), f.left))
		}
		if cap(bytes) < want {
			bytes = make([]byte, want)
		}
		n, err := io.ReadFull(f.in, bytes[:want])
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			if f.left > 0 {
				f.remark(remarkShort)
			}
			f.left, err = int64(0), nil
		}
		if err != nil {
			return 0, err
		}
		if f.left > 0 {
			f.left -= int64(n)
		}
		if n%frame != 0 { // only at the end
			f.remark("its last frame is incomplete and was left out")
			n -= n % frame
		}
		if n == 0 {
			err := f.rest()
			s.remarks = append(s.remarks, f.remarks...)
			f.remarks = nil
			return 0, err
		}
		format.decode(dst, bytes[:n])
		return n / format.width, nil
	}
	return s, nil
}

// rest reads what follows the samples. It returns io.EOF unless that matters.
func (f *wavFile) rest() error {
	if f.odd {
		f.odd = false
		f.pad()
	}
	for {
		b, err := f.in.Peek(id3v1 + tagHead)
		if len(b) == 0 {
			return err
		}
		if isTag(b) || len(b) < 8 || !isChunkID(b[:4]) {
			break
		}
		if string(b[:4]) == "data" {
			return errors.New("it has several data chunks; convert it to one")
		}
		size := int64(binary.LittleEndian.Uint32(b[4:]))
		n, err := io.CopyN(io.Discard, f.in, 8+size)
		if err == io.EOF && n < 8+size { // no chunk, or one that is cut off
			f.remark(remarkAfter)
		}
		if err != nil {
			return err
		}
		if size&1 != 0 {
			f.pad()
		}
	}
	junk, err := discardRest(f.in)
	if err != nil {
		return err
	}
	if junk {
		f.remark(remarkAfter)
	}
	return io.EOF
}

// spool tells from all samples of a file where 24 bits lie in 4 bytes: in the
// upper ones as RFC 2361 has it, or in the lower ones with their sign above. If
// both could be, they are the lower ones, because in the upper ones all would be
// below -48 dB.
func (f *wavFile) spool(s *sound) error {
	from := io.Reader(f.in)
	if f.left >= 0 {
		from = io.LimitReader(f.in, f.left)
	}
	file, err := spool(from)
	if err != nil {
		return err
	}
	s.stop = func() { _ = file.Close(); _ = os.Remove(file.Name()) }
	upper, lower := true, true
	in, b := bufio.NewReaderSize(file, 1<<16), make([]byte, 4)
	for err == nil {
		if _, err = io.ReadFull(in, b); err == nil {
			upper = upper && b[0] == 0
			lower = lower && (b[3] == 0 || b[3] == 0xff && b[2] >= 0x80)
		}
	}
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err == nil && !upper && !lower {
		err = errors.New("its 24-bit samples are neither in the upper nor in the lower three of 4 bytes; convert it to 16-bit PCM")
	}
	if err != nil {
		s.stop()
		return err
	}
	f.format.lower = lower
	f.remark("its samples of 24 bits lie in 4 bytes; their values tell in which")
	f.in = bufio.NewReaderSize(io.MultiReader(file, f.in), 1<<16)
	return nil
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
