package cli

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/internal/realdata"
	"github.com/waveletgpt/waveletgpt/media/audio"
	"github.com/waveletgpt/waveletgpt/summary"
)

// recordings writes tones of half a second at 8 kHz, with a list of their splits.
func recordings(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	list := "file,split\n"
	for i, split := range []string{"train", "train", "train", "validation", "test"} {
		name := fmt.Sprintf("%d.wav", i)
		list += name + "," + split + "\n"
		x := make([]float32, 4000)
		for j := range x {
			x[j] = float32(0.5 * math.Sin(2*math.Pi*float64(200+50*i)*float64(j)/8000))
		}
		writeSound(t, filepath.Join(dir, name), 8000, x)
	}
	writeFile(t, filepath.Join(dir, "index.csv"), list)
	writeFile(t, filepath.Join(dir, "README.txt"), "tones")
	return dir
}

func writeFile(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func writeSound(t *testing.T, path string, rate int, x []float32) {
	t.Helper()
	var file bytes.Buffer
	if err := audio.WriteWAV(&file, rate, x); err != nil {
		t.Fatal(err)
	}
	writeFile(t, path, file.String())
}

// readSound returns the rate and the samples of a file.
func readSound(t *testing.T, path string) (rate int, x []float32) {
	t.Helper()
	file := []byte(readFile(t, path))
	rate, err := audio.Rate(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	_, err = audio.Read(bytes.NewReader(file), 0, func(some []float32) error {
		x = append(x, some...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return rate, x
}

func TestPrepareAudio(t *testing.T) {
	data := recordings(t)
	prepare := func(more ...string) (dataset.Header, output) {
		out := succeed(t, append([]string{"data", "prepare", "audio", "--json", "--data", data, "--out", filepath.Join(t.TempDir(), "set")}, more...)...)
		var h dataset.Header
		decode(t, out.stdout, &h)
		return h, out
	}
	h, _ := prepare()
	if h.Codec != "mulaw" || h.Unit != "sample" || h.Splits.Train.Length != 24_000 || h.Splits.Test.Length != 8000 || h.SplitRule != "explicit" {
		t.Errorf("%+v", h)
	}
	native, _ := prepare("--rate", "native", "--codec", "linear", "--level", "peak")
	if native.Codec != "linear" || native.Splits.Train.Length != 12_000 || native.Provenance.Level != "peak" {
		t.Errorf("%+v", native)
	}

	// Unreadable files are counted and named.
	writeFile(t, filepath.Join(data, "7 silence.wav"), "")
	writeFile(t, filepath.Join(data, "8 text.flac"), "no sound")
	writeFile(t, filepath.Join(data, "index.csv"), readFile(t, data, "index.csv")+"7 silence.wav,train\n8 text.flac,test\n")
	again, out := prepare()
	if again.Hash != h.Hash || len(again.Provenance.Skipped) != 2 {
		t.Errorf("skipped %v", again.Provenance.Skipped)
	}
	for _, want := range []string{"skipped 7 silence.wav: the file is empty", "skipped 8 text.flac: the content is not WAV", "2 of 7 documents", "--on-error stop"} {
		if !strings.Contains(out.stderr, want) {
			t.Errorf("%q is not in %s", want, out.stderr)
		}
	}
	for _, flag := range []string{"--level=loud", "--rate=5", "--on-error=ask"} {
		out := invoke(t, "data", "prepare", "audio", "--data", data, "--out", filepath.Join(t.TempDir(), "set"), flag)
		if out.code != ExitUsage {
			t.Errorf("%s: exit code %d, want %d: %s", flag, out.code, ExitUsage, out.stderr)
		}
	}
	stopped := invoke(t, "data", "prepare", "audio", "--data", data, "--out", filepath.Join(t.TempDir(), "set"), "--on-error", "stop")
	if stopped.code != ExitInput || !strings.Contains(stopped.stderr, "7 silence.wav: the file is empty") {
		t.Errorf("code %d: %s", stopped.code, stopped.stderr)
	}

	// A few files without splits are cut, with a message.
	if err := os.Remove(filepath.Join(data, "index.csv")); err != nil {
		t.Fatal(err)
	}
	if cut, out := prepare(); cut.SplitRule != "contiguous" || !strings.Contains(out.stderr, "fewer than 20 files") {
		t.Errorf("rule %s: %s", cut.SplitRule, out.stderr)
	}
}

// The same path as text: train, evaluate, generate.
func TestTrainAudio(t *testing.T) {
	data, dir := recordings(t), filepath.Join(t.TempDir(), "run")
	out := succeed(t, slices.Concat([]string{"train", "--data", data, "--out", dir, "--set", "data.rate=8000"}, quick())...)
	if !strings.Contains(out.stderr, "bits per sample") {
		t.Errorf("no bits per sample in %s", out.stderr)
	}
	var e evaluation
	if decode(t, succeed(t, "eval", "--json", "--run", dir).stdout, &e); e.Unit != "sample" {
		t.Errorf("%+v", e)
	}

	made := filepath.Join(t.TempDir(), "made.wav")
	out = succeed(t, "generate", "--run", dir, "--seconds", "0.05", "--out", made)
	if rate, x := readSound(t, made); rate != 8000 || len(x) != 400 {
		t.Errorf("%d samples at %d", len(x), rate)
	}
	if !regexp.MustCompile(`\dx real time\n`).MatchString(out.stderr) || out.stdout != "" {
		t.Errorf("%q on standard output, %s", out.stdout, out.stderr)
	}
	// Streams differ; the first equals a single one. Each starts with the prompt,
	// which has another rate.
	prompt := filepath.Join(t.TempDir(), "prompt.wav")
	x := make([]float32, 1600)
	for i := range x {
		x[i] = float32(i%7) / 10
	}
	writeSound(t, prompt, 16000, x)
	many := filepath.Join(t.TempDir(), "many.wav")
	var result struct {
		Files   []string
		Seconds []float64
		Tokens  int
	}
	args := []string{"generate", "--run", dir, "--tokens", "200", "--prompt", prompt, "--seed", "5", "--out"}
	out = succeed(t, append(args, many, "--streams", "3", "--json")...)
	if !strings.Contains(out.stderr, "x real time over all streams\n") {
		t.Errorf("the time of three streams is that of one: %s", out.stderr)
	}
	if keys := decode(t, out.stdout, &result); !slices.Equal(keys, []string{"files", "real_time_factor", "seconds", "seed", "tokens"}) {
		t.Errorf("keys %v", keys)
	}
	if len(result.Files) != 3 || result.Tokens != 600 || result.Seconds[2] != 0.025 {
		t.Errorf("%+v", result)
	}
	single := filepath.Join(t.TempDir(), "single.wav")
	succeed(t, append(args, single)...)
	one := readFile(t, single)
	streams := []string{readFile(t, result.Files[0]), readFile(t, result.Files[1]), readFile(t, result.Files[2])}
	if streams[0] != one || streams[1] == one || streams[1] == streams[2] {
		t.Error("streams are not what they should be")
	}
	const head = 44 + 2*800 // header and prompt at 8 kHz
	if len(one) != head+2*200 || streams[1][:head] != one[:head] {
		t.Errorf("%d bytes", len(one))
	}

	for name, args := range map[string][]string{
		"no --out given; name a file":        {"--seconds", "1"},
		"writes .wav files":                  {"--seconds", "1", "--out", "x.mid"},
		"--seconds and --tokens exclude":     {"--seconds", "1", "--tokens", "3", "--out", "x.wav"},
		"--seconds -1":                       {"--seconds", "-1", "--out", "x.wav"},
		"--streams needs --out":              {"--streams", "2"},
		"--streams 0":                        {"--streams", "0", "--out", "x.wav"},
		"README.txt: the content is not WAV": {"--prompt", filepath.Join(data, "README.txt"), "--out", "x.wav"},
		"--prompt: " + filepath.Join(data, "absent.wav") + " does not exist; name a file that does": {"--prompt", filepath.Join(data, "absent.wav"), "--out", "x.wav"},
		"--soundfont is for music, but": {"--soundfont", "x.sf2", "--out", "x.wav"},
	} {
		out := invoke(t, append([]string{"generate", "--run", dir}, args...)...)
		if out.code != ExitUsage && out.code != ExitInput || !strings.Contains(out.stderr, name) {
			t.Errorf("%v: code %d, %s", args, out.code, out.stderr)
		}
	}
	text, _ := trained(t)
	if out := invoke(t, "generate", "--run", text, "--seconds", "1"); out.code != ExitUsage || !strings.Contains(out.stderr, "--seconds is for") {
		t.Errorf("text with seconds: %s", out.stderr)
	}
}

// A directory of audio needs no other flag, and the report can play the samples.
func TestCompareAudio(t *testing.T) {
	data, dir := recordings(t), filepath.Join(t.TempDir(), "out")
	succeed(t, slices.Concat([]string{"compare", "--data", data, "--out", dir}, quick("--variants", "none,haar"))...)
	s, err := summary.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Samples) != 2 || s.Data.Unit != "sample" {
		t.Fatalf("%d samples, losses per %s", len(s.Samples), s.Data.Unit)
	}
	_, prompt := readSound(t, filepath.Join(dir, s.Samples[0].PromptFile))
	rate, original := readSound(t, filepath.Join(dir, s.Samples[0].RealFile))
	if rate != 16000 || len(prompt) != 8000 || len(original) != 8000 || !slices.Equal(original[:len(prompt)], prompt) {
		t.Errorf("%d samples of %d at %d are the prompt", len(prompt), len(original), rate)
	}
	for _, x := range s.Samples {
		if _, made := readSound(t, filepath.Join(dir, x.File)); len(made) != 32_000 || !slices.Equal(made[:len(prompt)], prompt) {
			t.Errorf("%s has %d samples", x.File, len(made))
		}
	}
	page := readFile(t, dir, "report.html")
	if n := strings.Count(page, "data:audio/wav;base64,"); n != 4 {
		t.Errorf("%d players, want prompt, real continuation and two variants", n)
	}
	// A report elsewhere includes them.
	elsewhere := filepath.Join(t.TempDir(), "elsewhere")
	succeed(t, "report", dir, "--out", elsewhere)
	if err := os.RemoveAll(filepath.Join(dir, "samples")); err != nil {
		t.Fatal(err)
	}
	succeed(t, "report", elsewhere)
	withoutRuns := regexp.MustCompile(`<a href="[^"]*-seed[^"]*">([^<]*)</a>`).ReplaceAllString(page, "$1") // which were not copied
	if readFile(t, elsewhere, "report.html") != withoutRuns {
		t.Error("the report elsewhere is another")
	}
	succeed(t, "report", dir)
	if page := readFile(t, dir, "report.html"); !strings.Contains(page, "is no longer there") {
		t.Error("a report without its files does not say so")
	}
}

// Spoken digits at their native rate.
func TestDigits(t *testing.T) {
	if testing.Short() {
		t.Skip("22 minutes of sound")
	}
	data := filepath.Join(realdata.Dir(t), "audio", "free-spoken-digit-dataset.zip")
	dir := filepath.Join(t.TempDir(), "run")
	succeed(t, slices.Concat([]string{"train", "--data", data, "--out", dir, "--set", "data.rate=0"}, quick())...)
	made := filepath.Join(dir, "digit.wav")
	succeed(t, "generate", "--run", dir, "--seconds", "0.1", "--out", made)
	if rate, x := readSound(t, made); rate != 8000 || len(x) != 800 {
		t.Errorf("%d samples at %d", len(x), rate)
	}
}
