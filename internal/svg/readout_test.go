package svg

import "testing"

func TestThinnedKeepsTheLast(t *testing.T) {
	var columns []Column
	for i := range 100 {
		columns = append(columns, Column{X: float64(i)})
	}
	kept := thinned(columns, 30)
	if len(kept) != 30 || kept[29].X != 99 {
		t.Errorf("%d columns, the last at %v", len(kept), kept[len(kept)-1].X)
	}
	if all := thinned(columns[:20], 30); len(all) != 20 {
		t.Errorf("%d of 20 columns", len(all))
	}
}
