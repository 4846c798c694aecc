package audio

import (
	"bufio"
	"encoding/binary"
	"io"
)

// copyBoxes copies the boxes of an MPEG-4 file (ISO 14496-12, 4.2). ffmpeg passes
// over what follows them without a word, another recording too.
func copyBoxes(in *bufio.Reader, w io.Writer) (remarks []string, err error) {
	for files := 0; ; {
		head, err := in.Peek(16)
		if err != nil && err != io.EOF {
			return nil, err
		}
		if len(head) == 0 {
			return remarks, nil
		}
		if len(head) >= 8 && string(head[4:8]) == "ftyp" {
			files++
		}
		if len(head) < 8 || !isChunkID(head[4:8]) || files > 1 {
			_, err := io.Copy(io.Discard, in)
			return addRemark(remarks, remarkAfter), err
		}
		size := int64(binary.BigEndian.Uint32(head))
		switch {
		case size == 0: // up to the end of the file
			_, err := io.Copy(w, in)
			return remarks, err
		case size == 1 && len(head) == 16:
			size = int64(binary.BigEndian.Uint64(head[8:]) & (1<<63 - 1))
		}
		if size < 8 {
			_, err := io.Copy(io.Discard, in)
			return addRemark(remarks, remarkAfter), err
		}
		if _, err := io.CopyN(w, in, size); err == io.EOF {
			return addRemark(remarks, remarkShort), nil
		} else if err != nil {
			return nil, err
		}
	}
}
