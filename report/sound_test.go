package report

import (
	"bytes"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/media/audio"
	"github.com/waveletgpt/waveletgpt/summary"
)

// tone is a sine at 16 kHz.
func tone(n int, hertz, level float64) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(level * math.Sin(2*math.Pi*hertz*float64(i)/16000))
	}
	return x
}

// A tone is a bright line at its frequency from its beginning to its svg.End, and a
// quiet one is darker.
func TestSpectrogram(t *testing.T) {
	const n = 16000
	x := append(tone(n, 1000, 1), tone(n, 3000, 0.01)...)
	picture, err := png.Decode(bytes.NewReader(wave{rate: 16000, samples: x}.spectrogram()))
	if err != nil {
		t.Fatal(err)
	}
	size := picture.Bounds().Size()
	if size.X > mostFrames || size.Y != frameLength/4 {
		t.Errorf("%v", size)
	}
	brightness := func(column, row int) uint32 {
		r, g, b, _ := picture.At(column, row).RGBA()
		return r + g + b
	}
	brightest := func(column int) (row int) {
		for y := range size.Y {
			if brightness(column, y) > brightness(column, row) {
				row = y
			}
		}
		return row
	}
	at := func(hertz float64) int { return size.Y - 1 - int(hertz/8000*float64(size.Y)) }
	for _, c := range []struct {
		column int
		hertz  float64
	}{{size.X / 10, 1000}, {size.X * 4 / 10, 1000}, {size.X * 6 / 10, 3000}, {size.X * 9 / 10, 3000}} {
		if row := brightest(c.column); row < at(c.hertz)-1 || row > at(c.hertz)+1 {
			t.Errorf("column %d is brightest in row %d, want %d", c.column, row, at(c.hertz))
		}
	}
	loud, quiet, none := brightness(size.X/4, at(1000)), brightness(size.X*3/4, at(3000)), brightness(size.X/4, at(6000))
	if !(loud > quiet && quiet > none) {
		t.Errorf("0 dB is %d, -40 dB %d, nothing %d", loud, quiet, none)
	}
}

// sounding is an example with samples of sound in a directory.
func sounding(t *testing.T) *summary.Summary {
	t.Helper()
	s := example(t)
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "samples"), 0o777); err != nil {
		t.Fatal(err)
	}
	for name, x := range map[string][]float32{
		"prompt.wav": tone(8000, 500, 0.5), "real.wav": tone(32000, 500, 0.5), "silence.wav": make([]float32, 32000), "none.wav": nil,
	} {
		var file bytes.Buffer
		if err := audio.WriteWAV(&file, 16000, x); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "samples", name), file.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	s.Samples = nil
	for i, file := range []string{"samples/real.wav", "samples/silence.wav", "samples/absent.wav", "../../outside.wav"} {
		x := summary.Sample{Variant: "haar", Seed: uint64(i), Dir: dir, File: file, PromptFile: "samples/prompt.wav", RealFile: "samples/real.wav"}
		s.Samples = append(s.Samples, x)
	}
	return s
}

// The page plays what is there, shows silence as such, and says what is missing.
func TestSounds(t *testing.T) {
	page := render(t, sounding(t))
	for want, n := range map[string]int{
		"<audio controls":            4, // prompt, real continuation, one of the model, silence
		"data:image/png;base64,":     3,
		"samples/absent.wav is no":   1,
		"../../outside.wav is no":    1,
		"prompt and haar, seed 1":    3, // heading, player and picture
		"img-src data:; media-src d": 1,
	} {
		if got := strings.Count(page, want); got != n {
			t.Errorf("%q is there %d times, want %d", want, got, n)
		}
	}
	for _, forbidden := range []string{"http:", "https:", "ZgotmplZ", "<script"} {
		if strings.Contains(withoutScript(t, page), forbidden) {
			t.Errorf("the page contains %q", forbidden)
		}
	}
	s := sounding(t)
	for i := range s.Samples {
		s.Samples[i].Variant, s.Samples[i].File = `"><script>`, `samples/"><script>.wav`
	}
	if page := withoutScript(t, render(t, s)); strings.Contains(page, "<script") {
		t.Error("a name becomes markup")
	}
}

// A page of three variants at 16 kHz is below a megabyte, whatever they made.
func TestSoundSize(t *testing.T) {
	w := wave{rate: 16000, samples: make([]float32, 32000)}
	seed := uint32(1)
	for i := range w.samples {
		seed = seed*1664525 + 1013904223
		w.samples[i] = float32(int32(seed)) / (1 << 31)
	}
	if n := len(w.picture("noise", "s1", 8000)); n > 60_000 {
		t.Errorf("the picture of noise has %d bytes", n)
	}
}
