package terminal

import (
	"os"

	"golang.org/x/sys/windows"
)

// escapes makes a console understand escape sequences, as those of Windows 10 and
// later can, and reports whether it does.
func escapes(f *os.File) bool {
	var mode uint32
	console := windows.Handle(f.Fd())
	if os.Getenv("TERM") == "dumb" || windows.GetConsoleMode(console, &mode) != nil {
		return false
	}
	return windows.SetConsoleMode(console, mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) == nil
}
