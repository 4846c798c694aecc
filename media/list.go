package media

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// listSplits sets the splits of the documents from the lists among the other
// files. These are the lists:
//
//   - a table with a column "split", each row of which names a document in some
//     cell, as in MAESTRO;
//   - tables called train, dev (or validation) and test, each of which names the
//     documents of its split, as in Common Voice; documents in none of them are
//     left out;
//   - validation_list.txt and testing_list.txt, with a document in each line, as
//     in Speech Commands; all others are for training.
func (f *finder) listSplits(found *Found, others []Document) error {
	x := newIndex(found.Documents, f.roots)
	x.partial = f.partial
	named := map[string]map[string]*table{} // tables without a column split, by folder and split
	for _, d := range others {
		base := strings.ToLower(path.Base(d.Name))
		var err error
		switch {
		case base == "validation_list.txt" || base == "testing_list.txt":
			err = x.lines(d, map[string]string{"v": Validation, "t": Test}[base[:1]])
		case isTable(d.Name):
			var t *table
			if t, err = readTable(d); t == nil || err != nil {
				break
			}
			if t.split >= 0 {
				err = x.rows(t, t.splitOf)
				break
			}
			folder, name := path.Split(d.Name)
			if split := splitNamed(strings.TrimSuffix(name, path.Ext(name))); split != "" && x.any(t) {
				if named[folder] == nil {
					named[folder] = map[string]*table{}
				}
				named[folder][split] = t
			}
		}
		if err != nil {
			return fmt.Errorf("list %s: %w", d.Name, err)
		}
	}
	for _, tables := range named {
		if tables[Train] == nil || len(tables) == 1 {
			continue
		}
		for split, t := range tables {
			if err := x.rows(t, func(int) (string, error) { return split, nil }); err != nil {
				return fmt.Errorf("list %s: %w", t.name, err)
			}
		}
		x.exhaustive = true
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
		found.Documents = slices.DeleteFunc(found.Documents, func(d Document) bool {
			if d.Split == "" {
				f.leave("in none of the lists", d.Name)
			}
			return d.Split == ""
		})
	}
	return nil
}

// list returns the documents that a table names, or nil if it names no sound or
// MIDI files, or text is wanted.
func (f *finder) list(file string) (*Found, error) {
	if !isTable(file) || f.medium == Text || f.medium == Bytes {
		return nil, nil
	}
	d := Document{Name: filepath.Base(file), Open: func() (io.ReadCloser, error) { return os.Open(file) }}
	c, err := d.sniff()
	if err != nil || c.medium != Text {
		return nil, err
	}
	found := &Found{Lists: []string{d.Name}}
	t, err := readTable(d.in(c.charset))
	if err == nil && t != nil {
		found.Documents, err = f.listed(t, file)
	}
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", file, err)
	}
	if found.Documents == nil {
		return nil, nil
	}
	sortDocuments(found.Documents)
	return found, nil
}

// listed returns the documents of a table, or none.
func (f *finder) listed(t *table, file string) (docs []Document, err error) {
	for _, bare := range []bool{false, true} {
		column, err := f.column(t, file, bare)
		if err != nil {
			return nil, err
		}
		if column < 0 {
			continue
		}
		rows := map[string]int{}
		for row := range t.rows {
			if t.blank(row) || row == 0 && (t.split >= 0 || fileOf(file, t.cellOf(0, column), bare) == "") {
				continue
			}
			d, err := t.document(file, row, column, bare)
			if err != nil {
				return nil, err
			}
			if first, again := rows[d.Name]; again {
				return nil, fmt.Errorf("rows %d and %d both name %s; remove one", first+1, row+1, d.Name)
			}
			rows[d.Name] = row
			docs = append(docs, d)
		}
		return docs, nil
	}
	return nil, nil
}

// column returns the column of a table that names files of the medium, or -1.
// MAESTRO names recordings and MIDI files; a folder may have only one kind.
func (f *finder) column(t *table, file string, bare bool) (int, error) {
	const looked = 20 // rows
	there := map[Medium]int{}
	named := -1
	for _, cells := range t.rows[:min(len(t.rows), looked)] {
		for i, cell := range cells {
			if at := fileOf(file, cell, bare); at != "" {
				if _, known := there[mediumOf(at)]; !known {
					there[mediumOf(at)] = i
				}
			}
			if m := mediumOf(cell); named < 0 && m != Text && (f.medium == Any || m == f.medium) {
				named = i
			}
		}
	}
	sound, hasSound := there[Audio]
	music, hasMusic := there[Music]
	switch {
	case f.medium == Any && hasSound && hasMusic:
		return 0, errors.New("it names sound files and MIDI files; choose with --medium audio or --medium music")
	case hasSound && f.medium != Music:
		return sound, nil
	case hasMusic && f.medium != Audio:
		return music, nil
	case named >= 0 && t.split >= 0:
		return named, nil // its first row says what is missing
	}
	return -1, nil
}

// fileOf returns the path of the file that a list calls name, or "".
func fileOf(list, name string, bare bool) string {
	if bare {
		if strings.ContainsAny(name, " \t") {
			return ""
		}
		name += ".wav"
	}
	if mediumOf(slashed(name)) == Text {
		return ""
	}
	for _, spelling := range []string{name, slashed(name)} {
		for _, place := range places {
			at := filepath.FromSlash(spelling)
			if !filepath.IsAbs(at) {
				at = filepath.Join(filepath.Dir(list), place, at)
			}
			if info, err := os.Stat(at); err == nil && info.Mode().IsRegular() {
				return at
			}
		}
	}
	return ""
}

// document returns the document of a row.
func (t *table) document(file string, row, column int, bare bool) (d Document, err error) {
	if t.split >= 0 {
		if d.Split, err = t.splitOf(row); err != nil {
			return d, err
		}
	}
	if column >= len(t.rows[row]) {
		return d, fmt.Errorf("row %d names no file", row+1)
	}
	cell := t.rows[row][column]
	at := fileOf(file, cell, bare)
	if at == "" {
		return d, missing("row", row+1, cell)
	}
	info, err := os.Stat(at)
	if err != nil {
		return d, err
	}
	d.Name = slashed(cell)
	if folder := absolute(filepath.Dir(file)); filepath.IsAbs(at) && len(folder) > 0 {
		// The same on every machine.
		if rel, err := filepath.Rel(folder[0], at); err == nil && filepath.IsLocal(rel) {
			d.Name = filepath.ToSlash(rel)
		}
	}
	d.Medium, d.Size, d.Modified = mediumOf(at), info.Size(), info.ModTime()
	d.Open = func() (io.ReadCloser, error) { return os.Open(at) }
	return d, nil
}
