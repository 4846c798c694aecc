package reference

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/waveletgpt/waveletgpt/dataset"
)

// Limits of what a line costs. 20 million tokens take at most 1.5 GB of memory.
const (
	maxTokens    = 20_000_000 // for training
	runTokens    = 1 << 16    // that lie together where there are more
	sampleTokens = 1 << 16    // of windows that something is chosen by
)

// Windows are places in a split of a data set, as [dataset.Set.Windows] returns them.
type Windows struct {
	Split  string
	Starts []int64
}

// A Line is a simple model, with its losses.
type Line struct {
	Name    string  // such as "6-gram"
	Order   int     // tokens of an n-gram, or samples before the predicted one
	Trained int64   // tokens of the training split that it was fitted to
	Capped  string  // says what it was not fitted to; empty: nothing
	Seconds float64 // that it took on one processor, by the clock
	Losses  []Loss  // of the windows that were asked for, in their order
}

// A Loss is that of the windows of a split. All losses are in nats per predicted
// token, and every mean is over tokens. The first token of a window is not predicted.
type Loss struct {
	Split     string
	Tokens    int // that are predicted
	Mean      float64
	Windows   []float64 // by window
	Positions []float64 // by position in the window, from 1 to the last of the longest
}

// A model has losses of the tokens of a window but the first. It sees no more than the
// tokens of the window before each.
type model interface {
	name() string
	losses(window []uint16) []float64
}

// Measure fits the simple model that suits the codec of a data set, and measures its
// losses on windows of length tokens: a model's context and one more. The validation
// split must have one. A hold-out must be open.
func Measure(ctx context.Context, set *dataset.Set, length int, windows ...Windows) (*Line, error) {
	begin := time.Now()
	line := &Line{}
	m, err := line.fit(ctx, set, length)
	if err != nil {
		return nil, fmt.Errorf("fit a reference line to %s: %w", set.Header.Provenance.Path, err)
	}
	line.Name = m.name()
	for _, w := range windows {
		loss, err := measure(ctx, m, set, length, w)
		if err != nil {
			return nil, fmt.Errorf("measure the %s on split %s: %w", line.Name, w.Split, err)
		}
		line.Losses = append(line.Losses, loss)
	}
	line.Seconds = time.Since(begin).Seconds()
	return line, nil
}

// fit fits a model to the training split.
func (line *Line) fit(ctx context.Context, set *dataset.Set, length int) (model, error) {
	validation, err := sample(set, dataset.Validation, length)
	if err != nil {
		return nil, err
	}
	pieces := training(set.Header, maxTokens, runTokens)
	texts := make([][]uint16, len(pieces))
	for i, p := range pieces {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		texts[i] = make([]uint16, p.Length)
		if err := set.Read(texts[i], dataset.Train, p.Start); err != nil {
			return nil, err
		}
		line.Trained += p.Length
	}
	if all := set.Header.Splits.Train.Length; line.Trained < all {
		line.Capped = fmt.Sprintf("fitted to %d of %d tokens of the training split, in runs that are evenly spread", line.Trained, all)
	}
	codec, ok := set.Codec.(waveform)
	if !ok {
		g, err := fitNGrams(ctx, texts, set.Header.Vocabulary)
		if err != nil {
			return nil, err
		}
		g.choose(validation)
		line.Order = g.order
		return g, nil
	}
	l := newLinear(codec, set.Header.Vocabulary)
	if err := l.fit(ctx, texts); err != nil {
		return nil, err
	}
	windows, err := sample(set, dataset.Train, length)
	if err != nil {
		return nil, err
	}
	if err := l.choose(ctx, windows, validation); err != nil {
		return nil, err
	}
	line.Order = l.order
	return l, nil
}

// training returns the pieces of the training split that a model is fitted to, from
// its start: the documents. Where there are more than most tokens, it is cut into
// runs, and those parts of documents are taken that lie in some of them, evenly spread:
// a network sees all of the split, and the first tokens of it may all be of one source.
func training(h dataset.Header, most, run int64) []dataset.Range {
	var pieces []dataset.Range
	add := func(start, end int64) {
		for _, d := range h.Documents {
			from, to := max(start, d.Start), min(end, d.Start+d.Length)
			if d.Split == dataset.Train && from < to {
				pieces = append(pieces, dataset.Range{Start: from - h.Splits.Train.Start, Length: to - from})
			}
		}
	}
	split := h.Splits.Train
	if split.Length <= most {
		add(split.Start, split.Start+split.Length)
		return pieces
	}
	runs, taken := split.Length/run, most/run
	for i := range taken {
		start := split.Start + i*runs/taken*run
		add(start, start+run)
	}
	return pieces
}

// sample returns windows of a split that something is chosen by.
func sample(set *dataset.Set, split string, length int) ([][]uint16, error) {
	starts, err := set.Windows(split, max(1, sampleTokens/length), length)
	if err != nil {
		return nil, err
	}
	windows := make([][]uint16, len(starts))
	for i, at := range starts {
		if windows[i], err = set.Window(make([]uint16, length), split, at); err != nil {
			return nil, err
		}
	}
	return windows, nil
}

// measure returns the losses of a model on windows.
func measure(ctx context.Context, m model, set *dataset.Set, length int, w Windows) (Loss, error) {
	result := Loss{Split: w.Split}
	var count []int // by position
	total := 0.0
	if len(w.Starts) == 0 {
		return result, errors.New("there are no windows")
	}
	dst := make([]uint16, length)
	for _, at := range w.Starts {
		if err := ctx.Err(); err != nil {
			return result, err
		}
		window, err := set.Window(dst, w.Split, at)
		if err != nil {
			return result, err
		}
		if len(window) < 2 {
			return result, fmt.Errorf("the window from %d has %d tokens, and so none to predict; use longer windows", at, len(window))
		}
		sum := 0.0
		losses := m.losses(window)
		for t, loss := range losses {
			if t == len(count) {
				count, result.Positions = append(count, 0), append(result.Positions, 0)
			}
			sum += loss
			result.Positions[t] += loss
			count[t]++
		}
		result.Windows = append(result.Windows, sum/float64(len(losses)))
		result.Tokens += len(losses)
		total += sum
	}
	result.Mean = total / float64(result.Tokens)
	for t, n := range count {
		result.Positions[t] /= float64(n)
	}
	return result, nil
}
