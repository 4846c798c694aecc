package audio

import (
	"bufio"
	"crypto/md5"
	"errors"
	"fmt"
	"io"

	"github.com/mewkiz/flac"
	"github.com/mewkiz/flac/frame"
)

// openFLAC decodes a FLAC stream.
func openFLAC(in *bufio.Reader) (*sound, error) {
	// The library parses the first block of metadata, of any type, and trusts
	// its sizes. It skips the others.
	if head, err := in.Peek(8); err != nil {
		return nil, cut(err)
	} else if head[4]&0x7f != 0 || head[5] != 0 || head[6] != 0 || head[7] != 34 {
		return nil, errors.New("it does not begin with a STREAMINFO block; the file is damaged")
	}
	stream, err := flac.New(in) // reads from in itself, which is large enough
	if err != nil {
		return nil, cut(err)
	}
	info := stream.Info
	if info.BitsPerSample < 4 || info.BitsPerSample > 32 {
		return nil, fmt.Errorf("samples of %d bits; 4 to 32 are supported", info.BitsPerSample)
	}
	f := &flacFrames{in: in, stream: stream, sum: &flacSum{width: (int(info.BitsPerSample) + 7) / 8}}
	channels := int(info.NChannels)
	scale := 1 / float32(uint64(1)<<(info.BitsPerSample-1))
	var current *frame.Frame
	var at int // within the frame
	s := &sound{rate: int(info.SampleRate), channels: channels}
	s.read = func(dst []float32) (int, error) {
		for current == nil || at == len(current.Subframes[0].Samples) {
			if current, err = f.next(); err != nil {
				s.remarks = f.remarks
				return 0, err
			}
			at = 0
		}
		n := min(len(dst)/channels, len(current.Subframes[0].Samples)-at)
		for c, sub := range current.Subframes {
			for i, v := range sub.Samples[at : at+n] {
				dst[i*channels+c] = float32(v) * scale
			}
		}
		at += n
		return n * channels, nil
	}
	return s, nil
}

// flacFrames reads the frames of a FLAC stream and checks that all are there.
type flacFrames struct {
	in      *bufio.Reader
	stream  *flac.Stream
	sum     *flacSum
	count   uint64 // samples
	first   uint64 // the position of the first frame
	remarks []string
}

// next returns the next frame, or io.EOF.
func (f *flacFrames) next() (*frame.Frame, error) {
	info := f.stream.Info
	// A frame begins with 14 bits and a reserved one (RFC 9639, section 9.1).
	sync, err := f.in.Peek(2)
	if err != nil && err != io.EOF {
		return nil, err
	}
	isFrame := len(sync) == 2 && sync[0] == 0xff && sync[1]&0xfe == 0xf8
	if !isFrame || f.count > 0 && f.count == info.NSamples && f.sum.equals(info.MD5sum) {
		return nil, f.end(len(sync) == 0)
	}
	x, err := f.stream.ParseNext()
	if err == io.EOF { // after the sync code, so within a frame
		err = io.ErrUnexpectedEOF
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, fmt.Errorf("it ends after %d of %d samples: %w", f.count, info.NSamples, cut(err))
	}
	if err != nil {
		return nil, fmt.Errorf("%w; the file is damaged", err)
	}
	if len(x.Subframes) != int(info.NChannels) || x.BitsPerSample != 0 && x.BitsPerSample != info.BitsPerSample || x.SampleRate != 0 && x.SampleRate != info.SampleRate {
		return nil, errors.New("a frame has other channels, bits or another rate than the file; it is damaged")
	}
	position := x.Num
	if x.HasFixedBlockSize {
		position *= uint64(info.BlockSizeMax)
	}
	if f.count == 0 {
		f.first = position
	} else if position != f.first+f.count {
		return nil, errors.New("a frame is missing; the file is damaged")
	}
	f.count += uint64(len(x.Subframes[0].Samples))
	return x, f.sum.add(x)
}

// end is called where no frame begins. It returns io.EOF if the sound is whole.
func (f *flacFrames) end(nothing bool) error {
	info := f.stream.Info
	known, whole := info.MD5sum != [md5.Size]byte{}, f.sum.equals(info.MD5sum)
	switch {
	case f.count < info.NSamples && !whole:
		return fmt.Errorf("it ends after %d of %d samples: %w", f.count, info.NSamples, cut(io.EOF))
	case known && !whole && f.first > 0: // cut out of a longer one
		f.remarks = addRemark(f.remarks, "its samples begin in the middle of a recording, so its checksum says nothing")
	case known && !whole:
		return errors.New("the checksum of its samples is wrong; the file is damaged")
	}
	if info.NSamples > 0 && info.NSamples != f.count {
		f.remarks = addRemark(f.remarks, "its header states another number of samples than there are; all were read")
	}
	if nothing {
		return io.EOF
	}
	if next, _ := f.in.Peek(4); string(next) == "fLaC" {
		f.remarks = addRemark(f.remarks, "another recording follows in the file and was left out")
		return io.EOF
	}
	junk, err := discardRest(f.in)
	if err != nil {
		return err
	}
	if junk && !whole && info.NSamples != f.count {
		return errors.New("the bytes after a frame are not another frame, and no checksum or number of samples tells that it was the last; the file is damaged")
	}
	if junk {
		f.remarks = addRemark(f.remarks, remarkAfter)
	}
	return io.EOF
}
