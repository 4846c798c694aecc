package audio

import (
	"bufio"
	"bytes"
	"runtime"
	"strings"
	"testing"
)

// fuzz decodes what a reader is given, as far as a million samples, and checks
// what every reader promises: numbers of samples that fit, and an end. Decoders
// run here and not in a goroutine of their own, which would make the coverage of
// equal inputs differ.
func fuzz(f *testing.F, open func(*bufio.Reader) (*sound, error), names ...string) {
	for _, name := range names {
		f.Add(fixture(f, name))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		defer forgive(t)
		s, err := open(bufio.NewReader(bytes.NewReader(data)))
		if err != nil {
			return
		}
		if s.stop != nil {
			defer s.stop()
		}
		if s.check() != nil {
			return
		}
		buf := make([]float32, block/s.channels*s.channels)
		for total := 0; total < 1<<20; {
			n, err := s.read(buf)
			if err != nil {
				return
			}
			if n < 1 || n > len(buf) || n%s.channels != 0 {
				t.Fatalf("%d samples of %d channels", n, s.channels)
			}
			total += n
		}
	})
}

// forgive passes over the panics of decoders that others wrote, which isolate
// turns into errors, and none of this project.
func forgive(t *testing.T) {
	p := recover()
	if p == nil {
		return
	}
	var pcs [32]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs[:])])
	for {
		frame, more := frames.Next()
		if !strings.HasPrefix(frame.Function, "runtime.") {
			if strings.Contains(frame.Function, "waveletgpt/waveletgpt") {
				t.Fatalf("%v in %s", p, frame.Function)
			}
			return
		}
		if !more {
			return
		}
	}
}

func FuzzWAV(f *testing.F) {
	f.Add(wav("fmt ", format(tagPCM, 3, 8000, 20), "data", "123456789"))
	f.Add(wav("fmt ", format(tagPCM, 1, 8000, 24)[:12]+"\x04\x00\x18\x00", "data", "\x00\x00\x10\x00\x00\x00\xf0\xff"))
	f.Add(append(wav("LIST", "odd", "fmt ", format(tagPCM, 1, 8000, 16), "data", "", "junk", "1234"), id3v1Tag...))
	f.Add(append([]byte("BW64\xff\xff\xff\xffWAVE"), wav("ds64", "0123456789012345", "fmt ", format(tagFloat, 1, 8000, 32), "data", "1234")[12:]...))
	fuzz(f, openWAV, "pcm8.wav", "pcm24.wav", "float32.wav", "float64.wav", "extensible.wav", "mulaw.wav")
}

func FuzzWave64(f *testing.F) {
	f.Add(w64("fmt ", format(tagPCM, 1, 8000, 16), "fact", "1", "data", "123456", "levl", "123"))
	fuzz(f, openWave64)
}

func FuzzFLAC(f *testing.F) {
	f.Add(append(fixture(f, "tone.flac"), apeTag...))
	f.Add(append(fixture(f, "tone.flac"), fixture(f, "tone.flac")...))
	fuzz(f, openFLAC, "tone.flac")
}

func FuzzVorbis(f *testing.F) {
	good := fixture(f, "tone.ogg")
	pages := oggPagesOf(good)
	f.Add(append(fixture(f, "tone.ogg"), good...))
	f.Add(append(oggPageOf(oggFirst, 0, 77, 0, "\x80theora"), good...))
	f.Add(append(bytes.Join(pages[:len(pages)-1], nil), oggPageOf(oggLast, 800, 1, 9, "")...))
	fuzz(f, openVorbis, "tone.ogg")
}

// FuzzSetup gives a setup header without the checksum of its page.
func FuzzSetup(f *testing.F) {
	var r packetReader
	for _, page := range oggPagesOf(fixture(f, "tone.ogg"))[1:] {
		body := oggHead + int(page[26])
		packets, err := r.add(&oggPage{sequence: uint32(r.pages), lacing: page[oggHead:body], body: page[body:]})
		if err != nil {
			f.Fatal(err)
		}
		for _, p := range packets {
			if bytes.HasPrefix(p, []byte("\x05vorbis")) {
				f.Add(p)
			}
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		again, err := checkSetup(data)
		if err != nil {
			return
		}
		if _, err := checkSetup(again); err != nil {
			t.Errorf("what is written is refused: %v", err)
		}
	})
}

// FuzzFrames cuts MPEG audio to its frames, which are then frames and no more.
func FuzzFrames(f *testing.F) {
	for _, name := range []string{"tone44k.mp3", "tone22k.mp3"} {
		file := fixture(f, name)
		f.Add(file)
		f.Add(append(append(file[:len(file)-9:len(file)-9], apeTag...), id3v1Tag...))
		f.Add(append(append(id3v2Tag[:len(id3v2Tag):len(id3v2Tag)], file...), file...))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var out, again bytes.Buffer
		if _, err := copyContent(bufio.NewReader(bytes.NewReader(data)), &out, "mp3"); err != nil {
			return
		}
		_, err := copyContent(bufio.NewReader(bytes.NewReader(out.Bytes())), &again, "mp3")
		if err != nil || !bytes.Equal(again.Bytes(), out.Bytes()) {
			t.Errorf("%d bytes, then %d, %v", out.Len(), again.Len(), err)
		}
	})
}

// FuzzDetect looks at any beginning, and at the same one behind a tag.
func FuzzDetect(f *testing.F) {
	for _, name := range []string{"pcm16.wav", "tone.flac", "tone.ogg", "tone44k.mp3"} {
		f.Add(fixture(f, name))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		name := Detect(data)
		if tagged := Detect(append(id3v2Tag[:len(id3v2Tag):len(id3v2Tag)], data...)); tagged != name && len(data) > 0 && !bytes.HasPrefix(data, []byte("ID3")) {
			t.Errorf("%q, and %q behind a tag", name, tagged)
		}
		if bytes.HasPrefix(data, []byte("PK\x03\x04")) && name != "" {
			t.Errorf("a zip archive is %s", name)
		}
	})
}

// FuzzRead goes through all of it: the format is told, tags are skipped, and what
// is read is mixed.
func FuzzRead(f *testing.F) {
	f.Setenv("PATH", f.TempDir()) // no ffmpeg
	for _, name := range []string{"pcm16.wav", "extensible.wav"} {
		f.Add(fixture(f, name))
		f.Add(append([]byte("ID3\x04\x00\x00\x00\x00\x00\x02ab"), fixture(f, name)...))
	}
	f.Add(fixture(f, "tone44k.mp3"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, foreign := range []string{"fLaC", "OggS"} {
			if bytes.Contains(data, []byte(foreign)) && !bytes.HasPrefix(data, []byte("RIFF")) {
				return // see fuzz
			}
		}
		n := 0
		_, err := Read(bytes.NewReader(data), 0, func(samples []float32) error {
			for _, x := range samples {
				if x-x != 0 {
					t.Fatalf("%v is no finite number", x)
				}
			}
			n += len(samples)
			return nil
		})
		if err == nil && n == 0 {
			t.Error("no samples and no error")
		}
	})
}
