package media

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
)

// maxTable is the largest table that is read, in bytes. Those of Common Voice
// have hundreds of megabytes.
const maxTable = 1 << 30

// A table names documents in its cells.
type table struct {
	name  string
	rows  [][]string // the first is the heading
	split int        // the column "split", or -1
}

// isTable reports whether a file is named like a table.
func isTable(name string) bool {
	return slices.Contains([]string{".csv", ".tsv", ".json"}, strings.ToLower(path.Ext(name)))
}

// readTable returns the table in a file, or nil if it has no rows or, for JSON,
// is none.
func readTable(d Document) (*table, error) {
	r, err := d.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	text, err := io.ReadAll(io.LimitReader(r, maxTable+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxTable {
		return nil, fmt.Errorf("it has more than %d bytes; split it", maxTable)
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	t := &table{name: d.Name}
	switch {
	case !strings.EqualFold(path.Ext(d.Name), ".json"):
		t.rows, err = separated(text)
	case bytes.Contains(text, []byte(`"split"`)):
		t.rows = objects(text)
	}
	if err != nil || len(t.rows) == 0 {
		return nil, err
	}
	t.split = splitColumn(t.rows[0])
	return t, nil
}

// splitColumn returns the column "split" of a heading, or -1.
func splitColumn(heading []string) int {
	return slices.IndexFunc(heading, func(name string) bool { return strings.EqualFold(name, "split") })
}

// separated returns the rows of a table whose cells are separated by the
// character that its heading has most of: comma, semicolon, tab or bar.
// Cells have no white space around them.
func separated(text []byte) ([][]string, error) {
	heading, _, _ := bytes.Cut(text, []byte("\n"))
	comma := ','
	for _, c := range ";\t|" {
		if bytes.Count(heading, []byte(string(c))) > bytes.Count(heading, []byte(string(comma))) {
			comma = c
		}
	}
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
		if err != nil && (len(rows) == 0 || splitColumn(rows[0]) < 0) {
			return nil, nil // a text with this extension
		}
		if err != nil {
			return nil, err
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		rows = append(rows, cells)
	}
}

// objects returns the rows of a JSON table: an object of columns, each an object
// or array of cells, as in MAESTRO, or an array of objects.
func objects(text []byte) [][]string {
	var columns map[string]json.RawMessage
	var list []map[string]any
	cells := map[string]map[string]any{} // by column and row
	var keys []string
	if json.Unmarshal(text, &columns) == nil {
		for name, column := range columns {
			of := map[string]any{}
			var array []any
			if json.Unmarshal(column, &array) == nil {
				for i, c := range array {
					of[strconv.Itoa(i)] = c
				}
			} else if json.Unmarshal(column, &of) != nil {
				return nil
			}
			cells[name] = of
			for key := range of {
				keys = append(keys, key)
			}
		}
	} else if json.Unmarshal(text, &list) == nil {
		for i, object := range list {
			keys = append(keys, strconv.Itoa(i))
			for name, c := range object {
				if cells[name] == nil {
					cells[name] = map[string]any{}
				}
				cells[name][strconv.Itoa(i)] = c
			}
		}
	}
	if cells["split"] == nil {
		return nil
	}
	slices.SortFunc(keys, compareNatural)
	var heading []string
	for name := range cells {
		heading = append(heading, name)
	}
	slices.Sort(heading)
	rows := [][]string{heading}
	for _, key := range slices.Compact(keys) {
		row := make([]string, len(heading))
		for i, name := range heading {
			if c := cells[name][key]; c != nil {
				row[i] = fmt.Sprint(c)
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// splitOf returns the split of a row.
func (t *table) splitOf(row int) (string, error) {
	if cells := t.rows[row]; t.split < len(cells) {
		if s := splitNamed(cells[t.split]); s != "" {
			return s, nil
		}
	}
	return "", fmt.Errorf("row %d: the split must be train, validation or test", row+1)
}

// blank reports whether a row has no content.
func (t *table) blank(row int) bool {
	return !slices.ContainsFunc(t.rows[row], func(c string) bool { return c != "" })
}

// cellOf returns a cell of a row that names a file, for a message: the first one
// in the column that names most files, or the first at all.
func (t *table) cellOf(row, column int) string {
	if column < len(t.rows[row]) {
		return t.rows[row][column]
	}
	return strings.Join(t.rows[row], " ")
}

// fileColumn returns the column that most often names a sound or MIDI file, or
// 0.
func (t *table) fileColumn() int {
	count := map[int]int{}
	best := 0
	for _, cells := range t.rows[1:] {
		for i, c := range cells {
			if mediumOf(c) != Text {
				if count[i]++; count[i] > count[best] {
					best = i
				}
			}
		}
	}
	return best
}
