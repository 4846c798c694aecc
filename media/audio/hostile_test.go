package audio

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// Whatever is wrong with a file, the error names it in one line.
func TestHostile(t *testing.T) {
	good := format(tagPCM, 1, 8000, 16)
	flac, ogg, mp3 := fixture(t, "tone.flac"), fixture(t, "tone.ogg"), fixture(t, "tone44k.mp3")
	set := func(file []byte, at int, b ...byte) []byte {
		file = bytes.Clone(file)
		copy(file[at:], b)
		return file
	}
	claims := wav("fmt ", good, "data", "\x01\x02\x03\x04")
	binary.LittleEndian.PutUint32(claims[len(claims)-8:], 1000)
	large := bytes.Clone(claims)
	binary.LittleEndian.PutUint32(large[len(large)-8:], 3_000_000_000)
	for _, test := range []struct {
		name string
		file []byte
		want string
	}{
		{"empty", nil, "empty"},
		{"text with the name of sound", []byte("this is no sound at all"), "not WAV, FLAC, Ogg Vorbis or MP3"},
		{"one byte", []byte("R"), "not WAV"},
		{"silent", recorded(8000, 0, 0, 0, 0), "silent"},
		{"clipped", recorded(8000, 1, -1, 1, 1), "clipped throughout"},
		{"not a number", recorded(8000, 0, 1, float32(math.NaN())), "sample 2 is not a plausible amplitude"},
		{"RIFF of video", []byte("RIFF\x10\x00\x00\x00AVI LIST"), `"AVI "`},
		{"no samples", wav("fmt ", good, "data", ""), "no samples"},
		{"no fmt", wav("data", "1234"), "before the fmt chunk"},
		{"no data", wav("fmt ", good), "no data chunk"},
		{"nothing but a head", wav(), "no fmt chunk"},
		{"cut in a chunk", wav("fmt ", good, "LIST", "abcdef")[:48], "truncated"},
		{"data cut off", claims, "sample 0: WAV: the file is truncated"},
		{"3 GB cut off", large, "sample 0: WAV: the file is truncated"},
		{"0 channels", wav("fmt ", format(tagPCM, 0, 8000, 16), "data", "1234"), "0 channels"},
		{"too many channels", wav("fmt ", format(tagPCM, 1000, 8000, 16), "data", "1234"), "1000 channels"},
		{"rate 0", wav("fmt ", format(tagPCM, 1, 0, 16), "data", "1234"), "rate of 0"},
		{"absurd rate", wav("fmt ", format(tagPCM, 1, 1<<30, 16), "data", "1234"), "rate of 1073741824"},
		{"0 bits", wav("fmt ", format(tagPCM, 1, 8000, 0), "data", "1234"), "0 bits"},
		{"64-bit integers", wav("fmt ", format(tagPCM, 1, 8000, 64), "data", "12345678"), "64 bits"},
		{"ADPCM", wav("fmt ", format(2, 1, 8000, 8), "data", "1234"), "format 0x0002"},
		{"frames of another size", wav("fmt ", string(set([]byte(good), 12, 7)), "data", "1234"), "frames of 7 bytes"},
		{"short fmt", wav("fmt ", good[:10], "data", "1234"), "fewer than 16"},
		{"huge fmt", wav("fmt ", strings.Repeat("x", 70000), "data", "1234"), "70000 bytes"},
		{"extensible without format", wav("fmt ", format(tagExtensible, 1, 8000, 16), "data", "1234"), "extensible"},
		{"FLAC cut off", flac[:len(flac)-20], "FLAC"},
		{"FLAC of metadata", flac[:86], "ends after 0 of 800"},
		{"FLAC, first block a picture", set(flac, 4, 6), "STREAMINFO"},
		{"FLAC, a frame damaged", set(flac, len(flac)-100, 0xaa, 0xaa, 0xaa), "FLAC"},
		{"Ogg cut off", ogg[:len(ogg)-10], "truncated"},
		{"Ogg without its last page", ogg[:bytes.LastIndex(ogg, []byte("OggS"))], "truncated"},
		{"Ogg damaged", set(ogg, len(ogg)-100, 0xaa, 0xaa), "Ogg Vorbis"},
		{"Ogg with a million comments", set(ogg, bytes.Index(ogg, []byte("\x03vorbis"))+7, 0xff, 0xff), "comments"},
		{"Ogg with a huge codebook", set(ogg, bytes.Index(ogg, []byte("BCV"))+3, 0xff, 0xff, 0xff, 0xff, 0xff), "codebook"},
		{"MP3 cut off", mp3[:30], "MP3"},
		{"MP3 of one frame", mp3[:300], "MP3"},
		{"a tag and no more", []byte("ID3\x04\x00\x00\x7f\x7f\x7f\x7fxxxx"), "ID3 tag: the file is truncated"},
	} {
		t.Run(test.name, func(t *testing.T) {
			x, err := readAll(bytes.NewReader(test.file), 16000)
			if err == nil {
				t.Fatalf("%d samples without an error", len(x))
			}
			if !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %q does not name %q", err, test.want)
			}
		})
	}
}

// Pages that no packet ends in are refused before the library collects them.
func TestEndlessPacket(t *testing.T) {
	page := append([]byte("OggS"), make([]byte, 23)...)
	page[26] = 1
	whole := append(bytes.Clone(page), 1, 'x')
	open := append(page, append([]byte{255}, make([]byte, 255)...)...)
	most := bytes.Repeat(open, maxOpen)
	for name, test := range map[string]struct {
		file []byte
		want string
	}{
		"packets end":   {slices.Concat(most, whole, most, whole), "truncated"}, // no page says that it is the last
		"none does":     {slices.Concat(whole, most, open), "no packet ends in 2049 pages"},
		"pages without": {bytes.Repeat(append([]byte("OggS"), make([]byte, 23)...), maxOpen+1), "no packet ends"},
	} {
		_, err := io.Copy(io.Discard, &oggPages{in: bytes.NewReader(test.file)})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, test.want)
		}
	}
}

// An error of the disk is that, not damage.
func TestReadError(t *testing.T) {
	broken := errors.New("disk error")
	for _, name := range []string{"pcm16.wav", "tone.flac", "tone.ogg", "tone44k.mp3"} {
		file := fixture(t, name)
		_, err := readAll(io.MultiReader(bytes.NewReader(file[:len(file)/2]), iotest.ErrReader(broken)), 0)
		if !errors.Is(err, broken) && !strings.Contains(err.Error(), broken.Error()) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A recording whose decoder panics or gives up has its error, and the decoder's
// goroutine ends.
func TestIsolate(t *testing.T) {
	t.Run("panic at once", func(t *testing.T) {
		_, err := isolate(nil, time.Minute, func(*bufio.Reader) (*sound, error) { panic("no") })
		if err == nil || !strings.Contains(err.Error(), "failed") {
			t.Error(err)
		}
	})
	t.Run("no end", func(t *testing.T) {
		release := make(chan struct{})
		defer close(release)
		_, err := isolate(nil, time.Millisecond, func(*bufio.Reader) (*sound, error) {
			<-release
			return nil, errors.New("late")
		})
		if err == nil || !strings.Contains(err.Error(), "hung") {
			t.Error(err)
		}
	})
	t.Run("panic later", func(t *testing.T) {
		n := 0
		s, err := isolate(nil, time.Minute, func(*bufio.Reader) (*sound, error) {
			return &sound{rate: 8000, channels: 1, read: func(dst []float32) (int, error) {
				if n++; n > 2 {
					panic("no")
				}
				return 5, nil
			}}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		defer s.stop()
		buf, got := make([]float32, 3), 0
		for err == nil {
			n := 0
			n, err = s.read(buf)
			got += n
		}
		if got != 10 || !strings.Contains(err.Error(), "failed") {
			t.Errorf("%d samples, %v", got, err)
		}
	})
}
