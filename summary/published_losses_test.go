package summary

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat"

	"github.com/waveletgpt/waveletgpt/internal/typeset"
)

// positionRange is a range of positions in the window, which are counted from 1.
type positionRange struct{ first, last int }

// positionRanges are those of contexts up to 256, each of one or two octaves. The last
// position of a context begins another octave and is left out.
var positionRanges = []positionRange{{1, 3}, {4, 15}, {16, 63}, {64, 127}, {128, 255}}

// longRanges are those of contexts of 512 and 1,024.
var longRanges = []positionRange{{1, 15}, {16, 63}, {64, 255}, {256, 511}, {512, 1023}}

// gainHeading is the first row of a table of gains by position.
func gainHeading(first []string, ranges []positionRange, last string) []string {
	for i, r := range ranges {
		cell := fmt.Sprintf("%d to %d", r.first, r.last)
		if i == 0 {
			cell = "positions " + cell
		}
		first = append(first, cell)
	}
	return append(first, last)
}

// gainCells are the means of a gain over ranges of positions, and its slope.
func gainCells(g *GainByPosition, ranges []positionRange) (cells []string) {
	for _, r := range ranges {
		cell := ""
		if len(g.Gain) >= r.last {
			cell = signed(stat.Mean(g.Gain[r.first-1:r.last], nil), 3)
		}
		cells = append(cells, cell)
	}
	return append(cells, g.PerDoubling())
}

// gainRows are the gains of the operators with scales over the shift, by position.
func gainRows(t *testing.T, name string, s *Summary, ranges []positionRange) (rows [][]string) {
	t.Helper()
	for _, label := range []string{"haar", candidate} {
		g := comparisonOf(t, s, label).toShift(t).GainByPosition
		rows = append(rows, append([]string{name, "`" + label + "`"}, gainCells(g, ranges)...))
	}
	return rows
}

// The gain over the shift by position in the window.
func TestPublishedPositions(t *testing.T) {
	rows := [][]string{gainHeading([]string{"data", "variant"}, positionRanges, "each doubling (95 %)")}
	for _, kind := range []string{"horizons", "modern"} {
		names, studies := studied(t, kind)
		for i, s := range studies {
			name := names[i] + map[string]string{"modern": ", modern recipe"}[kind]
			rows = append(rows, gainRows(t, name, s, positionRanges)...)
		}
	}
	holdsTable(t, "<!-- gain by position -->", rows)
}

// finalHeading is the first row of a table of final losses, less those of the plain model.
var finalHeading = []string{"data", "steps", "no network, nats", "`none`, nats", "`shift` (95 %)", "`haar`", "`" + candidate + "`", "`" + candidate + "` minus `shift`"}

// finalRows has a row for each length of a study. The intervals are those of the longest.
func finalRows(t *testing.T, name string, s *Summary) (rows [][]string) {
	t.Helper()
	lengths := comparisonOf(t, s, shift).Horizons
	for at, h := range lengths {
		longest := at == len(lengths)-1
		row := []string{name, typeset.Count(float64(h.Steps)), withoutNetwork(s), fmt.Sprintf("%.3f", *h.BaselineLoss)}
		for _, label := range []string{shift, "haar", candidate} {
			c := comparisonOf(t, s, label)
			cell := signed(*c.Horizons[at].Loss-*h.BaselineLoss, 3)
			if longest {
				cell = WithInterval(c.cells())
			}
			row = append(row, cell)
		}
		c := comparisonOf(t, s, candidate)
		to := signed(*c.Horizons[at].Loss-*h.Loss, 3)
		if longest {
			to = WithInterval(c.toShift(t).cells())
		}
		rows = append(rows, append(row, to))
	}
	return rows
}

// A modern recipe.
func TestPublishedModern(t *testing.T) {
	rows := [][]string{finalHeading}
	names, studies := studied(t, "modern")
	for i, s := range studies {
		rows = append(rows, finalRows(t, names[i], s)...)
	}
	holdsTable(t, "<!-- modern -->", rows)
}

// The paper's size on text, at a context of 512, and raw audio at one of 1,024. Gains by
// position are one table for both.
func TestPublishedLongContexts(t *testing.T) {
	positions := [][]string{gainHeading([]string{"data", "variant"}, longRanges, "each doubling (95 %)")}
	for _, c := range []struct{ study, data, mark string }{
		{"text8-paper-horizons", "text", "<!-- paper's size -->"},
		{"audio-context-1024", "raw audio", "<!-- long context -->"},
	} {
		s, err := Read(filepath.Join(published, c.study))
		if err != nil {
			t.Fatal(err)
		}
		holdsTable(t, c.mark, append([][]string{finalHeading}, finalRows(t, c.data, s)...))
		positions = append(positions, gainRows(t, c.data, s, longRanges)...)
	}
	holdsTable(t, "<!-- long contexts, by position -->", positions)
}

// holdsTable says that the page of results has a table below a mark.
func holdsTable(t *testing.T, mark string, rows [][]string) {
	t.Helper()
	var table strings.Builder
	writeMarkdownTable(&table, rows)
	holds(t, answerPage, mark, table.String())
}
