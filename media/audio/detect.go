package audio

import "bytes"

// Detect returns the name of the sound format of a file that begins with head,
// or "" if it is none.
func Detect(head []byte) string {
	switch {
	case len(head) >= 12 && (bytes.HasPrefix(head, []byte("RIFF")) || bytes.HasPrefix(head, []byte("RF64"))) && string(head[8:12]) == "WAVE":
		return "WAV"
	case bytes.HasPrefix(head, []byte("fLaC")):
		return "FLAC"
	case bytes.HasPrefix(head, []byte("OggS")):
		return "Ogg"
	case bytes.HasPrefix(head, []byte("ID3")) || isMP3(head):
		return "MP3"
	case len(head) >= 12 && string(head[4:8]) == "ftyp":
		return "MPEG-4"
	}
	return ""
}
