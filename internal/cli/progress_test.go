package cli

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/waveletgpt/waveletgpt/internal/terminal"
	"github.com/waveletgpt/waveletgpt/train"
)

func TestBar(t *testing.T) {
	details := []string{"haar seed 1", "loss 2.3125", "18.4k tokens/s", "norm 0.52", "lr 1.00e-03"}
	for _, test := range []struct {
		width int
		want  string
	}{
		{59, "comparing: run 5 of 12  [==    ]   42 %   1:05 left"},
		{79, "comparing: run 5 of 12  [===     ]   42 %   1:05 left  haar seed 1  loss 2.3125"},
		{199, "comparing: run 5 of 12  [=====       ]   42 %   1:05 left  haar seed 1  loss 2.3125  18.4k tokens/s  norm 0.52"},
	} {
		if got := bar(test.width, 420, 1000, 65*time.Second, "comparing: run 5 of 12", details...); got != test.want {
			t.Errorf("%d columns:\n%q, want\n%q", test.width, got, test.want)
		}
	}
}

// At every width the bar fits, and time left and percent are there once as soon as
// there is room for them.
func TestBarFits(t *testing.T) {
	times := regexp.MustCompile(`[0-9-]+:[0-9-]{2} left`)
	for _, head := range []string{"training: step 1 of 2", "preparing /a/very/long/path/to/some/text/in/a/directory/book.txt", "準備 本.txt", "a\nb\x1b[2J"} {
		for _, left := range []time.Duration{-1, 0, 59 * time.Minute, 1000 * time.Hour} {
			for _, done := range []int64{-1, 0, 1, 999, 1000, 2000} {
				for width := 1; width < 250; width++ {
					line := bar(width, done, 1000, left, head, strings.Repeat("loss ", 8), "norm 1")
					if n := terminal.Width(line); n > width || strings.ContainsAny(line, "\n\x1b") {
						t.Fatalf("%d columns for %d: %q", n, width, line)
					}
					if width >= 40 && (strings.Count(line, "%") != 1 || len(times.FindAllString(line, -1)) != 1) {
						t.Fatalf("%d columns: %q", width, line)
					}
				}
			}
		}
	}
	if got := bar(30, 5, -1, -1, "preparing x: 0.1 MB read"); got != "preparing x: 0.1 MB read" {
		t.Errorf("without a total: %q", got)
	}
}

func TestClock(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-1: " -:--", 0: " 0:00", 59400 * time.Millisecond: " 0:59", 59600 * time.Millisecond: " 1:00",
		59*time.Minute + 59*time.Second: "59:59", time.Hour: "1:00:00", 100*time.Hour + 61*time.Second: "100:01:01",
	} {
		if got := clock(d); got != want {
			t.Errorf("clock(%v) = %q, want %q", d, got, want)
		}
	}
}

// Without a terminal the time left is that of one run, which a line of several runs says.
func TestTimeLeftOfRun(t *testing.T) {
	loss, norm, lr := 2.5, 0.5, 1e-3
	r := train.Report{Left: 7 * time.Second, Steps: 100, TokensPerSecond: 500}
	r.Step, r.Loss, r.GradNorm, r.LR = 20, &loss, &norm, &lr
	bits := func(string, float64) string { return "" }
	for label, want := range map[string]string{"": "500 tokens/s  7s left\n", "none seed 1  ": "500 tokens/s  7s left of run 2 of 6\n"} {
		var out bytes.Buffer
		p := (&App{Stderr: &out}).newProgress("comparing")
		p.last = time.Now().Add(-lineEvery)
		p.step(label, "run 2 of 6", r, 20, 600, bits)
		if got := out.String(); !strings.HasPrefix(got, label+"step 20/100  loss 2.5000") || !strings.HasSuffix(got, want) {
			t.Errorf("%q: %q does not end with %q", label, got, want)
		}
	}
}
