package music

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"os"
	"strings"
	"testing"
)

const rate = 44_100

// soundFont is a file with one instrument, a sine that loops: 441 Hz at pitch
// 69.
func soundFont() []byte {
	const period, periods = 100, 10
	wave := make([]int16, period*periods+46) // a SoundFont has 46 zeros behind a sample
	for i := range period * periods {
		wave[i] = int16(20000 * math.Sin(2*math.Pi*float64(i)/period))
	}
	le := func(values ...any) []byte {
		var b bytes.Buffer
		for _, v := range values {
			if err := binary.Write(&b, binary.LittleEndian, v); err != nil {
				panic(err)
			}
		}
		return b.Bytes()
	}
	chunk := func(id string, parts ...[]byte) []byte {
		body := bytes.Join(parts, nil)
		return append(append([]byte(id), le(uint32(len(body)))...), body...)
	}
	name := func(s string) []byte { return append([]byte(s), make([]byte, 20-len(s))...) }
	list := func(id string, parts ...[]byte) []byte {
		return chunk("LIST", append([][]byte{[]byte(id)}, parts...)...)
	}
	return chunk("RIFF", []byte("sfbk"),
		list("INFO", chunk("ifil", le(uint16(2), uint16(1))), chunk("INAM", []byte("sine\x00\x00"))),
		list("sdta", chunk("smpl", le(wave))),
		list("pdta",
			chunk("phdr", name("sine"), le(uint16(0), uint16(0), uint16(0), [3]uint32{}), name("EOP"), le(uint16(0), uint16(0), uint16(1), [3]uint32{})),
			chunk("pbag", le(uint16(0), uint16(0), uint16(1), uint16(0))),
			chunk("pmod", make([]byte, 10)),
			chunk("pgen", le(uint16(41), uint16(0), uint16(0), uint16(0))), // its instrument
			chunk("inst", name("sine"), le(uint16(0)), name("EOI"), le(uint16(1))),
			chunk("ibag", le(uint16(0), uint16(0), uint16(2), uint16(0))),
			chunk("imod", make([]byte, 10)),
			chunk("igen", le(uint16(54), uint16(1), uint16(53), uint16(0), uint16(0), uint16(0))), // loops; its sample
			chunk("shdr",
				name("sine"), le(uint32(0), uint32(period*periods), uint32(0), uint32(period*periods), uint32(rate), uint8(69), int8(0), uint16(0), uint16(1)),
				name("EOS"), make([]byte, 26)),
		))
}

// energy of a frequency in some seconds of samples (Goertzel).
func energy(samples []float32, from, to, hertz float64) float64 {
	var re, im float64
	for i := int(from * rate); i < int(to*rate); i++ {
		s, c := math.Sincos(2 * math.Pi * hertz * float64(i) / rate)
		re, im = re+c*float64(samples[i]), im+s*float64(samples[i])
	}
	return math.Hypot(re, im) / ((to - from) * rate)
}

// render opens a SoundFont and plays notes on it.
func render(font io.Reader, notes []Note, rate int) ([]float32, error) {
	f, err := OpenSoundFont(font)
	if err != nil {
		return nil, err
	}
	return f.Render(notes, rate)
}

func TestRender(t *testing.T) {
	samples, err := render(bytes.NewReader(soundFont()), []Note{{20, 120, 69, 100}, {150, 200, 81, 100}}, rate)
	if err != nil {
		t.Fatal(err)
	}
	if want := 5 * rate; len(samples) != want {
		t.Fatalf("%d samples, want %d", len(samples), want)
	}
	loudest := float32(0)
	for i, x := range samples {
		loudest = max(loudest, x, -x)
		if x != 0 && i < rate/5 {
			t.Fatalf("sample %d sounds before the first note", i)
		}
	}
	if math.Abs(float64(loudest)-0.89) > 1e-3 {
		t.Errorf("the loudest sample is %.3f", loudest)
	}
	for _, test := range []struct{ from, to, hertz, least, most float64 }{
		{0.3, 1.1, 441, 0.1, 1},
		{0.3, 1.1, 882, 0, 0.01},
		{1.55, 1.95, 882, 0.1, 1},
		{1.55, 1.95, 441, 0, 0.01},
	} {
		if e := energy(samples, test.from, test.to, test.hertz); e < test.least || e > test.most {
			t.Errorf("energy at %.0f Hz is %.4f from %.2f s on", test.hertz, e, test.from)
		}
	}
	// The first block that is not silent begins with the onset.
	if e := energy(samples, 0.2, 0.21, 441); e == 0 {
		t.Error("the first note is late")
	}
}

// Notes of one pitch that overlap sound to their own ends, also more than there
// are channels.
func TestRenderOverlaps(t *testing.T) {
	many := []Note{{0, 300, 69, 100}}
	for i := range 40 {
		many = append(many, Note{10 + i, 60 + i, 69, 100})
	}
	for name, notes := range map[string][]Note{"two": {{0, 100, 69, 90}, {50, 300, 69, 90}}, "inner": {{0, 300, 69, 90}, {50, 100, 69, 90}}, "many": many} {
		samples, err := render(bytes.NewReader(soundFont()), notes, rate)
		if err != nil {
			t.Fatal(err)
		}
		both, one := energy(samples, 0.55, 0.95, 441), energy(samples, 2.55, 2.95, 441)
		if one < 0.005 || name != "many" && one > 0.8*both {
			t.Errorf("%s: energy %.4f where all sound, %.4f where one does", name, both, one)
		}
		if after := energy(samples, 4.5, 4.9, 441); after > one/10 {
			t.Errorf("%s: energy %.4f after the end", name, after)
		}
	}
}

func TestRenderRefuses(t *testing.T) {
	font := soundFont()
	version3 := bytes.Clone(font)
	version3[bytes.Index(font, []byte("ifil"))+8] = 3
	vorbis := bytes.Clone(font)
	copy(vorbis[bytes.Index(font, []byte("smpl"))+8:], "OggS")
	lies := bytes.Clone(font)
	binary.LittleEndian.PutUint32(lies[bytes.Index(lies, []byte("smpl"))+4:], 1<<30)
	for name, test := range map[string]struct {
		font  []byte
		notes []Note
		want  string
	}{
		"nothing":      {nil, nil, "not a .sf2 file"},
		"another file": {[]byte("RIFF....WAVEfmt "), nil, "not a .sf2 file"},
		"sizes":        {lies, nil, "1073741824 bytes does not fit"},
		"cut":          {font[:len(font)/2], nil, "does not fit"},
		"nested":       {bytes.Replace(font, []byte("smpl"), []byte("LIST"), 1), nil, "a list within a list"},
		"version 3":    {version3, nil, ".sf3"},
		"Vorbis":       {vorbis, nil, "save it as .sf2"},
		"no presets":   {bytes.Replace(font, []byte("phdr"), []byte("xxxx"), 1), nil, "SoundFont"},
		"no wave":      {bytes.Replace(font, []byte("smpl"), []byte("xxxx"), 1), nil, "SoundFont"},
		"long":         {font, []Note{{0, 730_000, 60, 9}}, "121 minutes"},
	} {
		_, err := render(bytes.NewReader(test.font), test.notes, rate)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, test.want)
		}
	}
}

// With a SoundFont of this machine, if there is one.
func TestRenderPiano(t *testing.T) {
	const path = "/usr/share/sounds/sf2/TimGM6mb.sf2"
	f, err := os.Open(path)
	if err != nil {
		t.Skipf("%s is not there; install timgm6mb-soundfont", path)
	}
	defer f.Close()
	samples, err := render(f, []Note{{10, 110, 69, 100}}, rate)
	if err != nil {
		t.Fatal(err)
	}
	if at, off := energy(samples, 0.2, 1, 440), energy(samples, 0.2, 1, 452); at < 20*off {
		t.Errorf("a' has energy %.4f at 440 Hz and %.4f at 452 Hz", at, off)
	}
}

func FuzzRender(f *testing.F) {
	f.Add(soundFont())
	f.Fuzz(func(_ *testing.T, font []byte) {
		_, _ = render(bytes.NewReader(font), []Note{{0, 5, 60, 100}}, rate)
	})
}
