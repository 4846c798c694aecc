package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/internal/torch"
)

// Without a Python that can train, one line says what to do, and training writes nothing.
func TestTorchWithoutPython(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	book, out := filepath.Join(t.TempDir(), "book.txt"), filepath.Join(t.TempDir(), "run")
	if err := os.WriteFile(book, []byte(strings.Repeat("a line of the book\n", 400)), 0o666); err != nil {
		t.Fatal(err)
	}
	nowhere := filepath.Join(t.TempDir(), "python3")
	torch := []string{"--preset", "tiny", "--out", out, "--set", "train.engine=torch", "--set", "train.python=" + nowhere}
	for _, args := range [][]string{
		{"torch", "check", "--preset", "tiny", "--python", nowhere},
		append([]string{"compare", book}, torch...),
		append([]string{"compare", book, "--part", "1/2"}, torch...),
		append([]string{"train", book}, torch...),
	} {
		got := invoke(t, args...)
		if got.code != ExitUsage || !strings.Contains(got.stderr, "there is no Python "+nowhere) || !strings.Contains(got.stderr, "run `waveletgpt torch setup`") {
			t.Errorf("%v: code %d, %q", args, got.code, got.stderr)
		}
	}
	if entries, err := os.ReadDir(out); err == nil {
		t.Errorf("data was prepared for no engine: %v", entries)
	}
	if got := invoke(t, "train", book, "--preset", "tiny", "--set", "train.compile=default"); got.code != ExitUsage || !strings.Contains(got.stderr, "set train.engine = torch too") {
		t.Errorf("torch.compile without PyTorch: code %d, %q", got.code, got.stderr)
	}
}

func TestTorchCheck(t *testing.T) {
	python := os.Getenv(torch.PythonVariable)
	if python == "" {
		t.Skip("set " + torch.PythonVariable + " to a Python that has the packages of internal/oracle/requirements.txt")
	}
	got := invoke(t, "torch", "check", "--preset", "tiny", "--set", "train.device=cpu", "--set", "train.precision=bfloat16", "--set", "train.threads=1")
	for _, want := range []string{python, "torch ", " on cpu (", "bfloat16, torch.compile off: ", "for a step of 128 tokens"} {
		if got.code != ExitOK || !strings.Contains(got.stdout, want) {
			t.Errorf("code %d, %q without %q", got.code, got.stdout, want)
		}
	}
}

// The commands of docs/pytorch.md that train and measure run as they stand there, with a
// small model, and without the half minute of torch.compile.
func TestTorchPage(t *testing.T) {
	if os.Getenv(torch.PythonVariable) == "" {
		t.Skip("set " + torch.PythonVariable + " to a Python that has the packages of internal/oracle/requirements.txt")
	}
	page := readFile(t, "../../docs/pytorch.md")
	t.Chdir(t.TempDir())
	small := strings.NewReplacer("TEXT", book(t), "train.compile=default", "train.compile=off", "--preset paper", "--preset tiny", "train.batch=64", "train.batch=2", "train --preset small", "train "+book(t)+" --preset small")
	ran := 0
	for line := range strings.Lines(page) {
		if !strings.HasPrefix(line, "    waveletgpt ") || !strings.Contains(line, "torch") || strings.Contains(line, "torch setup") {
			continue
		}
		for _, args := range exampleWords(t, small.Replace(line)) {
			succeed(t, smaller(args)...)
			ran++
		}
	}
	if ran != 4 {
		t.Errorf("%d commands ran, not 4", ran)
	}
}

func TestTorchPackage(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	for range 2 {
		if got := invoke(t, "torch", "package", dir); got.code != ExitOK {
			t.Fatal(got.stderr)
		}
	}
	for _, name := range []string{"__init__.py", "worker.py", "modeling_waveletgpt.py", "wavelet_operator.py"} {
		if _, err := os.Stat(filepath.Join(dir, torch.PackageName, name)); err != nil {
			t.Error(err)
		}
	}
}
