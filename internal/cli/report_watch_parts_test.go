package cli

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/waveletgpt/waveletgpt/report"
	"github.com/waveletgpt/waveletgpt/run"
	"github.com/waveletgpt/waveletgpt/summary"
)

// wantPage compares what the page in a directory has and has not.
func wantPage(t *testing.T, when, dir string, has, lacks []string) {
	t.Helper()
	page := readFile(t, dir, report.PageName)
	for _, want := range has {
		if !strings.Contains(page, want) {
			t.Errorf("%s: the page has no %q", when, want)
		}
	}
	for _, wrong := range lacks {
		if strings.Contains(page, wrong) {
			t.Errorf("%s: the page has %q", when, wrong)
		}
	}
}

// lookAt looks once, and fails if that does.
func lookAt(t *testing.T, w *reportWatch) {
	t.Helper()
	if err := w.look(); err != nil {
		t.Fatal(err)
	}
}

// While a finished comparison is extended in any way, the page has the curves of the
// earlier and the new runs, also of runs that only its summary has, and the earlier
// verdicts. The page of the verdicts is back when the watch or the extension ends.
func TestReportWatchExtends(t *testing.T) {
	path := book(t)
	for _, test := range []struct {
		name string
		args []string
		stop string // the line at which it is interrupted
		runs int    // so far
	}{
		{"seeds", []string{"--variants", "none,haar", "--seeds", "2"}, "haar         seed 2  step 2  validation", 4},
		{"variants", []string{"--variants", "none,haar,shift"}, "shift        seed 1  step 2  validation", 3},
		{"settings", []string{"--variants", "none,haar,hot=none{train.lr=0.1}"}, "hot          seed 1  step 2  validation", 3},
		{"horizons", []string{"--variants", "none,haar", "--horizons", "4,8"}, "haar         seed 1  step 2  validation", 4},
	} {
		for _, directories := range []bool{true, false} {
			name := fmt.Sprintf("%s, directories %v", test.name, directories)
			dir := filepath.Join(t.TempDir(), "out")
			succeed(t, compareArgs(path, dir, "--variants", "none,haar")...)
			verdicts := readFile(t, dir, report.PageName)
			if !directories {
				for _, runDir := range runsBelow(dir, 1) {
					if err := os.RemoveAll(runDir); err != nil {
						t.Fatal(err)
					}
				}
				succeed(t, "report", dir) // its page has no links to them
				verdicts = readFile(t, dir, report.PageName)
			}
			w := watching(dir, &bytes.Buffer{})
			lookAt(t, w)
			interruptAt(t, test.stop, compareArgs(path, dir, test.args...)...)
			lookAt(t, w)
			wantPage(t, name, dir, []string{
				refreshTag, `kicker">Being extended`, fmt.Sprintf("%d runs of book.txt", test.runs), "finished with 2 runs and is being extended",
				`>unfinished</td><td data-name="Steps">2</td>`, "Earlier verdicts", "the baseline none",
			}, nil)
			if err := w.end(); err != nil {
				t.Fatal(err)
			}
			if readFile(t, dir, report.PageName) != verdicts {
				t.Errorf("%s: the page that a watch leaves is not that of the verdicts", name)
			}
			lookAt(t, w)
			succeed(t, compareArgs(path, dir, test.args...)...)
			want := readFile(t, dir, report.PageName)
			lookAt(t, w)
			if got := readFile(t, dir, report.PageName); got != want || got == verdicts || strings.Contains(got, refreshTag) {
				t.Errorf("%s: the last page is not the one that compare writes", name)
			}
			w.close()
		}
	}
}

// Runs that a summary does not have are no extension if they are older than it, nor are
// runs of the summary whose logs are newer, as in a copy.
func TestReportWatchOldRuns(t *testing.T) {
	path, dir := book(t), filepath.Join(t.TempDir(), "out")
	interruptAt(t, "none         seed 1  step 2  validation", compareArgs(path, dir, "--variants", "none", "--set", "train.lr=0.1")...)
	succeed(t, compareArgs(path, dir, "--variants", "none")...)
	verdicts := readFile(t, dir, report.PageName)
	for _, runDir := range runsBelow(dir, 1) {
		if strings.Contains(readFile(t, runDir, run.MetricsFile), "test_loss") {
			later := time.Now().Add(time.Hour)
			if err := os.Chtimes(filepath.Join(runDir, run.MetricsFile), later, later); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := os.MkdirAll(filepath.Join(dir, holdoutDir, "none-seed2"), 0o777); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	w := watching(dir, &said)
	defer w.close()
	lookAt(t, w)
	if !strings.HasSuffix(said.String(), "; with a separate page below it: holdout\n") {
		t.Errorf("of the hold-out it says %q", said.String())
	}
	if len(runsBelow(dir, 1)) != 2 || readFile(t, dir, report.PageName) != verdicts {
		t.Error("the page is not that of the verdicts")
	}
}

// Runs on other data than that of the newest run are counted, not shown.
func TestReportWatchOtherData(t *testing.T) {
	dir, other := t.TempDir(), filepath.Join(t.TempDir(), "other.txt")
	if err := os.WriteFile(other, []byte(strings.Repeat("quite another text, of other letters\n", 200)), 0o644); err != nil {
		t.Fatal(err)
	}
	w := watching(dir, &bytes.Buffer{})
	defer w.close()
	for i, path := range []string{book(t), other} {
		succeed(t, slices.Concat([]string{"train", path, "--out", filepath.Join(dir, fmt.Sprint(i))}, quick())...)
		lookAt(t, w)
		wantPage(t, path, dir, []string{"1 run of " + filepath.Base(path)}, nil)
	}
	wantPage(t, "both", dir, []string{"1 run on other data"}, []string{"book.txt"})
}

// A watch of the directory of a plan shows all of its parts: what is finished with its
// verdicts, the others with their curves. At the end the page is that of compare. Nothing
// but the page and its tables is written.
func TestReportWatchParts(t *testing.T) {
	parent := t.TempDir()
	for name, text := range map[string]string{
		"first.txt": readFile(t, book(t)), "second.txt": strings.ToUpper(readFile(t, book(t))),
		"plan.toml": `data = ["first.txt", "second.txt"]` + "\n" + `variants = ["none", "haar"]` + "\n",
	} {
		if err := os.WriteFile(filepath.Join(parent, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(parent)
	dir := "out"
	args := slices.Concat([]string{"compare", "plan.toml", "--out", dir}, quick())
	extended := append(args, "--seeds", "2")
	w := watching(dir, &bytes.Buffer{})
	defer w.close()
	if out := invoke(t, slices.Concat([]string{"compare", "plan.toml", "--out", dir, "--data", "absent.txt", "--data", "first.txt"}, quick())...); out.code != ExitInput || kindOf(dir) != nothing {
		t.Fatalf("without its data it has code %d and makes a directory\n%s", out.code, out.stderr)
	}
	for _, step := range []struct {
		stop       string
		args       []string
		has, lacks []string
	}{
		{"none         seed 1  step 2  validation", args, []string{
			refreshTag, "1 unfinished · 1 not begun", "first-tiny-8: unfinished", "1 run of first.txt", "second-tiny-8: not begun",
		}, []string{"second.txt", `class="badge`}},
		{filepath.Join(dir, "second-tiny-8") + "; ", args, []string{
			refreshTag, "1 finished · 1 not begun", "second-tiny-8: not begun",
		}, []string{"Learning curves so far"}},
		{"none         seed 1  step 2  validation", args, []string{
			refreshTag, "1 unfinished · 1 finished", "second-tiny-8: unfinished", "1 run of second.txt", "first-tiny-8: finished", `href="first-tiny-8/report.html"`, `class="badge`,
		}, nil},
		{"", args, []string{"2 comparisons"}, []string{refreshTag, "unfinished: "}},
		{"haar         seed 2  step 2  validation", extended, []string{
			refreshTag, "1 being extended · 1 finished", "4 runs of first.txt", "finished with 2 runs and is being extended",
		}, []string{"runs of second.txt"}},
		{"", extended, []string{"2 comparisons", "2 seeds"}, []string{refreshTag, "unfinished: "}},
	} {
		name := fmt.Sprintf("%v until %q", step.args[len(step.args)-1], step.stop)
		if step.stop == "" {
			succeed(t, step.args...)
		} else {
			interruptAt(t, step.stop, step.args...)
		}
		lookAt(t, w)
		wantPage(t, name, dir, step.has, step.lacks)
	}
	if has(dir, summary.FileName) {
		t.Error("the watch writes a summary")
	}
}
