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
	if first, _ := objectLines(head); !all && isJSON(d.Name) && first == nil { // one document
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

// isJSON reports whether a file is named like JSON, as one document or in lines.
func isJSON(name string) bool { return strings.EqualFold(path.Ext(name), ".json") || isJSONLines(name) }

func isJSONLines(name string) bool {
	return slices.Contains([]string{".jsonl", ".ndjson"}, strings.ToLower(path.Ext(name)))
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

// splitColumn returns the column "split" of a heading, or -1.
func splitColumn(heading []string) int {
	return slices.IndexFunc(heading, func(name string) bool { return strings.EqualFold(name, "split") })
}

// subsetNames are what headings call the column of splits if not split.
var subsetNames = []string{"subset", "partition", "set"}

// subsetColumn returns the column with one of these names, all cells of which are splits,
// or -1: elsewhere such a column has other words.
func (t *table) subsetColumn() int {
	return slices.IndexFunc(t.rows[0], func(name string) bool {
		column := slices.Index(t.rows[0], name)
		said := func(cells []string) bool { return column < len(cells) && splitNamed(cells[column]) != "" }
		return slices.Contains(subsetNames, strings.ToLower(name)) && slices.ContainsFunc(t.rows[1:], said) && !slices.ContainsFunc(t.rows[1:], func(cells []string) bool {
			return column < len(cells) && cells[column] != "" && splitNamed(cells[column]) == ""
		})
	})
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

// namesSplit reports whether a JSON document may have a column of splits.
func namesSplit(text []byte) bool {
	text = bytes.ToLower(text)
	return slices.ContainsFunc(append(subsetNames, "split"), func(name string) bool { return bytes.Contains(text, []byte(`"`+name+`"`)) })
}

// objects returns the rows of a JSON table: an object of columns, each an object
// or array of cells, as in MAESTRO, or objects in an array or in lines.
func objects(text []byte) ([][]string, error) {
	cells := columnsOf(text)
	var err error
	if cells == nil {
		var list []map[string]any
		if json.Unmarshal(text, &list) != nil {
			list, err = objectLines(text)
		}
		cells = map[string]map[string]any{}
		for i, object := range list {
			for name, c := range object {
				if cells[name] == nil {
					cells[name] = map[string]any{}
				}
				cells[name][strconv.Itoa(i)] = c
			}
		}
	}
	var keys, heading []string
	for name, column := range cells {
		heading = append(heading, name)
		keys = slices.AppendSeq(keys, maps.Keys(column))
	}
	slices.SortFunc(keys, compareNatural)
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
	return rows, err
}

// columnsOf returns the cells of a JSON object of columns, by column and row, or nil.
func columnsOf(text []byte) map[string]map[string]any {
	var columns map[string]json.RawMessage
	if json.Unmarshal(text, &columns) != nil {
		return nil
	}
	cells := map[string]map[string]any{}
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
	}
	return cells
}

// objectLines returns the objects of lines of JSON, up to the first line that is none.
func objectLines(text []byte) (list []map[string]any, err error) {
	at := 0
	for line := range bytes.Lines(text) {
		at++
		var object map[string]any
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if json.Unmarshal(line, &object) != nil {
			return list, fmt.Errorf("line %d is no JSON object", at)
		}
		list = append(list, object)
	}
	return list, nil
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
