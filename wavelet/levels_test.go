package wavelet

import (
	"slices"
	"testing"
)

// Neighbours with equal windows are one level; channels that pass are in none.
func TestLevels(t *testing.T) {
	got := Levels([]int{1, 1, 1, 2, 2, 4, 0, 0})
	if want := []Level{{2, 3, 5}, {4, 5, 6}, {0, 6, 8}}; !slices.Equal(got, want) {
		t.Errorf("levels %v, want %v", got, want)
	}
	if got := Levels([]int{1, 1}); got != nil {
		t.Errorf("levels of channels that pass: %v", got)
	}
}
