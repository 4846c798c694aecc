package media

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
)

// isJSON reports whether a file is named like JSON, as one document or in lines.
func isJSON(name string) bool { return strings.EqualFold(path.Ext(name), ".json") || isJSONLines(name) }

func isJSONLines(name string) bool {
	return slices.Contains([]string{".jsonl", ".ndjson"}, strings.ToLower(path.Ext(name)))
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
