package music

import (
	"slices"
	"testing"
)

func TestShorten(t *testing.T) {
	notes := []Note{{0, 50, 60, 1}, {0, 500, 61, 1}, {90, 101, 62, 1}, {95, 300, 63, 1}, {200, 210, 64, 1}, {200, 211, 65, 1}}
	want := []Note{{0, 50, 60, 1}, {0, 100, 61, 1}, {90, 100, 62, 1}, {95, 105, 63, 1}, {200, 210, 64, 1}, {200, 210, 65, 1}}
	if n := Shorten(notes, 10, 100); n != 4 || !slices.Equal(notes, want) {
		t.Errorf("%d shortened: %v, want %v", n, notes, want)
	}
}
