package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/report"
)

const refreshTag = `<meta http-equiv="refresh" `

// The page of a comparison that is still training has curves and no verdict, and is
// written again when a log has changed, but not otherwise. That of a finished one is
// the page that compare and report write.
func TestReportWatchLooks(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	args := compareArgs(book(t), dir, "--variants", "none,hot=none{train.lr=0.1},haar", "--seeds", "2")
	interruptAt(t, "none         seed 2  step 2  validation", args...)
	var said bytes.Buffer
	w := watching(dir, &said)
	defer w.close()
	look := func() {
		t.Helper()
		if err := w.look(); err != nil {
			t.Fatal(err)
		}
	}
	look()
	page := readFile(t, dir, report.PageName)
	for _, want := range []string{
		refreshTag + `content="3">`, "Unfinished: no verdict yet", "4 runs of book.txt", "Loss over steps",
		// Lines of the table: the keys that differ name the runs.
		`none train.lr=0.1</th><td data-name="Seed">1</td><td data-name="Status">finished</td><td data-name="Steps">8</td>`, "none train.lr=0.0", "haar train.lr=", `>2</td><td data-name="Status">unfinished</td><td data-name="Steps">2</td>`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page of a comparison that is training has no %q", want)
		}
	}
	if strings.Contains(page, "against none") || strings.Contains(page, "NaN") {
		t.Error("it has a verdict, or a number that is none")
	}
	remove := func() {
		t.Helper()
		if err := os.Remove(filepath.Join(dir, report.PageName)); err != nil {
			t.Fatal(err)
		}
	}
	remove()
	look()
	if has(dir, report.PageName) {
		t.Error("the page is written again although nothing has changed")
	}
	interruptAt(t, "hot          seed 2  step 2  validation", args...)
	look()
	if !strings.Contains(readFile(t, dir, report.PageName), "5 runs of") {
		t.Error("the page is not written again")
	}
	if err := w.end(); err != nil {
		t.Fatal(err)
	}
	if page := readFile(t, dir, report.PageName); strings.Contains(page, refreshTag) || !strings.Contains(page, "Unfinished: no verdict yet") {
		t.Error("the page that nobody watches any more loads itself again, or looks finished")
	}
	succeed(t, args...)
	want := readFile(t, dir, report.PageName)
	remove()
	look()
	if got := readFile(t, dir, report.PageName); got != want || strings.Contains(got, refreshTag) {
		t.Error("the last page is not the one that compare writes")
	}
	remove()
	succeed(t, "report", dir)
	if readFile(t, dir, report.PageName) != want {
		t.Error("the last page is not the one that report writes")
	}
	if lines := strings.Split(strings.TrimSpace(said.String()), "\n"); len(lines) != 2 {
		t.Errorf("it says %q", lines)
	}
}

// watching returns a watch of a directory that says its lines to said.
func watching(dir string, said *bytes.Buffer) *reportWatch {
	return &reportWatch{
		app: &App{Stderr: said}, dir: dir, expect: func() error { return nil },
		refresh: 2500 * time.Millisecond, sets: map[string]*dataset.Set{},
	}
}

// A watch that begins before the comparison has a directory ends with its page.
func TestReportWatch(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "later")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	waiting, ended := make(chan struct{}), make(chan int)
	a := &App{Stdin: strings.NewReader(""), Stdout: &bytes.Buffer{}, Stderr: writer(func(p []byte) {
		switch {
		case bytes.HasPrefix(p, []byte("waiting for the first evaluation")) && bytes.HasSuffix(p, []byte(", which does not exist yet\n")):
			close(waiting)
		case bytes.Contains(p, []byte("shows the finished comparison")):
			cancel()
		}
	})}
	go func() { ended <- a.execute(ctx, []string{"report", dir, "--watch", "--interval", "1ms"}) }()
	<-waiting
	succeed(t, compareArgs(book(t), dir, "--variants", "none,haar")...)
	if code := <-ended; code != ExitInterrupted {
		t.Errorf("code %d", code)
	}
	page := readFile(t, dir, report.PageName)
	succeed(t, "report", dir)
	if page != readFile(t, dir, report.PageName) {
		t.Error("the last page is not the one that report writes")
	}
}

func TestReportWatchRefuses(t *testing.T) {
	run, _ := trained(t)
	for _, test := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"report.md", "absent"}, ExitUsage, "one directory"},
		{[]string{"a", "b"}, ExitUsage, "one directory"},
		{[]string{run}, ExitInput, "is a run, not a comparison or a directory of runs; watch all runs in its directory with `waveletgpt report " + filepath.Dir(run) + " --watch`"},
		{[]string{run, "--interval", "0s"}, ExitUsage, "--interval 0s"},
		{[]string{run, "--out", "x"}, ExitUsage, "--out cannot be used with --watch"},
		{[]string{run, "--json"}, ExitUsage, "--json cannot be used with --watch"},
	} {
		out := invoke(t, slices.Concat([]string{"report", "--watch"}, test.args)...)
		if out.code != test.code || !strings.Contains(out.stderr, test.want) {
			t.Errorf("%v: code %d\n%s", test.args, out.code, out.stderr)
		}
	}
	if out := invoke(t, "report", run, "--interval", "1s"); out.code != ExitUsage || !strings.Contains(out.stderr, "--watch") {
		t.Errorf("code %d\n%s", out.code, out.stderr)
	}
}

// Where the directory becomes that of a run, the watch says what to watch instead.
func TestReportWatchOfARun(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	waiting, ended := make(chan struct{}), make(chan int)
	a := &App{Stdin: strings.NewReader(""), Stdout: &bytes.Buffer{}, Stderr: writer(func(p []byte) {
		switch {
		case bytes.HasPrefix(p, []byte("waiting ")):
			close(waiting)
		case bytes.HasPrefix(p, []byte("warning: ")) && bytes.Contains(p, []byte("watch all runs in its directory")):
			cancel()
		}
	})}
	go func() { ended <- a.execute(ctx, []string{"report", dir, "--watch", "--interval", "1ms"}) }()
	<-waiting
	succeed(t, slices.Concat([]string{"train", book(t), "--out", dir}, quick())...)
	select {
	case <-ended:
	case <-time.After(time.Minute):
		t.Fatal("it says nothing of the run")
	}
	if has(dir, report.PageName) {
		t.Error("there is a page in a run")
	}
}
