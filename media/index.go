package media

import (
	"bufio"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// An index finds documents by what lists call them.
type index struct {
	docs       []Document
	at         map[string]int
	roots      []string       // absolute paths of the folder of their names
	by         map[int]string // what has set the split of a document
	lists      []string
	rest       string // the split of documents that no list names
	exhaustive bool   // documents that no list names are left out
	partial    bool   // lists may name files that are there but no documents
	texts      bool   // tables may be documents themselves
}

func newIndex(docs []Document, roots []string) *index {
	x := &index{docs: docs, at: map[string]int{}, by: map[int]string{}, roots: roots}
	for i, d := range docs {
		x.at[d.Name] = i
	}
	return x
}

// places are the folders beside a list in which Common Voice and LJSpeech have
// what it names.
var places = []string{"", "clips", "wavs"}

// slashed returns a path of Windows with slashes.
func slashed(name string) string { return strings.ReplaceAll(name, `\`, "/") }

// spellings are the paths, with slashes and absolute or relative to the folder of
// a list, that the list may mean by a name. With bare, names have no extension,
// as in LJSpeech.
func spellings(name string, bare bool) (paths []string) {
	if name == "" || bare && strings.ContainsAny(name, " \t") {
		return nil
	}
	if bare {
		name += ".wav"
	}
	for _, s := range []string{name, slashed(name)} {
		if filepath.IsAbs(filepath.FromSlash(s)) {
			paths = append(paths, s)
			continue
		}
		for _, place := range places {
			paths = append(paths, path.Join(place, s))
		}
	}
	return paths
}

// find returns the document that a list in a folder calls name, or -1.
func (x *index) find(folder, name string, bare bool) int {
	for _, s := range spellings(name, bare) {
		if !filepath.IsAbs(filepath.FromSlash(s)) {
			if i, ok := x.at[path.Join(folder, s)]; ok {
				return i
			}
			continue
		}
		for _, root := range x.roots {
			rel, err := filepath.Rel(root, filepath.FromSlash(s))
			if i, ok := x.at[filepath.ToSlash(rel)]; err == nil && ok {
				return i
			}
		}
	}
	return -1
}

// namer returns a function that finds the documents in a row of a table: in any
// column, by names with extensions if the table has any such, else in one column
// of names without.
func (x *index) namer(t *table) (func(row int) []int, error) {
	folder := path.Dir(t.name)
	for _, cells := range t.rows {
		if len(x.named(folder, cells)) > 0 {
			return func(row int) []int { return x.named(folder, t.rows[row]) }, nil
		}
	}
	only, err := t.bareColumn(t.rows, func(cell string) string {
		if i := x.find(folder, cell, true); i >= 0 {
			return x.docs[i].Name
		}
		return ""
	})
	return func(row int) []int {
		if only < 0 || only >= len(t.rows[row]) {
			return nil
		}
		if i := x.find(folder, t.rows[row][only], true); i >= 0 {
			return []int{i}
		}
		return nil
	}, err
}

// named returns the documents that cells name with their extensions.
func (x *index) named(folder string, cells []string) (docs []int) {
	for _, cell := range cells {
		if i := x.find(folder, cell, false); i >= 0 {
			docs = append(docs, i)
		}
	}
	return docs
}

// any reports whether a table names a document.
func (x *index) any(t *table) bool {
	in, err := x.namer(t)
	if err != nil {
		return true // but not clearly
	}
	for row := range t.rows {
		if in(row) != nil {
			return true
		}
	}
	return false
}

// rows sets the splits of the documents that a table names. Each row must name
// one.
func (x *index) rows(t *table, splitOf func(row int) (string, error)) error {
	in, err := x.namer(t)
	if err != nil {
		return err
	}
	for row := range t.rows {
		docs := in(row)
		if t.blank(row) || row == 0 && (t.split >= 0 || docs == nil) { // a heading
			continue
		}
		if docs == nil && x.partial && x.elsewhere(t, row) {
			continue
		}
		if docs == nil {
			return missing("row", row+1, t.cellOf(row, t.fileColumn()))
		}
		split, err := splitOf(row)
		if err != nil {
			return err
		}
		for _, i := range docs {
			if err := x.set(i, split, fmt.Sprintf("row %d of %s", row+1, t.name)); err != nil {
				return err
			}
		}
	}
	x.lists = append(x.lists, t.name)
	return nil
}

// elsewhere reports whether a row names a file that is no document.
func (x *index) elsewhere(t *table, row int) bool {
	return slices.ContainsFunc(t.rows[row], func(cell string) bool {
		return slices.ContainsFunc(x.roots, func(root string) bool {
			return fileOf(filepath.Join(root, filepath.FromSlash(t.name)), cell, false) != ""
		})
	})
}

// lines sets the split of the documents in the lines of a list.
func (x *index) lines(d Document, split string) error {
	r, err := d.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	scanner := bufio.NewScanner(r)
	for line := 1; scanner.Scan(); line++ {
		name := strings.TrimSpace(strings.TrimPrefix(scanner.Text(), "\ufeff"))
		if name == "" {
			continue
		}
		i := x.find(path.Dir(d.Name), name, false)
		if i < 0 {
			return missing("line", line, name)
		}
		if err := x.set(i, split, fmt.Sprintf("line %d of %s", line, d.Name)); err != nil {
			return err
		}
	}
	x.lists, x.rest = append(x.lists, d.Name), Train
	return scanner.Err()
}

// missing is the error for a name in a list that is no document's.
func missing(place string, at int, name string) error {
	return fmt.Errorf("%s %d names %q, which is not there; add the file, remove the %s, or remove the list to split without it", place, at, name, place)
}

// set sets the split of a document. Several places may name it, if they agree.
func (x *index) set(i int, split, place string) error {
	d := &x.docs[i]
	switch d.Split {
	case "":
		d.Split, x.by[i] = split, place
	case split:
	default:
		return fmt.Errorf("%s is in %s by %s, but in %s by %s; correct one of them", d.Name, d.Split, x.by[i], split, place)
	}
	return nil
}

// sorted returns the names of the lists that were used.
func (x *index) sorted() []string {
	slices.Sort(x.lists)
	return slices.Compact(x.lists)
}
