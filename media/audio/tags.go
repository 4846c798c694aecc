package audio

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
)

// Remarks that decoders share.
const (
	remarkBefore   = "bytes before the beginning of the sound were left out"
	remarkAfter    = "bytes after the end of the sound were left out"
	remarkCutFrame = "the last frame is cut off and was left out"
	remarkShort    = "it ends before the length that its header states; what is there was read"
)

// addRemark adds a remark that is not there yet.
func addRemark(remarks []string, text string) []string {
	for _, r := range remarks {
		if r == text {
			return remarks
		}
	}
	return append(remarks, text)
}

const (
	tagHead = 10  // bytes of the head of an ID3v2 tag
	id3v1   = 128 // bytes of an ID3v1 tag
	apeHead = 32  // bytes of the head or foot of an APE tag
)

// isID3 reports whether an ID3v2 tag begins here, of version 2.2 to 2.4.
func isID3(b []byte) bool {
	return len(b) >= tagHead && bytes.HasPrefix(b, []byte("ID3")) && b[3] >= 2 && b[3] <= 4 && b[6]|b[7]|b[8]|b[9] < 0x80
}

// tagSize returns the size of an ID3v2 tag (ID3 2.4.0, section 3.1).
func tagSize(head []byte) int {
	size := tagHead
	for i, b := range head[6:10] {
		size += int(b&0x7f) << (7 * (3 - i))
	}
	if head[5]&0x10 != 0 { // a footer
		size += tagHead
	}
	return size
}

// skipID3 skips ID3v2 tags, which precede MP3 and sometimes other formats.
func skipID3(in *bufio.Reader) error {
	for {
		head, err := in.Peek(tagHead)
		if err != nil && err != io.EOF {
			return err
		}
		if !isID3(head) {
			return nil
		}
		if _, err := in.Discard(tagSize(head)); err != nil {
			return fmt.Errorf("ID3 tag: %w", cut(err))
		}
	}
}

// isTag reports whether a tag of a kind that stands behind sound begins here. The
// one of ID3v1, whose mark is short, ends the file or stands before more MP3.
func isTag(b []byte) bool {
	ends := len(b) == id3v1 || len(b) > id3v1 && (b[id3v1] == 0xff || bytes.HasPrefix(b[id3v1:], []byte("ID3")))
	return bytes.HasPrefix(b, []byte("TAG")) && ends || bytes.HasPrefix(b, []byte("APETAGEX")) && len(b) >= apeHead ||
		bytes.HasPrefix(b, []byte("LYRICSBEGIN")) || isID3(b)
}

// discardTag discards one tag and returns its size, or 0 if there is none.
func discardTag(in *bufio.Reader) (int, error) {
	b, err := in.Peek(id3v1 + tagHead)
	if err != nil && err != io.EOF {
		return 0, err
	}
	size := 0
	switch {
	case !isTag(b):
	case b[0] == 'T':
		size = id3v1
	case b[0] == 'I':
		size = tagSize(b)
	case b[0] == 'A': // the size leaves out the head; without one the foot has been it
		size = int(binary.LittleEndian.Uint32(b[12:]))
		if b[23]&0x20 != 0 { // this is a head
			size += apeHead
		} else {
			size = apeHead
		}
	case b[0] == 'L':
		all, err := in.Peek(in.Size())
		if err != nil && err != io.EOF {
			return 0, err
		}
		for _, end := range []string{"LYRICS200", "LYRICSEND"} {
			if at := bytes.Index(all, []byte(end)); at >= 0 {
				size = at + len(end)
			}
		}
	}
	n, err := in.Discard(size)
	if err == io.EOF {
		err = nil
	}
	return n, err
}

// discardRest discards what follows the sound. It reports whether that is more
// than tags.
func discardRest(in *bufio.Reader) (junk bool, err error) {
	for {
		n, err := discardTag(in)
		if err != nil {
			return false, err
		}
		if n == 0 {
			break
		}
	}
	n, err := io.Copy(io.Discard, in)
	return n > 0, err
}
