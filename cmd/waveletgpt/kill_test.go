package main

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/waveletgpt/waveletgpt/run"
)

// killsVariable sets the number of kills; the test is skipped without it.
const killsVariable = "WAVELETGPT_KILLS"

// The program, killed and restarted many times, ends with the same bytes as an
// undisturbed run. Half of the kills are at named points of a save: before, within
// and after every call that changes the disk, in a build with the tag killpoints.
// The other half are at random times, in the normal build. After each kill every
// checkpoint is whole and none is lost; the next start resumes from the newest and
// leaves no temporary files.
func TestKillLoop(t *testing.T) {
	kills, err := strconv.Atoi(os.Getenv(killsVariable))
	if err != nil {
		t.Skipf("set %s=200 to kill the program that often, 10000 for a night", killsVariable)
	}
	p := build(t)
	for _, subject := range []subject{trainSubject(p), compareSubject(p)} {
		share := kills * subject.share / 100
		t.Run(subject.name, func(t *testing.T) { subject.loop(t, share) })
	}
}

func (s *subject) loop(t *testing.T, kills int) {
	reference := filepath.Join(t.TempDir(), "reference")
	list := filepath.Join(t.TempDir(), "points")
	start := time.Now()
	if l := s.live(t, reference, life{list: list}); l.killed || l.code != 0 {
		t.Fatalf("undisturbed: code %d\n%s", l.code, l.stderr)
	}
	whole := time.Since(start)
	want := s.content(t, reference)
	points := pointsOf(t, list)
	t.Logf("%d points of a save", len(points))

	random := rand.New(rand.NewPCG(1, 2))
	random.Shuffle(len(points), func(i, j int) { points[i], points[j] = points[j], points[i] })
	histogram := map[string]int{}
	done, named, finished, starts := 0, 0, 0, 0
	dir := filepath.Join(t.TempDir(), "run0")
	for done < kills {
		plan := life{delay: time.Duration(random.Int64N(int64(whole)))}
		if done%2 == 0 {
			plan = life{point: points[named%len(points)], count: 1 + random.IntN(3)}
			named++
		}
		before := s.newest(t, dir)
		l := s.live(t, dir, plan)
		starts++
		s.checkStart(t, l, before)
		switch {
		case l.killed:
			s.checkKilled(t, dir, before)
			if s.begun(dir) { // else it was killed before it started
				done++
				histogram[s.where(dir, plan)]++
			}
		case l.code != 0:
			t.Fatalf("life %d of %s ended with code %d\n%s", starts, dir, l.code, l.stderr)
		default:
			s.checkFinished(t, dir, want)
			finished++
			dir = filepath.Join(t.TempDir(), fmt.Sprint("run", finished))
			continue
		}
		if done%4 == 0 && s.saysStep != "" && s.begun(dir) {
			s.checkNextStart(t, dir)
		}
	}
	if l := s.live(t, dir, life{}); l.code != 0 {
		t.Fatalf("the last life: code %d\n%s", l.code, l.stderr)
	}
	s.checkFinished(t, dir, want)
	report(t, done, starts, finished+1, histogram)
}

// report prints where the kills were.
func report(t *testing.T, done, starts, finished int, histogram map[string]int) {
	var b strings.Builder
	inside := 0
	for _, where := range slices.Sorted(maps.Keys(histogram)) {
		fmt.Fprintf(&b, "\n%6d  %s", histogram[where], where)
		if !strings.HasPrefix(where, "at a random time, between") && !strings.HasPrefix(where, "at a random time, before") {
			inside += histogram[where]
		}
	}
	t.Logf("%d kills, %d of them inside a save, %d starts, %d finished runs:%s", done, inside, starts, finished, b.String())
	if inside*2 < done-1 {
		t.Errorf("only %d of %d kills were inside a save", inside, done)
	}
}

// checkKilled checks that a killed process left whole files and lost only the work
// since the last save.
func (s *subject) checkKilled(t *testing.T, dir string, before map[string]int) {
	t.Helper()
	for name, step := range s.newest(t, dir) { // verifies every checkpoint
		if step < before[name] {
			t.Fatalf("%s: the newest checkpoint is %d and was %d", name, step, before[name])
		}
	}
}

// checkStart checks that a process resumed from the newest checkpoint.
func (s *subject) checkStart(t *testing.T, l lived, before map[string]int) {
	t.Helper()
	for line := range strings.Lines(l.stderr) {
		if strings.Contains(line, "warning") && !strings.Contains(line, "before its first checkpoint: it starts again") {
			t.Fatalf("a start warns:\n%s", l.stderr)
		}
	}
	if s.saysStep == "" {
		return
	}
	_, rest, said := strings.Cut(l.stderr, s.saysStep)
	for name, step := range before {
		if said && !strings.HasPrefix(rest, fmt.Sprintf("%d\n", step)) {
			t.Fatalf("%s resumes after step %.8q, but its newest checkpoint is %d", name, rest, step)
		}
	}
}

// checkNextStart starts the program and stops it at once: it leaves no temporary
// files and nothing of a later step.
func (s *subject) checkNextStart(t *testing.T, dir string) {
	t.Helper()
	before := s.newest(t, dir)
	l := s.live(t, dir, life{args: []string{"--stop-after", "1ns"}})
	if l.code != 5 && l.code != 0 {
		t.Fatalf("code %d\n%s", l.code, l.stderr)
	}
	s.checkStart(t, l, before)
	s.checkClean(t, dir)
	if after := s.newest(t, dir); !maps.Equal(after, before) {
		t.Fatalf("checkpoints %v, before %v", after, before)
	}
}

// checkClean checks that a directory has no temporary files.
func (s *subject) checkClean(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && (strings.HasPrefix(d.Name(), ".tmp-") || strings.Contains(d.Name(), ".broken")) {
			err = fmt.Errorf("%s is left", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// checkFinished checks for the bytes of the undisturbed run.
func (s *subject) checkFinished(t *testing.T, dir string, want map[string]string) {
	t.Helper()
	s.checkClean(t, dir)
	got := s.content(t, dir)
	for name, w := range want {
		if got[name] != w {
			t.Errorf("%s of %s differs from that of a run that was never killed", name, dir)
		}
	}
	if n := len(s.runs(dir)); n != s.finished {
		t.Errorf("%s has %d runs, want %d", dir, n, s.finished)
	}
	for _, name := range s.runs(dir) {
		r, err := run.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		timings, err := r.Timings()
		if steps := r.Config.Train.Steps; err != nil || len(timings) != steps {
			t.Errorf("%s has %d lines of seconds for %d steps, %v", name, len(timings), steps, err)
		}
	}
}
