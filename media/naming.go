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
// wiki.test.tokens. If they say nothing, it is the same below the folder that all
// documents share whose names say a split, such as data beside a README, see
// [besides]. Splits are set only if there are training documents and others;
// otherwise a folder just happens to be called test.
func nameSplits(docs []Document) bool {
	return nameBelow(docs, sharedFolder(docs)) || nameBelow(docs, besides(docs))
}

// nameBelow sets splits from what follows a folder in the names. Where only files say a
// split, each beside other words, and fewer than half of them, these are words of titles.
func nameBelow(docs []Document, folder string) bool {
	splits := make([]string, len(docs))
	say, all, folders := 0, 0, false
	for i, d := range docs {
		below, inside := strings.CutPrefix(d.Name, folder)
		if first, _, is := strings.Cut(below, "/"); inside {
			splits[i] = splitIn(first)
			folders = folders || splits[i] != "" && (is || onlySplit(first))
		}
		if splits[i] != "" {
			say++
		}
		if notAbout(d) {
			all++
		}
	}
	if !folders && 2*say < all {
		return false
	}
	if !slices.Contains(splits, Train) || !slices.ContainsFunc(splits, otherSplit) {
		return false
	}
	for i := range docs {
		docs[i].Split = splits[i]
	}
	return true
}

// otherSplit reports whether a split is not for training.
func otherSplit(split string) bool { return split != Train && split != "" }

// besides returns the folder that all documents share whose names say a split. It
// is that of all documents, unless the others are no more than these and lie in
// folders above it, as a README or LICENSE does. Elsewhere they may be more data.
func besides(docs []Document) string {
	says := func(d Document) bool {
		return slices.ContainsFunc(strings.Split(d.Name, "/"), func(part string) bool { return splitIn(part) != "" })
	}
	folder := sharedFolder(slices.DeleteFunc(slices.Clone(docs), func(d Document) bool { return !says(d) }))
	inside, outside := 0, 0
	for _, d := range docs {
		above, _ := path.Split(d.Name)
		switch {
		case says(d):
			inside++
		case strings.HasPrefix(above, folder): // and in no split
		case !strings.HasPrefix(folder, above):
			return sharedFolder(docs)
		default:
			outside++
		}
	}
	if outside > inside {
		return sharedFolder(docs)
	}
	return folder
}

// namedDeeper reports whether names say splits that nameSplits does not follow:
// deeper in the names, beside others that it does not know, such as train and
// evaluation, or a file that is called test and nothing else. A folder of tests, as
// in a source tree, is none.
func namedDeeper(docs []Document) bool {
	shared := sharedFolder(docs)
	words, files := map[string]bool{}, map[string]bool{} // splits that a word says, or all words of a file
	trains, silent := false, false
	for _, d := range docs {
		folders, file := path.Split(d.Name[len(shared):])
		split := ""
		for _, folder := range strings.Split(folders, "/") {
			split = cmp.Or(split, splitIn(folder))
			words[splitIn(folder)] = true
		}
		if words[splitIn(file)] = true; split == "" && onlySplit(file) {
			split = splitIn(file)
			files[split] = true
		}
		trains, silent = trains || split == Train, silent || split == ""
	}
	others := func(in map[string]bool) bool { return in[Validation] || in[Test] || in[Holdout] }
	return len(docs) > 1 && (words[Train] && others(words) || trains && silent || others(files))
}

// onlySplit reports whether the name of a file says a split and nothing else but a
// number, as in test.txt and train-00000-of-00002.txt.
func onlySplit(file string) bool {
	words := wordsOf(strings.TrimSuffix(file, path.Ext(file)))
	return len(words) > 0 && !slices.ContainsFunc(words, func(word string) bool { return word != "of" && splitNamed(word) == "" })
}

// splitIn returns the split that the words of a name tell, or "" if there is
// none, or several. A held-out test set, as in test-heldout, is a test split.
func splitIn(name string) string {
	split := ""
	for _, word := range wordsOf(name) {
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

// wordsOf returns the words of a name in small letters.
func wordsOf(name string) []string {
	return strings.FieldsFunc(oneWord.Replace(strings.ToLower(name)), func(r rune) bool { return !unicode.IsLetter(r) })
}

// oneWord writes as one word what may be two.
var oneWord = strings.NewReplacer("hold-out", "holdout", "hold_out", "holdout", "held-out", "heldout", "held_out", "heldout")

// splitNamed returns the split that a word names, or "".
func splitNamed(word string) string {
	word = oneWord.Replace(strings.ToLower(word))
	for _, of := range []string{"", "set", "data"} { // testset, TestData
		switch kind, _ := strings.CutSuffix(word, of); kind {
		case "train", "training":
			return Train
		case "validation", "valid", "val", "dev":
			return Validation
		case "test", "testing":
			return Test
		case "holdout", "heldout":
			return Holdout
		}
	}
	return ""
}

// notAbout reports whether a document is not called like one about the others.
func notAbout(d Document) bool {
	base := strings.ToLower(path.Base(d.Name))
	return !slices.Contains([]string{"readme", "license", "licence", "copying", "notice", "citation", "changelog", "authors"}, strings.TrimSuffix(base, path.Ext(base)))
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
