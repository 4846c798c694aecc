package main

import (
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// decode emits what one row alone needs: with so few sums at a time, those of
// the product kernels would wait for each other.
func (g *generator) decode() {
	g.wideRow()
	g.weightedSum()
}

// widePanels is how many panels a row is multiplied with at once.
const widePanels = 4

func (g *generator) wideRow() {
	width := 2 * g.lanes()
	g.function("productRow", "(c, a, b, bias *float32, depth, groups, aDepth, bDepth, bPanel int, add bool)",
		"productRow"+g.name()+" computes one row of C = A B, or C += A B, as product1x2"+g.name()+" does, in",
		"groups of four whole panels.")
	a, group, c := param("a"), param("b"), param("c")
	groups, aDepth, bDepth, bPanel := param("groups"), param("aDepth"), param("bDepth"), param("bPanel")
	loop, next, end, done := g.label("group"), g.label("depth"), g.label("end"), g.label("done")
	Label(loop)
	TESTQ(groups, groups)
	JZ(operand.LabelRef(done))
	sum := [][]reg.VecVirtual{nil}
	for range 2 * widePanels {
		sum[0] = append(sum[0], g.zeros())
	}
	at, depth := GP64(), param("depth")
	MOVQ(a, at)
	panels := []reg.GPVirtual{GP64()}
	MOVQ(group, panels[0])
	for len(panels) < widePanels {
		p := GP64()
		MOVQ(panels[len(panels)-1], p)
		ADDQ(bPanel, p)
		panels = append(panels, p)
	}
	TESTQ(depth, depth)
	JZ(operand.LabelRef(end))
	Label(next)
	x := g.vector()
	VBROADCASTSS(operand.Mem{Base: at}, x)
	for i, p := range panels {
		VFMADD231PS(operand.Mem{Base: p}, x, sum[0][2*i])
		VFMADD231PS(operand.Mem{Base: p, Disp: 4 * g.lanes()}, x, sum[0][2*i+1])
		ADDQ(bDepth, p)
	}
	ADDQ(aDepth, at)
	DECQ(depth)
	JNZ(operand.LabelRef(next))
	Label(end)
	g.finish(sum, c, nil, make([]mask, 2*widePanels))
	ADDQ(operand.U32(4*width*widePanels), c)
	g.moveBias(width * widePanels)
	for range widePanels {
		ADDQ(bPanel, group)
	}
	DECQ(groups)
	JMP(operand.LabelRef(loop))
	Label(done)
	g.end()
}

func (g *generator) weightedSum() {
	g.function("weightedSum", "(y, p, x *float32, n, columns, stride int)",
		"weightedSum"+g.name()+" computes",
		"",
		"\ty[i] = sum_j p[j] x[j,i]        j < n, i < columns",
		"",
		"for rows of x that are stride bytes apart, in four sums that are added last.")
	y, weights, x, stride := param("y"), param("p"), param("x"), param("stride")
	g.each(param("columns"), []reg.GPVirtual{y, x}, func(m mask) {
		const unrolled = 4
		p := copies(weights, x)
		n := param("n")
		var sums []reg.VecVirtual
		for range unrolled {
			sums = append(sums, g.zeros())
		}
		step := func(i int) {
			w := g.vector()
			VBROADCASTSS(operand.Mem{Base: p[0], Disp: 4 * i}, w)
			VFMADD231PS(g.loaded(at(p[1]), m), w, sums[i])
			ADDQ(stride, p[1])
		}
		many, few, done := g.label("four"), g.label("one"), g.label("summed")
		Label(many)
		CMPQ(n, operand.U32(unrolled))
		JLT(operand.LabelRef(few))
		for i := range unrolled {
			step(i)
		}
		ADDQ(operand.U32(4*unrolled), p[0])
		SUBQ(operand.U32(unrolled), n)
		JMP(operand.LabelRef(many))
		Label(few)
		TESTQ(n, n)
		JZ(operand.LabelRef(done))
		step(0)
		ADDQ(operand.U32(4), p[0])
		DECQ(n)
		JMP(operand.LabelRef(few))
		Label(done)
		VADDPS(sums[1], sums[0], sums[0])
		VADDPS(sums[3], sums[2], sums[2])
		VADDPS(sums[2], sums[0], sums[0])
		g.store(sums[0], m, at(y))
	})
	g.end()
}
