package cli

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/run"
)

type evaluation struct {
	Loss, Bits  float64
	Unit, Split string
	Tokens      int
}

func TestEval(t *testing.T) {
	dir, _ := trained(t)
	metrics, err := (&run.Run{Dir: dir}).Metrics()
	if err != nil {
		t.Fatal(err)
	}
	var validation, test float64
	for _, m := range metrics {
		if m.ValidationLoss != nil {
			validation = *m.ValidationLoss
		}
		if m.TestLoss != nil {
			test = *m.TestLoss
		}
	}
	eval := func(args ...string) (e evaluation) {
		out := succeed(t, append([]string{"eval", "--json", "--run", dir}, args...)...)
		if keys := decode(t, out.stdout, &e); !slices.Equal(keys, []string{"bits", "loss", "split", "tokens", "unit"}) {
			t.Errorf("keys %v", keys)
		}
		return e
	}
	near := func(a, b float64) bool { return math.Abs(a-b) < 1e-12 }
	if e := eval(); !near(e.Loss, validation) || !near(e.Bits, e.Loss/math.Ln2) || e.Unit != "character" || e.Split != "validation" || e.Tokens != 4*16 {
		t.Errorf("%+v, in training %v", e, validation)
	}
	if e := eval("--split", "test"); !near(e.Loss, test) || e.Split != "test" {
		t.Errorf("%+v, in training %v", e, test)
	}
	if e := eval("--windows", "2"); e.Tokens != 2*16 {
		t.Errorf("%+v with 2 windows", e)
	}
	if e := eval("--split", "train", "--windows", "100000"); e.Tokens < 5000 || e.Tokens > 5400 {
		t.Errorf("%+v with all windows of 90 %% of 6,000 characters", e)
	}
	// A model outside a run needs --data; with its data the loss is the same.
	model := filepath.Join(t.TempDir(), "model")
	if err := os.CopyFS(model, os.DirFS(filepath.Join(dir, run.CheckpointsDir, "step-00000008"))); err != nil {
		t.Fatal(err)
	}
	out := succeed(t, "eval", "--json", "--run", model, "--data", filepath.Join(dir, run.DataDir), "--windows", "4")
	var e evaluation
	if decode(t, out.stdout, &e); !near(e.Loss, validation) {
		t.Errorf("the copied checkpoint has %+v, in training %v", e, validation)
	}
	out = succeed(t, "eval", "--run", dir)
	if !strings.Contains(out.stdout, "nats per token") || !strings.Contains(out.stdout, "bits per character") || strings.Count(out.stdout, "\n") != 1 {
		t.Errorf("%q", out.stdout)
	}
}

// eval names the symbol in which codecs of one name and size differ, and data whatever the
// run says about it.
func TestEvalOfOtherData(t *testing.T) {
	dir, path := trained(t)
	base := t.TempDir()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	other, shorter := filepath.Join(base, "other.txt"), filepath.Join(base, "shorter.txt")
	if err := errors.Join(os.WriteFile(other, bytes.ReplaceAll(text, []byte("e"), []byte("E")), 0o666), os.WriteFile(shorter, text[:len(text)-100], 0o666)); err != nil {
		t.Fatal(err)
	}
	succeed(t, "data", "prepare", "text", other, "--out", filepath.Join(base, "set"))
	if out := invoke(t, "eval", dir, "--data", filepath.Join(base, "set")); out.code != ExitInput || !regexp.MustCompile(`symbol \d+ is ".+" in the data and ".+" in the model`).MatchString(out.stderr) {
		t.Errorf("code %d\n%s", out.code, out.stderr)
	}
	config := filepath.Join(dir, run.ConfigFile)
	document := regexp.MustCompile(`(?m)^hash = .*$`).ReplaceAllString(readFile(t, config), "hash = ''")
	if err := errors.Join(os.WriteFile(config, []byte(document), 0o666), os.RemoveAll(filepath.Join(dir, run.DataDir))); err != nil {
		t.Fatal(err)
	}
	succeed(t, "data", "prepare", "text", shorter, "--out", filepath.Join(dir, run.DataDir))
	if out := succeed(t, "eval", dir); !strings.HasPrefix(out.stderr, "note: the data of "+dir+" (") {
		t.Errorf("%s", out.stderr)
	}
}

func TestGenerate(t *testing.T) {
	dir, _ := trained(t)
	write := func(args ...string) string {
		out := succeed(t, append([]string{"generate", "--run", dir, "--tokens", "60"}, args...)...)
		if out.stderr != "" {
			t.Errorf("%v: %q on standard error", args, out.stderr)
		}
		return out.stdout
	}
	first := write("--prompt", "the river")
	if !strings.HasPrefix(first, "the river") || !strings.HasSuffix(first, "\n") || len(first) != len("the river")+60+1 {
		t.Errorf("%q", first)
	}
	if again := write("--prompt", "the river"); again != first {
		t.Errorf("one seed gave %q and %q", first, again)
	}
	if other := write("--prompt", "the river", "--seed", "2"); other == first {
		t.Errorf("seeds 1 and 2 gave %q", other)
	}
	greedy := write("--temperature", "0")
	if again := write("--temperature", "0", "--seed", "2"); again != greedy || again == write("--top-k", "5", "--top-p", "0.9") {
		t.Errorf("without chance: %q and %q", greedy, again)
	}
	out := succeed(t, "generate", "--json", "--run", filepath.Join(dir, run.CheckpointsDir, "step-00000008"), "--tokens", "60", "--prompt", "the river")
	var got struct {
		Prompt, Text string
		Tokens       int
		Seed         uint64
	}
	keys := decode(t, out.stdout, &got)
	if !slices.Equal(keys, []string{"prompt", "seed", "text", "tokens"}) {
		t.Errorf("keys %v", keys)
	}
	if got.Prompt+got.Text+"\n" != first || got.Tokens != 60 || got.Seed != 1 {
		t.Errorf("%+v, as text %q", got, first)
	}
}

func TestData(t *testing.T) {
	path, set := book(t), filepath.Join(t.TempDir(), "set")
	out := succeed(t, "data", "prepare", "text", "--data", path, "--out", set)
	if !dataset.IsSet(set) {
		t.Fatal("there is no set")
	}
	info := succeed(t, "data", "info", set)
	if info.stdout != out.stdout || info.stderr != "" {
		t.Errorf("prepare says\n%s\ninfo says\n%s", out.stdout, info.stdout)
	}
	for _, want := range []string{path, "chars, ", "losses per character", "train ", "contiguous", "bits per token", "data hash"} {
		if !strings.Contains(info.stdout, want) {
			t.Errorf("no %q in\n%s", want, info.stdout)
		}
	}
	var header dataset.Header
	decode(t, succeed(t, "data", "info", "--json", set).stdout, &header)
	if header.Codec != "chars" || header.Provenance.Path != path || header.Tokens < 6000 || len(header.Hash) != 64 {
		t.Errorf("%+v", header)
	}
	// Run again, there is nothing to do, except with other options.
	if again := succeed(t, "data", "prepare", "text", "--data", path, "--out", set); again.stderr != "" || again.stdout != out.stdout {
		t.Errorf("given again: %q", again.stderr)
	}
	decode(t, succeed(t, "data", "info", "--json", set).stdout, &header)
	replaced := fmt.Sprintf("replaced the prepared set of %s, data %.12s\n", path, header.Hash)
	out = succeed(t, "data", "prepare", "text", "--data", path, "--out", set, "--codec", "bytes", "--json")
	if !strings.Contains(out.stderr, replaced) {
		t.Errorf("no %q in %q", replaced, out.stderr)
	}
	if decode(t, out.stdout, &header); header.Codec != "bytes" || header.Vocabulary != 256 || header.Unit != "byte" {
		t.Errorf("%+v", header)
	}
	out = succeed(t, "data", "prepare", "text", "--data", path, "--out", set, "--codec", "chars", "--min-count", "100", "--json")
	if decode(t, out.stdout, &header); header.Codec != "chars" || header.Provenance.MinCount != 100 {
		t.Errorf("%+v", header)
	}
}

// A rare character takes several tokens, but counts as one character in bits, which are
// those of the split that is measured.
func TestEvalPerUnit(t *testing.T) {
	var text strings.Builder
	for i := range 4000 {
		text.WriteString("ab ")
		if i%40 == 0 && i < 3900 { // none in the test split
			text.WriteRune(rune(0x3041 + i/40)) // three bytes in UTF-8, each character once
		}
	}
	file := filepath.Join(t.TempDir(), "book.txt")
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "run")
	trained := succeed(t, "train", "--data", file, "--out", dir, "--preset", "tiny", "--set", "data.codec=chars",
		"--set", "train.steps=2", "--set", "train.warmup=1", "--set", "eval.windows=100000").stderr
	for _, split := range []string{"validation", "test"} {
		var e evaluation
		decode(t, succeed(t, "eval", "--json", "--run", dir, "--split", split).stdout, &e)
		if want := fmt.Sprintf("%s %.4f nats, %.4f bits per character", split, e.Loss, e.Bits); !strings.Contains(trained, want) {
			t.Errorf("no %q in\n%s", want, trained)
		}
	}
	out := succeed(t, "eval", "--json", "--run", dir)
	var e evaluation
	decode(t, out.stdout, &e)
	set, err := dataset.Open(filepath.Join(dir, run.DataDir))
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	s := set.Header.Splits.Validation
	if s.Units >= s.Length {
		t.Fatalf("%d units in %d tokens", s.Units, s.Length)
	}
	want := e.Loss / math.Ln2 * float64(s.Length) / float64(s.Units)
	if math.Abs(e.Bits-want) > 1e-9 {
		t.Errorf("%v bits per character, want %v", e.Bits, want)
	}
}
