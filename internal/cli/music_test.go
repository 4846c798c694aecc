package cli

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/media/music"
	"github.com/waveletgpt/waveletgpt/run"
)

// performance writes a MIDI file of n notes, the same for a seed.
func performance(t *testing.T, path string, seed uint64, n int) []music.Note {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 8))
	var notes []music.Note
	at := 0
	for range n {
		at += 1 + r.IntN(30)
		notes = append(notes, music.Note{Start: at, End: at + 5 + r.IntN(50), Pitch: uint8(50 + r.IntN(30)), Velocity: uint8(1 + 4*r.IntN(32))})
	}
	var file bytes.Buffer
	if err := music.Write(&file, notes); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, file.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return notes
}

// performances writes files in splits, one of them shorter than a context of 16,
// and four without music.
func performances(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for i, path := range []string{"train/a.mid", "train/b.midi", "validation/c.mid", "test/d.mid"} {
		performance(t, filepath.Join(dir, path), uint64(i), 60)
	}
	performance(t, filepath.Join(dir, "train", "short.mid"), 9, 3)
	for name, content := range map[string]string{
		"cut.mid":    "MThd\x00\x00\x00\x06\x00\x00\x00\x01\x01\xe0MTrk\x00\x00\x00\x99",
		"empty.mid":  "",
		"silent.mid": "MThd\x00\x00\x00\x06\x00\x00\x00\x01\x01\xe0MTrk\x00\x00\x00\x04\x00\xff\x2f\x00",
		"drums.mid":  "MThd\x00\x00\x00\x06\x00\x00\x00\x01\x01\xe0MTrk\x00\x00\x00\x0c\x00\x99\x23\x40\x10\x89\x23\x00\x00\xff\x2f\x00",
	} {
		if err := os.WriteFile(filepath.Join(dir, "train", name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestPrepareMusic(t *testing.T) {
	data, set := performances(t), filepath.Join(t.TempDir(), "set")
	out := succeed(t, "data", "prepare", "music", "--data", data, "--out", set)
	for _, s := range []string{
		"4 of 9 documents", "train/cut.mid: byte 22: the file ends within track 1 of 1", "train/empty.mid: byte 0",
		"train/silent.mid: the file has no notes", "train/drums.mid: the file has no notes",
	} {
		if !strings.Contains(out.stderr, s) {
			t.Errorf("no word of %q in\n%s", s, out.stderr)
		}
	}
	for _, s := range []string{"performance, 388 symbols", " events, 123 notes, ", " events, 60 notes, "} {
		if !strings.Contains(out.stdout, s) {
			t.Errorf("no word of %q in\n%s", s, out.stdout)
		}
	}
	out = succeed(t, "data", "info", "--json", set)
	var info struct {
		Windows  string
		Contents struct {
			VocabularyUsed int `json:"vocabulary_used"`
			Splits         map[string]splitContents
		}
	}
	decode(t, out.stdout, &info)
	if c := info.Contents; info.Windows != dataset.WindowsInDocuments || c.VocabularyUsed < 80 || c.VocabularyUsed > 388 ||
		c.Splits["train"].Notes != 123 || c.Splits["test"].Notes != 60 || c.Splits["test"].Hours <= 0 {
		t.Errorf("%+v", info)
	}
	out = invoke(t, "data", "prepare", "music", "--data", data, "--out", set, "--on-error", "stop")
	if out.code != ExitInput || !strings.Contains(out.stderr, "train/cut.mid: byte 22") {
		t.Errorf("code %d\n%s", out.code, out.stderr)
	}
	out = succeed(t, "data", "prepare", "music", "--data", data, "--out", set, "--codec", "performance:88", "--windows", "any")
	if !strings.Contains(out.stdout, "performance:88, 308 symbols") {
		t.Error(out.stdout)
	}
	out = invoke(t, "data", "prepare", "music", "--data", filepath.Join(data, "train", "drums.mid"), "--out", filepath.Join(t.TempDir(), "none"))
	if out.code != ExitInput || !strings.Contains(out.stderr, "the file has no notes") {
		t.Errorf("code %d\n%s", out.code, out.stderr)
	}
}

// A run on transposed music is the same after an interruption, and differs from one
// without transposition.
func TestTrainMusic(t *testing.T) {
	data, dir := performances(t), t.TempDir()
	log := func(name string) string {
		b, err := os.ReadFile(filepath.Join(dir, name, run.MetricsFile))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	train := func(name string, more ...string) []string {
		return slices.Concat([]string{"train", "--data", data, "--out", filepath.Join(dir, name)}, quick(more...))
	}
	succeed(t, train("whole", "--set", "train.transpose=3")...)
	interruptAt(t, "step 3", train("cut", "--set", "train.transpose=3")...)
	succeed(t, "train", "--resume", filepath.Join(dir, "cut"))
	succeed(t, train("plain")...)
	if log("whole") != log("cut") {
		t.Error("the run that was interrupted is another")
	}
	if log("whole") == log("plain") {
		t.Error("the windows were not transposed")
	}
	out := invoke(t, slices.Concat([]string{"train", "--data", book(t), "--out", filepath.Join(dir, "text")}, quick("--set", "train.transpose=3"))...)
	if out.code == ExitOK || !strings.Contains(out.stderr, "train.transpose") {
		t.Errorf("text is transposed: code %d\n%s", out.code, out.stderr)
	}
	out = succeed(t, "eval", "--run", filepath.Join(dir, "whole"))
	if !strings.Contains(out.stdout, "nats per event") || !strings.Contains(out.stdout, "bits per event") {
		t.Error(out.stdout)
	}
	t.Run("generate", func(t *testing.T) { generateMusic(t, filepath.Join(dir, "whole")) })
}

// A comparison on music keeps its samples as MIDI files, which the report draws.
func TestCompareMusic(t *testing.T) {
	data, dir := performances(t), filepath.Join(t.TempDir(), "comparison")
	succeed(t, slices.Concat([]string{"compare", "--data", data, "--out", dir, "--variants", "none,haar"}, quick())...)
	for _, name := range []string{"prompt.mid", "real.mid", "none.mid", "haar.mid"} {
		f, err := os.Open(filepath.Join(dir, run.SamplesDir, name))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if notes, _, err := music.Read(f); err != nil || len(notes) == 0 {
			t.Errorf("%s: %v, %v", name, notes, err)
		}
	}
	page, err := os.ReadFile(filepath.Join(dir, "report.html"))
	if err != nil || bytes.Count(page, []byte(`<svg class="roll`)) != 3 {
		t.Errorf("no three piano rolls on the page, %v", err)
	}
	font := filepath.Join(data, "test", "d.mid")
	if out := invoke(t, "report", dir, "--soundfont", font); out.code != ExitInput || !strings.Contains(out.stderr, "not a .sf2 file") {
		t.Errorf("code %d\n%s", out.code, out.stderr)
	}
	// --no-samples: a published report may not include excerpts of the data.
	public := filepath.Join(t.TempDir(), "public")
	succeed(t, "report", dir, "--out", public, "--no-samples")
	if page, err := os.ReadFile(filepath.Join(public, "report.html")); err != nil || bytes.Contains(page, []byte(`<svg class="roll`)) {
		t.Errorf("samples on a page without samples, or %v", err)
	}
	if _, err := os.Stat(filepath.Join(public, run.SamplesDir)); !os.IsNotExist(err) {
		t.Errorf("samples beside a page without samples: %v", err)
	}
	const piano = "/usr/share/sounds/sf2/TimGM6mb.sf2"
	if _, err := os.Stat(piano); err != nil {
		t.Skipf("%s is not there; install timgm6mb-soundfont", piano)
	}
	succeed(t, "report", dir, "--soundfont", piano)
	if page, err := os.ReadFile(filepath.Join(dir, "report.html")); err != nil || bytes.Count(page, []byte("<audio")) != 3 {
		t.Errorf("no three players on the page, %v", err)
	}
}

func generateMusic(t *testing.T, model string) {
	dir := t.TempDir()
	prompt := filepath.Join(dir, "prompt.mid")
	want := performance(t, prompt, 5, 20)
	read := func(name string) []music.Note {
		f, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		notes, _, err := music.Read(f)
		if err != nil {
			t.Fatal(err)
		}
		return notes
	}
	generate := func(args ...string) []string { return append([]string{"generate", "--run", model}, args...) }
	succeed(t, generate("--out", filepath.Join(dir, "x.mid"), "--tokens", "200", "--streams", "2", "--prompt", prompt)...)
	var notes [2][]music.Note
	for i := range notes {
		notes[i] = read("x-" + strconv.Itoa(i+1) + ".mid")
		// Notes of one pitch may swap their ends.
		if got := notes[i]; len(got) <= len(want) || !slices.EqualFunc(got[:len(want)], want, func(a, b music.Note) bool {
			return a.Start == b.Start && a.Pitch == b.Pitch && a.Velocity == b.Velocity
		}) {
			t.Errorf("stream %d begins with %v, want %v", i, got, want)
		}
	}
	if slices.Equal(notes[0], notes[1]) {
		t.Error("both streams are the same")
	}
	out := succeed(t, generate("--out", filepath.Join(dir, "y.mid"), "--seconds", "20", "--seed", "3")...)
	if last := read("y.mid"); len(last) == 0 || last[len(last)-1].Start > 2100 || !strings.Contains(out.stderr, "y.mid: 20.") {
		t.Errorf("%d notes\n%s", len(last), out.stderr)
	}
	// The first seconds of a prompt, in a file of another name of the format.
	out = succeed(t, generate("--out", filepath.Join(dir, "Z.MIDI"), "--tokens", "20", "--prompt", prompt, "--prompt-seconds", "1.5")...)
	if !strings.Contains(out.stderr, "prompt.mid: the first 1.") || !strings.Contains(out.stderr, "; the next event ends after 1.5 s\n") {
		t.Errorf("no word of the prompt's length\n%s", out.stderr)
	}
	for i, n := range read("Z.MIDI") {
		if w := want[i]; n.Start != w.Start || n.Pitch != w.Pitch {
			t.Errorf("note %d is %+v, want %+v", i, n, w)
		}
		if want[i+1].Start > 140 {
			break
		}
	}
	out = succeed(t, generate("--out", filepath.Join(dir, "all.mid"), "--tokens", "20", "--prompt", prompt, "--prompt-seconds", "1000")...)
	if !strings.Contains(out.stderr, " s, which is all of it\n") {
		t.Errorf("a prompt that is shorter: %s", out.stderr)
	}
	// What the model does not end.
	out = succeed(t, generate("--out", filepath.Join(dir, "short.mid"), "--tokens", "300", "--longest-note", "0.05")...)
	if !strings.Contains(out.stderr, "ended after 0.05 s (--longest-note)") {
		t.Errorf("no word of shorter notes\n%s", out.stderr)
	}
	for _, n := range read("short.mid") {
		if n.End-n.Start > 5 {
			t.Errorf("%+v is longer than 5 steps", n)
		}
	}
	compressed := filepath.Join(dir, "font.sf3")
	if err := os.WriteFile(compressed, []byte("RIFF\x1a\x00\x00\x00sfbkLIST\x0e\x00\x00\x00INFOifil\x02\x00\x00\x00\x03\x00"), 0o644); err != nil {
		t.Fatal(err)
	}
	z := filepath.Join(dir, "z.mid")
	for name, test := range map[string]struct {
		code int
		want string
		args []string
	}{
		"no file":        {ExitUsage, "--out", generate()},
		"other file":     {ExitUsage, ".mid", generate("--out", "x.wav")},
		"no folder":      {ExitInput, "there is no folder " + filepath.Join(dir, "none"), generate("--out", filepath.Join(dir, "none", "z.mid"))},
		"a folder":       {ExitInput, "is a folder", generate("--out", dir)},
		"no prompt":      {ExitInput, "nowhere.mid", generate("--out", z, "--prompt", "nowhere.mid")},
		"its prompt":     {ExitUsage, "is there already; name another file", generate("--out", prompt, "--prompt", prompt)},
		"no prompt's":    {ExitUsage, "needs --prompt", generate("--out", z, "--prompt-seconds", "3")},
		"negative":       {ExitUsage, "--longest-note -1", generate("--out", z, "--longest-note", "-1")},
		"broken font":    {ExitInput, "not a .sf2 file", generate("--out", z, "--tokens", "20", "--soundfont", prompt)},
		"font of Vorbis": {ExitInput, "save it as .sf2", generate("--out", z, "--tokens", "20", "--soundfont", compressed)},
		"no font":        {ExitInput, "nothing.sf2", generate("--out", z, "--tokens", "20", "--soundfont", "nothing.sf2")},
	} {
		if out := invoke(t, test.args...); out.code != test.code || !strings.Contains(out.stderr, test.want) {
			t.Errorf("%s: code %d\n%s", name, out.code, out.stderr)
		}
	}
	// All of these were found before generating.
	if _, err := os.Stat(z); err == nil {
		t.Error("a file was written")
	}
}
