// Command waveletgpt trains small GPTs with and without a multi-scale operator on
// the embeddings and compares them. Its commands are in package cli.
package main

import (
	"os"
	"os/signal"
	"syscall"

	"github.com/waveletgpt/waveletgpt/internal/cli"
)

func main() {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	app := cli.App{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		Signals: signals, Exit: os.Exit,
	}
	os.Exit(app.Main(os.Args[1:]))
}
