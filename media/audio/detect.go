package audio

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// HeadSize is how many bytes of a file [Detect] wants to see. With fewer it may
// miss MP3 and AAC, which have no mark but a chain of frames.
const HeadSize = 1 << 14

// pictureBrands are of MPEG-4 files that hold pictures, such as HEIC and AVIF.
var pictureBrands = []string{"heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "mif2", "msf1", "avif", "avis", "jp2 ", "crx "}

// A container is a format of sound files.
type container struct {
	name    string
	demuxer string // its name in ffmpeg
	is      func(head []byte) bool
}

// containers are the formats that are known. Ours are WAV, Wave64, FLAC and Ogg
// Vorbis; ffmpeg decodes the others.
var containers = []container{
	{nameWAV, "wav", func(b []byte) bool {
		return len(b) >= 12 && slices.Contains([]string{"RIFF", "RF64", "BW64", "RIFX"}, string(b[:4])) && string(b[8:12]) == "WAVE"
	}},
	{nameFLAC, "flac", begins("fLaC")},
	{nameVorbis, "ogg", ogg("\x01vorbis")},
	{"Opus in Ogg", "ogg", ogg("OpusHead")},
	{"FLAC in Ogg", "ogg", ogg("\x7fFLAC")},
	{"Speex in Ogg", "ogg", ogg("Speex   ")},
	{nameOgg, "ogg", begins("OggS")},
	{"AIFF", "aiff", func(b []byte) bool {
		return len(b) >= 12 && string(b[:4]) == "FORM" && (string(b[8:12]) == "AIFF" || string(b[8:12]) == "AIFC")
	}},
	{"MPEG-4", "mov", func(b []byte) bool {
		return len(b) >= 12 && b[0] == 0 && (string(b[4:8]) == "ftyp" && !slices.Contains(pictureBrands, string(b[8:12])) || string(b[4:8]) == "moov")
	}},
	{nameWMA, "asf", begins("\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c")},
	{"AU", "au", begins(".snd\x00")},
	{"CAF", "caf", begins("caff\x00\x01")},
	{nameWave64, "w64", begins("riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00")},
	{"Monkey's Audio", "ape", func(b []byte) bool { // with a version of 3.x or 4.x
		return len(b) >= 6 && string(b[:4]) == "MAC " && binary.LittleEndian.Uint16(b[4:]) >= 3000 && binary.LittleEndian.Uint16(b[4:]) < 5000
	}},
	{"WavPack", "wv", begins("wvpk")},
	{"True Audio", "tta", begins("TTA1")},
	{"Matroska", "matroska", begins("\x1a\x45\xdf\xa3")},
	{"AMR", "amr", begins("#!AMR")},
	{"AAC", "aac", func(b []byte) bool { return chained(b, 0, adtsSize, adtsSame) }},
	{nameMP3, "mp3", func(b []byte) bool { return firstFrame(b) >= 0 }},
}

const (
	nameWAV    = "WAV"
	nameFLAC   = "FLAC"
	nameVorbis = "Ogg Vorbis"
	nameOgg    = "Ogg"
	nameMP3    = "MP3"
	nameWave64 = "Wave64"
	nameWMA    = "WMA"
)

// Detect returns the name of the sound format of a file that begins with head,
// or "" if it is none. It looks at the content only; [HeadSize] bytes are
// enough. Containers of moving pictures are sound if they can hold sound alone:
// MPEG-4, Matroska and ASF are, AVI is not.
func Detect(head []byte) string {
	for isID3(head) {
		size := tagSize(head)
		if size >= len(head) {
			return nameMP3 // what follows is not in sight
		}
		head = head[size:]
	}
	c, _ := detect(head)
	return c.name
}

// detect returns the format of a file, without tags before it, and where it
// begins: after zeros, or within the first frame of MP3.
func detect(head []byte) (c container, at int) {
	for _, c := range containers {
		if c.is(head) {
			if c.name == nameMP3 {
				at = firstFrame(head)
			}
			return c, at
		}
	}
	// STREAMINFO comes first, and has 34 bytes. In Ogg a mark and its version stand
	// before it.
	const mark = "\x7fFLAC\x01\x00"
	at = bytes.Index(head, []byte("fLaC\x00\x00\x00\x22"))
	if at > 0 && !foreignMark(head) && !bytes.Contains(head[max(0, at-len(mark)-2):at], []byte(mark)) {
		return containers[1], at
	}
	return container{}, 0
}

// foreignMark reports whether a file begins as an archive or a document does,
// which may hold sound uncompressed but is none.
func foreignMark(head []byte) bool {
	for _, mark := range []string{
		"PK", "7z\xbc\xaf", "Rar!", "\x1f\x8b", "BZh", "\xfd7zXZ", "\x28\xb5\x2f\xfd", "%PDF", "RIFF", "FORM", "MThd", "FLV", "\x89PNG",
		"GIF8", "\xff\xd8\xff", "\x7fELF", "MZ", "SQLite", "!<arch>", "FWS", "PAR1",
	} {
		if bytes.HasPrefix(head, []byte(mark)) {
			return true
		}
	}
	const tar = 257
	return len(head) > tar && bytes.HasPrefix(head[tar:], []byte("ustar"))
}

func begins(mark string) func([]byte) bool {
	return func(b []byte) bool { return bytes.HasPrefix(b, []byte(mark)) }
}

// ogg matches an Ogg file with a stream whose first packet begins with mark. The
// streams of a file all begin on its first pages (RFC 3533, section 4).
func ogg(mark string) func([]byte) bool {
	return func(b []byte) bool {
		for bytes.HasPrefix(b, []byte("OggS")) && len(b) > oggHead && b[5]&oggFirst != 0 {
			size := oggHead + int(b[26])
			if size > len(b) {
				return false
			}
			if bytes.HasPrefix(b[size:], []byte(mark)) {
				return true
			}
			for _, part := range b[oggHead:size] {
				size += int(part)
			}
			b = b[min(size, len(b)):]
		}
		return false
	}
}

// chained reports whether frames follow one another from a place on: three, or
// two if the file or what is in sight of it ends then, or one that is all.
func chained(b []byte, at int, size func([]byte) int, same func(a, b []byte) bool) bool {
	first := at
	for i := range 3 {
		if at == len(b) {
			return i > 0
		}
		length := size(b[at:])
		if length == 0 || i > 0 && !same(b[first:], b[at:]) {
			return false
		}
		if at += length; at > len(b) {
			return i > 0
		}
	}
	return true
}

// adtsSize returns the size of an AAC frame in ADTS, or 0 (ISO 13818-7, 6.2).
func adtsSize(b []byte) int {
	if len(b) < 7 || b[0] != 0xff || b[1]&0xf6 != 0xf0 || b[2]>>2&15 > 12 {
		return 0
	}
	if size := int(binary.BigEndian.Uint32(b[2:]) >> 5 & 0x1fff); size > 7 {
		return size
	}
	return 0
}

// adtsSame compares the version, profile and rate of two frames.
func adtsSame(a, b []byte) bool { return a[1] == b[1] && a[2]&0xfc == b[2]&0xfc }
