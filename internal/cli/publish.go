package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/summary"
)

// belowWorkingDir returns an absolute path below the working directory relative to
// it, so that a run finds its data after both have moved. Other paths stay.
func belowWorkingDir(path string) string {
	dir, err := os.Getwd()
	if err != nil || !filepath.IsAbs(path) {
		return path
	}
	if below, err := filepath.Rel(dir, path); err == nil && filepath.IsLocal(below) {
		return below
	}
	return path
}

// publicPath returns a path without the directories of this machine: relative to
// the working directory, or its last element.
func publicPath(path string) string {
	if path = belowWorkingDir(path); filepath.IsAbs(path) {
		return filepath.Base(path)
	}
	return path
}

// publicArgument is publicPath for an argument that is a path, or ends in one after
// an equals sign.
func publicArgument(arg string) string {
	at := strings.LastIndex(arg, "=") + 1
	return arg[:at] + publicPath(arg[at:])
}

// absolute finds paths in a command line.
var absolute = regexp.MustCompile(`[\s='"]/[^\s'"]+`)

// publish removes absolute paths from a summary: summary.json and the report are
// shared. Summaries of earlier versions have them too.
func publish(s *summary.Summary) error {
	s.Data.Name = publicPath(s.Data.Name)
	s.Command = absolute.ReplaceAllStringFunc(s.Command, func(path string) string { return path[:1] + publicPath(path[1:]) })
	for i := range s.Runs {
		s.Runs[i].Source = publicPath(s.Runs[i].Source)
	}
	if s.Configuration == "" {
		return nil
	}
	c := config.Earlier()
	if err := c.Merge("configuration", []byte(s.Configuration)); err != nil {
		return fmt.Errorf("summary: %w", err)
	}
	if data, python := publicPath(c.Data.Path), publicPath(c.Train.Python); data != c.Data.Path || python != c.Train.Python {
		c.Data.Path, c.Train.Python = data, python
		s.Configuration = string(c.TOML())
	}
	return nil
}

// printNotes prints lines about what a command decided.
func (a *App) printNotes(notes []string) {
	for _, note := range notes {
		a.logText("%s", note)
	}
}
