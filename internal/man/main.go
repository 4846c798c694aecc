// Command man writes the manual pages of waveletgpt, one for each command:
//
//	go run ./internal/man DIR
//
// SOURCE_DATE_EPOCH is their date, in seconds since 1970; without it they are of
// today.
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"github.com/waveletgpt/waveletgpt/internal/cli"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "man: give one directory for the pages")
		os.Exit(cli.ExitUsage)
	}
	if err := write(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "man:", err)
		os.Exit(cli.ExitFailure)
	}
}

func write(dir string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	root := cli.Root()
	verbatim(root)
	return doc.GenManTree(root, &doc.GenManHeader{Section: "1", Source: "waveletgpt", Manual: "waveletgpt"}, dir)
}

// verbatim keeps the lines of the lists in help texts: cobra takes the texts for
// Markdown, in which four columns make a line verbatim and two do not.
func verbatim(c *cobra.Command) {
	c.DisableAutoGenTag = true // it has the date a second time
	lines := strings.Split(c.Long, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, "  ") {
			lines[i] = "  " + line
			if i > 0 && lines[i-1] != "" && !strings.HasPrefix(lines[i-1], "    ") {
				lines[i] = "\n" + lines[i]
			}
		}
	}
	c.Long = strings.Join(lines, "\n")
	for _, below := range c.Commands() {
		verbatim(below)
	}
}
