package audio

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"os"
)

// maxSpooled is the largest temporary file.
const maxSpooled = 1 << 33

// spool copies a stream to a temporary file and rewinds it.
func spool(r io.Reader) (*os.File, error) {
	file, err := os.CreateTemp("", "waveletgpt-*")
	if err != nil {
		return nil, err
	}
	// Where the system allows it, the file has no name from now on, and so
	// survives no crash.
	_ = os.Remove(file.Name())
	_, err = io.Copy(&limitedWriter{file, maxSpooled}, r)
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		_ = file.Close()
		_ = os.Remove(file.Name())
		return nil, err
	}
	return file, nil
}

// copyContent copies a file for ffmpeg. It checks what ffmpeg passes over: pages
// of Ogg, frames of MPEG, the size that a header states.
func copyContent(in *bufio.Reader, to io.Writer, demuxer string) (remarks []string, err error) {
	w := &limitedWriter{to, maxSpooled}
	switch demuxer {
	case "mp3":
		return copyFrames(in, w)
	case "mov":
		return copyBoxes(in, w)
	case "aac":
		return copyADTS(in, w)
	case "ogg":
		return copyPages(in, w)
	}
	const inSight = 4096
	head, err := in.Peek(inSight)
	if err != nil && err != io.EOF {
		return nil, err
	}
	stated, only := statedSize(head)
	if only { // ffmpeg would take the rest for sound
		in = bufio.NewReader(io.MultiReader(io.LimitReader(in, stated), &trailer{in, &remarks}))
	}
	n, err := io.Copy(w, in)
	if err == nil && n < stated {
		remarks = append(remarks, remarkShort)
	}
	return remarks, err
}

// A trailer is the rest of a file, which is read to tell what it is.
type trailer struct {
	in      *bufio.Reader
	remarks *[]string
}

func (t *trailer) Read([]byte) (int, error) {
	junk, err := discardRest(t.in)
	if err != nil {
		return 0, err
	}
	if junk {
		*t.remarks = addRemark(*t.remarks, remarkAfter)
	}
	return 0, io.EOF
}

// statedSize returns the size of a file by its header, or 0 if that does not say,
// and whether what follows is not part of it.
func statedSize(head []byte) (size int64, only bool) {
	const least = 24
	if len(head) < least {
		return 0, false
	}
	le, be := binary.LittleEndian, binary.BigEndian
	unknown := func(size uint32) bool { return size < 20 || size >= 0x7fff_0000 } // to a writer that could not go back
	switch string(head[:4]) {
	case "FORM":
		if size := be.Uint32(head[4:]); !unknown(size) {
			return 8 + int64(size) + int64(size&1), true
		}
	case ".snd":
		if size := be.Uint32(head[8:]); !unknown(size) {
			return int64(be.Uint32(head[4:])) + int64(size), true
		}
	case "RIFF": // often wrong, where the size of the chunk of samples is right
		if size := le.Uint32(head[4:]); !unknown(size) {
			return 8 + int64(size), false
		}
	case "riff":
		if size := le.Uint64(head[16:]); size < math.MaxInt64 {
			return int64(size), size >= least
		}
	}
	// The file properties of ASF (section 3.2) have the size behind their own and
	// the number of the file.
	const properties = "\xa1\xdc\xab\x8c\x47\xa9\xcf\x11\x8e\xe4\x00\xc0\x0c\x20\x53\x65"
	if at := bytes.Index(head, []byte(properties)); at >= 0 && at+48 <= len(head) && Detect(head) == nameWMA {
		if size := le.Uint64(head[at+40:]); size < math.MaxInt64 {
			return int64(size), false
		}
	}
	return 0, false
}

// cutTags cuts tags of ID3v1 and APE from the end of a file, where some demuxers
// take them for sound.
func cutTags(file *os.File) error {
	for {
		size, err := file.Seek(0, io.SeekEnd)
		if err != nil {
			return err
		}
		end := make([]byte, min(size, id3v1))
		if _, err := file.ReadAt(end, size-int64(len(end))); err != nil {
			return err
		}
		cut := int64(0)
		if len(end) == id3v1 && bytes.HasPrefix(end, []byte("TAG")) {
			cut = id3v1
		} else if len(end) == id3v1 && bytes.HasPrefix(end[id3v1-apeHead:], []byte("APETAGEX")) {
			foot := end[id3v1-apeHead:]
			cut = int64(binary.LittleEndian.Uint32(foot[12:])) // without a head
			if foot[23]&0x80 != 0 {
				cut += apeHead
			}
		}
		if cut == 0 || cut > size {
			return nil
		}
		if err := file.Truncate(size - cut); err != nil {
			return err
		}
	}
}

// A limitedWriter refuses more than a number of bytes.
type limitedWriter struct {
	w    io.Writer
	left int64
}

func (l *limitedWriter) Write(p []byte) (int, error) {
	if l.left -= int64(len(p)); l.left < 0 {
		return 0, errors.New("it is too large for a temporary file; convert it to FLAC")
	}
	return l.w.Write(p)
}
