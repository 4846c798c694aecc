package wavelet

import (
	"slices"
	"testing"
)

func TestLevels(t *testing.T) {
	tests := []struct {
		windows []int
		want    []Level
	}{
		{nil, nil},
		{[]int{4}, []Level{{4, 0, 1}}},
		{[]int{1, 1, 2, 4, 4, 4}, []Level{{1, 0, 2}, {2, 2, 3}, {4, 3, 6}}},
		{[]int{1, 0, 0, 1}, []Level{{1, 0, 1}, {0, 1, 3}, {1, 3, 4}}},
	}
	for _, test := range tests {
		if got := Levels(test.windows); !slices.Equal(got, test.want) {
			t.Errorf("levels of %v are %v, want %v", test.windows, got, test.want)
		}
	}
}
