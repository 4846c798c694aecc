package peers

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/gpt"
)

// python runs a script of this directory with a Python that has PyTorch.
func python(t *testing.T, args ...string) []byte {
	t.Helper()
	interpreter := os.Getenv("WAVELETGPT_PYTHON")
	if interpreter == "" {
		t.Skip("set WAVELETGPT_PYTHON to a Python that has the packages of requirements.txt")
	}
	c := exec.Command(interpreter, args...)
	var errors strings.Builder
	c.Stderr = &errors
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s", args, err, errors.String())
	}
	return out
}

// PyTorch trains the same model: it has the same number of parameters, and its
// first loss is near that of a uniform guess.
func TestPyTorchTrainsTheSameModel(t *testing.T) {
	for _, size := range []struct {
		name     string
		settings []string
	}{
		{"tiny", []string{"model.layers=2", "model.width=32", "model.heads=2", "model.hidden=128", "model.context=32"}},
		{"paper", nil},
		{"large", []string{"model.layers=8", "model.width=512", "model.heads=8", "model.hidden=2048", "model.context=1024"}},
	} {
		t.Run(size.name, func(t *testing.T) {
			if size.name == "large" && testing.Short() {
				t.Skip("a step of the larger model takes seconds")
			}
			c, err := config.Preset("paper")
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range size.settings {
				if err := c.Set(s); err != nil {
					t.Fatal(err)
				}
			}
			m, err := gpt.New(gpt.Config{Model: c.Model, Vocabulary: 27})
			if err != nil {
				t.Fatal(err)
			}
			var result struct {
				Parameters int
				Loss       float64
				Seconds    []float64
				RSSBytes   int64   `json:"rss_bytes"`
				PerSecond  float64 `json:"tokens_per_second"`
			}
			out := python(t, "pytorch.py", "train", "--size", size.name, "--warm-up", "0", "--steps", "1")
			if err := json.Unmarshal(out, &result); err != nil {
				t.Fatalf("%v in %s", err, out)
			}
			if result.Parameters != m.Parameters() {
				t.Errorf("PyTorch trains %d parameters, we %d", result.Parameters, m.Parameters())
			}
			if math.Abs(result.Loss-math.Log(27)) > 0.2 {
				t.Errorf("a loss of %v before the first update, a guess has %v", result.Loss, math.Log(27))
			}
			if len(result.Seconds) != 1 || !(result.PerSecond > 0) || result.RSSBytes < 1<<20 {
				t.Errorf("%s", out)
			}
		})
	}
}

func TestPyTorchDecodes(t *testing.T) {
	var result struct {
		Prompt, Tokens int
		Decode         []struct {
			Streams         int
			How             string
			TokensPerSecond float64 `json:"tokens_per_second"`
		}
	}
	out := python(t, "pytorch.py", "decode", "--size", "tiny", "--streams", "1", "3", "--repeats", "1")
	if err := json.Unmarshal(out, &result); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	// As in waveletgpt bench: a quarter of the context each.
	if result.Prompt != 8 || result.Tokens != 8 || len(result.Decode) != 4 {
		t.Errorf("%s", out)
	}
	for i, d := range result.Decode {
		// That of generate is from the difference of two times, which chance can turn round here.
		if d.Streams != []int{1, 1, 3, 3}[i] || d.How != []string{"loop", "generate"}[i%2] || d.TokensPerSecond == 0 {
			t.Errorf("%+v", d)
		}
	}
}

// A section replaces that of the same processor and keeps the others.
func TestPage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "results", "performance.md")
	write := func(section string) string {
		python(t, "-c", "import page, pathlib, sys; page.write(pathlib.Path(sys.argv[1]), sys.argv[2])", path, section)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		introduction, sections, _ := strings.Cut(string(text), "\n## ")
		if !strings.HasPrefix(introduction, "# Performance\n") {
			t.Errorf("the page begins with %q", introduction)
		}
		return "## " + sections
	}
	const first, second = "## CPU (A) @ 1\n\nfirst\n\n### more\n", "## CPU\n\nsecond\n"
	for i, step := range []struct{ section, want string }{
		{first, first},
		{second, first + "\n" + second},
		{"## CPU (A) @ 1\n\nchanged\n", "## CPU (A) @ 1\n\nchanged\n\n" + second},
		{"## CPU\n\nagain\n", "## CPU (A) @ 1\n\nchanged\n\n## CPU\n\nagain\n"},
	} {
		if got := write(step.section); got != step.want {
			t.Errorf("step %d: %q, want %q", i, got, step.want)
		}
	}
}

// A ratio above 1 means that we are better: more tokens, less memory or time.
func TestRatios(t *testing.T) {
	training := func(rate float64) string {
		return fmt.Sprintf(`{"mixer": "none", "threads": 2, "tokens_per_second": %v}`, rate)
	}
	round := func(ours, eager, compiled float64) string {
		return fmt.Sprintf(`{"sizes": {"paper": {
			"ours": {"threads": 2, "train": [%s], "rss_bytes": 2e8, "decode": [{"streams": 1, "tokens_per_second": 4000}]},
			"torch": [
				{"precision": "float32", "compile": false, "tokens_per_second": %v, "rss_bytes": 1e9},
				{"precision": "float32", "compile": true, "tokens_per_second": %v, "rss_bytes": 2e9},
				{"precision": "bfloat16", "compile": false, "tokens_per_second": 8000, "rss_bytes": 1e8}]}},
			"decode": {"decode": [{"streams": 1, "how": "loop", "tokens_per_second": 400}, {"streams": 1, "how": "generate", "tokens_per_second": 200}]},
			"start_ours": 0.1, "start_torch": 2.5}`, training(ours), eager, compiled)
	}
	measured := fmt.Sprintf(`{"rounds": [%s, %s, %s]}`, round(20000, 5000, 9000), round(24000, 6000, 100), round(100, 7000, 200))
	out := string(python(t, "-c", "import json, page, sys; print(page.ratios(page.Measured(json.loads(sys.argv[1]))))", measured))
	for _, want := range []string{
		"| 20,000 (100 to 24,000) | 6,000 (5,000 to 7,000), eager float32 | 3.33 |",
		"against bfloat16 | 20,000 (100 to 24,000) | 8,000 (8,000 to 8,000), eager bfloat16 | 2.50 |",
		"decoding, 1 stream, tokens/s in total | 4,000 (4,000 to 4,000) | 400 (400 to 400), loop | 10.00 |",
		"1,000 (1,000 to 1,000), eager float32 | 5.00 |",
		"2.5 (2.5 to 2.5), eager float32 | 25.00 |",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}
