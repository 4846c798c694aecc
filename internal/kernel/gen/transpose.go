package main

import (
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// transpose emits the transposition of square blocks, as long as a vector has
// lanes.
func (g *generator) transpose() {
	n := g.lanes()
	g.function("transpose", "(y, x *float32, blocks, yRow, xRow int)",
		"transpose"+g.name()+" transposes the first lanes rows of x, in blocks of as many columns:",
		"",
		"\ty[k,r] = x[r,k]        r < lanes, k < blocks*lanes",
		"",
		"Strides are in bytes.")
	y, x, blocks := param("y"), param("x"), param("blocks")
	yRow, xRow := param("yRow"), param("xRow")
	loop, done := g.label("block"), g.label("done")
	Label(loop)
	TESTQ(blocks, blocks)
	JZ(operand.LabelRef(done))
	p := GP64()
	MOVQ(x, p)
	rows := make([]reg.VecVirtual, n)
	for r := range rows {
		rows[r] = g.loaded(at(p), nil)
		ADDQ(xRow, p)
	}
	// Within groups of four rows: lane L of columns[4g+j] becomes column 4L+j
	// of rows 4g to 4g+3.
	pairs := make([]reg.VecVirtual, n)
	for r := 0; r < n; r += 2 {
		pairs[r], pairs[r+1] = g.vector(), g.vector()
		VUNPCKLPS(rows[r+1], rows[r], pairs[r])
		VUNPCKHPS(rows[r+1], rows[r], pairs[r+1])
	}
	quads := make([]reg.VecVirtual, n)
	for r := 0; r < n; r += 4 {
		for half := range 2 {
			low, high := g.vector(), g.vector()
			VUNPCKLPD(pairs[r+2+half], pairs[r+half], low)
			VUNPCKHPD(pairs[r+2+half], pairs[r+half], high)
			quads[r+2*half], quads[r+2*half+1] = low, high
		}
	}
	columns := make([]reg.VecVirtual, n)
	for j := range 4 {
		for lane, v := range g.gather(quads, j) {
			columns[4*lane+j] = v
		}
	}
	for _, v := range columns {
		g.store(v, nil, at(y))
		ADDQ(yRow, y)
	}
	ADDQ(operand.U32(4*n), x)
	DECQ(blocks)
	JMP(operand.LabelRef(loop))
	Label(done)
	g.end()
}

// gather puts together the 128-bit parts of the vectors j, j+4, j+8, ...: the
// result of index L is made of their parts L.
func (avx512) gather(q []reg.VecVirtual, j int) []reg.VecVirtual {
	shuffle := func(order uint8, a, b reg.VecVirtual) reg.VecVirtual {
		v := ZMM()
		VSHUFF32X4(operand.U8(order), b, a, v)
		return v
	}
	a, b := shuffle(0x44, q[j], q[4+j]), shuffle(0xEE, q[j], q[4+j])
	c, d := shuffle(0x44, q[8+j], q[12+j]), shuffle(0xEE, q[8+j], q[12+j])
	return []reg.VecVirtual{shuffle(0x88, a, c), shuffle(0xDD, a, c), shuffle(0x88, b, d), shuffle(0xDD, b, d)}
}

func (avx2) gather(q []reg.VecVirtual, j int) []reg.VecVirtual {
	low, high := YMM(), YMM()
	VPERM2F128(operand.U8(0x20), q[4+j], q[j], low)
	VPERM2F128(operand.U8(0x31), q[4+j], q[j], high)
	return []reg.VecVirtual{low, high}
}
