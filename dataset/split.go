package dataset

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode"

	"github.com/waveletgpt/waveletgpt/media"
)

// The rules of Header.SplitRule. With a hold-out they split what is left. It is
// whole documents under [RuleDocuments], [RuleSorted] and [RuleHashed], the last
// tokens under [RuleTokens] and [RuleContiguous], and documents for training
// under [RuleExplicit], see [Options].
const (
	// RuleExplicit means that every document came with its split.
	RuleExplicit = "explicit"
	// RuleDocuments is for text. Documents are ordered by the SHA-256 of their
	// names: the first 90 % are for training, the next 5 % for validation, the
	// rest for test.
	RuleDocuments = "documents"
	// RuleSorted is for audio and music. Documents are in the natural order of
	// their names: the first 88 % are for training, the next 6 % for
	// validation, the rest for test, as for YouTubeMix in SaShiMi
	// (state-spaces, src/dataloaders/audio.py at 307f11b).
	RuleSorted = "sorted"
	// RuleHashed is for audio and music whose names begin with a class, as in
	// "seven_12.wav", if RuleSorted would split by class. The shares are the
	// same, the order is that of the SHA-256 of the names.
	RuleHashed = "hashed"
	// RuleTokens is RuleContiguous for 20 documents or more, if whole ones would
	// leave a split with under a third of its share of the tokens.
	RuleTokens = "tokens"
	// RuleContiguous is for fewer than 20 documents. Of the tokens of all
	// documents in order, the first 90 % are for training, the next 5 % for
	// validation, the rest for test; for audio and music 88, 6 and 6 %. A
	// document is cut where a split ends.
	RuleContiguous = "contiguous"
)

// manyDocuments is the smallest number of documents that are split whole, without
// those that are held out. Each split then has at least one.
const manyDocuments = 20

// cuts returns where validation and test begin among n documents or tokens.
func cuts(n int64, medium media.Medium) (validation, test int64) {
	// Not n*90/100, which could overflow.
	if medium == media.Text {
		return n/20*18 + n%20*18/20, n/20*19 + n%20*19/20
	}
	return n/50*44 + n%50*44/50, n/50*47 + n%50*47/50
}

// arrange returns the indices of the documents in the order in which their
// tokens are written, and the rule. It sets their splits; under RuleContiguous
// these are empty, because they depend on the tokens. share is held out.
func arrange(docs []media.Document, share float64) (order []int, rule string, err error) {
	if slices.ContainsFunc(docs, func(d media.Document) bool { return d.Split != "" }) {
		rule, err = RuleExplicit, holdOutTraining(docs, share)
	} else {
		rule = splitWhole(docs, share)
	}
	if err != nil || rule == RuleContiguous {
		return inOrder(docs), rule, err
	}
	for _, split := range splitNames {
		for i, d := range docs {
			if d.Split == split {
				order = append(order, i)
			}
		}
	}
	if len(order) < len(docs) {
		i := slices.IndexFunc(docs, func(d media.Document) bool { return !slices.Contains(splitNames, d.Split) })
		return nil, "", fmt.Errorf("document %q is in no split, but others are in train, validation, test or holdout; add it to one, or remove it", docs[i].Name)
	}
	return order, rule, nil
}

// splitWhole sets the splits of documents that have none, and returns the rule.
func splitWhole(docs []media.Document, share float64) (rule string) {
	held, rest := sample(docs, inOrder(docs), share)
	if len(rest) < manyDocuments {
		return RuleContiguous
	}
	holdOut(docs, held)
	if mediumOf(docs) == media.Text {
		assign(docs, byHash(docs, rest, ""))
		return RuleDocuments
	}
	assign(docs, rest) // media.Find sorted them
	if byClass(inPlaces(docs, rest)) {
		assign(docs, byHash(docs, rest, ""))
		return RuleHashed
	}
	return RuleSorted
}

// uneven reports whether whole documents leave a split with under a third of its
// share of the tokens. share is that of the hold-out.
func uneven(splits Splits, medium media.Medium, share float64) bool {
	total := splits.Train.Length + splits.Validation.Length + splits.Test.Length
	if 3*splits.Holdout.Length < heldOut(total+splits.Holdout.Length, share) {
		return true
	}
	validation, test := cuts(total, medium)
	return 3*splits.Train.Length < validation || 3*splits.Validation.Length < test-validation || 3*splits.Test.Length < total-test
}

// byClass reports whether the documents are named by class, and the splits are
// by class too: a class is not in training, or the other splits have under half
// of the classes that they could have. The class of a document is its folder, or
// with one folder the first word of its name. A class has [classSize] documents
// or more; names have classes if there are several that hold nine in ten
// documents.
func byClass(docs []media.Document) bool {
	count, trained, others := map[string]int{}, map[string]bool{}, map[string]bool{}
	folders := slices.ContainsFunc(docs, func(d media.Document) bool { return path.Dir(d.Name) != path.Dir(docs[0].Name) })
	class := func(d media.Document) string {
		if folders {
			return path.Dir(d.Name)
		}
		return firstWord(path.Base(d.Name))
	}
	for _, d := range docs {
		count[class(d)]++
	}
	in := 0
	for c, n := range count {
		if n < classSize {
			delete(count, c)
		} else {
			in += n
		}
	}
	if len(count) < 2 || 10*in < 9*len(docs) {
		return false
	}
	held := 0
	for _, d := range docs {
		switch c := class(d); {
		case count[c] == 0:
		case d.Split == Train:
			trained[c] = true
		default:
			others[c] = true
			held++
		}
	}
	return len(trained) < len(count) || 2*len(others) < min(len(count), held)
}

// classSize is the least number of documents of a class. Fewer with the same
// first word are movements of a work or parts of a recording.
const classSize = 4

// firstWord returns a name up to a digit or a mark, or its first number if it
// begins with one: "0_george_12" is of class 0.
func firstWord(name string) string {
	mark := func(r rune) bool { return !unicode.IsLetter(r) }
	if name[0] >= '0' && name[0] <= '9' {
		mark = func(r rune) bool { return r < '0' || r > '9' }
	}
	if i := strings.IndexFunc(name, mark); i >= 0 {
		return name[:i]
	}
	return name
}

// inOrder returns the indices of documents.
func inOrder(docs []media.Document) []int {
	order := make([]int, len(docs))
	for i := range docs {
		order[i] = i
	}
	return order
}

// byHash returns indices of documents in the order of the SHA-256 of a prefix and
// their names.
func byHash(docs []media.Document, indices []int, prefix string) []int {
	order := slices.Clone(indices)
	hashes := make([][sha256.Size]byte, len(docs))
	for i, d := range docs {
		hashes[i] = sha256.Sum256([]byte(prefix + d.Name))
	}
	slices.SortStableFunc(order, func(i, j int) int { return bytes.Compare(hashes[i][:], hashes[j][:]) })
	return order
}

// assign sets the splits of documents, given their indices in the order of the
// rule.
func assign(docs []media.Document, order []int) {
	validation, test := cuts(int64(len(order)), mediumOf(docs))
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

// layOut returns the places of the documents in tokens.bin, given their lengths
// in tokens in the order of arrange, and the splits without their units.
// Documents without tokens are left out. share is that of the hold-out.
func layOut(docs []media.Document, lengths []int64, rule string, share float64) ([]Document, Splits) {
	in := map[string]int64{} // tokens, by split
	var total int64
	for i, n := range lengths {
		in[docs[i].Split] += n
		total += n
	}
	validation, test, holdout := in[Train], in[Train]+in[Validation], total-in[Holdout]
	if rule == RuleContiguous || rule == RuleTokens {
		holdout = total - heldOut(total, share)
		validation, test = cuts(holdout, mediumOf(docs))
	}
	splits := Splits{
		Train:      Range{Length: validation},
		Validation: Range{Start: validation, Length: test - validation},
		Test:       Range{Start: test, Length: holdout - test},
	}
	if holdout < total {
		splits.Holdout = Range{Start: holdout, Length: total - holdout}
	}
	var placed []Document
	var at int64
	for i, d := range docs {
		end := at + lengths[i]
		for at < end {
			part := Document{Name: validUTF8(d.Name), Split: Holdout, Start: at, Length: end - at}
			switch {
			case at < validation:
				part.Split, part.Length = Train, min(end, validation)-at
			case at < test:
				part.Split, part.Length = Validation, min(end, test)-at
			case at < holdout:
				part.Split, part.Length = Test, min(end, holdout)-at
			}
			placed = append(placed, part)
			at += part.Length
		}
	}
	return placed, splits
}
