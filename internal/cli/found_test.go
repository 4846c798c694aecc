package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/media/music"
)

// folderOf makes files in a new folder; content "MIDI" is a piece of music.
func folderOf(t *testing.T, files map[string]string) string {
	t.Helper()
	var notes []music.Note
	for i := range 400 {
		notes = append(notes, music.Note{Start: 10 * i, End: 10*i + 8, Pitch: uint8(40 + i%37), Velocity: 64})
	}
	var piece bytes.Buffer
	if err := music.Write(&piece, notes); err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	for name, content := range files {
		if content == "MIDI" {
			content = piece.String()
		}
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// Training and comparing take music for music, however many texts lie beside it,
// and say what was left out.
func TestSaysWhatItTook(t *testing.T) {
	root := folderOf(t, map[string]string{
		"a.mid": "MIDI", "b.mid": "MIDI", "a/chords.txt": "C F G", "b/chords.txt": "C F G", "c.txt": "C", "beats.XLSX": "PK\x03\x04", ".hidden": "x",
	})
	tiny := []string{"--preset", "tiny", "--set", "train.steps=2", "--set", "train.warmup=0", "--set", "model.context=16"}
	for _, command := range []string{"train", "compare"} {
		out := filepath.Join(t.TempDir(), "out")
		got := invoke(t, append([]string{command, "--data", root, "--out", out}, tiny...)...)
		if want := root + ": 2 MIDI files; left out: 3 .txt, 1 .xlsx, 1 hidden (.hidden)\n"; got.code != 0 || !strings.Contains(got.stderr, want) {
			t.Errorf("%s: code %d, %q does not say %q", command, got.code, got.stderr, want)
		}
		out = filepath.Join(t.TempDir(), "out")
		got = invoke(t, append([]string{command, "--data", root, "--out", out, "--medium", "text"}, tiny...)...)
		if got.code != ExitInput || !strings.Contains(got.stderr, root+" has 11 bytes, too few for training and validation at model.context = 16") {
			t.Errorf("%s as text: code %d, %q", command, got.code, got.stderr)
		}
	}
	got := invoke(t, "train", "--data", root, "--medium", "text", "--codec", "performance", "--out", filepath.Join(t.TempDir(), "out"))
	if got.code != ExitUsage || !strings.Contains(got.stderr, "codec performance is for music, not text") {
		t.Errorf("code %d, %q", got.code, got.stderr)
	}
}

// What was converted, left out or split otherwise is printed and kept.
func TestSaysWhatItAssumed(t *testing.T) {
	files := map[string]string{"wide.txt": "\xff\xfea\x00b\x00 \x00", "empty.txt": "", "image.png": "\x89PNG\r\n\x1a\n\x00", "book.txt": strings.Repeat("some words of a book ", 900)}
	for _, c := range "abcdefghijklmnopqrstuvwxyz" {
		files["note-"+string(c)+".txt"] = "note " + string(c)
	}
	root, out := folderOf(t, files), filepath.Join(t.TempDir(), "set")
	got := invoke(t, "data", "prepare", "text", root, "--out", out)
	for _, want := range []string{
		root + ": 28 text files; left out: 1 .png, 1 empty (empty.txt)\n",
		"  wide.txt: converted from UTF-16\n",
		"whole files would leave a split with too few tokens: the splits are the first 90 %, the next 5 % and the last 5 % of the tokens",
	} {
		if got.code != 0 || !strings.Contains(got.stderr, want) {
			t.Errorf("code %d, %q does not say %q", got.code, got.stderr, want)
		}
	}
	info := succeed(t, "data", "info", out)
	for _, want := range []string{"left out    1 .png, 1 empty (empty.txt)\n", "remark      1 document: converted from UTF-16\n"} {
		if !strings.Contains(info.stdout, want) {
			t.Errorf("no %q in\n%s", want, info.stdout)
		}
	}
	header, err := os.ReadFile(filepath.Join(out, dataset.HeaderFile))
	if err != nil {
		t.Fatal(err)
	}
	var h dataset.Header
	if err := json.Unmarshal(header, &h); err != nil {
		t.Fatal(err)
	}
	p := h.Provenance
	if h.SplitRule != dataset.RuleTokens || len(p.LeftOut) != 2 || len(p.Remarks) != 1 || p.Rules != dataset.Rules {
		t.Errorf("rule %s, left out %v, remarks %v, rules %d", h.SplitRule, p.LeftOut, p.Remarks, p.Rules)
	}
}

// A text that is not UTF-8 is named among others, skipped when asked, and read as
// bytes with a line that says so when it is alone.
func TestLatin1(t *testing.T) {
	good := strings.Repeat("some words in UTF-8: é ", 50)
	root := folderOf(t, map[string]string{"a.txt": good, "b.txt": "gr\xfc\xdfe", "c.txt": good + "x"})
	out := filepath.Join(t.TempDir(), "set")
	got := invoke(t, "data", "prepare", "text", root, "--out", out)
	if got.code != ExitInput || !strings.Contains(got.stderr, "b.txt: byte 2 (0xfc) is not UTF-8") || !strings.Contains(got.stderr, "--on-error skip leaves such files out") {
		t.Errorf("code %d, %q", got.code, got.stderr)
	}
	got = invoke(t, "data", "prepare", "text", root, "--out", out, "--on-error", "skip")
	if got.code != 0 || !strings.Contains(got.stderr, "skipped b.txt: byte 2 (0xfc) is not UTF-8") || !strings.Contains(got.stderr, "codec chars") {
		t.Errorf("code %d, %q", got.code, got.stderr)
	}
	got = invoke(t, "data", "prepare", "text", folderOf(t, map[string]string{"b.txt": strings.Repeat("gr\xfc\xdfe ", 50)}), "--out", filepath.Join(t.TempDir(), "set"))
	if got.code != 0 || !strings.Contains(got.stderr, "  the codec is bytes, because the text is not UTF-8 (byte 2 is 0xfc); convert it to UTF-8 for") {
		t.Errorf("code %d, %q", got.code, got.stderr)
	}
}

// Files that are there twice are named, but not those of Go's source: nobody can change it.
func TestRepeatedFiles(t *testing.T) {
	text := strings.Repeat("package words // some of them\n", 50)
	root := folderOf(t, map[string]string{"src/a.go": text, "src/b.go": text, "src/c.go": text, "src/d.go": "package d // another\n" + text})
	t.Setenv("GOROOT", root)
	for path, want := range map[string]bool{filepath.Join(root, "src"): true, "": false} {
		args := []string{"data", "prepare", "text", "--out", filepath.Join(t.TempDir(), "set")}
		if path != "" {
			args = append(args, path)
		}
		if out := succeed(t, args...); strings.Contains(out.stderr, "the same content as") != want || !strings.Contains(out.stderr, "prepared ") {
			t.Errorf("%q:\n%s", path, out.stderr)
		}
	}
}

// A prepared set of older rules is opened as it is, and a note says so.
func TestOlderRules(t *testing.T) {
	root := folderOf(t, map[string]string{"a.txt": strings.Repeat("some words ", 500)})
	out := filepath.Join(t.TempDir(), "set")
	succeed(t, "data", "prepare", "text", root, "--out", out)
	path := filepath.Join(out, dataset.HeaderFile)
	header, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	older := bytes.Replace(header, []byte(",\n  \"rules\": 3"), nil, 1)
	if bytes.Equal(older, header) {
		t.Fatalf("no rules in %s", header)
	}
	if err := os.WriteFile(path, older, 0o644); err != nil {
		t.Fatal(err)
	}
	got := succeed(t, "data", "prepare", "text", root, "--out", out)
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, older) || !strings.Contains(got.stderr, "was prepared by an older version") {
		t.Errorf("%v, %q", err, got.stderr)
	}
}

// Flags that contradict a prepared set are refused, others are not.
func TestFlagsOnPreparedSet(t *testing.T) {
	root := folderOf(t, map[string]string{"a.txt": strings.Repeat("Some words ", 500)})
	set := filepath.Join(t.TempDir(), "set")
	succeed(t, "data", "prepare", "text", root, "--codec", "chars", "--out", set)
	tiny := []string{"train", set, "--preset", "tiny", "--set", "train.steps=1", "--set", "train.warmup=0", "--out"}
	for _, flags := range [][]string{{"--codec", "bytes"}, {"--medium", "audio"}, {"--codec", "mulaw"}} {
		got := invoke(t, append(append(tiny, filepath.Join(t.TempDir(), "run")), flags...)...)
		if got.code != ExitUsage || !strings.Contains(got.stderr, "is a prepared set of text with codec chars") {
			t.Errorf("%v: code %d, %q", flags, got.code, got.stderr)
		}
	}
	for _, flags := range [][]string{{"--codec", "chars"}, {"--medium", "text"}, nil} {
		succeed(t, append(append(tiny, filepath.Join(t.TempDir(), "run")), flags...)...)
	}
}

// A setting of the data that a prepared set was not made with is refused, whatever the
// medium; the default, what the set has, and what does not matter for it pass.
func TestSettingsOnPreparedSet(t *testing.T) {
	tones := recordings(t)
	text := filepath.Join(folderOf(t, map[string]string{"a.txt": strings.Repeat("Some words ", 500)}), "a.txt")
	tunes := folderOf(t, map[string]string{"a.mid": "MIDI", "b.mid": "MIDI"})
	for _, test := range []struct {
		prepare       []string
		pass, refused []string
	}{
		{[]string{"audio", tones, "--rate", "4000"}, []string{"data.rate=4000", "data.rate=16000", "data.level=as-is", "data.windows=any", "data.min_count=2"},
			[]string{"data.rate=8000", "data.rate=0", "data.level=peak", "data.windows=document"}},
		{[]string{"audio", tones, "--rate", "native", "--level", "peak"}, []string{"data.rate=0", "data.rate=8000", "data.level=peak"}, []string{"data.rate=4000"}},
		{[]string{"text", text, "--codec", "chars"}, []string{"data.min_count=5", "data.rate=8000"}, []string{"data.min_count=2", "data.windows=document"}},
		{[]string{"text", text, "--codec", "bytes"}, []string{"data.min_count=2"}, nil},
		{[]string{"music", tunes}, []string{"data.windows=document", "data.level=peak"}, []string{"data.windows=any"}},
	} {
		set := filepath.Join(t.TempDir(), "set")
		succeed(t, append(append([]string{"data", "prepare"}, test.prepare...), "--out", set)...)
		train := func(setting string) output {
			return invoke(t, "train", set, "--preset", "tiny", "--set", "train.steps=1", "--set", "train.warmup=0", "--set", "model.context=16", "--set", setting, "--out", filepath.Join(t.TempDir(), "run"))
		}
		for _, setting := range test.pass {
			if got := train(setting); got.code != 0 {
				t.Errorf("%v with %s: code %d, %q", test.prepare, setting, got.code, got.stderr)
			}
		}
		for _, setting := range test.refused {
			key, value, _ := strings.Cut(setting, "=")
			if got := train(setting); got.code != ExitUsage || !strings.Contains(got.stderr, "is a prepared set with "+key+" = ") || !strings.Contains(got.stderr, ", not "+value+";") {
				t.Errorf("%v with %s: code %d, %q", test.prepare, setting, got.code, got.stderr)
			}
		}
	}
}
