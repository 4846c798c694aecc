package music

import "bytes"

// Detect reports whether a file that begins with head is MIDI.
func Detect(head []byte) bool {
	return bytes.HasPrefix(head, []byte("MThd")) || len(head) >= 12 && bytes.HasPrefix(head, []byte("RIFF")) && string(head[8:12]) == "RMID"
}
