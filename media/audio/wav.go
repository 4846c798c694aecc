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
	order   binary.ByteOrder
	format  *wavFormat
	left    int64        // bytes of the data chunk, or -1 for all that follow
	odd     bool         // the data chunk has an odd size
	rest    func() error // reads what follows the samples; io.EOF unless that matters
	remarks []string
}

func (f *wavFile) remark(text string) { f.remarks = addRemark(f.remarks, text) }

// openWAV reads a WAV file up to its samples: RIFF, RIFX, which has the high byte first,
// or for files beyond 4 GB RF64 (EBU Tech 3306) or BW64 (ITU-R BS.2088).
func openWAV(in *bufio.Reader) (*sound, error) {
	var head [12]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return nil, cut(err)
	}
	if string(head[8:]) != "WAVE" {
		return nil, fmt.Errorf("the RIFF file holds %q, not WAVE", head[8:])
	}
	f := &wavFile{in: in, order: binary.LittleEndian}
	if string(head[:4]) == "RIFX" {
		f.order = binary.BigEndian
	}
	f.rest = f.moreChunks
	var long uint64 // size of the data chunk of an RF64
	for {
		id, size, err := f.chunk()
		if err != nil {
			return nil, f.without(err)
		}
		switch id {
		case "data":
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
				if f.format, err = parseFormat(content, f.order); err != nil {
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

// without names the chunk that a file lacks if it ends before its samples.
func (f *wavFile) without(err error) error {
	switch {
	case err != io.EOF:
		return err
	case f.format == nil:
		return errors.New("it has no fmt chunk")
	}
	return errors.New("it has no data chunk")
}

// chunk reads the head of a chunk.
func (f *wavFile) chunk() (id string, size uint32, err error) {
	var chunk [8]byte
	if _, err := io.ReadFull(f.in, chunk[:]); err == io.EOF {
		return "", 0, err
	} else if err != nil {
		return "", 0, cut(err)
	}
	return string(chunk[:4]), f.order.Uint32(chunk[4:]), nil
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

// sound returns the samples of the data chunk.
func (f *wavFile) sound() (*sound, error) {
	format := f.format
	if format == nil {
		return nil, errors.New("the data chunk comes before the fmt chunk")
	}
	if format.remark != "" {
		f.remark(format.remark)
	}
	s := &sound{rate: format.rate, channels: format.channels, stop: func() {}}
	spooled := !format.inFour
	frame := format.width * format.channels
	var bytes []byte
	s.read = func(dst []float32) (int, error) {
		if !spooled { // not before, when what is read is kept for ffmpeg
			spooled = true
			if err := f.spool(s); err != nil {
				return 0, err
			}
		}
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
		if f.order == binary.BigEndian {
			for sample := range slices.Chunk(bytes[:n], format.width) {
				slices.Reverse(sample)
			}
		}
		format.decode(dst, bytes[:n])
		return n / format.width, nil
	}
	return s, nil
}

// moreChunks reads the chunks behind the samples, and what follows them.
func (f *wavFile) moreChunks() error {
	if f.odd {
		f.odd = false
		f.pad()
	}
	for {
		b, err := f.in.Peek(id3v1 + tagHead)
		if len(b) == 0 {
			return err
		}
		// Another recording is no chunk, though a RIFF file looks like one.
		if isTag(b) || len(b) < 8 || !isChunkID(b[:4]) || Detect(b) != "" {
			break
		}
		if string(b[:4]) == "data" {
			return errors.New("it has several data chunks; convert it to one")
		}
		size := int64(f.order.Uint32(b[4:]))
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
	return f.trailer()
}

// trailer reads what follows the last chunk.
func (f *wavFile) trailer() error {
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
