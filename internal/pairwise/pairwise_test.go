package pairwise

import (
	"slices"
	"testing"
)

// The values that are paired are in some row together, in few rows.
func TestChoose(t *testing.T) {
	all := Product([][]string{{"a", "b", "c"}, {"d", "e"}, {"f", "g"}, {"h", "i", "j"}})
	chosen := Choose(all)
	if len(all) != 36 || len(chosen) > 12 {
		t.Errorf("%d rows of %d", len(chosen), len(all))
	}
	for _, row := range all {
		for j := range row {
			for i := range j {
				if !slices.ContainsFunc(chosen, func(c []string) bool { return c[i] == row[i] && c[j] == row[j] }) {
					t.Errorf("no row has %s and %s", row[i], row[j])
				}
			}
		}
	}
}
