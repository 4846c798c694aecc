package audio

import (
	"bufio"
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
	stream, err := flac.New(in)
	if err != nil {
		return nil, cut(err)
	}
	info := stream.Info
	if info.BitsPerSample < 4 || info.BitsPerSample > 32 {
		return nil, fmt.Errorf("samples of %d bits; 4 to 32 are supported", info.BitsPerSample)
	}
	channels := int(info.NChannels)
	scale := 1 / float32(uint64(1)<<(info.BitsPerSample-1))
	var current *frame.Frame
	var at int // within the frame
	var count uint64
	read := func(dst []float32) (int, error) {
		for current == nil || at == len(current.Subframes[0].Samples) {
			f, err := stream.ParseNext()
			switch {
			case err == io.EOF && count < info.NSamples:
				return 0, fmt.Errorf("it ends after %d of %d samples: %w", count, info.NSamples, cut(err))
			case err == io.EOF:
				return 0, err
			case err != nil:
				return 0, cut(err)
			case len(f.Subframes) != channels:
				return 0, fmt.Errorf("a frame has %d channels, but the file has %d; it is damaged", len(f.Subframes), channels)
			}
			current, at = f, 0
			count += uint64(len(f.Subframes[0].Samples))
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
	return &sound{rate: int(info.SampleRate), channels: channels, read: read}, nil
}
