package main

import (
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// peak emits fused multiply-adds that wait for nothing but each other: as many
// sums as the largest product tile keeps, more than the instruction's latency
// times its throughput on any processor.
func (g *generator) peak() {
	accumulators := 2 * g.tileRows()[0]
	g.function("peak", "(x *float32, rounds int, factor, term float32)",
		"peak"+g.name()+" is the loop of Peak over one block of x.")
	x, rounds := param("x"), param("rounds")
	factor, term := g.broadcast("factor"), g.broadcast("term")
	var sums []reg.VecVirtual
	for i := range accumulators {
		sums = append(sums, g.loaded(operand.Mem{Base: x, Disp: 4 * g.lanes() * i}, nil))
	}
	next, done := g.label("round"), g.label("done")
	TESTQ(rounds, rounds)
	JZ(operand.LabelRef(done))
	Label(next)
	for _, s := range sums {
		VFMADD213PS(term, factor, s)
	}
	DECQ(rounds)
	JNZ(operand.LabelRef(next))
	Label(done)
	for i, s := range sums {
		g.store(s, nil, operand.Mem{Base: x, Disp: 4 * g.lanes() * i})
	}
	g.end()
}
