package train

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/run"
)

// A use is what a process holds on to.
type use struct {
	goroutines, files int
	heap, disk        int64 // bytes; disk without the log, which has a line for each step
}

func used(t *testing.T, dir string) (u use) {
	t.Helper()
	u.goroutines = runtime.NumGoroutine()
	if entries, err := os.ReadDir("/proc/self/fd"); err == nil {
		u.files = len(entries)
	}
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	u.heap = int64(m.HeapAlloc)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, ".jsonl") || d.Name() == run.EvaluationsFile {
			return err
		}
		info, err := d.Info()
		if err == nil {
			u.disk += info.Size()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// Ten thousand steps hold on to nothing that a thousand did not.
func TestSoak(t *testing.T) {
	if os.Getenv(slowVariable) == "" {
		t.Skipf("set %s=1 for 10,000 steps", slowVariable)
	}
	set, dir := corpus(t, 1, "ab"), t.TempDir()
	l := begin(t, dir, small(func(c *config.Config) {
		least(c)
		c.Train.Steps, c.Train.SaveEvery, c.Train.EvalEvery, c.Train.Threads, c.Train.Batch = 10_000, 50, 20, 4, 8
	}), set)
	var first use
	for until := 1000; until <= 10_000; until += 1000 {
		if err := l.Advance(t.Context(), until, func(Report) {}); err != nil {
			t.Fatal(err)
		}
		now := used(t, dir)
		t.Logf("after step %d: %+v", until, now)
		if until == 1000 {
			first = now
		}
		// What grows with steps is a float64 for each evaluation.
		if now.goroutines > first.goroutines || now.files > first.files || now.heap > first.heap+1<<18 {
			t.Errorf("after step %d it holds %+v, after step 1000 %+v", until, now, first)
		}
		// Two checkpoints and the best, which may be one of the two.
		if now.disk > 2*first.disk {
			t.Errorf("after step %d there are %d bytes, after step 1000 %d", until, now.disk, first.disk)
		}
	}
	if steps := stepsOf(t, l); len(steps) > 3 {
		t.Errorf("checkpoints %v", steps)
	}
	closeLoop(t, l)
}
