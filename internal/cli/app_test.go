package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/waveletgpt/waveletgpt/compare"
	"github.com/waveletgpt/waveletgpt/internal/vfs"
	"github.com/waveletgpt/waveletgpt/media"
	"github.com/waveletgpt/waveletgpt/train"
)

// output is the result of a command.
type output struct {
	code           int
	stdout, stderr string
}

// invoke runs a command in process.
func invoke(t *testing.T, args ...string) output {
	t.Helper()
	return invokeApp(t, &App{}, args...)
}

func invokeApp(t *testing.T, a *App, args ...string) output {
	t.Helper()
	var stdout, stderr bytes.Buffer
	a.Stdin, a.Stdout, a.Stderr = strings.NewReader(""), &stdout, &stderr
	code := a.Main(args)
	return output{code, stdout.String(), stderr.String()}
}

// succeed runs a command that must succeed.
func succeed(t *testing.T, args ...string) output {
	t.Helper()
	out := invoke(t, args...)
	if out.code != ExitOK {
		t.Fatalf("%v: code %d\n%s", args, out.code, out.stderr)
	}
	return out
}

// interruptAt runs a command and cancels its context when it prints line.
func interruptAt(t *testing.T, line string, args ...string) output {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var stdout, stderr bytes.Buffer
	a := &App{Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: writer(func(p []byte) {
		stderr.Write(p)
		if bytes.Contains(p, []byte(line)) {
			cancel()
		}
	})}
	out := output{code: a.execute(ctx, args)}
	if ctx.Err() == nil {
		t.Fatalf("%v: no line with %q in\n%s", args, line, stderr.String())
	}
	out.stdout, out.stderr = stdout.String(), stderr.String()
	return out
}

type writer func(p []byte)

func (w writer) Write(p []byte) (int, error) { w(p); return len(p), nil }

// book writes a text of random words, the same every time.
func book(t *testing.T) (path string) {
	t.Helper()
	words := strings.Fields("the of and river stone carried slowly under light a morning which nobody had seen before it went")
	r := rand.New(rand.NewPCG(1, 2))
	var text strings.Builder
	for text.Len() < 6000 {
		for range 8 {
			fmt.Fprintf(&text, "%s ", words[r.IntN(len(words))])
		}
		text.WriteString("and so on.\n")
	}
	path = filepath.Join(t.TempDir(), "book.txt")
	if err := os.WriteFile(path, []byte(text.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// quick returns flags for a model that trains in a moment: evaluations after
// steps 0, 1, 2, 3, 6 and 8, checkpoints after 4 and 8.
func quick(more ...string) []string {
	return slices.Concat([]string{"--preset", "tiny"}, quickSettings(), more)
}

// quickSettings are the settings of quick, for any preset.
func quickSettings() (flags []string) {
	for _, s := range []string{
		"model.layers=1", "model.width=16", "model.hidden=32", "model.context=16",
		"train.steps=8", "train.warmup=5", "train.batch=2", "train.eval_every=3", "train.save_every=4", "eval.windows=4",
	} {
		flags = append(flags, "--set", s)
	}
	return flags
}

// trained trains a run on a book.
func trained(t *testing.T) (dir, path string) {
	t.Helper()
	dir, path = filepath.Join(t.TempDir(), "run"), book(t)
	succeed(t, slices.Concat([]string{"train", "--data", path, "--out", dir}, quick("--set", "model.mixer=haar"))...)
	return dir, path
}

// decode reads the one document of --json and returns its keys in order.
func decode(t *testing.T, document string, v any) (keys []string) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(document))
	if err := d.Decode(v); err != nil {
		t.Fatalf("%v in %q", err, document)
	}
	if _, err := d.Token(); err != io.EOF {
		t.Errorf("more than one document in %q", document)
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal([]byte(document), &object); err != nil {
		t.Fatal(err)
	}
	for key := range object {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

func TestHelp(t *testing.T) {
	for _, test := range []struct {
		args []string
		want []string
	}{
		{[]string{"--help"}, []string{"compare", "train", "eval", "generate", "data", "--json"}},
		{[]string{"help", "compare"}, []string{"--variants", "--seeds", "--preset", "tiny,"}},
		{[]string{"train", "--help"}, []string{"--resume", "--set", "--config"}},
		{[]string{"data", "prepare", "text", "--help"}, []string{"--codec", "--min-count"}},
		{[]string{"completion", "bash", "--help"}, []string{"package bash-completion", "/completions/waveletgpt\n", "_waveletgpt in", "waveletgpt.fish", "waveletgpt.ps1"}}, // the files of a release
	} {
		out := succeed(t, test.args...)
		for _, want := range test.want {
			if !strings.Contains(out.stdout, want) {
				t.Errorf("%v does not mention %s", test.args, want)
			}
		}
	}
	// Every help text fits a terminal of 80 columns.
	var check func(c *cobra.Command)
	check = func(c *cobra.Command) {
		out := succeed(t, append(strings.Fields(c.CommandPath())[1:], "--help")...)
		for line := range strings.Lines(out.stdout) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 80 {
				t.Errorf("%s: a line of %d columns: %s", c.CommandPath(), n, line)
			}
		}
		for _, below := range c.Commands() {
			check(below)
		}
	}
	check(new(App).root())
	// A command that only groups others prints its help and fails.
	for _, args := range [][]string{nil, {"data"}, {"data", "prepare"}} {
		out := invoke(t, args...)
		if out.code != ExitUsage || !strings.Contains(out.stdout, "Usage:") || strings.Count(out.stderr, "\n") != 1 {
			t.Errorf("%v: code %d, %q", args, out.code, out.stderr)
		}
	}
}

func TestExitCode(t *testing.T) {
	plain, save := errors.New("no space left"), fmt.Errorf("save: %w", errors.New("no space left"))
	for _, test := range []struct {
		err  error
		want int
	}{
		{nil, ExitOK},
		{plain, ExitFailure},
		{usage(plain), ExitUsage},
		{fmt.Errorf("compare: %w", input(plain)), ExitInput},
		{fmt.Errorf("step 3: %w", train.ErrNonFinite), ExitDiverged},
		{errors.Join(train.ErrNonFinite, save), ExitDiverged},
		{context.Canceled, ExitInterrupted},
		{input(fmt.Errorf("prepare: %w", context.Canceled)), ExitInterrupted},
		{errors.Join(context.Canceled, fmt.Errorf("read: %w", context.Canceled)), ExitInterrupted},
		{context.DeadlineExceeded, ExitStopped},
		{fmt.Errorf("haar: %w", errors.Join(context.DeadlineExceeded, context.DeadlineExceeded)), ExitStopped},
		{errors.Join(context.DeadlineExceeded, save), ExitFailure},
		// The input is not at fault.
		{input(fmt.Errorf("run: %w", vfs.ErrLocked)), ExitFailure},
		{input(fmt.Errorf("run: %w", syscall.ENOSPC)), ExitFailure},
		{fmt.Errorf("compare: %w", &compare.RunError{Label: "haar", Seed: 1, Err: plain}), ExitInput},
		{input(fmt.Errorf("prepare: %w", media.ErrUnknownCodec)), ExitUsage},
		// Must not look like a saved interruption.
		{errors.Join(context.Canceled, save), ExitFailure},
		{fmt.Errorf("haar: %w", errors.Join(context.Canceled, save)), ExitFailure},
	} {
		if got := exitCode(test.err); got != test.want {
			t.Errorf("%v: code %d, want %d", test.err, got, test.want)
		}
	}
}

func TestOneLine(t *testing.T) {
	if got := oneLine(errors.Join(errors.New("first\r\n"), errors.New("second"))); got != "first; second" {
		t.Errorf("%q", got)
	}
}
