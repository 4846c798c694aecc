package report

// table is the input of the template of the same name.
type table struct {
	Name  string     // for screen readers
	Rows  [][]string // the first one is the heading
	links []string   // of the last cell of each row; empty: none
}

// named and linked are called by the templates.
func named(name string, rows [][]string) table { return table{Name: name, Rows: rows} }

func linked(name string, rows [][]string, links []string) table { return table{name, rows, links} }

// Heading is the name of a column, which a phone shows beside every cell.
func (t table) Heading(column int) string { return t.Rows[0][min(column, len(t.Rows[0])-1)] }

// Wide tells whether the columns need all the room that there is.
func (t table) Wide() bool { return len(t.Rows[0]) > 10 }

// longTable is the number of rows from which a table is folded.
const longTable = 20

// Long is the number of rows of a table that is folded, 0 for one that is not.
func (t table) Long() int {
	if n := len(t.Rows) - 1; n >= longTable {
		return n
	}
	return 0
}

// None tells whether a cell has no value. A phone leaves it out.
func (t table) None(cell string) bool { return cell == missing || cell == "" }

// Link is the address of a cell, empty for most.
func (t table) Link(row, column int) string {
	if row >= len(t.links) || column != len(t.Rows[row])-1 {
		return ""
	}
	return t.links[row]
}
