package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"github.com/waveletgpt/waveletgpt/media"
	"github.com/waveletgpt/waveletgpt/run"
)

// A hinted error has lines to print below its message, such as the commands to
// choose from.
type hinted struct {
	error
	lines []string
}

func (e hinted) Unwrap() error { return e.error }

// hint returns a command of this program as a person can paste it into a shell.
func (a *App) hint(args ...string) string { return "`" + a.commandLine(args...) + "`" }

func (a *App) commandLine(args ...string) string {
	program := a.Program
	if program == "" {
		program = "waveletgpt"
	}
	if !strings.HasPrefix(program, "go run ") {
		program = quote(program)
	}
	if n := a.Ranks.Size(); n > 1 && usesRanks(args[0]) {
		program = fmt.Sprintf("mpirun -np %d %s", n, program)
	}
	return program + " " + quoteAll(args)
}

// generateHint is a command that samples from a run or model: one of sound or
// music needs a file to write to.
func (a *App) generateHint(dir string) string {
	args := []string{"generate", argument(dir)}
	if codec, err := media.ReadCodec(os.DirFS(dir), run.CodecFile); err == nil {
		if file, ok := codec.(media.FileCodec); ok {
			args = append(args, "--out", "generated"+file.Extension())
		}
	}
	return a.hint(args...)
}

// argument returns a path that is not taken for a flag.
func argument(path string) string {
	if strings.HasPrefix(path, "-") {
		return "." + string(filepath.Separator) + path
	}
	return path
}

// command returns this command line for the record, without absolute paths.
func (a *App) command() string {
	var args []string
	for _, arg := range a.args {
		args = append(args, publicArgument(arg))
	}
	return "waveletgpt " + quoteAll(args)
}

func quoteAll(args []string) string {
	words := make([]string, len(args))
	for i, arg := range args {
		words[i] = quote(arg)
	}
	return strings.Join(words, " ")
}

// quote quotes a word for a POSIX shell, if it needs that.
func quote(word string) string {
	special := func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("_-./:=,@%+", r)
	}
	if word != "" && !strings.ContainsFunc(word, special) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
