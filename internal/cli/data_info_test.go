package cli

import (
	"archive/zip"
	"bytes"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/dataset"
)

// data info describes sound: what a user has to know before training on it.
func TestInfoOfSound(t *testing.T) {
	data, set := recordings(t), filepath.Join(t.TempDir(), "set")
	// A quarter of the samples of one file lies beyond full scale.
	loud := make([]float32, 4000)
	for i := range loud {
		loud[i] = []float32{1.5, 0.1, -0.2, 0.3}[i%4]
	}
	writeFloats(t, filepath.Join(data, "0.wav"), 8000, loud)
	// Another ends before the length that its header states.
	cut := []byte(readFile(t, data, "1.wav"))
	writeFile(t, filepath.Join(data, "1.wav"), string(cut[:len(cut)-1000]))
	writeFile(t, filepath.Join(data, "2.wav"), "no sound")
	out := succeed(t, "data", "prepare", "audio", "--data", data, "--out", set, "--rate", "native")
	info := succeed(t, "data", "info", set)
	if info.stdout != out.stdout {
		t.Errorf("prepare says\n%s\ninfo says\n%s", out.stdout, info.stdout)
	}
	for _, want := range []string{
		"files       4\n",
		"sound       8,000 Hz, level as-is, peak 1.00 of full scale, 6 % of the samples have one of the outermost two values\n",
		", 0.9 s\n", ", 0.5 s\n",
		"skipped     1 of 5 files; 2.wav: the content is not WAV",
		"remark      1 file: samples beyond full scale were clipped\n",
		"remark      1 file: it ends before the length that its header states",
	} {
		if !strings.Contains(info.stdout, want) {
			t.Errorf("no %q in\n%s", want, info.stdout)
		}
	}
	var got struct {
		dataset.Header
		Contents tokenContents
	}
	decode(t, succeed(t, "data", "info", "--json", set).stdout, &got)
	s, train := got.Contents.Sound, got.Contents.Splits["train"]
	const trained = 7500.0 // samples: 4,000 and 500 less
	if s == nil || s.Rate != 8000 || s.Level != "as-is" || s.Peak != 1 || math.Abs(s.Outermost-1000/(trained+8000)) > 1e-9 {
		t.Errorf("sound %+v", s)
	}
	if train.Seconds != trained/8000 || math.Abs(train.Hours-trained/8000/3600) > 1e-12 || len(got.Provenance.Remarks) != 2 {
		t.Errorf("%+v, %d remarks", train, len(got.Provenance.Remarks))
	}
}

// writeFloats writes a WAV file of floats, which may be beyond full scale.
func writeFloats(t *testing.T, path string, rate int, x []float32) {
	t.Helper()
	le32 := func(v uint32) []byte { return []byte{byte(v), byte(v >> 8), byte(v >> 16), byte(v >> 24)} }
	file := []byte("RIFF????WAVEfmt \x10\x00\x00\x00\x03\x00\x01\x00")
	file = append(file, le32(uint32(rate))...)
	file = append(file, le32(uint32(4*rate))...)
	file = append(file, "\x04\x00\x20\x00data"...)
	file = append(file, le32(uint32(4*len(x)))...)
	for _, v := range x {
		file = append(file, le32(math.Float32bits(v))...)
	}
	if err := os.WriteFile(path, file, 0o644); err != nil {
		t.Fatal(err)
	}
}

// An archive beside its files is left out, with a line.
func TestInfoOfCopies(t *testing.T) {
	root := t.TempDir()
	data, set := filepath.Join(root, "f"), filepath.Join(root, "set")
	var packed bytes.Buffer
	archive := zip.NewWriter(&packed)
	for _, name := range []string{"train/a.txt", "train/b.txt", "test/c.txt", "dev/d.txt"} {
		text := strings.Repeat("the story of "+name+" ", 100)
		path := filepath.Join(data, "novels", filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		writeFile(t, path, text)
		w, err := archive.Create(name)
		if err == nil {
			_, err = io.WriteString(w, text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(data, "novels.zip"), packed.String())
	out := succeed(t, "data", "prepare", "text", data, "--out", set)
	if !strings.Contains(out.stdout, "documents   4\n") || !strings.Contains(out.stdout, "left out    4 there unpacked too (novels/dev/d.txt)\n") {
		t.Errorf("it says\n%s", out.stdout)
	}
}
