package audio

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"log"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The files of testdata were written by sox 14.4.2 (the MP3 by LAME), from one
// tone of 0.1 s that rises from 400 to 1200 Hz at 8 kHz and -3 dB:
//
//	sox -D tone.wav -b 24 pcm24.wav                 and so on
//	sox -t raw -r 8000 -c 1 -e mu-law all.raw mulaw.wav   the 256 bytes
//	sox mulaw.wav -e signed -b 16 mulaw-pcm.wav           what they mean

func TestMain(m *testing.M) {
	log.SetOutput(io.Discard) // as in cmd/waveletgpt
	os.Exit(m.Run())
}

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// samples reads all of a recording.
func samples(t testing.TB, data []byte, rate int) []float32 {
	t.Helper()
	x, err := readAll(bytes.NewReader(data), rate)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func readAll(r io.Reader, rate int) (x []float32, err error) {
	_, err = Read(r, rate, func(some []float32) error {
		x = append(x, some...)
		return nil
	})
	return x, err
}

// distance is the largest difference.
func distance(a, b []float32) float64 {
	if len(a) != len(b) {
		return math.Inf(1)
	}
	d := 0.0
	for i := range a {
		d = max(d, math.Abs(float64(a[i])-float64(b[i])))
	}
	return d
}

// pcm16 reads the samples of a WAV file that ends with them, by another way.
func pcm16(data []byte, n int) []float32 {
	var x []float32
	for b := range slices.Chunk(data[len(data)-2*n:], 2) {
		x = append(x, float32(int16(binary.LittleEndian.Uint16(b)))/32768)
	}
	return x
}

func TestFormats(t *testing.T) {
	tone := pcm16(fixture(t, "pcm16.wav"), 800)
	for name, tolerance := range map[string]float64{
		"pcm8.wav": 1.0 / 128, "pcm16.wav": 0, "pcm24.wav": 0, "pcm32.wav": 0, "float32.wav": 0, "float64.wav": 0,
		"extensible.wav": 0, "tone.flac": 0,
	} {
		x := samples(t, fixture(t, name), 0)
		if d := distance(x, tone); d > tolerance {
			t.Errorf("%s: %d samples that differ by %v", name, len(x), d)
		}
		if rate, err := Rate(bytes.NewReader(fixture(t, name))); err != nil || rate != 8000 {
			t.Errorf("%s: rate %d, %v", name, rate, err)
		}
	}
	// What sox decodes: sox -D tone.ogg -e float -b 32 tone-ogg.wav
	if d := distance(samples(t, fixture(t, "tone.ogg"), 0), samples(t, fixture(t, "tone-ogg.wav"), 0)); d > 1e-4 {
		t.Errorf("tone.ogg: differs by %v from what sox reads", d)
	}
	for _, name := range []string{"mulaw", "alaw"} {
		want := pcm16(fixture(t, name+"-pcm.wav"), 256)
		if d := distance(samples(t, fixture(t, name+".wav"), 0), want); d > 0 {
			t.Errorf("%s: differs by %v from what sox reads", name, d)
		}
	}
}

func TestMP3(t *testing.T) {
	needFFmpeg(t)
	for name, rate := range map[string]int{"tone44k.mp3": 44100, "tone22k.mp3": 22050} {
		if got, err := Rate(bytes.NewReader(fixture(t, name))); err != nil || got != rate {
			t.Errorf("%s: rate %d, %v", name, got, err)
		}
		// 0.3 s of 1 kHz at -6 dB, and silence of the encoder before and after.
		x := samples(t, fixture(t, name), 0)
		middle := x[rate/8 : rate/4]
		if level := amplitude(middle, 1000/float64(rate)); math.Abs(level-0.5) > 0.03 {
			t.Errorf("%s: 1 kHz has amplitude %.3f in %d samples", name, level, len(x))
		}
		// A tag does not matter, nor what comes in small pieces.
		tagged := append([]byte("ID3\x04\x00\x00\x00\x00\x01\x05"), make([]byte, 133)...)
		again, err := readAll(io.MultiReader(bytes.NewReader(tagged), bytes.NewReader(fixture(t, name))), 0)
		if err != nil || distance(again, x) > 0 {
			t.Errorf("%s behind a tag is another, %v", name, err)
		}
	}
}

// amplitude is that of a frequency, in parts of the rate.
func amplitude(x []float32, frequency float64) float64 {
	var re, im, sum float64
	for i, v := range x {
		w := 0.5 - 0.5*math.Cos(2*math.Pi*(float64(i)+0.5)/float64(len(x)))
		s, c := math.Sincos(2 * math.Pi * frequency * float64(i))
		re, im, sum = re+w*float64(v)*c, im+w*float64(v)*s, sum+w
	}
	return 2 * math.Hypot(re, im) / sum
}

// wav returns a file with chunks, each an id and content, sizes as they are.
func wav(chunks ...string) []byte {
	out := []byte("RIFF????WAVE")
	for i := 0; i < len(chunks); i += 2 {
		out = append(out, chunks[i]...)
		out = binary.LittleEndian.AppendUint32(out, uint32(len(chunks[i+1])))
		out = append(out, chunks[i+1]...)
		if len(chunks[i+1])%2 == 1 {
			out = append(out, 0)
		}
	}
	return out
}

// format is a chunk fmt.
func format(tag, channels, rate, bits int) string {
	b := binary.LittleEndian.AppendUint16(nil, uint16(tag))
	b = binary.LittleEndian.AppendUint16(b, uint16(channels))
	b = binary.LittleEndian.AppendUint32(b, uint32(rate))
	b = binary.LittleEndian.AppendUint32(b, 0)
	b = binary.LittleEndian.AppendUint16(b, uint16(channels*((bits+7)/8)))
	return string(binary.LittleEndian.AppendUint16(b, uint16(bits)))
}

func TestWAVLayouts(t *testing.T) {
	const data = "\x00\x10\x00\xf0\x00\x20" // 1/8, -1/8, 1/4
	want := []float32{0.125, -0.125, 0.25}
	size := func(file []byte, to uint32) []byte {
		at := bytes.LastIndex(file, []byte("data")) + 4
		binary.LittleEndian.PutUint32(file[at:], to)
		return file
	}
	mono := format(tagPCM, 1, 8000, 16)
	rf64 := size(wav("ds64", "\x00\x00\x00\x00\x00\x00\x00\x00\x06\x00\x00\x00\x00\x00\x00\x00", "fmt ", mono, "data", data), math.MaxUint32)
	copy(rf64, "RF64")
	for name, file := range map[string][]byte{
		"odd chunk before":        wav("LIST", "odd", "fmt ", mono, "data", data),
		"chunk after":             wav("fmt ", mono, "data", data, "LIST", "x"),
		"part of a frame after":   wav("fmt ", mono, "data", data+"\x01"),
		"size unknown":            size(wav("fmt ", mono, "data", data), math.MaxUint32),
		"size of sox into a pipe": size(wav("fmt ", mono, "data", data), 0x7ffff000),
		"and in frames of three":  size(wav("fmt ", mono, "data", data), 0x7fffefff),
		"RF64":                    append(rf64, "LIST\x00\x00\x00\x00"...),
		"12 bits in 16":           wav("fmt ", format(tagPCM, 1, 8000, 12), "data", data),
		"two channels":            wav("fmt ", format(tagPCM, 2, 8000, 16), "data", "\x00\x20\x00\x00\x00\xc0\x00\x20\x00\x30\x00\x10"),
	} {
		if x := samples(t, file, 0); distance(x, want) > 0 {
			t.Errorf("%s: %v", name, x)
		}
	}
}

// A RIFX has the high byte first, also in its sizes.
func TestRIFX(t *testing.T) {
	be := binary.BigEndian
	rifx := func(tag, channels, bits int, after string, samples ...uint64) []byte {
		width := (bits + 7) / 8
		out := []byte("RIFX????WAVEfmt \x00\x00\x00\x10")
		out = be.AppendUint16(be.AppendUint16(out, uint16(tag)), uint16(channels))
		out = append(be.AppendUint32(out, 8000), "\x00\x00\x00\x00"...)
		out = be.AppendUint16(be.AppendUint16(out, uint16(channels*width)), uint16(bits))
		out = be.AppendUint32(append(out, "data"...), uint32(width*len(samples)))
		for _, s := range samples {
			out = append(out, be.AppendUint64(nil, s)[8-width:]...)
		}
		return append(out, after...)
	}
	want := []float32{0.125, -0.125, 0.25}
	for name, file := range map[string][]byte{
		"8 bits":       rifx(tagPCM, 1, 8, "", 0x90, 0x70, 0xa0),
		"16 bits":      rifx(tagPCM, 1, 16, "LIST\x00\x00\x00\x02xx", 0x1000, 0xf000, 0x2000),
		"24 bits":      rifx(tagPCM, 1, 24, "", 0x100000, 0xf00000, 0x200000),
		"32 bits":      rifx(tagPCM, 1, 32, "", 0x10000000, 0xf0000000, 0x20000000),
		"float":        rifx(tagFloat, 1, 32, "", uint64(math.Float32bits(0.125)), uint64(math.Float32bits(-0.125)), uint64(math.Float32bits(0.25))),
		"double":       rifx(tagFloat, 1, 64, "", math.Float64bits(0.125), math.Float64bits(-0.125), math.Float64bits(0.25)),
		"two channels": rifx(tagPCM, 2, 16, "", 0x2000, 0, 0xc000, 0x2000, 0x3000, 0x1000),
	} {
		if x := samples(t, file, 0); distance(x, want) > 0 {
			t.Errorf("%s: %v", name, x)
		}
	}
	for name, file := range map[string][]byte{"ADPCM": rifx(0x11, 1, 4, "", 1), "extensible": rifx(tagExtensible, 1, 16, "", 1)} {
		if _, err := readAll(bytes.NewReader(file), 0); err == nil || name == "ADPCM" && !strings.Contains(err.Error(), "high byte first (RIFX)") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWriteWAV(t *testing.T) {
	var out bytes.Buffer
	in := []float32{0, 0.5, -0.5, 1, -1, 2, -2, 1.0 / 32768}
	if err := WriteWAV(&out, 22050, in); err != nil {
		t.Fatal(err)
	}
	want := []float32{0, 0.5, -0.5, 32767.0 / 32768, -1, 32767.0 / 32768, -1, 1.0 / 32768}
	if x := samples(t, out.Bytes(), 0); distance(x, want) > 0 {
		t.Errorf("%v", x)
	}
	if rate, err := Rate(&out); err != nil || rate != 22050 {
		t.Errorf("rate %d, %v", rate, err)
	}
}

// An error of the receiver ends reading, and is returned as it is.
func TestReadStops(t *testing.T) {
	enough := errors.New("enough")
	names := []string{"pcm16.wav", "tone.flac", "tone.ogg"}
	if _, err := exec.LookPath("ffmpeg"); err == nil {
		names = append(names, "tone44k.mp3")
	}
	for _, name := range names {
		for _, rate := range []int{0, 4000, 16000} {
			_, err := Read(bytes.NewReader(fixture(t, name)), rate, func([]float32) error { return enough })
			if err != enough {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}
