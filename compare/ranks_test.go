package compare

import (
	"strings"
	"testing"
)

// A run that one number of processes began and another ended has no seconds, a line says
// so, and where it ran says how many there were.
func TestTurnsOfRanks(t *testing.T) {
	dir := t.TempDir()
	var one turns
	for _, step := range []struct {
		runs  []string
		ranks int
	}{{[]string{"a", "b", "c"}, 4}, {[]string{"b"}, 1}, {[]string{"c"}, 4}} {
		if err := one.add(dir, step.runs, step.ranks); err != nil {
			t.Fatal(err)
		}
	}
	read, err := readTurns(dir)
	if err != nil {
		t.Fatal(err)
	}
	for run, want := range map[string]bool{"a": true, "b": false, "c": true, "none": true} {
		if got := read.sameRanks(run); got != want {
			t.Errorf("%s: one number of processes %v, want %v", run, got, want)
		}
	}
	if place := read.Turns[0].place(); !strings.HasSuffix(place, ", 4 ranks") {
		t.Errorf("place %q", place)
	}
	if place := read.Turns[1].place(); strings.Contains(place, "rank") {
		t.Errorf("place %q of one process", place)
	}
}
