package audio

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

// Sizes in a Wave64 file (Sony Pictures Digital, 2006). Chunks are those of WAV,
// with a GUID for a name, a size of 8 bytes that includes both, and padding to a
// multiple of 8.
const (
	wave64Start = 40 // bytes of the head of the file
	wave64Head  = 24 // bytes of the head of a chunk
)

// openWave64 reads a Wave64 file up to its samples. ffmpeg does not read to the end
// what its own writer makes, which counts the padding as samples.
func openWave64(in *bufio.Reader) (*sound, error) {
	if _, err := in.Discard(wave64Start); err != nil {
		return nil, cut(err)
	}
	f := &wavFile{in: in, order: binary.LittleEndian}
	for {
		id, size, err := f.wave64Chunk()
		if err != nil {
			return nil, f.without(err)
		}
		rest := size + -size&7
		switch id {
		case "data":
			f.left = size
			f.rest = func() error { return f.moreWave64(size) }
			return f.sound()
		case "fmt ":
			content := make([]byte, min(size, 1<<16))
			if _, err := io.ReadFull(in, content); err != nil {
				return nil, cut(err)
			}
			if f.format, err = parseFormat(content, f.order); err != nil {
				return nil, err
			}
			rest -= int64(len(content))
		}
		if _, err := io.CopyN(io.Discard, in, rest); err != nil {
			return nil, cut(err)
		}
	}
}

// wave64Chunk reads the head of a chunk and returns the size of its content.
func (f *wavFile) wave64Chunk() (id string, size int64, err error) {
	var head [wave64Head]byte
	if _, err := io.ReadFull(f.in, head[:]); err == io.EOF {
		return "", 0, err
	} else if err != nil {
		return "", 0, cut(err)
	}
	stated := binary.LittleEndian.Uint64(head[16:])
	if stated < wave64Head || stated > math.MaxInt64-8 {
		return "", 0, fmt.Errorf("a chunk states a size of %d bytes; the file is damaged", stated)
	}
	return string(head[:4]), int64(stated - wave64Head), nil
}

// moreWave64 reads the chunks behind samples of a size, and what follows them.
func (f *wavFile) moreWave64(size int64) error {
	for {
		if _, err := io.CopyN(io.Discard, f.in, -size&7); err != nil {
			return err // io.EOF without padding
		}
		head, err := f.in.Peek(wave64Head)
		if err != nil && err != io.EOF {
			return err
		}
		const guid = "\xac\xd3\x11\x8c\xd1\x00\xc0\x4f\x8e\xdb\x8a" // the end of those of chunks
		if len(head) < wave64Head || string(head[5:16]) != guid {
			return f.trailer()
		}
		if _, size, err = f.wave64Chunk(); err != nil {
			return err
		}
		if n, err := io.CopyN(io.Discard, f.in, size); err == io.EOF && n < size {
			f.remark(remarkAfter)
			return err
		} else if err != nil {
			return err
		}
	}
}
