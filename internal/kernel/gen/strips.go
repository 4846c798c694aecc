package main

import (
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// strips emits the kernels that go over some columns of many rows.
func (g *generator) strips() {
	g.function("addRows", "(y, x *float32, rows, n, stride int)",
		"addRows"+g.name()+" computes y[r,i] += x[r,i] for rows stride bytes apart, row by row.")
	g.strip([]string{"y", "x"}, nil, func(p []reg.GPVirtual, m mask) {
		v := g.loaded(at(p[0]), m)
		VADDPS(g.loaded(at(p[1]), m), v, v)
		g.store(v, m, at(p[0]))
	})

	g.function("scaleRows", "(y, x, factor *float32, rows, n, stride int)",
		"scaleRows"+g.name()+" computes y[r,i] = x[r,i] factor[i] for rows stride bytes apart.")
	g.strip([]string{"y", "x"}, []string{"factor"}, func(p []reg.GPVirtual, m mask) {
		v := g.loaded(at(p[1]), m)
		VMULPS(g.loaded(at(p[2]), m), v, v)
		g.store(v, m, at(p[0]))
	})
}

// strip goes over n columns of rows; the pointers of moving advance from row to
// row, those of fixed do not.
func (g *generator) strip(moving, fixed []string, body func(p []reg.GPVirtual, m mask)) {
	var pointers []reg.GPVirtual
	for _, name := range append(moving, fixed...) {
		pointers = append(pointers, param(name))
	}
	rows, stride := param("rows"), param("stride")
	loop, done := g.label("row"), g.label("rows_done")
	Label(loop)
	TESTQ(rows, rows)
	JZ(operand.LabelRef(done))
	p := copies(pointers...)
	g.each(param("n"), p, func(m mask) { body(p, m) })
	for _, q := range pointers[:len(moving)] {
		ADDQ(stride, q)
	}
	DECQ(rows)
	JMP(operand.LabelRef(loop))
	Label(done)
	g.end()
}
