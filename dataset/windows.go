package dataset

import (
	"fmt"
	"math"

	"github.com/waveletgpt/waveletgpt/internal/rng"
)

// Draw fills dst with training window number index of a step: len(dst) tokens
// from a place that is uniform over all places of the training split at which a
// window begins, drawn with replacement. The place is a function of seed, step,
// index and the lengths only. step is in [0, 2^32).
func (s *Set) Draw(dst []uint16, seed uint64, step, index int) error {
	if step < 0 || uint64(step) > math.MaxUint32 || index < 0 {
		return fmt.Errorf("draw window %d of step %d: step and index must be at least 0, step below 2^32", index, step)
	}
	n, err := s.room(Train, len(dst))
	if err != nil {
		return err
	}
	starts := uint64(n - int64(len(dst)) + 1)
	start := rng.New(seed, rng.Windows, uint32(step)).Uint64n(uint64(index), starts)
	return s.Read(dst, Train, int64(start))
}

// Windows returns the places of windows of length tokens in a split, ascending:
// as many as fit without overlap, n at most, spread evenly with the first at the
// beginning of the split and the last at its end. They depend on nothing else.
func (s *Set) Windows(split string, n, length int) ([]int64, error) {
	if n < 1 || length < 1 {
		return nil, fmt.Errorf("%d windows of %d tokens: both must be at least 1", n, length)
	}
	tokens, err := s.room(split, length)
	if err != nil {
		return nil, err
	}
	count := min(int64(n), tokens/int64(length))
	places := make([]int64, count)
	// Place i is floor(i last / (count-1)), in parts that do not overflow.
	// The step is at least length, so that windows do not overlap.
	last, gaps := tokens-int64(length), max(count-1, 1)
	for i := range places {
		i64 := int64(i)
		places[i] = i64*(last/gaps) + i64*(last%gaps)/gaps
	}
	return places, nil
}

// room returns the tokens of a split, which must hold a window of length.
func (s *Set) room(split string, length int) (int64, error) {
	r, err := s.Header.Split(split)
	if err != nil {
		return 0, err
	}
	if r.Length < int64(length) {
		return 0, fmt.Errorf("the %s split of %s has %d tokens, fewer than the %d of one window (context + 1); use a smaller model.context or more data",
			split, s.Header.Provenance.Path, r.Length, length)
	}
	return r.Length, nil
}
