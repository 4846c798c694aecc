package cli

import (
	"bytes"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/report"
)

// --open opens the page that a command has written, once. Where there is no browser
// a line says so, and the command succeeds all the same.
func TestOpen(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	page := filepath.Join(dir, report.PageName)
	together := filepath.Join(t.TempDir(), "together")
	for _, test := range []struct {
		args []string
		page string
	}{
		{append(compareArgs(book(t), dir), "--open"), page},
		{[]string{"report", dir, "--open"}, page},
		{[]string{"report", dir, "--out", together, "--open"}, filepath.Join(together, report.PageName)},
		{[]string{"report", dir}, ""},
	} {
		var opened []string
		a := &App{Browser: func(path string) error {
			if !has(filepath.Dir(path), filepath.Base(path)) {
				t.Errorf("%v opens %s, which is not there", test.args, path)
			}
			opened = append(opened, path)
			return nil
		}}
		out := invokeApp(t, a, test.args...)
		if out.code != ExitOK || len(opened) > 1 || strings.Join(opened, "") != test.page {
			t.Errorf("%v: code %d, opened %q, want %q\n%s", test.args, out.code, opened, test.page, out.stderr)
		}
		if test.page == "" && !strings.Contains(out.stderr, page) {
			t.Errorf("%v does not say where the page is:\n%s", test.args, out.stderr)
		}
	}
	a := &App{Browser: func(string) error { return errors.New("there is no display") }}
	out := invokeApp(t, a, "report", dir, "--open", "--json")
	if want := "--open: there is no display; open " + page + " yourself\n"; out.code != ExitOK || !strings.HasSuffix(out.stderr, want) {
		t.Errorf("without a browser: code %d\n%s", out.code, out.stderr)
	}
	for _, mode := range []string{"--dry-run", "--status", "--part=1/2", "--script=slurm"} {
		if out := invoke(t, append(compareArgs(book(t), dir), "--open", mode)...); out.code != ExitUsage {
			t.Errorf("--open %s: code %d, want one of a wrong flag", mode, out.code)
		}
	}
}

// A page that is watched opens when it is first written, and not again.
func TestOpenWatched(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	opened := 0
	w := watching(dir, &bytes.Buffer{})
	defer w.close()
	w.toOpen, w.app.Browser = true, func(string) error { opened++; return nil }
	look := func(want int) {
		t.Helper()
		if err := w.look(); err != nil {
			t.Fatal(err)
		}
		if opened != want {
			t.Errorf("opened %d times, want %d", opened, want)
		}
	}
	look(0)
	succeed(t, compareArgs(book(t), dir)...)
	look(1)
	succeed(t, append(compareArgs(book(t), dir), "--seeds", "2")...)
	look(1)
}

// The command of each system, and none that would run in the terminal.
func TestOpener(t *testing.T) {
	for _, test := range []struct {
		system, display, programs string
		want                      string // empty: an error
	}{
		{"windows", "", "", "rundll32 url.dll,FileProtocolHandler"},
		{"darwin", "", "", "open"},
		{"linux", "DISPLAY", "xdg-open wslview", "xdg-open"},
		{"linux", "WAYLAND_DISPLAY", "wslview", "wslview"},
		{"freebsd", "DISPLAY", "xdg-open", "xdg-open"},
		{"linux", "", "xdg-open", ""},
		{"linux", "DISPLAY", "", ""},
	} {
		got, err := opener(test.system, func(name string) string {
			if name == test.display {
				return ":0"
			}
			return ""
		}, func(name string) (string, error) {
			if slices.Contains(strings.Fields(test.programs), name) {
				return "/usr/bin/" + name, nil
			}
			return "", errors.New("not found")
		})
		if strings.Join(got, " ") != test.want || (err == nil) != (test.want != "") {
			t.Errorf("%s with %q and programs %q: %q, %v; want %q", test.system, test.display, test.programs, got, err, test.want)
		}
	}
}
