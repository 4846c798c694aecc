package cli

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"testing"
	"time"
	"unicode/utf8"

	"github.com/waveletgpt/waveletgpt/internal/terminal"
	"github.com/waveletgpt/waveletgpt/summary"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// A display is a pseudo terminal on which a command runs.
type display struct {
	t         *testing.T
	pty, tty  *os.File
	mu        sync.Mutex
	screen    *screen
	signals   chan os.Signal
	exit, end chan int
}

func newDisplay(t *testing.T, columns int) *display {
	t.Helper()
	t.Setenv("TERM", "xterm-256color")
	t.Setenv("NO_COLOR", "")
	d := &display{t: t, screen: newScreen(columns), signals: make(chan os.Signal, 2), exit: make(chan int, 1), end: make(chan int, 1)}
	d.pty, d.tty = openPTY(t)
	setColumns(t, d.pty, columns)
	return d
}

// start starts a command whose output the screen shows.
func (d *display) start(args ...string) {
	a := &App{Stdin: strings.NewReader(""), Stdout: d.tty, Stderr: d.tty, Signals: d.signals, Exit: func(code int) { d.exit <- code }}
	go d.read()
	go func() { d.end <- a.Main(args) }()
}

func (d *display) read() {
	buffer := make([]byte, 4096)
	for {
		n, err := d.pty.Read(buffer)
		d.mu.Lock()
		d.screen.write(buffer[:n])
		d.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// until waits for the screen.
func (d *display) until(what string, condition func(s *screen) bool) {
	d.t.Helper()
	for start := time.Now(); time.Since(start) < time.Minute; time.Sleep(5 * time.Millisecond) {
		d.mu.Lock()
		ok := condition(d.screen)
		d.mu.Unlock()
		if ok {
			return
		}
	}
	d.t.Fatalf("no %s on the screen:\n%s", what, strings.Join(d.screen.lines(), "\n"))
}

// result waits for the end of the command and returns the lines on the screen.
func (d *display) result(code int) []string {
	d.t.Helper()
	if got := <-d.end; got != code {
		d.t.Errorf("code %d, want %d", got, code)
	}
	const mark = "the end of the output"
	if _, err := d.tty.WriteString(mark); err != nil {
		d.t.Fatal(err)
	}
	var lines []string
	d.until("end", func(s *screen) bool {
		lines = s.lines()
		return len(lines) > 0 && strings.HasSuffix(lines[len(lines)-1], mark)
	})
	if last := lines[len(lines)-1]; last != mark {
		d.t.Errorf("the command leaves the last line %q", last)
	}
	if d.screen.wrapped > 0 || d.screen.unknown != nil {
		d.t.Errorf("%d bars of %q wrapped at %d columns; unknown sequences %q", d.screen.wrapped, d.screen.bars, d.screen.columns, d.screen.unknown)
	}
	return lines[:len(lines)-1]
}

// debris matches what only a bar shows.
var debris = regexp.MustCompile(`\[=* *\]|[0-9] %  .* left`)

func noDebris(t *testing.T, lines []string) {
	t.Helper()
	for _, line := range lines {
		if debris.MatchString(line) {
			t.Errorf("a bar is left: %q", line)
		}
	}
}

// The bar of a training run is one line of the terminal, and a signal removes it.
func TestBarOnTerminal(t *testing.T) {
	for columns, want := range map[int]string{
		60:  `^training: step \d+ of 10000000(  \[ {5,7}\])?    0 % +[\d:]+ left$`, // beside some hours there is no room for it
		80:  `^training: step \d+ of 10000000  \[ {8}\]    0 % +[\d:]+ left  loss \d\.\d{4}$`,
		200: `^training: step \d+ of 10000000  \[ {12}\]    0 % +[\d:]+ left  loss \d\.\d{4}  [\d.k]+ tokens/s`,
	} {
		d := newDisplay(t, columns)
		d.start(endless(t, filepath.Join(t.TempDir(), "run"))...)
		d.until("bar", func(s *screen) bool { return slices.ContainsFunc(s.bars, regexp.MustCompile(want).MatchString) })
		d.signals <- os.Interrupt
		lines := d.result(ExitInterrupted)
		noDebris(t, lines)
		if last := lines[len(lines)-1]; !strings.HasPrefix(last, "interrupted; ") {
			t.Errorf("%d columns: the last line is %q", columns, last)
		}
	}
}

// A terminal that becomes narrower wraps the bar that it shows. Nothing of it stays,
// or one row if it became narrower while the bar was on its way.
func TestResize(t *testing.T) {
	for _, test := range []struct {
		name  string
		early bool // the bar was shown before the terminal became narrower
		stale int
	}{{"shown", true, 0}, {"on its way", false, 1}} {
		d := newDisplay(t, 200)
		a := &App{Stderr: d.tty, line: terminal.NewLine(d.tty)}
		draw := func() {
			a.line.Set(bar(a.line.Columns(), 1, 3, time.Second, "training: step 1 of 3", "bar", "bar", "bar", strings.Repeat("bar ", 8)))
		}
		a.logf("before")
		draw()
		if test.early {
			go d.read()
			d.until("bar", func(s *screen) bool { return s.returned && s.row == 1 })
		}
		d.mu.Lock()
		d.screen.resize(60)
		setColumns(t, d.pty, 60)
		d.mu.Unlock()
		if !test.early {
			go d.read()
		}
		a.logf("between")
		draw()
		a.line.Clear()
		a.logf("after")
		d.until("last line", func(s *screen) bool { return slices.Contains(s.lines(), "after") })
		var got []string
		for _, row := range d.screen.rows {
			if text := strings.TrimRight(string(row.cells), " "); !slices.Contains([]string{"before", "between", "after", ""}, text) {
				got = append(got, text)
			}
		}
		if len(got) > test.stale {
			t.Errorf("%s: rows %q are left", test.name, got)
		}
	}
}

// A shorter text leaves nothing of a longer one.
func TestShorterBar(t *testing.T) {
	d := newDisplay(t, 80)
	line := terminal.NewLine(d.tty)
	go d.read()
	line.Set("a long text")
	line.Set("short")
	d.until("short text", func(s *screen) bool { return slices.Equal(s.lines(), []string{"short"}) })
}

// The second signal exits at once and removes the bar all the same.
func TestSecondSignalOnTerminal(t *testing.T) {
	d := newDisplay(t, 80)
	a := &App{Stdin: strings.NewReader(""), Stdout: d.tty, Stderr: d.tty, Signals: d.signals, Exit: func(code int) { d.exit <- code }}
	a.line = terminal.NewLine(d.tty)
	go d.read()
	a.line.Set("training: step 1 of 2")
	d.signals <- os.Interrupt
	d.signals <- os.Interrupt
	a.watch(func(error) {}, nil)
	if code := <-d.exit; code != ExitInterrupted {
		t.Errorf("code %d", code)
	}
	a.line.Set("training: step 2 of 2, which is longer") // by a run that does not know yet
	d.end <- 0
	if lines := d.result(0); len(lines) > 0 {
		t.Errorf("the screen shows %q", lines)
	}
}

// What is on a screen of 80 columns after a command, without times and digits that
// differ between processors. The table has golden texts in package summary.
func TestScreenAfterCommand(t *testing.T) {
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(book(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		args []string
		bars []string
	}{
		{"train", []string{"train", "--out", "run"}, nil},
		{"compare", []string{"compare", "--out", "cmp", "--variants", "none,haar", "--sweep", "schedule=cosine,linear", "--seeds", "2"},
			[]string{`^sweeping: run [1-8] of 8  \[=* *\]  [ 0-9]{3} %  .* left  `, `^comparing: run [1-4] of 4  \[=* *\]  [ 0-9]{3} %  .* left  (none|haar) .*seed [12]  loss \d\.\d{4}$`}},
	} {
		t.Chdir(t.TempDir())
		if err := os.WriteFile("book.txt", data, 0o644); err != nil {
			t.Fatal(err)
		}
		d := newDisplay(t, 80)
		d.start(slices.Concat(test.args[:1], quick("--data", "book.txt"), test.args[1:])...)
		lines := d.result(ExitOK)
		noDebris(t, lines)
		for _, want := range test.bars {
			if !slices.ContainsFunc(d.screen.bars, regexp.MustCompile(want).MatchString) {
				t.Errorf("%s: no bar is like %s:\n%s", test.name, want, strings.Join(d.screen.bars, "\n"))
			}
		}
		golden(t, filepath.Join(here, "testdata", "screen-"+test.name+".txt"), masked(t, lines))
	}
}

// masked replaces what differs between machines, and the table after checking that
// it fits.
func masked(t *testing.T, lines []string) string {
	var out strings.Builder
	table := false
	for _, line := range lines {
		if table = table && !strings.HasPrefix(line, "wrote ") || strings.HasPrefix(line, "validation loss in "); table {
			if n := utf8.RuneCountInString(line); n > 80 {
				t.Errorf("a line of %d columns: %q", n, line)
			}
			continue
		}
		for _, mask := range []struct{ pattern, with string }{
			{`\d+\.\d{4}`, "0.0000"}, {`about [\d.]+ (s|min)`, "about 0 s"}, {`\(\w+ kernels\)`, "(AVX2 kernels)"},
		} {
			line = regexp.MustCompile(mask.pattern).ReplaceAllString(line, mask.with)
		}
		out.WriteString(line + "\n")
	}
	return out.String()
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, []byte(got), 0o666)); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s has\n%s, got\n%s", path, want, got)
	}
}

// The table of a comparison is as wide as the terminal, from 60 to 80 columns.
func TestTableOnTerminal(t *testing.T) {
	s, err := summary.Read(filepath.Join("..", "..", "docs", "results", "text8-small"))
	if err != nil {
		t.Fatal(err)
	}
	for columns, want := range map[int]int{30: 60, 60: 60, 72: 72, 80: 80, 120: 80} {
		d := newDisplay(t, columns)
		t.Setenv("NO_COLOR", "1")
		a := &App{Stdout: d.tty}
		go func() { d.end <- exitCode(a.printSummaries([]*summary.Summary{s})); d.tty.Close() }()
		all, _ := io.ReadAll(d.pty) // it ends with an error when the terminal closes
		widest := 0
		for _, line := range strings.Split(strings.ReplaceAll(string(all), "\r", ""), "\n") {
			widest = max(widest, utf8.RuneCountInString(line))
		}
		if code := <-d.end; code != ExitOK || widest != want {
			t.Errorf("%d columns: exit code %d, %d wide\n%s", columns, code, widest, all)
		}
	}
}

// Colour is for terminals that have it and people who want it; a terminal without
// escape sequences gets plain lines.
func TestColor(t *testing.T) {
	for _, test := range []struct {
		name, noColor, term string
		color               bool
	}{
		{"terminal", "", "xterm-256color", true},
		{"NO_COLOR", "1", "xterm-256color", false},
		{"dumb terminal", "", "dumb", false},
		{"no TERM", "", "", false},
	} {
		d := newDisplay(t, 80)
		t.Setenv("NO_COLOR", test.noColor)
		t.Setenv("TERM", test.term)
		var raw bytes.Buffer
		a := &App{Stdin: strings.NewReader(""), Stdout: d.tty, Stderr: d.tty}
		if code := a.Main([]string{"eval", "--run", "missing"}); code != ExitInput {
			t.Errorf("code %d", code)
		}
		buffer := make([]byte, 4096)
		n, _ := d.pty.Read(buffer)
		raw.Write(buffer[:n])
		if got := strings.Contains(raw.String(), "\x1b["); got != test.color || !strings.Contains(raw.String(), "waveletgpt:") {
			t.Errorf("%s: %q", test.name, raw.String())
		}
		if test.term != "xterm-256color" && terminal.NewLine(d.tty) != nil {
			t.Errorf("%s: there is a bar", test.name)
		}
	}
	if out := invoke(t, "eval", "--run", "missing"); strings.Contains(out.stderr, "\x1b") {
		t.Errorf("without a terminal: %q", out.stderr)
	}
}
