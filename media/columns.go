package media

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

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
