// Command waveletgpt trains small GPTs with and without a multi-scale operator on
// the embeddings and compares them. Its commands are in package cli.
package main

import (
	"io"
	"log"
	"os"

	"github.com/waveletgpt/waveletgpt/internal/cli"
)

func main() {
	log.SetOutput(io.Discard) // the FLAC decoder prints that it has no tests at some rates
	os.Exit(cli.Process("waveletgpt").Main(os.Args[1:]))
}
