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
		if err != nil || s.check() != nil {
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
	fuzz(f, openWAV, "pcm8.wav", "pcm24.wav", "float32.wav", "float64.wav", "extensible.wav", "mulaw.wav")
}

func FuzzFLAC(f *testing.F) { fuzz(f, openFLAC, "tone.flac") }

func FuzzVorbis(f *testing.F) { fuzz(f, openVorbis, "tone.ogg") }

// FuzzRead goes through all of it: the format is told, tags are skipped, and what
// is read is mixed.
func FuzzRead(f *testing.F) {
	for _, name := range []string{"pcm16.wav", "extensible.wav"} {
		f.Add(fixture(f, name))
		f.Add(append([]byte("ID3\x04\x00\x00\x00\x00\x00\x02ab"), fixture(f, name)...))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, foreign := range []string{"fLaC", "OggS", "\xff"} {
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
