package music

import (
	"slices"
	"testing"
)

func TestTranspose(t *testing.T) {
	for _, c := range []Performance{{}, {Piano: true}} {
		notes := []Note{{0, 5, 22, 9}, {1, 200, 60, 90}, {2, 6, 107, 40}}
		ids := c.IDs(notes)
		if down, up := c.Room(ids); down != 1 || up != 1 {
			t.Errorf("%s: room for %d down and %d up", c.Name(), down, up)
		}
		for _, by := range []int{-1, 1} {
			moved := slices.Clone(ids)
			c.Transpose(moved, by)
			want := slices.Clone(notes)
			for i := range want {
				want[i].Pitch += uint8(by)
			}
			if !slices.Equal(moved, c.IDs(want)) {
				t.Errorf("%s by %d: %v, want %v", c.Name(), by, moved, c.IDs(want))
			}
		}
	}
	c := Performance{}
	for name, test := range map[string]struct {
		ids      []uint16
		down, up int
	}{
		"no pitch":    {[]uint16{shift + 5, bin + 3}, 12, 12},
		"end alone":   {[]uint16{off + 24}, 3, 12},
		"off the low": {[]uint16{on + 60, on + 20}, 0, 0},
		"off the top": {[]uint16{off + 109, on + 60}, 0, 0},
	} {
		if down, up := c.Room(test.ids); down != test.down || up != test.up {
			t.Errorf("%s: room for %d down and %d up, want %d and %d", name, down, up, test.down, test.up)
		}
	}
}
