package dataset

import (
	"context"
	"math"

	"github.com/waveletgpt/waveletgpt/media"
)

// bigramCells is the maximum size of the table of pairs: 64 MB. A larger
// vocabulary is counted in bands of first tokens.
const bigramCells = 1 << 23

// measure sets the values that are computed from the tokens: the units of the
// splits and the entropies.
func (h *Header) measure(ctx context.Context, tokens *tokenFile, codec media.Codec) error {
	buf := make([]uint16, blockTokens)
	for _, r := range []*Range{&h.Splits.Train, &h.Splits.Validation, &h.Splits.Test, &h.Splits.Holdout} {
		r.Units = 0
		err := tokens.blocks(buf, r.Start, r.Length, func(ids []uint16) error {
			r.Units += int64(codec.Units(ids))
			return ctx.Err()
		})
		if err != nil {
			return err
		}
	}
	var err error
	h.Entropy, err = entropy(ctx, tokens, h.Documents, bigramCells)
	return err
}

// entropy returns the empirical entropies of the training documents: of a token
// alone, and of a token given the one before it in the same document.
func entropy(ctx context.Context, tokens *tokenFile, docs []Document, cells int) (Entropy, error) {
	vocabulary := tokens.vocabulary
	band := max(1, min(vocabulary, cells/vocabulary))
	unigrams := make([]int64, vocabulary)
	pairs := make([]int64, band*vocabulary)
	buf := make([]uint16, blockTokens)
	var bigram, pairTotal float64
	for low := 0; low < vocabulary; low += band {
		clear(pairs)
		for _, d := range docs {
			if d.Split != Train {
				continue
			}
			previous := -1 // the token before, minus low; outside the band if there is none
			err := tokens.blocks(buf, d.Start, d.Length, func(ids []uint16) error {
				for _, id := range ids {
					if uint(previous) < uint(band) {
						pairs[previous*vocabulary+int(id)]++
					}
					previous = int(id) - low
				}
				if low == 0 {
					for _, id := range ids {
						unigrams[id]++
					}
				}
				return ctx.Err()
			})
			if err != nil {
				return Entropy{}, err
			}
		}
		for first := range band {
			row := pairs[first*vocabulary:][:vocabulary]
			h, n := sumLog(row)
			bigram += h
			pairTotal += n
		}
	}
	var result Entropy
	if h, n := sumLog(unigrams); n > 0 {
		result.Unigram = max(0, h/n)
	}
	if pairTotal > 0 {
		result.Bigram = max(0, bigram/pairTotal)
	}
	return result, nil
}

// sumLog returns the total n of counts c and -sum c ln(c/n), n times the
// entropy of their distribution.
func sumLog(counts []int64) (h, n float64) {
	for _, c := range counts {
		n += float64(c)
	}
	for _, c := range counts {
		if c > 0 {
			h -= float64(c) * math.Log(float64(c)/n)
		}
	}
	return h, n
}
