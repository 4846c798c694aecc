package cli

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"

	"github.com/waveletgpt/waveletgpt/report"
)

const openUsage = "open the page in the browser"

// open shows a page in the browser, or prints a line if there is none. The page is
// written either way, so this is no failure of the command.
func (a *App) open(page string) {
	show := a.Browser
	if show == nil {
		show = browse
	}
	path, err := filepath.Abs(page)
	if err == nil {
		err = show(path)
	}
	if err != nil {
		a.logf("--open: %s; open %s yourself", oneLine(err), page)
		return
	}
	a.logf("opened %s in the browser", page)
}

// shown ends a command that wrote the page of a directory: it says where the page is,
// or opens it.
func (a *App) shown(dir string, open bool) {
	page := filepath.Join(dir, report.PageName)
	if open {
		a.open(page)
		return
	}
	a.logf("the page with pictures is %s; --open shows it in the browser", page)
}

// browse opens a file with the program that the system has for pages.
func browse(path string) error {
	command, err := opener(runtime.GOOS, os.Getenv, exec.LookPath)
	if err != nil {
		return err
	}
	c := exec.Command(command[0], append(command[1:], path)...)
	detach(c)
	if err := c.Start(); err != nil {
		return err
	}
	// The command ends soon, unless it is the browser itself.
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			return fmt.Errorf("%s: %w", command[0], err)
		}
	case <-time.After(2 * time.Second):
	}
	return nil
}

// opener is the command that opens a file on a system, without the file.
func opener(system string, environment func(string) string, find func(string) (string, error)) ([]string, error) {
	switch system {
	case "windows":
		return []string{"rundll32", "url.dll,FileProtocolHandler"}, nil
	case "darwin":
		return []string{"open"}, nil
	}
	if environment("DISPLAY") == "" && environment("WAYLAND_DISPLAY") == "" {
		return nil, errors.New("there is no display") // xdg-open would start a browser of text in this terminal
	}
	for _, name := range []string{"xdg-open", "wslview"} { // of freedesktop.org, and of Windows Subsystem for Linux
		if _, err := find(name); err == nil {
			return []string{name}, nil
		}
	}
	return nil, errors.New("there is no xdg-open here")
}
