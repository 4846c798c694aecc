package main

import (
	"github.com/mmcloughlin/avo/operand"

	. "github.com/mmcloughlin/avo/build"
)

// narrow emits the copy of a few columns, which products over rows read again
// and again.
func (g *generator) narrow() {
	g.function("narrow", "(y, x *float32, rows, columns, yRow, xRow int)",
		"narrow"+g.name()+" copies some columns of x, lanes at most:",
		"",
		"\ty[r,i] = x[r,i]        r < rows, i < columns",
		"",
		"Strides are in bytes. Zeros follow in y up to a whole vector; those of a row are",
		"overwritten by the next.")
	y, x, rows := param("y"), param("x"), param("rows")
	yRow, xRow := param("yRow"), param("xRow")
	m := g.loadMask(param("columns"))
	loop, done := g.label("loop"), g.label("done")
	TESTQ(rows, rows)
	JZ(operand.LabelRef(done))
	Label(loop)
	g.store(g.loaded(at(x), m), nil, at(y))
	ADDQ(xRow, x)
	ADDQ(yRow, y)
	DECQ(rows)
	JNZ(operand.LabelRef(loop))
	Label(done)
	g.end()
}
