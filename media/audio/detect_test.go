package audio

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
)

func twice(b []byte) []byte { return slices.Concat(b, b) }

func TestDetect(t *testing.T) {
	mp3, flac, vorbis := fixture(t, "tone44k.mp3"), fixture(t, "tone.flac"), fixture(t, "tone.ogg")
	adts := bytes.Repeat([]byte("\xff\xf1\x50\x80\x02\x1f\xfc123456789"), 20) // frames of 16 bytes
	tar := append(make([]byte, 512), mp3...)
	copy(tar, "name.mp3")
	copy(tar[257:], "ustar")
	little := func(s string) []byte { // UTF-16 with a mark
		b := []byte{0xff, 0xfe}
		for _, u := range utf16.Encode([]rune(s)) {
			b = append(b, byte(u), byte(u>>8))
		}
		return b
	}
	for name, test := range map[string]struct {
		file []byte
		want string
	}{
		"WAV": {fixture(t, "pcm16.wav"), "WAV"}, "RF64": {[]byte("RF64\xff\xff\xff\xffWAVEds64"), "WAV"}, "BW64": {[]byte("BW64\xff\xff\xff\xffWAVEds64"), "WAV"},
		"RIFF of MIDI": {[]byte("RIFF\x00\x01\x00\x00RMIDdata"), ""}, "AVI": {[]byte("RIFF\x00\x01\x00\x00AVI LIST"), ""}, "WebP": {[]byte("RIFF\x00\x01\x00\x00WEBPVP8 "), ""},
		"FLAC": {flac, "FLAC"}, "FLAC after ID3": {slices.Concat(id3v2Tag, flac), "FLAC"}, "FLAC after zeros": {slices.Concat(make([]byte, 99), flac), "FLAC"},
		"Vorbis": {vorbis, "Ogg Vorbis"}, "Opus": {oggPageOf(oggFirst, 0, 1, 0, "OpusHead........"), "Opus in Ogg"},
		"FLAC in Ogg": {oggPageOf(oggFirst, 0, 1, 0, "\x7fFLAC\x01\x00"), "FLAC in Ogg"}, "Speex": {oggPageOf(oggFirst, 0, 1, 0, "Speex   1.2"), "Speex in Ogg"},
		"FLAC in Ogg after junk": {slices.Concat([]byte("junk"), oggPageOf(oggFirst, 0, 1, 0, "\x7fFLAC\x01\x00\x00\x01fLaC\x00\x00\x00\x22")), ""},
		"Theora alone":           {oggPageOf(oggFirst, 0, 1, 0, "\x80theora"), "Ogg"},
		"Theora and Vorbis":      {slices.Concat(oggPageOf(oggFirst, 0, 1, 0, "\x80theora"), vorbis), "Ogg Vorbis"},
		"MP3":                    {mp3, "MP3"}, "MP3 at 22 kHz": {fixture(t, "tone22k.mp3"), "MP3"}, "MP3 after ID3": {slices.Concat(id3v2Tag, mp3), "MP3"},
		"MP3 after a large ID3": {append([]byte("ID3\x04\x00\x00\x00\x7f\x7f\x7f"), make([]byte, HeadSize)...), "MP3"},
		"MP3 from mid frame":    {mp3[100:], "MP3"}, "MP3 after zeros": {slices.Concat(make([]byte, 4000), mp3), "MP3"},
		"one frame of MP3": {mp3[:mpegSize(mp3)], "MP3"}, "one frame behind bytes": {slices.Concat([]byte("\x01table\n"), mp3[:mpegSize(mp3)]), ""},
		"two frames behind bytes": {slices.Concat([]byte("\x01table\n"), twice(mp3[:mpegSize(mp3)])), "MP3"},
		"half a frame":            {mp3[:mpegSize(mp3)/2], ""}, "MP3 in tar": {tar, ""}, "MP3 in zip": {slices.Concat([]byte("PK\x03\x04"), make([]byte, 30), mp3), ""},
		"FLAC in zip": {slices.Concat([]byte("PK\x03\x04"), make([]byte, 30), flac), ""},
		"AAC":         {adts, "AAC"}, "AIFF": {aiff, "AIFF"}, "AIFC": {[]byte("FORM\x00\x00\x01\x00AIFCFVER"), "AIFF"}, "other FORM": {[]byte("FORM\x00\x00\x01\x00ILBMBMHD"), ""},
		"MPEG-4": {[]byte("\x00\x00\x00\x20ftypM4A \x00\x00"), "MPEG-4"}, "a picture": {[]byte("\x00\x00\x00\x20ftypheic\x00\x00"), ""}, "text about ftyp": {[]byte("the ftyp box\n is what"), ""},
		"WMA": {[]byte("\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c\x00"), "WMA"},
		"AU":  {[]byte(".snd\x00\x00\x00\x18"), "AU"}, "CAF": {[]byte("caff\x00\x01\x00\x00"), "CAF"},
		"Wave64": {[]byte("riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00"), "Wave64"}, "text riff": {[]byte("riff raff is what they said"), ""},
		"Monkey's Audio": {[]byte("MAC \x96\x0f"), "Monkey's Audio"}, "WavPack": {[]byte("wvpk\x00\x01"), "WavPack"},
		"Matroska": {[]byte("\x1a\x45\xdf\xa3\x01"), "Matroska"}, "AMR": {[]byte("#!AMR\n"), "AMR"},
		"UTF-16": {little(strings.Repeat("Text, not sound.\n", 999)), ""}, "UTF-16 of y": {little(strings.Repeat("\u00fb\u00ff", 9999)), ""},
		"UTF-16, high first": {append([]byte("\xfe\xff"), bytes.Repeat([]byte("\x00a"), 999)...), ""},
		"JPEG":               {append([]byte("\xff\xd8\xff\xe0\x00\x10JFIF"), bytes.Repeat([]byte{0xff}, 9999)...), ""},
		"ones":               {bytes.Repeat([]byte{0xff}, HeadSize), ""}, "zeros": {make([]byte, HeadSize), ""}, "MIDI": {[]byte("MThd\x00\x00\x00\x06\x00\x01"), ""},
		"text": {[]byte("What is sound?"), ""}, "text about tags": {[]byte("ID3 tags stand before MP3 files."), ""}, "text about MAC": {[]byte("MAC addresses"), ""}, "nothing": {nil, ""}, "a byte": {[]byte("R"), ""}, "the head of a tag": {[]byte("ID3"), ""},
	} {
		if got := Detect(test.file[:min(len(test.file), HeadSize)]); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

// Detect and the reader agree about what has no mark but frames.
func TestMPEGHeaders(t *testing.T) {
	// Sizes of frames: ISO 11172-3, 2.4.3.1: 144 (layer I: 12 slots of 4 bytes)
	// times the bits a second by the samples a second, and one slot of padding.
	for head, want := range map[string]mpegFrame{
		"\xff\xfb\x90\x00": {3, 1, 44100, false, 417}, "\xff\xfb\x92\x00": {3, 1, 44100, false, 418}, "\xff\xfb\xe4\xc0": {3, 1, 48000, true, 960},
		"\xff\xf3\x40\xc4": {2, 1, 22050, true, 104}, "\xff\xf3\x42\xc4": {2, 1, 22050, true, 105}, "\xff\xe3\x18\xc4": {0, 1, 8000, true, 72},
		"\xff\xfd\xe8\x04": {3, 2, 32000, false, 1728}, "\xff\xff\xe2\x00": {3, 3, 44100, false, 4 * (12*448000/44100 + 1)}, "\xff\xf5\x80\x00": {2, 2, 22050, false, 417},
	} {
		if f, ok := parseFrame([]byte(head)); !ok || f != want {
			t.Errorf("%x: %+v, want %+v", head, f, want)
		}
	}
	for _, head := range []string{"\xff\xfb\x00\x00", "\xff\xfb\xf0\x00", "\xff\xfb\x9c\x00", "\xff\xeb\x90\x00", "\xff\xf9\x90\x00", "\xff\xfb\x90\x02", "\xff\xdb\x90\x00", "\xff\xfb"} {
		if f, ok := parseFrame([]byte(head)); ok {
			t.Errorf("%x: %+v, want none", head, f)
		}
	}
}
