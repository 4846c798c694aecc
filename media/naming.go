package media

import (
	"cmp"
	"path"
	"slices"
	"strings"
	"unicode"
)

// sortDocuments sorts by name in natural order: part2 before part10.
func sortDocuments(docs []Document) {
	slices.SortStableFunc(docs, func(a, b Document) int { return compareNatural(a.Name, b.Name) })
}

// compareNatural compares strings, with runs of digits as numbers. Strings that
// differ only in leading zeros are ordered by their bytes.
func compareNatural(a, b string) int {
	x, y := a, b
	for x != "" && y != "" {
		m, n := digits(x), digits(y)
		if m == 0 || n == 0 {
			if x[0] != y[0] {
				return cmp.Compare(x[0], y[0])
			}
			x, y = x[1:], y[1:]
			continue
		}
		p, q := strings.TrimLeft(x[:m], "0"), strings.TrimLeft(y[:n], "0")
		if c := cmp.Or(cmp.Compare(len(p), len(q)), strings.Compare(p, q)); c != 0 {
			return c
		}
		x, y = x[m:], y[n:]
	}
	return cmp.Or(cmp.Compare(len(x), len(y)), strings.Compare(a, b))
}

// digits returns the length of the run of digits at the start of s.
func digits(s string) int {
	n := 0
	for n < len(s) && '0' <= s[n] && s[n] <= '9' {
		n++
	}
	return n
}

// nameSplits sets splits from names and reports whether it set any. Below the
// folder that all documents share, the first folder or, without one, the name of
// the file says the split: train, validation (valid, val, dev), test or holdout
// (hold-out, heldout, held-out), also with other words, as in train-clean-100 or
// wiki.test.tokens. Splits are set only if there are training documents and
// others; otherwise a folder just happens to be called test.
func nameSplits(docs []Document) bool {
	shared := sharedFolder(docs)
	splits := make([]string, len(docs))
	for i, d := range docs {
		first, _, _ := strings.Cut(d.Name[len(shared):], "/")
		splits[i] = splitIn(first)
	}
	other := func(split string) bool { return split != Train && split != "" }
	if !slices.Contains(splits, Train) || !slices.ContainsFunc(splits, other) {
		return false
	}
	for i := range docs {
		docs[i].Split = splits[i]
	}
	return true
}

// namedDeeper reports whether folders are called like splits, which nameSplits
// does not follow: deeper in the names, or beside others that it does not know,
// such as train and evaluation.
func namedDeeper(docs []Document) bool {
	found, folders := map[string]bool{}, map[string]bool{}
	for _, d := range docs {
		for _, part := range strings.Split(path.Dir(d.Name), "/") {
			found[splitIn(part)] = true
		}
		first, _, _ := strings.Cut(d.Name, "/")
		folders[first] = true
	}
	return found[Train] && (found[Validation] || found[Test] || found[Holdout] || len(folders) > 1)
}

// splitIn returns the split that the words of a name tell, or "" if there is
// none, or several. A held-out test set, as in test-heldout, is a test split.
func splitIn(name string) string {
	split := ""
	for _, word := range strings.FieldsFunc(oneWord.Replace(strings.ToLower(name)), func(r rune) bool { return !unicode.IsLetter(r) }) {
		switch s := splitNamed(word); {
		case s == "" || s == Holdout && split != "":
		case split == "" || split == Holdout:
			split = s
		case s != split:
			return ""
		}
	}
	return split
}

// oneWord writes as one word what may be two.
var oneWord = strings.NewReplacer("hold-out", "holdout", "hold_out", "holdout", "held-out", "heldout", "held_out", "heldout")

// splitNamed returns the split that a word names, or "".
func splitNamed(word string) string {
	switch oneWord.Replace(strings.ToLower(word)) {
	case "train", "training":
		return Train
	case "validation", "valid", "val", "dev":
		return Validation
	case "test", "testing":
		return Test
	case "holdout", "heldout":
		return Holdout
	}
	return ""
}

// sharedFolder returns the longest folder that all names begin with, with its
// slash.
func sharedFolder(docs []Document) string {
	if len(docs) == 0 {
		return ""
	}
	shared, _ := path.Split(docs[0].Name)
	for _, d := range docs {
		for !strings.HasPrefix(d.Name, shared) {
			shared, _ = path.Split(strings.TrimSuffix(shared, "/"))
		}
	}
	return shared
}
