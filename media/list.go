package media

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// maxList is the maximum size of a list of documents, in bytes. The one of
// MAESTRO has 300,000.
const maxList = 1 << 24

// A list is a CSV table with a column "split" that names documents in other
// columns, by slash paths relative to the table, as in MAESTRO.
type list struct {
	rows  [][]string // the first is the heading
	split int        // column
}

// isList reports whether a name is that of a table.
func isList(name string) bool { return strings.EqualFold(path.Ext(name), ".csv") }

// readList returns the list of a table, or nil if it has no column "split".
func readList(r io.Reader) (*list, error) {
	reader := csv.NewReader(io.LimitReader(r, maxList))
	reader.FieldsPerRecord = -1
	heading, err := reader.Read()
	if err != nil {
		return nil, nil // empty, or not a table
	}
	l := &list{split: slices.IndexFunc(heading, func(name string) bool {
		return strings.EqualFold(strings.Trim(name, "\ufeff \t"), "split")
	})}
	if l.split < 0 {
		return nil, nil
	}
	rows, err := reader.ReadAll()
	if err != nil {
		return nil, err
	}
	l.rows = append([][]string{heading}, rows...)
	return l, nil
}

// splitOf returns the split of a row.
func (l *list) splitOf(row int) (string, error) {
	if cells := l.rows[row]; l.split < len(cells) {
		if s := splitNamed(strings.TrimSpace(cells[l.split])); s != "" {
			return s, nil
		}
	}
	return "", fmt.Errorf("row %d: the split must be train, validation or test", row+1)
}

// listSplits sets the splits of docs from the tables among all. The first table
// that names a document decides.
func listSplits(docs, all []Document) error {
	at := map[string]int{}
	for i, d := range docs {
		at[d.Name] = i
	}
	for _, table := range all {
		if !isList(table.Name) || table.Size > maxList {
			continue
		}
		if err := table.listSplits(docs, at); err != nil {
			return fmt.Errorf("list %s: %w", table.Name, err)
		}
	}
	return nil
}

func (d Document) listSplits(docs []Document, at map[string]int) error {
	r, err := d.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	l, err := readList(r)
	if err != nil || l == nil {
		return err
	}
	for row := 1; row < len(l.rows); row++ {
		for _, cell := range l.rows[row] {
			i, ok := at[path.Join(path.Dir(d.Name), cell)]
			if !ok || docs[i].Split != "" {
				continue
			}
			if docs[i].Split, err = l.splitOf(row); err != nil {
				return err
			}
		}
	}
	return nil
}

// findList returns the documents that a table lists, with their splits, or nil
// if it does not list files of the medium. Names are those in the table.
func findList(file string, medium Medium) ([]Document, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	l, err := readList(f)
	if err != nil || l == nil || len(l.rows) < 2 {
		return nil, err
	}
	column := slices.IndexFunc(l.rows[1], func(cell string) bool {
		m := mediumOf(cell)
		if m == Text || medium != Any && m != medium {
			return false
		}
		// MAESTRO names recordings and MIDI files; a folder may have only one
		// kind.
		_, err := os.Stat(beside(file, cell))
		return err == nil
	})
	if column < 0 {
		return nil, nil
	}
	var docs []Document
	rows := map[string]int{}
	for row := 1; row < len(l.rows); row++ {
		d, err := l.document(file, row, column)
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

// document returns the document of a row.
func (l *list) document(file string, row, column int) (Document, error) {
	split, err := l.splitOf(row)
	if err != nil {
		return Document{}, err
	}
	if column >= len(l.rows[row]) {
		return Document{}, fmt.Errorf("row %d names no file", row+1)
	}
	cell := l.rows[row][column]
	at := beside(file, cell)
	info, err := os.Stat(at)
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("not a file")
	}
	if err != nil {
		return Document{}, fmt.Errorf("row %d: %w; add the file, or remove the row", row+1, err)
	}
	return Document{
		Name: cell, Split: split, Medium: mediumOf(cell), Size: info.Size(), Modified: info.ModTime(),
		Open: func() (io.ReadCloser, error) { return os.Open(at) },
	}, nil
}

// beside returns the path of a slash path relative to a file.
func beside(file, name string) string {
	return filepath.Join(filepath.Dir(file), filepath.FromSlash(name))
}
