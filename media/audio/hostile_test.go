package audio

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// Whatever is wrong with a file, the error names it in one line.
func TestHostile(t *testing.T) {
	t.Setenv("PATH", t.TempDir()) // no ffmpeg
	good := format(tagPCM, 1, 8000, 16)
	flac, ogg, mp3 := fixture(t, "tone.flac"), fixture(t, "tone.ogg"), fixture(t, "tone44k.mp3")
	set := func(file []byte, at int, b ...byte) []byte {
		file = bytes.Clone(file)
		copy(file[at:], b)
		return file
	}
	for _, test := range []struct {
		name string
		file []byte
		want string
	}{
		{"empty", nil, "empty"},
		{"text with the name of sound", []byte("this is no sound at all"), "not WAV, FLAC, Ogg Vorbis, MP3 or another"},
		{"one byte", []byte("R"), "not WAV"},
		{"silent", recorded(8000, 0, 0, 0, 0), "silent"},
		{"clipped", recorded(8000, 1, -1, 1, 1), "clipped throughout"},
		{"constant", recorded(8000, 0.5, 0.5, 0.5), "constant, every sample is 0.5"},
		{"channels cancel", wav("fmt ", format(tagPCM, 2, 8000, 16), "data", "\x00\x20\x00\xe0\x00\x10\x00\xf0"), "channels cancel each other"},
		{"not a number", recorded(8000, 0, 1, float32(math.NaN())), "sample 2 is not a number; the file is damaged"},
		{"range of 32 bits", recorded(8000, 0, 1, 1<<31), "sample 2 is 2.15e+09, where 1 is full scale"},
		{"RIFF of video", []byte("RIFF\x10\x00\x00\x00AVI LIST"), "not WAV"},
		{"no samples", wav("fmt ", good, "data", ""), "no samples"},
		{"no fmt", wav("data", "1234"), "before the fmt chunk"},
		{"no data", wav("fmt ", good), "no data chunk"},
		{"no data but tags", wav("fmt ", good, "data", "", "LIST", "abcd"), "no samples"},
		{"two data chunks", wav("fmt ", good, "data", "1234", "data", "5678"), "several data chunks"},
		{"nothing but a head", wav(), "no fmt chunk"},
		{"cut in a chunk", wav("fmt ", good, "LIST", "abcdef")[:48], "truncated"},
		{"0 channels", wav("fmt ", format(tagPCM, 0, 8000, 16), "data", "1234"), "0 channels"},
		{"too many channels", wav("fmt ", format(tagPCM, 1000, 8000, 16), "data", "1234"), "1000 channels"},
		{"rate 0", wav("fmt ", format(tagPCM, 1, 0, 16), "data", "1234"), "rate of 0"},
		{"absurd rate", wav("fmt ", format(tagPCM, 1, 1<<30, 16), "data", "1234"), "rate of 1073741824"},
		{"0 bits", wav("fmt ", format(tagPCM, 1, 8000, 0), "data", "1234"), "WAV with samples of format 0x0001 and 0 bits needs ffmpeg"},
		{"64-bit integers", wav("fmt ", format(tagPCM, 1, 8000, 64), "data", "12345678"), "and 64 bits needs ffmpeg"},
		{"ADPCM", wav("fmt ", format(2, 1, 8000, 8), "data", "1234"), "Microsoft ADPCM (format 0x0002) needs ffmpeg, which is not on the PATH; install ffmpeg, or convert the file to WAV or FLAC"},
		{"MP3", mp3, "MP3 needs ffmpeg, which is not on the PATH"},
		{"20 bits in frames of 4 bytes", wav("fmt ", string(set([]byte(format(tagPCM, 1, 8000, 20)), 12, 4)), "data", "1234"), "frames of 4 bytes"},
		{"short fmt", wav("fmt ", good[:10], "data", "1234"), "fewer than 16"},
		{"huge fmt", wav("fmt ", strings.Repeat("x", 70000), "data", "1234"), "70000 bytes"},
		{"extensible without format", wav("fmt ", format(tagExtensible, 1, 8000, 16), "data", "1234"), "extensible"},
		{"FLAC cut off", flac[:len(flac)-20], "FLAC"},
		{"FLAC of metadata", flac[:86], "ends after 0 of 800"},
		{"FLAC, first block a picture", set(flac, 4, 6), "STREAMINFO"},
		{"FLAC, a frame damaged", set(flac, len(flac)-100, 0xaa, 0xaa, 0xaa), "FLAC"},
		{"Ogg cut off", ogg[:len(ogg)-10], "truncated"},
		{"Ogg without sound", ogg[:bytes.LastIndex(ogg, []byte("OggS"))], "no samples"},
		{"Ogg damaged", set(ogg, len(ogg)-100, 0xaa, 0xaa), "checksum of a page is wrong; the file is damaged"},
		{"Ogg with a huge codebook", resum(set(ogg, bytes.Index(ogg, []byte("BCV"))+3, 0xff, 0xff, 0xff, 0xff, 0xff)), "codebook"},
		{"MP3 cut off", mp3[:30], "not WAV"},
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

// resum corrects the checksums of an Ogg file.
func resum(file []byte) []byte {
	for at := 0; at < len(file); {
		size := oggHead + int(file[at+26])
		for _, part := range file[at+oggHead : at+size] {
			size += int(part)
		}
		page := file[at : at+size]
		binary.LittleEndian.PutUint32(page[22:], oggSum(page))
		at += size
	}
	return file
}

// A packet without an end is refused before it fills the memory.
func TestEndlessPacket(t *testing.T) {
	page := append([]byte("OggS"), make([]byte, 23+255)...)
	page[26] = 255
	for i := range 255 {
		page[oggHead+i] = 255
	}
	page = append(page, make([]byte, 255*255)...)
	var r packetReader
	for i := range uint32(maxPacket/(255*255) + 2) {
		p := &oggPage{flags: oggContinued, sequence: i, lacing: page[oggHead : oggHead+255], body: page[oggHead+255:]}
		if i == 0 {
			p.flags = oggFirst
		}
		if _, err := r.add(p); err != nil {
			if !strings.Contains(err.Error(), "a packet has more than") {
				t.Error(err)
			}
			return
		}
	}
	t.Error("no error")
}

// An error of the disk is that, not damage.
func TestReadError(t *testing.T) {
	broken := errors.New("disk error")
	for _, name := range []string{"pcm16.wav", "alaw.wav", "tone.flac", "tone.ogg"} {
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
