package torch

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
)

// Protocol is the version of the frames. A worker of another one is refused.
const Protocol = 1

// maxDocument bounds the document of a frame. The largest has a line for each tensor.
const maxDocument = 1 << 26

// nonsense is what a worker says that is no answer.
type nonsense struct{ what string }

func (n *nonsense) Error() string { return n.what }

// WriteFrame writes a frame: a document, and an array of a size, in pieces.
func WriteFrame(w io.Writer, document any, size int64, pieces ...[]byte) error {
	text, err := json.Marshal(document)
	if err != nil {
		return err
	}
	head := binary.LittleEndian.AppendUint32(nil, uint32(len(text)))
	head = binary.LittleEndian.AppendUint64(head, uint64(size))
	for _, b := range append([][]byte{head, text}, pieces...) {
		if _, err := w.Write(b); err != nil {
			return err
		}
	}
	return nil
}

// ReadFrame reads the document of a frame and the size of the array behind it.
func ReadFrame(r io.Reader) (document []byte, size int64, err error) {
	var head [12]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, 0, err
	}
	words := binary.LittleEndian.Uint32(head[:])
	size = int64(binary.LittleEndian.Uint64(head[4:]))
	if words > maxDocument || size < 0 {
		return nil, 0, &nonsense{fmt.Sprintf("a frame of %d and %d bytes", words, size)}
	}
	document = make([]byte, words)
	_, err = io.ReadFull(r, document)
	return document, size, err
}
