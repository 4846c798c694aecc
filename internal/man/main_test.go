package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/waveletgpt/waveletgpt/internal/cli"
)

// Every command has a page, which keeps the lines of its lists and has no date but
// the given one.
func TestPages(t *testing.T) {
	t.Setenv("SOURCE_DATE_EPOCH", "86400")
	dir := t.TempDir()
	if err := write(dir); err != nil {
		t.Fatal(err)
	}
	var pages func(c *cobra.Command, name string)
	pages = func(c *cobra.Command, name string) {
		page, err := os.ReadFile(filepath.Join(dir, name+".1"))
		if err != nil {
			t.Error(err)
		}
		if title, _, _ := strings.Cut(string(page), "\n.SH"); !strings.Contains(title, `"Jan 1970"`) {
			t.Errorf("%s begins with %q, not with the date that was given", name, title)
		}
		for _, below := range c.Commands() {
			if below.Name() != "help" {
				pages(below, name+"-"+below.Name())
			}
		}
	}
	pages(cli.Root(), "waveletgpt")
	page, err := os.ReadFile(filepath.Join(dir, "waveletgpt-completion.1"))
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(page), "\n.EX\n")
	list, _, _ = strings.Cut(list, "\n.EE\n")
	if lines := strings.Split(list, "\n"); len(lines) != 4 || !strings.HasPrefix(lines[3], "powershell") {
		t.Errorf("the four shells stand as %q", list)
	}
}
