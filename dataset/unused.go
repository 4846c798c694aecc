package dataset

import (
	"fmt"
	"slices"
)

// Unused returns the ascending positions of at most n windows of length tokens in
// a split that overlap neither each other nor any window of s.Windows(split,
// used, length), which earlier evaluations have read. They are evenly spread over
// those that there are, perhaps none, and depend on nothing else. With
// [WindowsInDocuments] they are among the windows into which the documents are
// cut. Otherwise the gap behind each used window is cut into windows from its
// beginning.
//
// It is for sets without a hold-out. The windows have not been read for a loss, but
// lie close to some that have.
func (s *Set) Unused(split string, used, n, length int) ([]int64, error) {
	taken, err := s.Windows(split, used, length)
	if err != nil {
		return nil, err
	}
	if n < 1 {
		return nil, fmt.Errorf("%d windows: there must be at least 1", n)
	}
	pieces, err := s.pieces(split, length)
	if err != nil {
		return nil, err
	}
	if s.Header.Windows == WindowsInDocuments {
		free := slices.DeleteFunc(inPieces(pieces, length), func(at int64) bool {
			_, found := slices.BinarySearch(taken, at)
			return found
		})
		return evenly(n, int64(len(free)), func(i int64) int64 { return free[i] }), nil
	}
	gap := func(i int) (start, windows int64) {
		start = taken[i] + int64(length)
		end := pieces[0].length
		if i+1 < len(taken) {
			end = taken[i+1]
		}
		return start, (end - start) / int64(length)
	}
	before := make([]int64, len(taken)+1) // windows in the gaps before one
	for i := range taken {
		_, windows := gap(i)
		before[i+1] = before[i] + windows
	}
	return evenly(n, before[len(taken)], func(i int64) int64 {
		// The last gap with at most i windows before it, not an empty one.
		in, _ := slices.BinarySearch(before, i+1)
		start, _ := gap(in - 1)
		return start + (i-before[in-1])*int64(length)
	}), nil
}
