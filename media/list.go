package media

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// listSplits sets the splits of the documents from the lists among the other
// files. These are the lists:
//
//   - a table with a column "split" (or subset, partition or set), each row of which names a document in some
//     cell, as in MAESTRO;
//   - tables called train, dev (or validation), test and holdout, also with other words,
//     each of which names the documents of its split, as in Common Voice, and of sound and
//     MIDI files .txt, .lst and .list; documents in none of them are left out, or without a
//     table train are for training;
//   - validation_list.txt and testing_list.txt, with a document in each line, as
//     in Speech Commands; all others are for training.
func (f *finder) listSplits(found *Found, others []Document) error {
	x := newIndex(found.Documents, f.roots)
	x.partial = f.partial
	x.texts = found.Documents[0].Medium == Text
	named := map[string][]*table{} // tables that are called like a split, by folder
	sortDocuments(others)
	for _, d := range others {
		var err error
		switch base := strings.ToLower(path.Base(d.Name)); {
		case base == "validation_list.txt":
			err = x.lines(d, Validation)
		case base == "testing_list.txt":
			err = x.lines(d, Test)
		case isTable(d.Name) || !x.texts && isFileList(d.Name):
			var t *table
			t, err = readTable(d, func(t *table) bool { // among texts, others are data
				return t.split >= 0 && !x.texts || (t.split >= 0 || t.splitByName() != "") && x.any(t)
			})
			switch {
			case t == nil || err != nil:
			case t.split >= 0:
				err = x.rows(t, t.splitOf)
			default:
				named[path.Dir(d.Name)] = append(named[path.Dir(d.Name)], t)
			}
		}
		if err != nil {
			return fmt.Errorf("list %s: %w", d.Name, err)
		}
	}
	for _, folder := range slices.Sorted(maps.Keys(named)) {
		if !x.agree(named[folder]) {
			found.Unfollowed = true
			continue
		}
		if err := x.namedTables(named[folder]); err != nil {
			return err
		}
	}
	found.Lists = x.sorted()
	switch {
	case x.rest != "":
		for i := range x.docs {
			if x.docs[i].Split == "" {
				x.docs[i].Split = x.rest
			}
		}
	case x.exhaustive:
		found.Documents = f.inSplits(found.Documents, "in none of the lists")
	}
	return nil
}

// splitByName returns the split that a table is called by, or "".
func (t *table) splitByName() string { return splitOfList(t.name) }

// agree reports whether tables may be lists: where some have other words than a split in
// their names, such as fold1_train and fold2_test, no document may be in two splits.
func (x *index) agree(tables []*table) bool {
	splits, agree, sure := map[int]string{}, true, true
	for _, t := range tables {
		base := path.Base(t.name)
		sure = sure && splitNamed(strings.TrimSuffix(base, path.Ext(base))) != ""
		in, err := x.namer(t)
		for row := 0; err == nil && row < len(t.rows); row++ {
			for _, i := range in(row) {
				agree = agree && (splits[i] == "" || splits[i] == t.splitByName())
				splits[i] = t.splitByName()
			}
		}
	}
	return sure || agree
}

// namedTables sets the splits by tables that are called by them. One table says
// nothing.
func (x *index) namedTables(tables []*table) error {
	splits := map[string]bool{}
	for _, t := range tables {
		splits[t.splitByName()] = true
	}
	if len(splits) < 2 {
		return nil
	}
	for _, t := range tables {
		if err := x.rows(t, func(int) (string, error) { return t.splitByName(), nil }); err != nil {
			return fmt.Errorf("list %s: %w", t.name, err)
		}
	}
	if x.exhaustive = splits[Train]; !splits[Train] {
		x.rest = Train
	}
	return nil
}

// list returns the documents that a table names, or nil if it names none.
func (f *finder) list(file string) (*Found, error) {
	if !isTable(file) || f.medium == Bytes {
		return nil, nil
	}
	d := Document{Name: filepath.Base(file), Open: func() (io.ReadCloser, error) { return os.Open(file) }}
	c, err := d.sniff()
	if err != nil || c.medium != Text {
		return nil, err
	}
	found := &Found{}
	var columns *fileColumns
	var ambiguous error
	t, err := readTable(d.in(c.charset), func(t *table) bool {
		columns, ambiguous = f.fileColumns(t, file)
		return columns != nil
	})
	if err == nil {
		err = ambiguous
	}
	if err == nil && t != nil {
		found.Documents, err = t.documents(file, columns)
	}
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", file, err)
	}
	if found.Documents == nil {
		return nil, nil
	}
	if t.split >= 0 {
		found.Lists = []string{d.Name}
	}
	sortDocuments(found.Documents)
	return found, nil
}

// fileColumns are how a table names files: in which columns, and without extension
// if bare.
type fileColumns struct {
	medium  Medium
	columns []int
	bare    bool
}

// fileColumns returns how a table names files of the medium, by its first rows, or
// nil. MAESTRO names recordings and MIDI files; a folder may have only one kind.
func (f *finder) fileColumns(t *table, file string) (*fileColumns, error) {
	const looked, lookedBare = 20, 1000 // rows
	rows := t.rows[:min(len(t.rows), looked)]
	for _, bare := range []bool{false, true} {
		there, named := map[Medium][]int{}, map[Medium][]int{}
		for column := range rows[0] {
			exists, says := map[Medium]int{}, map[Medium]int{}
			for _, cells := range rows {
				if column >= len(cells) {
					continue
				}
				if at := fileOf(file, cells[column], bare); at != "" {
					exists[mediumOf(at)]++
				}
				says[mediumOf(slashed(cells[column]))]++
			}
			for _, m := range []Medium{Audio, Music, Text} {
				if exists[m] > 0 {
					there[m] = append(there[m], column)
				}
				if m != Text && 2*says[m] >= len(rows)-1 && says[m] > 0 {
					named[m] = append(named[m], column)
				}
			}
		}
		if f.medium == Any && there[Audio] != nil && there[Music] != nil {
			return nil, errors.New("it names sound files and MIDI files; choose with --medium audio or music")
		}
		for _, in := range []map[Medium][]int{there, named} {
			for _, m := range []Medium{Audio, Music} {
				if in[m] != nil && (f.medium == Any || f.medium == m) {
					if !bare {
						return &fileColumns{m, in[m], bare}, nil
					}
					only, err := t.bareColumn(t.rows[:min(len(t.rows), lookedBare)], func(cell string) string { return fileOf(file, cell, bare) })
					return &fileColumns{m, []int{only}, bare}, err
				}
			}
		}
		// A table of texts has other columns too, so it must have splits.
		if there[Text] != nil && t.split >= 0 && (f.medium == Any || f.medium == Text) {
			return &fileColumns{Text, there[Text], bare}, nil
		}
	}
	return nil, nil
}

// documents returns the documents of a table.
func (t *table) documents(file string, l *fileColumns) (docs []Document, err error) {
	rows := map[string]int{}
	for row := range t.rows {
		if t.blank(row) || row == 0 && (t.split >= 0 || fileOf(file, t.cellOf(0, l.columns[0]), l.bare) == "") {
			continue
		}
		for _, column := range l.columns {
			d, err := t.document(file, row, column, l)
			if err != nil {
				return nil, err
			}
			if first, again := rows[d.Name]; again {
				return nil, fmt.Errorf("rows %d and %d both name %s; remove one", first+1, row+1, d.Name)
			}
			rows[d.Name] = row
			docs = append(docs, d)
		}
	}
	return docs, nil
}

// fileOf returns the path of the file that a list calls name, or "".
func fileOf(list, name string, bare bool) string {
	for _, s := range spellings(name, bare) {
		at := filepath.FromSlash(s)
		if !filepath.IsAbs(at) {
			at = filepath.Join(filepath.Dir(list), at)
		}
		if info, err := os.Stat(at); err == nil && info.Mode().IsRegular() {
			return at
		}
	}
	return ""
}

// document returns the document of a row.
func (t *table) document(file string, row, column int, l *fileColumns) (d Document, err error) {
	if t.split >= 0 {
		if d.Split, err = t.splitOf(row); err != nil {
			return d, err
		}
	}
	if column >= len(t.rows[row]) {
		return d, fmt.Errorf("row %d names no file", row+1)
	}
	cell := t.rows[row][column]
	at := fileOf(file, cell, l.bare)
	if at == "" {
		return d, missing("row", row+1, cell)
	}
	info, err := os.Stat(at)
	if err != nil {
		return d, err
	}
	// The same on every machine, however the list and the row are written.
	d.Name = slashed(cell)
	if paths := absolute(filepath.Dir(file), at); len(paths) == 2 {
		if rel, err := filepath.Rel(paths[0], paths[1]); err == nil {
			d.Name = filepath.ToSlash(rel)
		}
	}
	d.Size, d.Modified = info.Size(), info.ModTime()
	d.Open = func() (io.ReadCloser, error) { return os.Open(at) }
	c, err := d.sniff()
	if err != nil {
		return d, fmt.Errorf("row %d: %w", row+1, err)
	}
	if c.name == pointer {
		return d, fmt.Errorf("row %d names %q, which is %s and not the file; fetch it with git lfs pull", row+1, cell, pointer)
	}
	if d.Medium = (candidate{d, c}).medium(); d.Medium != l.medium {
		return d, fmt.Errorf("row %d names %q, which is %s, not %s; correct or remove the row", row+1, cell, c.name, l.medium)
	}
	return d.as(c), nil
}
