package demo

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/waveletgpt/waveletgpt/media/audio"
	"github.com/waveletgpt/waveletgpt/media/music"
)

// Every sentence of the stories is made by the rules, and no other is taken for one.
func TestSentences(t *testing.T) {
	stories := Stories(300, 3)
	if right, all := Sentences(stories); right != all || all != 6*300 {
		t.Errorf("%d of %d sentences are right, want 1800 of 1800", right, all)
	}
	for _, test := range []struct {
		text       string
		right, all int
	}{
		{"Ada had a red boat.", 1, 1},
		{"Ada had a red boat. Ada had a rad boat. So they pl", 1, 2},
		{"Ada had a boat. ada had a red boat.\n\nSo they played until it was dark.", 1, 3},
		{`"Is that your hat?" asked the owl. "Is that your hat? asked the owl.`, 1, 2},
		{"Ada had a red boat of wood. Not Ada had a red boat.", 0, 2},
		{"no full stop", 0, 0},
	} {
		if right, all := Sentences(test.text); right != test.right || all != test.all {
			t.Errorf("%q: %d of %d, want %d of %d", test.text, right, all, test.right, test.all)
		}
	}
}

// A canon's second voice answers every note; another piece's does not.
func TestCanon(t *testing.T) {
	for seed := range uint64(20) {
		notes := Canon(8, seed)
		if answered, all := Answered(notes); answered != all || 2*all != len(notes) {
			t.Errorf("seed %d: %d of %d notes are answered, of %d in all", seed, answered, all, len(notes))
		}
		if n := InScale(notes); n != len(notes) {
			t.Errorf("seed %d: %d of %d notes are in the scale", seed, n, len(notes))
		}
	}
	// C E F B a beat each; a bar later C, two octaves lower, F at the wrong pitch.
	piece := []music.Note{{Start: 0, Pitch: 72}, {Start: 50, Pitch: 76}, {Start: 100, Pitch: 77}, {Start: 150, Pitch: 83}, {Start: 200, Pitch: 48}, {Start: 300, Pitch: 52}}
	if n := InScale(piece); n != 4 {
		t.Errorf("%d notes in the scale, want C, E, C and E", n)
	}
	if answered, all := Answered(piece); answered != 1 || all != 3 {
		t.Errorf("%d of %d notes are answered, want 1 of 3: nothing follows the last", answered, all)
	}
}

// A note sounds at its pitch, for its time. The pitch is that of its strongest
// frequency, from the definition of the Fourier transform.
func TestPlay(t *testing.T) {
	const rate = 8000
	for _, note := range []struct {
		pitch     uint8
		frequency float64 // ISO 16: A is 440 Hz, and C above it 523.25
	}{{69, 440}, {72, 523.25}, {57, 220}} {
		sound := Play([]music.Note{{Start: 50, End: 100, Pitch: note.pitch, Velocity: 90}}, rate)
		if want := rate * 103 / 100; len(sound) != want {
			t.Errorf("pitch %d: %d samples, want %d: a second and the end of the sound", note.pitch, len(sound), want)
		}
		for i, x := range sound[:rate/2] {
			if x != 0 {
				t.Fatalf("pitch %d: sample %d, before the note, is %v", note.pitch, i, x)
			}
		}
		best, strongest := 0.0, 0.0
		for f := 100.0; f < 1200; f += 0.25 {
			re, im := 0.0, 0.0
			for i, x := range sound[rate/2 : rate*3/4] {
				sin, cos := math.Sincos(2 * math.Pi * f * float64(i) / rate)
				re, im = re+float64(x)*cos, im+float64(x)*sin
			}
			if power := re*re + im*im; power > best {
				best, strongest = power, f
			}
		}
		if math.Abs(strongest-note.frequency) > 1 {
			t.Errorf("pitch %d sounds at %v Hz, want %v", note.pitch, strongest, note.frequency)
		}
	}
	if loud := Play(Canon(2, 1), rate); len(loud) == 0 {
		t.Error("a canon is silent")
	}
}

// The files can be read, are the same every time, and are left alone when they are
// there.
func TestFiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "tunes")
	if err := writeTunes(dir); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "tune-001.wav")
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	seconds, peak := 0.0, float32(0)
	if _, err := audio.Read(bytes.NewReader(file), TuneRate, func(samples []float32) error {
		seconds += float64(len(samples)) / TuneRate
		for _, x := range samples {
			peak = max(peak, x, -x)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if seconds < 5.9 || seconds > 6.1 || peak < 0.2 || peak >= 1 {
		t.Errorf("a tune of %.2f seconds with a peak of %.2f, want 6 seconds that are not clipped", seconds, peak)
	}
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "tune-002.wav"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := writeTunes(dir); err != nil {
		t.Fatal(err)
	}
	after, err := os.Stat(path)
	if err != nil || !after.ModTime().Equal(before.ModTime()) {
		t.Errorf("a tune that is there is written again (%v)", err)
	}
	if info, err := os.Stat(filepath.Join(dir, "tune-002.wav")); err != nil || info.Size() < 1000 {
		t.Errorf("a damaged tune stays (%v)", err)
	}
}

func writeTunes(dir string) error {
	files, err := TuneFiles("tunes")
	if err != nil {
		return err
	}
	return Write(filepath.Dir(dir), files)
}

// What stands in the way of the data is named: a file with other content, and what would be
// trained on with it.
func TestForeign(t *testing.T) {
	stories, err := StoryFile("stories.txt")
	if err != nil {
		t.Fatal(err)
	}
	tunes, err := TuneFiles("tunes")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		files            []File
		name, text, want string
	}{
		{stories, "stories.txt", "mine", "stories.txt"},
		{stories, "stories.txt", string(stories[0].Content), ""},
		{stories, "other.txt", "mine", ""},
		{tunes, "tunes/tune-003.wav", "mine", "tunes/tune-003.wav"},
		{tunes, "tunes/tune-003.wav", string(tunes[2].Content), ""},
		{tunes, "tunes/mine.wav", "mine", "tunes/mine.wav"},
		{tunes, "tunes/.hidden", "mine", ""},
		{tunes, "tunes", "mine", "tunes/tune-001.wav"},
		{tunes, "mine.wav", "mine", ""},
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, filepath.FromSlash(test.name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(test.text), 0o666); err != nil {
			t.Fatal(err)
		}
		want := test.want
		if want != "" {
			want = filepath.Join(dir, filepath.FromSlash(want))
		}
		if got, err := Foreign(dir, test.files); got != want || err != nil {
			t.Errorf("with %s: %q, %v; want %q", test.name, got, err, want)
		}
	}
}
