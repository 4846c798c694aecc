package kernel

import "testing"

func TestPool(t *testing.T) {
	sizes := []int{1, 16, 0, 17, hugePage}
	take := func(p *Pool) (parts [][]float32) {
		for _, n := range sizes {
			parts = append(parts, p.Take(n))
		}
		return parts
	}
	var empty Pool
	take(&empty)
	pool := empty.Filled()
	parts := take(pool)
	for i, part := range parts {
		if len(part) != sizes[i] || cap(part) != sizes[i] {
			t.Fatalf("part %d has %d values and room for %d, want %d", i, len(part), cap(part), sizes[i])
		}
		for j := range part {
			if part[j] != 0 {
				t.Fatalf("part %d, value %d is %v: it belongs to another part too", i, j, part[j])
			}
			part[j] = float32(i + 1)
		}
	}
	if pool.Take(1) != nil {
		t.Error("a pool gives more than was asked of the first one")
	}
}
