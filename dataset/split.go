package dataset

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"slices"

	"github.com/waveletgpt/waveletgpt/media"
)

// The rules of Header.SplitRule.
const (
	// RuleExplicit: every document came with its split.
	RuleExplicit = "explicit"
	// RuleDocuments: in the order of the SHA-256 of their names, the first 90 %
	// of the documents are for training, the next 5 % for validation, the rest
	// for test.
	RuleDocuments = "documents"
	// RuleContiguous: the first 90 % of the tokens of all documents one after
	// the other are for training, the next 5 % for validation, the rest for
	// test. A document is cut where a split ends.
	RuleContiguous = "contiguous"
)

// manyDocuments is from how many documents on they are split whole: each split
// then has one at least.
const manyDocuments = 20

// cuts returns where validation and test begin among n things.
func cuts(n int64) (validation, test int64) {
	// Not n*90/100, which could overflow.
	return n/20*18 + n%20*18/20, n/20*19 + n%20*19/20
}

// arrange returns the documents in the order in which their tokens are written,
// with their splits, and the rule. Under RuleContiguous splits are left empty:
// they follow from the tokens.
func arrange(docs []media.Document) ([]media.Document, string, error) {
	docs = slices.Clone(docs)
	rule := RuleContiguous
	switch {
	case slices.ContainsFunc(docs, func(d media.Document) bool { return d.Split != "" }):
		rule = RuleExplicit
	case len(docs) >= manyDocuments:
		rule = RuleDocuments
		splitByHash(docs)
	}
	if rule == RuleContiguous {
		return docs, rule, nil
	}
	ordered := make([]media.Document, 0, len(docs))
	for _, split := range []string{Train, Validation, Test} {
		for _, d := range docs {
			if d.Split == split {
				ordered = append(ordered, d)
			}
		}
	}
	if len(ordered) < len(docs) {
		i := slices.IndexFunc(docs, func(d media.Document) bool {
			return d.Split != Train && d.Split != Validation && d.Split != Test
		})
		return nil, "", fmt.Errorf("document %q is in no split, but others are in train, validation or test; put it into one, or move it elsewhere", docs[i].Name)
	}
	return ordered, rule, nil
}

func splitByHash(docs []media.Document) {
	order := make([]int, len(docs))
	hashes := make([][sha256.Size]byte, len(docs))
	for i, d := range docs {
		order[i] = i
		hashes[i] = sha256.Sum256([]byte(d.Name))
	}
	slices.SortStableFunc(order, func(i, j int) int { return bytes.Compare(hashes[i][:], hashes[j][:]) })
	validation, test := cuts(int64(len(docs)))
	for rank, i := range order {
		switch {
		case int64(rank) < validation:
			docs[i].Split = Train
		case int64(rank) < test:
			docs[i].Split = Validation
		default:
			docs[i].Split = Test
		}
	}
}

// layOut returns where the documents lie in tokens.bin, given their lengths in
// tokens in the order of arrange, and the splits without their units. Documents
// without a token have no place.
func layOut(docs []media.Document, lengths []int64, rule string) ([]Document, Splits) {
	var total int64
	for _, n := range lengths {
		total += n
	}
	validation, test := cuts(total)
	if rule != RuleContiguous {
		validation, test = 0, 0
		for i, n := range lengths {
			if docs[i].Split == Train {
				validation += n
			}
			if docs[i].Split != Test {
				test += n
			}
		}
	}
	splits := Splits{
		Train:      Range{Length: validation},
		Validation: Range{Start: validation, Length: test - validation},
		Test:       Range{Start: test, Length: total - test},
	}
	var placed []Document
	var at int64
	for i, d := range docs {
		end := at + lengths[i]
		for at < end {
			part := Document{Name: validUTF8(d.Name), Split: Test, Start: at, Length: end - at}
			switch {
			case at < validation:
				part.Split, part.Length = Train, min(end, validation)-at
			case at < test:
				part.Split, part.Length = Validation, min(end, test)-at
			}
			placed = append(placed, part)
			at += part.Length
		}
	}
	return placed, splits
}
