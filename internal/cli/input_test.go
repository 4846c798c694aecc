package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/run"
)

// world holds the good files that the cases damage.
type world struct {
	dir       string
	book      string // a good text
	run       string // a good run of it
	set       string // its prepared set
	overwrite func(name, content string) (path string)
}

func newWorld(t *testing.T) world {
	w := world{dir: t.TempDir()}
	w.run, w.book = trained(t)
	w.set = filepath.Join(w.run, run.DataDir)
	w.overwrite = func(name, content string) string {
		path := filepath.Join(w.dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	return w
}

// copyOf copies a run or set, so that a case can damage it.
func (w world) copyOf(t *testing.T, dir string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), filepath.Base(dir))
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return to
}

// replace changes a text in a file.
func replace(t *testing.T, path, old, with string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(data, []byte(old)) {
		t.Fatalf("no %q in %s", old, path)
	}
	if err := os.WriteFile(path, bytes.Replace(data, []byte(old), []byte(with), 1), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Every error is one line that names the cause and what to do, with the exit code
// of its kind.
func TestBadInput(t *testing.T) {
	w := newWorld(t)
	const prepares = true // the data is good and is prepared, with a message before the error
	out := func(t *testing.T) string { return filepath.Join(t.TempDir(), "out") }
	train := func(data string, more ...string) func(t *testing.T) []string {
		return func(t *testing.T) []string {
			return slices.Concat([]string{"train", "--data", data, "--out", out(t)}, quick(more...))
		}
	}
	plain := func(args ...string) func(t *testing.T) []string {
		return func(*testing.T) []string { return args }
	}
	many := func() string { // characters
		var text strings.Builder
		for r := rune(0x100); text.Len() < 4*70_000; r++ {
			if r < 0xd800 || r > 0xdfff {
				text.WriteRune(r)
			}
		}
		return text.String()
	}
	newer := w.copyOf(t, w.run)
	replace(t, filepath.Join(newer, run.ConfigFile), "format_version = 1", "format_version = 7")
	model := filepath.Join(w.run, run.CheckpointsDir, "step-00000008")
	otherSet := filepath.Join(w.dir, "letters")
	succeed(t, "data", "prepare", "text", "--data", w.overwrite("letters.txt", strings.Repeat("a b c d e f g ", 300)), "--out", otherSet)
	spoiled := func(name, old, with string) string {
		set := w.copyOf(t, w.set)
		replace(t, filepath.Join(set, name), old, with)
		return set
	}
	tokens, err := os.ReadFile(filepath.Join(w.set, dataset.TokensFile))
	if err != nil {
		t.Fatal(err)
	}
	truncated := w.copyOf(t, w.set)
	if err := os.Truncate(filepath.Join(truncated, dataset.TokensFile), int64(len(tokens)-2)); err != nil {
		t.Fatal(err)
	}
	moved := w.copyOf(t, w.run)
	if err := os.RemoveAll(filepath.Join(moved, run.DataDir)); err != nil {
		t.Fatal(err)
	}

	for _, test := range []struct {
		name     string
		args     func(t *testing.T) []string
		code     int
		want     []string
		prepares bool
	}{
		// Data.
		{"missing file", train(filepath.Join(w.dir, "absent.txt")), ExitInput, []string{"absent.txt", "does not exist"}, false},
		{"empty file", train(w.overwrite("empty.txt", "")), ExitInput, []string{"empty.txt is empty"}, false},
		{"a few letters", train(w.overwrite("short.txt", "hello")), ExitInput, []string{"short.txt has 5 bytes, too few", "model.context = 16", "more data"}, false},
		{"shorter than the context", train(w.book, "--set", "model.context=512"), ExitInput, []string{"validation split of " + w.book, "302 tokens", "513", "model.context"}, prepares},
		{"not UTF-8", train(w.overwrite("latin.txt", strings.Repeat("caf\xe9 ", 200)), "--set", "data.codec=chars"), ExitInput, []string{"latin.txt", "byte 3 (0xe9) is not UTF-8", "codec bytes"}, false},
		{"not text8", train(w.book, "--set", "data.codec=text8"), ExitInput, []string{"book.txt", "text8 has only a to z and space", "codec chars or bytes"}, false},
		{"an unknown codec", train(w.book, "--set", "data.codec=utf8"), ExitUsage, []string{`"utf8"`, "text8, chars, bytes"}, false},
		{"more symbols than tokens", train(w.overwrite("many.txt", many()), "--set", "data.codec=chars", "--set", "data.min_count=1"), ExitInput, []string{"symbols are more than 65536", "data.min_count", "codec bytes"}, false},
		{"a folder without text", train(filepath.Dir(w.overwrite("binary/data.bin", "\x00\x01\x02"))), ExitInput, []string{"binary", "has no text"}, false},
		{"a pattern without a match", train(filepath.Join(w.dir, "*.csv")), ExitInput, []string{"*.csv", "no file matches"}, false},
		{"no archive", train(w.overwrite("broken.zip", "PK and nothing more")), ExitInput, []string{"broken.zip"}, false},
		{"data of compare", func(t *testing.T) []string { return compareArgs(filepath.Join(w.dir, "absent.txt"), out(t)) }, ExitInput, []string{"absent.txt"}, false},
		{"data of prepare", func(t *testing.T) []string {
			return []string{"data", "prepare", "text", "--data", filepath.Join(w.dir, "empty.txt"), "--out", out(t)}
		}, ExitInput, []string{"empty.txt is empty"}, false},

		// Prepared sets.
		{"no set", plain("data", "info", w.dir), ExitInput, []string{w.dir, "dataset.json"}, false},
		{"a set that was cut", train(truncated), ExitInput, []string{"tokens.bin", "prepare the data again"}, false},
		{"a set that was changed", train(spoiled(dataset.TokensFile, string(tokens[100:110]), string(tokens[102:112]))), ExitInput, []string{"tokens.bin", "SHA-256"}, false},
		{"a header that was changed", train(spoiled(dataset.HeaderFile, `"split": "validation"`, `"split": "test"`)), ExitInput, []string{"dataset.json"}, false},
		{"a set of a newer format", plain("data", "info", spoiled(dataset.HeaderFile, `"format_version": 1`, `"format_version": 7`)), ExitInput, []string{"dataset.json", "format_version is 7", "newer waveletgpt"}, false},
		{"a codec of a newer format", plain("data", "info", spoiled("codec.json", `"format_version":1`, `"format_version":7`)), ExitInput, []string{"codec.json", "format_version is 7", "newer waveletgpt"}, false},

		// Configuration.
		{"an unknown key", train(w.book, "--set", "train.step=3"), ExitUsage, []string{"train.step", "train.steps"}, false},
		{"an unknown key in a file", train(w.book, "--config", w.overwrite("mine.toml", "[model]\nlayers = 2\nhead = 2\n")), ExitUsage, []string{"mine.toml:3", "model.head", "model.heads"}, false},
		{"a file that is absent", train(w.book, "--config", filepath.Join(w.dir, "absent.toml")), ExitUsage, []string{"--config", "absent.toml"}, false},
		{"a file of a newer format", train(w.book, "--config", w.overwrite("newer.toml", "format_version = 7\n")), ExitUsage, []string{"newer.toml", "format_version is 7", "newer waveletgpt"}, false},
		{"no value", train(w.book, "--set", "train.steps"), ExitUsage, []string{"train.steps", "key=value"}, false},
		{"a value of another type", train(w.book, "--set", "train.steps=many"), ExitUsage, []string{"train.steps", "whole number"}, false},
		{"a value out of range", train(w.book, "--set", "model.dropout=1"), ExitUsage, []string{"model.dropout = 1"}, false},
		{"a width that heads do not divide", train(w.book, "--set", "model.heads=3"), ExitUsage, []string{"model.width = 16", "model.heads = 3"}, false},
		{"an unknown preset", plain("train", w.book, "--preset", "huge"), ExitUsage, []string{`"huge"`, "tiny, small or paper"}, false},
		{"an unknown mixer", train(w.book, "--set", "model.mixer=harr"), ExitUsage, []string{`"harr"`, "haar"}, false},
		{"an unknown variant", func(t *testing.T) []string { return compareArgs(w.book, out(t), "--variants", "none,harr") }, ExitUsage, []string{`"harr"`, "haar"}, false},
		{"an unknown option of a variant", func(t *testing.T) []string { return compareArgs(w.book, out(t), "--variants", "haar:mix=2") }, ExitUsage, []string{"haar:mix=2"}, false},
		{"a variant twice", func(t *testing.T) []string { return compareArgs(w.book, out(t), "--variants", "haar,haar:min=1") }, ExitUsage, []string{"haar", "twice"}, false},
		{"no seeds", func(t *testing.T) []string { return compareArgs(w.book, out(t), "--seeds", "0") }, ExitUsage, []string{"--seeds 0"}, false},
		{"an absurd size", train(w.book, "--set", "model.width=1048576"), ExitUsage, []string{"parameters"}, false},
		{"a context that no split can fill", train(w.book, "--set", "model.context=100000"), ExitInput, []string{"book.txt has 6,", "bytes, too few", "model.context = 100000"}, false},

		// Runs and models.
		{"--out is a run", plain(slices.Concat([]string{"train", "--data", w.book, "--out", w.run}, quick())...), ExitUsage, []string{w.run, "--resume " + w.run, "--out"}, false},
		{"--out is a file", plain(slices.Concat([]string{"train", "--data", w.book, "--out", w.book}, quick())...), ExitUsage, []string{"--out " + w.book, "directory"}, false},
		{"--out of compare is a file", func(t *testing.T) []string { return compareArgs(w.book, w.book) }, ExitUsage, []string{"--out " + w.book, "directory"}, false},
		{"--out of prepare is a file", plain("data", "prepare", "text", "--data", w.book, "--out", w.book), ExitUsage, []string{"--out " + w.book, "directory"}, false},
		{"resume no run", plain("train", "--resume", w.dir), ExitInput, []string{w.dir, "is not a run"}, false},
		{"resume with settings", plain("train", "--resume", w.run, "--set", "train.steps=9"), ExitUsage, []string{"--set", "--resume"}, false},
		{"resume without the data", plain("train", "--resume", moved), ExitInput, []string{moved, "--data"}, false},
		{"resume with other data", plain("train", "--resume", w.run, "--data", otherSet), ExitInput, []string{"data.hash is", "but this is data", "use the data"}, false},
		{"resume with raw data", plain("train", "--resume", w.run, "--data", w.book), ExitInput, []string{w.book, "data prepare"}, false},
		{"resume a newer run", plain("train", "--resume", newer), ExitInput, []string{run.ConfigFile, "format_version is 7", "newer waveletgpt"}, false},
		{"evaluate a newer run", plain("eval", "--run", newer), ExitInput, []string{run.ConfigFile, "format_version is 7", "newer waveletgpt"}, false},
		{"generate by a newer run", plain("generate", "--run", newer), ExitInput, []string{run.ConfigFile, "format_version is 7", "newer waveletgpt"}, false},
		{"evaluate no run", plain("eval", "--run", filepath.Join(w.dir, "absent")), ExitInput, []string{"absent", "does not exist; name a run or model"}, false},
		{"evaluate without a run", plain("eval"), ExitUsage, []string{"no model", "eval runs/book"}, false},
		{"evaluate a model without data", plain("eval", "--run", model), ExitUsage, []string{model, "--data"}, false},
		{"evaluate on other data", plain("eval", "--run", w.run, "--data", otherSet), ExitInput, []string{"text8 with 27", "chars with 23", "--data"}, false},
		{"evaluate an unknown split", plain("eval", "--run", w.run, "--split", "dve"), ExitUsage, []string{"--split dve", "validation"}, false},
		{"evaluate -1 windows", plain("eval", "--run", w.run, "--windows", "-1"), ExitUsage, []string{"--windows -1"}, false},
		{"generate by no run", plain("generate", "--run", filepath.Join(w.dir, "absent")), ExitInput, []string{"absent", "does not exist; name a run or model"}, false},
		{"generate without a run", plain("generate"), ExitUsage, []string{"no model", "generate runs/book"}, false},
		{"a prompt with unknown characters", plain("generate", "--run", w.run, "--prompt", "a € more"), ExitUsage, []string{"--prompt", "byte 2", "€", "train a model with --codec bytes"}, false},
		{"generate no tokens", plain("generate", "--run", w.run, "--tokens", "0"), ExitUsage, []string{"--tokens 0"}, false},
		{"a temperature below 0", plain("generate", "--run", w.run, "--temperature", "-1"), ExitUsage, []string{"temperature of -1"}, false},

		// The command line.
		{"an unknown flag", plain("train", "--step", "3"), ExitUsage, []string{"unknown flag --step; did you mean --set train.steps=VALUE? see waveletgpt train --help"}, false},
		{"an unknown flag like a setting and a flag", plain("compare", "--seed", "3"), ExitUsage, []string{"did you mean --set train.seed=VALUE or --seeds? see"}, false},
		{"a flag like a setting alone", plain("train", "--seed", "3"), ExitUsage, []string{"did you mean --set train.seed=VALUE? see"}, false},
		{"a flag of another command", plain("train", "--variants", "haar"), ExitUsage, []string{"unknown flag --variants; it is a flag of compare; see waveletgpt train --help"}, false},
		{"a flag of no command", plain("train", "--frobnicate"), ExitUsage, []string{"unknown flag --frobnicate; see waveletgpt train --help"}, false},
		{"a flag of another type", plain("generate", "--tokens", "many"), ExitUsage, []string{"many", "--tokens"}, false},
		{"an unknown command", plain("trian"), ExitUsage, []string{`"trian"`, "did you mean train?"}, false},
		{"an unknown command like no other", plain("frobnicate"), ExitUsage, []string{`"frobnicate"`, "waveletgpt --help"}, false},
		{"an unknown command of data", plain("data", "inof", "x"), ExitUsage, []string{`"inof"`, "did you mean info?"}, false},
		{"an argument too many", plain("train", w.book, w.book), ExitUsage, []string{"2 arguments", "one path of data"}, false},
		{"an argument where there is none", plain("bench", w.book), ExitUsage, []string{w.book, "flags"}, false},
		{"an unknown flag like a known one", plain("train", "--prest", "tiny"), ExitUsage, []string{"unknown flag --prest; did you mean --preset?"}, false},
		{"an unknown short flag", plain("train", "-x"), ExitUsage, []string{"unknown flag -x;", "two hyphens"}, false},
		{"a flag without its value", plain("train", "--preset"), ExitUsage, []string{"--preset needs a value"}, false},
		{"a flag that is none", plain("train", "--=x"), ExitUsage, []string{"--=x is not a flag"}, false},
		{"a switch with a value", plain("compare", "--dry-run=perhaps"), ExitUsage, []string{"--dry-run perhaps: must be true or false"}, false},
		{"a time without a unit", plain("train", "--stop-after", "30"), ExitUsage, []string{"--stop-after 30: must be a time such as 90s"}, false},
		{"lengths that are none", plain("compare", "--horizons", "1,x"), ExitUsage, []string{"--horizons 1,x: must be whole numbers"}, false},
		{"no hold-out", plain("data", "prepare", "text", w.book, "--out", "x", "--holdout", "0"), ExitUsage, []string{"--holdout 0: must be above 0 and at most 0.5"}, false},
		{"more than half held out", plain("data", "prepare", "text", w.book, "--out", "x", "--holdout", "0.6"), ExitUsage, []string{"--holdout 0.6: must be above 0 and at most 0.5"}, false},
		{"a hold-out that is no number", plain("data", "prepare", "text", w.book, "--out", "x", "--holdout", "NaN"), ExitUsage, []string{"--holdout NaN"}, false},
		{"eval of the hold-out", plain("eval", w.run, "--split", "Hold-Out"), ExitUsage, []string{"--split Hold-Out: only a hold-out comparison reads", "compare --holdout"}, false},
		{"a rate that is none", plain("data", "prepare", "audio", "x", "--rate", "fast"), ExitUsage, []string{"--rate fast: must be a sample rate"}, false},
		{"help for no command", plain("help", "trian"), ExitUsage, []string{`"trian"`, "did you mean train?"}, false},
		{"help for no topic", plain("help", "setings"), ExitUsage, []string{"did you mean settings?"}, false},
		{"a setting as a flag", plain("train", "--lr", "1e-3"), ExitUsage, []string{"did you mean --set train.lr=VALUE?"}, false},
		{"help for no setting", plain("help", "settings", "train.lrr"), ExitUsage, []string{"train.lrr", "did you mean train.lr?"}, false},
		{"help for an unknown operator", plain("help", "operators", "harr"), ExitUsage, []string{`unknown operator "harr"; did you mean haar?`}, false},
		{"help for a group of settings that is none", plain("help", "settings", "train.step"), ExitUsage, []string{"waveletgpt: unknown key train.step; did you mean train.steps?"}, false},
		{"help below a command without commands", plain("help", "compare", "x"), ExitUsage, []string{"waveletgpt compare has no commands"}, false},
		{"completion for another shell", plain("completion", "tcsh"), ExitUsage, []string{`no shell "tcsh"; choose bash, zsh, fish or powershell`}, false},
		{"a demonstration of another medium", plain("demo", "video"), ExitUsage, []string{`no medium "video"; choose text, audio or music`}, false},
		{"a demonstration of nothing", plain("demo"), ExitUsage, []string{"no argument given; waveletgpt demo takes one medium: text, audio or music"}, false},
		{"prepare without a medium", plain("data", "prepare", w.book, "--out", "x"), ExitUsage, []string{"--out", "choose a medium first: waveletgpt data prepare audio|music|text"}, false},
		{"a path in place of a command", plain("checkpoint", w.run), ExitUsage, []string{"choose a command first: waveletgpt checkpoint diff|show|verify"}, false},
		{"a part in a run", plain("compare", w.book, "--part", "1/2", "--out", w.run), ExitUsage, []string{w.run + " holds a run"}, false},
		{"a part in a set", plain("compare", w.book, "--part", "1/2", "--out", w.set), ExitUsage, []string{w.set + " holds a prepared set"}, false},
		{"a comparison among checkpoints", plain("compare", w.book, "--out", filepath.Join(w.run, run.CheckpointsDir)), ExitUsage, []string{"holds a directory of checkpoints"}, false},
		{"training into the data", plain("train", w.dir, "--out", w.dir), ExitUsage, []string{"is the folder of the data too", filepath.Join(w.dir, "runs")}, false},
		{"comparing into the data", plain("compare", w.dir, "--out", w.dir), ExitUsage, []string{"is the folder of the data too"}, false},
		{"preparing into the data", plain("data", "prepare", "text", w.dir, "--out", w.dir), ExitUsage, []string{"is the folder of the data too"}, false},
		{"a file of a run as data", plain("train", filepath.Join(w.run, run.MetricsFile)), ExitInput, []string{"metrics.jsonl is a file of a run; name its directory, " + w.run}, false},
		{"a file of a run as a comparison", plain("report", filepath.Join(w.run, run.ConfigFile)), ExitInput, []string{"config.toml is a file of a run"}, false},
		{"a report in two forms", plain("report", w.overwrite("c.tsv", "step,loss\n0,3\n1,2\n"), "--out", "x", "--json", "--markdown"), ExitUsage, []string{"--json and --markdown", "choose one"}, false},
		{"an empty plan", plain("compare", w.overwrite("empty.toml", " \n")), ExitUsage, []string{"empty.toml is empty"}, false},
		{"a plan of no data", plain("compare", w.overwrite("none.toml", "data = []\n")), ExitUsage, []string{"none.toml: data has no name"}, false},
		{"a plan of data without a name", plain("compare", w.overwrite("unnamed.toml", "data = [\"\"]\n")), ExitUsage, []string{"unnamed.toml: data has no name"}, false},
		{"seeds as a word", plain("compare", w.overwrite("word.toml", "seeds = \"3\"\n")), ExitUsage, []string{`seeds = "3": give how many, a whole number without quotes`}, false},
		{"an empty standard input", plain("train", "-"), ExitInput, []string{"standard input is empty"}, false},
		{"data twice", plain("train", w.book, "--data", w.run), ExitUsage, []string{"both " + w.book + " and --data " + w.run}, false},
		{"data of compare twice", plain("compare", w.book, "--data", w.run), ExitUsage, []string{"both " + w.book + " and --data " + w.run}, false},
		{"data of prepare twice", plain("data", "prepare", "text", w.book, "--data", w.run, "--out", "x"), ExitUsage, []string{"both " + w.book + " and --data " + w.run}, false},
		{"a run twice", plain("eval", w.run, "--run", w.book), ExitUsage, []string{"both " + w.run + " and --run " + w.book}, false},
		{"a model twice", plain("generate", w.run, "--run", w.book), ExitUsage, []string{"both " + w.run + " and --run " + w.book}, false},
		{"two plans", plain("compare", "a.toml", "b.toml"), ExitUsage, []string{"a.toml and b.toml", "choose one"}, false},
		{"an argument too few", plain("data", "info"), ExitUsage, []string{"waveletgpt data info", "one prepared set"}, false},
		{"prepare to nowhere", plain("data", "prepare", "text", "--data", w.book), ExitUsage, []string{"--out"}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			out := invoke(t, test.args(t)...)
			if out.code != test.code {
				t.Errorf("code %d, want %d", out.code, test.code)
			}
			if out.stdout != "" {
				t.Errorf("on standard output: %q", out.stdout)
			}
			text := out.stderr
			if before, after, ok := strings.Cut(text, " is set several times; "); ok && strings.HasPrefix(before, "note: ") {
				_, text, _ = strings.Cut(after, "\n") // the setting is over that of quick
			}
			if test.prepares {
				before, after, _ := strings.Cut(text, "\n")
				if text = after; !strings.HasPrefix(before, "prepared ") {
					t.Errorf("the first line is %q", before)
				}
			}
			if !strings.HasPrefix(text, "waveletgpt: ") || strings.Count(text, "\n") != 1 || !strings.HasSuffix(text, "\n") {
				t.Errorf("not one line: %q", out.stderr)
			}
			for _, want := range test.want {
				if !strings.Contains(text, want) {
					t.Errorf("%q does not say %q", text, want)
				}
			}
		})
	}
}

func TestUnreadableFile(t *testing.T) {
	if os.Geteuid() == 0 || runtime.GOOS == "windows" {
		t.Skip("this user can read every file")
	}
	path := book(t)
	if err := os.Chmod(path, 0); err != nil {
		t.Fatal(err)
	}
	out := invoke(t, slices.Concat([]string{"train", "--data", path, "--out", filepath.Join(t.TempDir(), "run")}, quick())...)
	if out.code != ExitInput || strings.Count(out.stderr, "\n") != 1 || !strings.Contains(out.stderr, path) {
		t.Errorf("code %d, %q", out.code, out.stderr)
	}
}
