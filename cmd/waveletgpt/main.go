// Command waveletgpt trains small GPTs with and without a multi-scale operator on
// the embeddings and compares them. Its commands are in package cli.
package main

import (
	"io"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/waveletgpt/waveletgpt/internal/cli"
)

func main() {
	log.SetOutput(io.Discard) // the FLAC decoder prints that it has no tests at some rates
	signals := make(chan os.Signal, 8)
	// SIGPIPE: a write to a closed standard output or error then fails, instead of
	// ending the process before it saves.
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGPIPE)
	if !signal.Ignored(syscall.SIGHUP) { // by nohup
		signal.Notify(signals, syscall.SIGHUP)
	}
	app := cli.App{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		Signals: signals, Exit: os.Exit,
		Program: program(os.Args[0]),
	}
	os.Exit(app.Main(os.Args[1:]))
}

// program returns what starts this program again: its path as it was given, or
// the command whose temporary build it is.
func program(path string) string {
	if strings.Contains(filepath.ToSlash(path), "/go-build") {
		return "go run ./cmd/waveletgpt"
	}
	return path
}
