package media

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
)

const (
	// maxTable is the largest list that is read, in bytes. Those of Common
	// Voice have hundreds of megabytes.
	maxTable = 1 << 30
	// tableHead is how much of a file decides whether it is a list.
	tableHead = 1 << 20
)

// A table names documents in its cells.
type table struct {
	name  string
	rows  [][]string // the first may be a heading
	split int        // the column of splits, or -1
}

// isTable reports whether a file is named like a table.
func isTable(name string) bool {
	return slices.Contains([]string{".csv", ".tsv", ".json"}, strings.ToLower(path.Ext(name))) || isJSONLines(name)
}

// isFileList reports whether a file is named like a list of the files of one split, such as
// train_filelist.txt.
func isFileList(name string) bool {
	return slices.Contains([]string{".txt", ".lst", ".list"}, strings.ToLower(path.Ext(name))) && splitOfList(name) != ""
}

// splitOfList returns the split that the name of a list tells, or "".
func splitOfList(name string) string {
	base := path.Base(name)
	return splitIn(strings.TrimSuffix(base, path.Ext(base)))
}

// readTable returns the table in a file if it is wanted, judged by its first
// rows, or nil.
func readTable(d Document, wanted func(*table) bool) (*table, error) {
	r, err := d.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	in := bufio.NewReaderSize(r, tableHead)
	head, err := in.Peek(tableHead)
	all := err == io.EOF
	if err != nil && !all {
		return nil, err
	}
	whole := head
	if !all {
		head = head[:bytes.LastIndexByte(head, '\n')+1]
	}
	oneDocument := false
	if !all && isJSON(d.Name) {
		lines, _ := objectLines(head)
		oneDocument = lines == nil
	}
	if oneDocument {
		if !namesSplit(whole) && splitOfList(d.Name) == "" {
			return nil, nil
		}
	} else {
		t, err := parseTable(d.Name, head)
		if t == nil {
			return nil, err
		}
		if !wanted(t) {
			return nil, nil
		}
		if all && err != nil {
			return nil, err
		}
		if all {
			return t, nil
		}
	}
	text, err := io.ReadAll(io.LimitReader(in, maxTable+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxTable {
		return nil, fmt.Errorf("it has more than %d bytes; split it", maxTable)
	}
	t, err := parseTable(d.Name, text)
	if t == nil || err != nil || !wanted(t) {
		return nil, err
	}
	return t, nil
}

// parseTable returns the rows up to the first fault, or nil if there are none.
func parseTable(name string, text []byte) (*table, error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	t := &table{name: name}
	var err error
	if isJSON(name) {
		if namesSplit(text) || splitOfList(name) != "" {
			t.rows, err = objects(text)
		}
	} else if isFileList(name) {
		t.rows = fileRows(text)
	} else {
		t.rows, err = separated(text)
	}
	if len(t.rows) == 0 {
		return nil, err
	}
	if t.split = splitColumn(t.rows[0]); t.split < 0 {
		t.split = t.subsetColumn()
	}
	if err != nil && (isJSON(name) && len(t.rows) == 1 || t.split < 0 && splitOfList(name) == "") {
		return nil, nil // a text with this extension
	}
	return t, err
}

// separator returns what separates the cells of a table: what makes a column split of its
// heading; else of tab, bar and semicolon the first one that its first lines all have, and
// equally often; else the one that the heading has most of. Words have commas, so a table
// of texts often has most of these.
func separator(text []byte) rune {
	const looked = 20 // lines
	var lines [][]byte
	for line := range bytes.Lines(text) {
		if len(lines) == looked {
			break
		}
		if line = bytes.TrimRight(line, "\r\n"); len(bytes.TrimSpace(line)) > 0 {
			lines = append(lines, line)
		}
	}
	if len(lines) == 0 {
		return ','
	}
	for _, c := range ",;\t|" {
		if splitColumn(strings.Split(string(lines[0]), string(c))) >= 0 {
			return c
		}
	}
	most, found := ',', -1
	for _, c := range ",;\t|" {
		if n := bytes.Count(lines[0], []byte(string(c))); n > found {
			most, found = c, n
		}
	}
	for _, c := range "\t|;" {
		n := bytes.Count(lines[0], []byte(string(c)))
		if n > 0 && len(lines) > 1 && !slices.ContainsFunc(lines, func(line []byte) bool { return bytes.Count(line, []byte(string(c))) != n }) {
			return c
		}
	}
	return most
}

// fileRows returns the rows of a list of files: each line, which may be a name, and its
// parts, one of which may be.
func fileRows(text []byte) (rows [][]string) {
	for line := range bytes.Lines(text) {
		name := strings.TrimSpace(string(line))
		rows = append(rows, append([]string{name}, strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune("|\t,;", r) })...))
	}
	return rows
}

// separated returns the rows of a table whose cells are separated by comma, semicolon, tab
// or bar, see [separator]. Cells have no white space around them.
func separated(text []byte) ([][]string, error) {
	if !bytes.Contains(text, []byte("\n")) { // as on old Macs
		text = bytes.ReplaceAll(text, []byte("\r"), []byte("\n"))
	}
	heading, rest, _ := bytes.Cut(text, []byte("\n"))
	for bytes.HasPrefix(heading, []byte("#")) || bytes.HasPrefix(heading, []byte("sep=")) { // a comment, or Excel's
		text = rest
		heading, rest, _ = bytes.Cut(text, []byte("\n"))
	}
	comma := separator(text)
	var rows [][]string
	if comma == '\t' || comma == '|' {
		// These tables write a quotation mark as it is (Common Voice,
		// LJSpeech).
		for line := range bytes.Lines(text) {
			cells := strings.Split(strings.TrimRight(string(line), "\r\n"), string(comma))
			for i, c := range cells {
				if c = strings.TrimSpace(c); len(c) > 1 && c[0] == '"' && c[len(c)-1] == '"' {
					c = c[1 : len(c)-1]
				}
				cells[i] = c
			}
			rows = append(rows, cells)
		}
		return rows, nil
	}
	r := csv.NewReader(bytes.NewReader(text))
	r.Comma, r.FieldsPerRecord, r.TrimLeadingSpace = comma, -1, true
	for {
		cells, err := r.Read()
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		rows = append(rows, cells)
	}
}

// splitOf returns the split of a row.
func (t *table) splitOf(row int) (string, error) {
	word := ""
	if cells := t.rows[row]; t.split < len(cells) {
		word = cells[t.split]
	}
	if s := splitNamed(word); s != "" {
		return s, nil
	}
	return "", fmt.Errorf("row %d: the split must be train, validation, test or holdout, not %q", row+1, word)
}

// blank reports whether a row has no content.
func (t *table) blank(row int) bool {
	return !slices.ContainsFunc(t.rows[row], func(c string) bool { return c != "" })
}

// cellOf returns the cell of a row in a column, for a message, or the whole row if it
// has no such column.
func (t *table) cellOf(row, column int) string {
	if column < len(t.rows[row]) {
		return t.rows[row][column]
	}
	return strings.Join(t.rows[row], " ")
}
