package music

import (
	"bytes"
	"encoding/binary"
)

// fileHeader begins a standard MIDI file, trackHeader a track.
const (
	fileHeader  = "MThd"
	trackHeader = "MTrk"
)

// macBinary is the size of a MacBinary header, in bytes.
const macBinary = 128

// Detect reports whether a file that begins with head is MIDI: a standard MIDI
// file, one in a RIFF container (RMID), or one with a MacBinary header.
func Detect(head []byte) bool {
	return bytes.HasPrefix(head, []byte(fileHeader)) || isRMID(head) || isMacBinary(head)
}

// isRMID reports whether a file is RIFF of the form RMID, as Microsoft's
// "Multimedia Programming Interface and Data Specifications 1.0" (1991) has it.
func isRMID(file []byte) bool {
	return len(file) >= 12 && string(file[:4]) == "RIFF" && string(file[8:12]) == "RMID"
}

// isMacBinary reports whether a MIDI file follows a MacBinary header: zeros at
// bytes 0 and 74, and a name of 1 to 63 bytes.
func isMacBinary(file []byte) bool {
	return len(file) >= macBinary+len(fileHeader) && file[0] == 0 && 1 <= file[1] && file[1] <= 63 &&
		file[74] == 0 && string(file[macBinary:macBinary+4]) == fileHeader
}

// unwrap returns the MIDI file in a container and its offset there.
func unwrap(file []byte, said *remarks) (midi []byte, offset int) {
	switch {
	case isRMID(file):
		at := 12
		for at+8 <= len(file) {
			size := int64(binary.LittleEndian.Uint32(file[at+4:]))
			begin := at + 8
			end := int64(begin) + size
			if string(file[at:at+4]) == "data" {
				if end > int64(len(file)) {
					said.add(saidRIFFSize)
				}
				return file[:min(end, int64(len(file)))], begin
			}
			if string(file[at:at+4]) == "RIFF" || end > int64(len(file)) {
				break
			}
			at = int(end + size%2) // chunks begin at even bytes
		}
	case isMacBinary(file):
		said.add(saidMacBinary)
		end := macBinary + int64(binary.BigEndian.Uint32(file[83:]))
		if end <= macBinary || end > int64(len(file)) {
			end = int64(len(file))
		}
		return file[:end], macBinary
	}
	return file, 0
}
