package summary

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/waveletgpt/waveletgpt/internal/typeset"
	"github.com/waveletgpt/waveletgpt/internal/versioned"
)

// Import reads curves that were made elsewhere: a table with a heading and a line
// for each evaluation, in which cells are separated by commas, semicolons or tabs.
// It needs a column of steps and one of losses (nats per token, or bits_per_ and a
// unit), and may have variant, seed, horizon, tokens, flops, seconds
// and status. The exports
// of W&B (a column for each run, called NAME - val/loss), TensorBoard (Wall time,
// Step, Value) and Lightning's CSVLogger are read as they are.
//
// Lines without a loss are left out. A loss that is no finite number is a
// divergence. Curves are sorted by step. One whose steps begin again was resumed:
// what was there from that step on is left out, as TensorBoard does. What had to be
// assumed is in [Run.Notes]; a curve without a seed has [Run.SeedAssumed].
func Import(r io.Reader, name string) (*Summary, error) {
	s, err := importCurves(r, name)
	if err != nil {
		return nil, fmt.Errorf("curves %s: %w", name, err)
	}
	return s, nil
}

func importCurves(r io.Reader, name string) (*Summary, error) {
	rows, err := readRows(r)
	if err != nil {
		return nil, err
	}
	t := curvesTable{file: filepath.Base(name), label: curvesLabel(name)}
	if err := t.readHeading(rows[0].cells); err != nil {
		return nil, err
	}
	for _, row := range rows[1:] {
		if err := t.add(row); err != nil {
			return nil, fmt.Errorf("line %d: %w", row.line, err)
		}
	}
	if len(t.curves) == 0 {
		return nil, errors.New("no line below the heading has a loss")
	}
	results, err := t.results()
	if err != nil {
		return nil, err
	}
	s := &Summary{
		FormatVersion: FormatVersion,
		Data:          Data{Name: t.file, Unit: t.unit, UnitsPerToken: t.unitsPerToken},
	}
	return s, s.Compare(results)
}

// tensorBoardName is the name that TensorBoard gives to the scalars of a run.
var tensorBoardName = regexp.MustCompile(`^run-(.+)-tag-.+$`)

// curvesLabel is the variant of a file that names none.
func curvesLabel(path string) string {
	base := filepath.Base(path)
	name := strings.TrimSuffix(base, filepath.Ext(base))
	if match := tensorBoardName.FindStringSubmatch(name); match != nil {
		name = match[1]
	}
	if name == "" {
		return base
	}
	return name
}

// A row is one line of a table, cells without the space around them.
type row struct {
	line  int
	cells []string
}

// readRows reads a table of which each row has as many cells as the heading. Rows
// without content are left out.
func readRows(r io.Reader) ([]row, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxFileSize+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxFileSize {
		return nil, fmt.Errorf("larger than %d MiB, which no table of curves is", maxFileSize>>20)
	}
	if text, err = versioned.Text(text); err != nil {
		return nil, err
	}
	if !utf8.Valid(text) {
		return nil, errors.New("the file is not UTF-8; save it as UTF-8")
	}
	if !bytes.Contains(text, []byte("\n")) { // as on old Macs
		text = bytes.ReplaceAll(text, []byte("\r"), []byte("\n"))
	}
	comma := separator(text)
	if first, rest, _ := bytes.Cut(text, []byte("\n")); bytes.HasPrefix(first, []byte("sep=")) { // of Excel
		text = append([]byte("\n"), rest...)
	}
	in := csv.NewReader(bytes.NewReader(text))
	in.Comma = comma
	in.FieldsPerRecord = -1
	in.TrimLeadingSpace = in.Comma != '\t' // a tab is white space
	var rows []row
	for {
		cells, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		line, _ := in.FieldPos(0)
		for i := range cells {
			cells[i] = oneLine(cells[i])
		}
		if !slices.ContainsFunc(cells, func(cell string) bool { return cell != "" }) {
			continue
		}
		if len(rows) > 0 && len(cells) != len(rows[0].cells) {
			return nil, fmt.Errorf("line %d: %s below %s; if its numbers have decimal commas, write points",
				line, typeset.Counted(len(cells), "cell"), typeset.Counted(len(rows[0].cells), "heading"))
		}
		rows = append(rows, row{line, cells})
	}
	switch len(rows) {
	case 0:
		return nil, errors.New("the file is empty; write a heading with step and loss, then a line for each evaluation")
	case 1:
		return nil, errors.New("the file has a heading and nothing below it")
	}
	return rows, nil
}

// separator is the one of comma, semicolon and tab that the first line has most of,
// outside of quotes.
func separator(text []byte) rune {
	heading, _, _ := bytes.Cut(bytes.TrimLeft(text, "\r\n"), []byte("\n"))
	count, quoted := map[rune]int{}, false
	for _, c := range string(heading) {
		switch {
		case c == '"':
			quoted = !quoted
		case !quoted:
			count[c]++
		}
	}
	best := ','
	for _, c := range []rune{';', '\t'} {
		if count[c] > count[best] {
			best = c
		}
	}
	return best
}

// oneLine is a cell without the space around it, and with spaces for control
// characters: a line break in a quoted cell would break messages and tables.
func oneLine(cell string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, cell))
}
