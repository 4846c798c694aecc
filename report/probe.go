package report

import (
	"fmt"
	"html/template"
	"math"
	"strconv"

	"github.com/waveletgpt/waveletgpt/internal/svg"
	"github.com/waveletgpt/waveletgpt/internal/typeset"
	"github.com/waveletgpt/waveletgpt/summary"
)

const cellHeight = 24.0

// heatFigures show, for each variant with levels, the increase in loss with one
// level bypassed in one block.
func heatFigures(s *summary.Summary) (figures []figure) {
	for i := range s.Probes {
		p := &s.Probes[i]
		if len(p.Levels) == 0 || len(p.Blocks) == 0 {
			continue
		}
		f := figure{
			Title: "Which levels of " + typeset.Shorten(p.Variant, 40) + " matter", CSV: probeName,
			Caption: fmt.Sprintf("Increase in loss of the trained model (seed %d, %.3f nats), in thousandths of a nat, with one level bypassed "+
				"in one block, in all blocks (right), and with all levels bypassed in one block (bottom). The model was not retrained.", p.Seed, p.Loss),
		}
		f.Wide, f.Narrow = drawHeat(p, halfWidth, "wide"), drawHeat(p, narrowWidth, "narrow")
		figures = append(figures, f)
	}
	return figures
}

// drawHeat draws a cell for every level and block, with sums at the edges.
func drawHeat(p *summary.Probe, width float64, class string) template.HTML {
	const left, right, top, bottom, gap = 78.0, 4.0, 4.0, 40.0, 6.0
	rows, columns := len(p.Levels), len(p.Blocks)+1
	if rows > 1 {
		rows++ // of all levels together
	}
	height := top + cellHeight*float64(rows) + gap + bottom
	d := svg.New(width, height, class, "Rise of the loss by level and block, "+p.Variant)
	cell := (width - left - right - gap) / float64(columns)
	largest := 0.0
	for i := range p.Rise {
		for _, rise := range p.Rise[i] {
			largest = max(largest, math.Abs(rise))
		}
	}
	for row := range rows {
		y := top + cellHeight*float64(row)
		name := "all levels"
		if row == len(p.Levels) {
			y += gap
		} else {
			name = levelName(p.Levels[row])
		}
		d.Text("tick", svg.End, left-7, y+cellHeight/2+4, name)
		for column := range columns {
			rise, ok := riseAt(p, row, column)
			if !ok {
				continue
			}
			x := left + cell*float64(column)
			where := "in all blocks"
			if column == columns-1 {
				x += gap
			} else {
				where = "in block " + blockName(p.Blocks[column])
				if p.Blocks[column] < 0 {
					where = "after the embedding"
				}
			}
			drawCell(d, x, y, cell-1, cellHeight-1, rise, largest, fmt.Sprintf("%s bypassed %s: %s nats", name, where, typeset.Minus(fmt.Sprintf("%+.4f", rise))))
		}
	}
	for column := range columns {
		x, name := left+cell*(float64(column)+0.5), "all"
		if column == columns-1 {
			x += gap
		} else {
			name = blockName(p.Blocks[column])
		}
		d.Text("tick", svg.Middle, x, height-bottom+16, name)
	}
	axis := "block, counted from 0"
	if p.Blocks[0] < 0 {
		axis = "emb: embedding; " + axis
	}
	d.Text("axis-name", svg.Middle, (left+width)/2, height-5, axis)
	return d.Finish()
}

// riseAt is the value of a cell. The last row is all levels, the last column all
// blocks; their corner is empty.
func riseAt(p *summary.Probe, row, column int) (rise float64, ok bool) {
	lastRow, lastColumn := row == len(p.Levels), column == len(p.Blocks)
	switch {
	case lastRow && lastColumn:
		return 0, false
	case lastRow:
		return p.BlockRise[column], true
	case lastColumn:
		return p.LevelRise[row], true
	}
	return p.Rise[row][column], true
}

// blockName is a block's number, or emb for the embedding.
func blockName(block int) string {
	if block < 0 {
		return "emb"
	}
	return strconv.Itoa(block)
}

func levelName(l summary.Level) string {
	switch l.Window {
	case 0:
		return "all so far"
	default:
		return "window " + typeset.Count(float64(l.Window))
	}
}

// drawCell draws a cell whose depth of colour is its share of the largest.
func drawCell(d *svg.Drawing, x, y, width, height, rise, largest float64, title string) {
	class, depth := "rise", 0.0
	if rise < 0 {
		class = "fall"
	}
	if largest > 0 {
		depth = min(math.Abs(rise)/largest, 1)
	}
	d.Shade(class, depth, x, y, width, height, title)
	if text := thousandths(rise); svg.TextWidth(text) < width-2 {
		ink := "cell"
		if depth > 0.45 {
			ink = "cell deep"
		}
		d.Text(ink, svg.Middle, x+width/2, y+height/2+4, text)
	}
}

func thousandths(nats float64) string {
	decimals := 0
	if math.Abs(nats) < 0.00995 {
		decimals = 1
	}
	scale := math.Pow10(decimals)
	return typeset.Minus(fmt.Sprintf("%.*f", decimals, math.Round(1000*nats*scale)/scale+0)) // + 0 makes -0 positive
}
