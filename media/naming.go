package media

import (
	"cmp"
	"path"
	"slices"
	"strings"
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

// nameSplits sets splits from names. Below the folder that all documents share,
// a document belongs to a split if it is in a folder train, validation (valid,
// val, dev) or test, with anything after a hyphen, or is a file of that name with
// any extension. Splits are set
// only if there are training documents and others; otherwise a folder just
// happens to be called test. It reports whether it set any.
func nameSplits(docs []Document) bool {
	shared := sharedFolder(docs)
	splits := make([]string, len(docs))
	for i, d := range docs {
		first, _, nested := strings.Cut(d.Name[len(shared):], "/")
		if nested {
			first, _, _ = strings.Cut(first, "-") // LibriSpeech has train-clean-100
		} else {
			first, _, _ = strings.Cut(first, ".")
		}
		splits[i] = splitNamed(first)
	}
	if !slices.Contains(splits, Train) ||
		!slices.Contains(splits, Validation) && !slices.Contains(splits, Test) {
		return false
	}
	for i := range docs {
		docs[i].Split = splits[i]
	}
	return true
}

// splitNamed returns the split that a word names, or "".
func splitNamed(word string) string {
	switch strings.ToLower(word) {
	case "train":
		return Train
	case "validation", "valid", "val", "dev":
		return Validation
	case "test":
		return Test
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
