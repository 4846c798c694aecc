package dataset

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/waveletgpt/waveletgpt/internal/typeset"
	"github.com/waveletgpt/waveletgpt/media"
)

// MaxHoldout is the largest share of the data that can be held out.
const MaxHoldout = 0.5

// heldOut is a share of n documents or tokens.
func heldOut(n int64, share float64) int64 { return int64(math.Round(share * float64(n))) }

// sample parts documents, given their indices, into those to hold out and the
// rest, both in ascending order. The first in the order of the SHA-256 of
// "holdout " and the name are held out. [RuleDocuments] orders by the name alone,
// so that its test documents are no likelier to be held out than others.
func sample(docs []media.Document, indices []int, share float64) (held, rest []int) {
	hashed := byHash(docs, indices, "holdout ")
	n := heldOut(int64(len(indices)), share)
	held, rest = hashed[:n], hashed[n:]
	slices.Sort(held)
	slices.Sort(rest)
	return held, rest
}

func holdOut(docs []media.Document, indices []int) {
	for _, i := range indices {
		docs[i].Split = Holdout
	}
}

// holdOutTraining holds out a share of the documents for training.
func holdOutTraining(docs []media.Document, share float64) error {
	var trained []int
	for i, d := range docs {
		switch {
		case share == 0:
			return nil
		case d.Split == Holdout:
			return errors.New("the data already has a split holdout, so no share can be held out; leave --holdout out, or remove that split")
		case d.Split == Train:
			trained = append(trained, i)
		}
	}
	held, rest := sample(docs, trained, share)
	if len(held) == 0 || len(rest) == 0 {
		return fmt.Errorf("split train has %s, too few to hold out %.4g %% of them; put documents into a split holdout instead",
			typeset.Counted(len(trained), "document"), 100*share)
	}
	holdOut(docs, held)
	return nil
}
