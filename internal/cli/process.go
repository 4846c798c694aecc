package cli

import (
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
)

// Process returns the App of this process, which runs the command of a name in cmd.
func Process(name string) *App {
	signals := make(chan os.Signal, 8)
	// SIGPIPE: a write to a closed standard output or error then fails, instead of
	// ending the process before it saves.
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGPIPE)
	if !signal.Ignored(syscall.SIGHUP) { // by nohup
		signal.Notify(signals, syscall.SIGHUP)
	}
	return &App{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		Signals: signals, Exit: os.Exit,
		Program: program(os.Args[0], name),
	}
}

// program returns what starts this program again: its path as it was given, or
// the command whose temporary build it is.
func program(path, name string) string {
	if strings.Contains(filepath.ToSlash(path), "/go-build") {
		return "go run ./cmd/" + name
	}
	return path
}
