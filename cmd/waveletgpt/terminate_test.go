package main

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/waveletgpt/waveletgpt/run"
)

// exitInterrupted is the exit code after a signal.
const exitInterrupted = 130

// SIGTERM at random times and at the named points of a save, in a run that prepares
// its data and evaluates often. The process saves, prints how to resume and exits
// with its code; all work is in the checkpoint, and the run ends with the same bytes
// as an undisturbed one. A second signal ends a process that hangs.
func TestTerminateLoop(t *testing.T) {
	kills, err := strconv.Atoi(os.Getenv(killsVariable))
	if err != nil {
		t.Skipf("set %s=200 for a tenth as many interruptions", killsVariable)
	}
	p := build(t)
	s := trainSubject(p)
	s.begin = func(dir string) []string { // prepares the data and evaluates 300 windows
		return append([]string{"train", "--data", p.text, "--out", dir}, tiny("train.steps=96", "train.eval_every=4", "eval.windows=300", "model.context=8")...)
	}
	list := filepath.Join(t.TempDir(), "points")
	reference := filepath.Join(t.TempDir(), "reference")
	start := time.Now()
	if l := s.live(t, reference, life{list: list}); l.code != 0 {
		t.Fatalf("undisturbed: code %d\n%s", l.code, l.stderr)
	}
	whole := time.Since(start)
	want, points := s.content(t, reference), pointsOf(t, list)
	// Every signal saves, so the kept checkpoints differ, except for the last one.
	maps.DeleteFunc(want, func(name, _ string) bool {
		return strings.Contains(name, "step-") && !strings.Contains(name, "step-00000096")
	})
	random := rand.New(rand.NewPCG(5, 6))
	dir, finished := filepath.Join(t.TempDir(), "run0"), 0
	for done := 0; done < kills/10; {
		plan := life{delay: time.Duration(random.Int64N(int64(whole))), term: true}
		if done%2 == 0 {
			plan = life{point: points[random.IntN(len(points))], count: 1 + random.IntN(3), by: "TERM"}
		}
		l := s.live(t, dir, plan)
		switch l.code {
		case exitInterrupted:
			done++
			s.checkInterrupted(t, dir, l)
		case 0:
			s.checkFinished(t, dir, want)
			finished++
			dir = filepath.Join(t.TempDir(), fmt.Sprint("run", finished))
		default:
			if l.killed && plan.delay > 0 && l.stderr == "" {
				continue // the signal came before the program listened
			}
			t.Fatalf("code %d\n%s", l.code, l.stderr)
		}
	}
	for _, point := range points {
		l := s.live(t, filepath.Join(t.TempDir(), "run"), life{point: point, count: 1, by: "TERM TERM"})
		if l.code != exitInterrupted && l.code != 0 { // 0: a single signal does not reach this point
			t.Errorf("two signals at %q: code %d\n%s", point, l.code, l.stderr)
		}
	}
}

// checkInterrupted checks that all finished steps are saved.
func (s *subject) checkInterrupted(t *testing.T, dir string, l lived) {
	t.Helper()
	if !s.begun(dir) {
		return
	}
	s.checkClean(t, dir)
	metrics, err := (&run.Run{Dir: dir}).Metrics()
	if err != nil {
		t.Fatal(err)
	}
	last := 0
	for _, m := range metrics {
		last = m.Step
	}
	if newest := s.newest(t, dir)[dir]; newest != last {
		t.Fatalf("the log ends with step %d, the newest checkpoint is %d\n%s", last, newest, l.stderr)
	}
	if !strings.Contains(l.stderr, "interrupted") {
		t.Fatalf("it says\n%s", l.stderr)
	}
}
