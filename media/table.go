package media

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strconv"
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
	split int        // the column "split" of the heading, or -1
}

// isTable reports whether a file is named like a table.
func isTable(name string) bool {
	return slices.Contains([]string{".csv", ".tsv", ".json"}, strings.ToLower(path.Ext(name)))
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
	if !all && isJSON(d.Name) {
		if !namesSplit(head) {
			return nil, nil
		}
	} else {
		if !all {
			head = head[:bytes.LastIndexByte(head, '\n')+1]
		}
		t, err := parseTable(d.Name, head)
		if t == nil || !wanted(t) || all && err != nil {
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

func isJSON(name string) bool { return strings.EqualFold(path.Ext(name), ".json") }

// parseTable returns the rows up to the first fault, or nil if there are none.
func parseTable(name string, text []byte) (*table, error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	t := &table{name: name}
	var err error
	if isJSON(name) {
		t.rows = objects(text)
	} else {
		t.rows, err = separated(text)
	}
	if len(t.rows) == 0 {
		return nil, err
	}
	t.split = splitColumn(t.rows[0])
	return t, err
}

// splitColumn returns the column "split" of a heading, or -1.
func splitColumn(heading []string) int {
	return slices.IndexFunc(heading, func(name string) bool { return strings.EqualFold(name, "split") })
}

// separated returns the rows of a table whose cells are separated by the
// character that its heading has most of: comma, semicolon, tab or bar.
// Cells have no white space around them.
func separated(text []byte) ([][]string, error) {
	if !bytes.Contains(text, []byte("\n")) { // as on old Macs
		text = bytes.ReplaceAll(text, []byte("\r"), []byte("\n"))
	}
	heading, rest, _ := bytes.Cut(text, []byte("\n"))
	for bytes.HasPrefix(heading, []byte("#")) || bytes.HasPrefix(heading, []byte("sep=")) { // a comment, or Excel's
		text = rest
		heading, rest, _ = bytes.Cut(text, []byte("\n"))
	}
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
			return rows, err
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		rows = append(rows, cells)
	}
}

// namesSplit reports whether a JSON document may have a column "split".
func namesSplit(text []byte) bool { return bytes.Contains(bytes.ToLower(text), []byte(`"split"`)) }

// objects returns the rows of a JSON table: an object of columns, each an object
// or array of cells, as in MAESTRO, or an array of objects.
func objects(text []byte) [][]string {
	if !namesSplit(text) {
		return nil
	}
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

// fileColumn returns the column that most often names a sound or MIDI file, or
// 0.
func (t *table) fileColumn() int {
	count := map[int]int{}
	best := 0
	for _, cells := range t.rows {
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

// usualNames are what headings call the column of files, the surest first.
var usualNames = [][]string{
	{"file", "file_name", "filename", "path", "file_path", "filepath", "audio", "wav", "recording", "clip", "sound", "track"},
	{"id", "name", "file_id", "utterance", "utt_id", "key"},
}

// bareColumn returns the column whose cells name files without extension, or -1.
// Words and numbers may be names by chance, so it is the one that names most files.
// The index that pandas writes may name as many: of all that name at least half of
// the most, the column with a usual name counts. named returns the file that a cell
// names, or "".
func (t *table) bareColumn(rows [][]string, named func(cell string) string) (int, error) {
	files := map[int]map[string]int{} // rows, by column and file
	most := 0
	for row, cells := range rows {
		for column, cell := range cells {
			if file := named(cell); file != "" {
				if files[column] == nil {
					files[column] = map[string]int{}
				}
				files[column][file] = row
				most = max(most, len(files[column]))
			}
		}
	}
	likely := slices.DeleteFunc(slices.Sorted(maps.Keys(files)), func(column int) bool { return 2*len(files[column]) < most })
	if len(likely) == 0 {
		return -1, nil
	}
	for _, names := range usualNames {
		usual := slices.DeleteFunc(slices.Clone(likely), func(column int) bool {
			return !slices.Contains(names, strings.ToLower(t.heading(column)))
		})
		if len(usual) > 0 {
			likely = usual
			break
		}
	}
	for _, column := range likely[1:] {
		if !maps.Equal(files[column], files[likely[0]]) {
			return -1, fmt.Errorf("columns %q and %q both name files, but others in the same row; call the column of files file", t.heading(likely[0]), t.heading(column))
		}
	}
	return likely[0], nil
}

// heading returns the first cell of a column.
func (t *table) heading(column int) string {
	if column < len(t.rows[0]) {
		return t.rows[0][column]
	}
	return ""
}
