package main

import (
	"slices"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// columns emits the softmax of attention. Its scores lie with a key in a row
// and a query in a column, one panel wide: sums over keys stay in vectors and
// are never folded.
func (g *generator) columns() {
	const wide = 2
	zeros := func() (all []reg.VecVirtual) {
		for range wide {
			all = append(all, g.zeros())
		}
		return all
	}
	// binary takes factors and terms of natural exponents to those of 2.
	binary := func(all []reg.VecVirtual) {
		factor := g.constant(log2e)
		for _, x := range all {
			VMULPS(factor, x, x)
		}
	}
	// eachRow goes over the rows at pointers; body is emitted for as many vectors
	// at a time as there are registers for, and for one row.
	eachRow := func(body func(p []reg.GPVirtual, vectors int), pointers ...string) {
		var p []reg.GPVirtual
		for _, name := range pointers {
			p = append(p, param(name))
		}
		rows := param("rows")
		for _, n := range slices.Compact([]int{g.lanes() / 8, 1}) {
			loop, done := g.label("rows"), g.label("done")
			Label(loop)
			CMPQ(rows, operand.U32(n))
			JLT(operand.LabelRef(done))
			body(p, n*wide)
			for _, q := range p {
				ADDQ(operand.U32(4*g.lanes()*wide*n), q)
			}
			SUBQ(operand.U32(n), rows)
			JMP(operand.LabelRef(loop))
			Label(done)
		}
	}

	g.function("softmaxColumns", "(s, top, sum *float32, rows int, scale float32)",
		"softmaxColumns"+g.name()+" computes, for every column i of a panel s of one row at least,",
		"",
		"\ttop[i] = scale max_r s[r,i]        s[r,i] = exp(scale s[r,i] - top[i])        sum[i] = sum_r s[r,i]")
	top := g.loadFew(param("s"), wide, nil)
	eachRow(func(p []reg.GPVirtual, vectors int) {
		for v, x := range g.loadFew(p[0], vectors, nil) {
			VMAXPS(x, top[v%wide], top[v%wide])
		}
	}, "s")
	scale := g.broadcast("scale")
	for _, x := range top {
		VMULPS(scale, x, x)
	}
	g.storeFew(top, nil, param("top"))
	binary(append(top, scale))
	exp, sum := g.exponential(), zeros()
	eachRow(func(p []reg.GPVirtual, vectors int) {
		all := g.loadFew(p[0], vectors, nil)
		for v, x := range all {
			VFMSUB213PS(top[v%wide], scale, x)
		}
		exp.power(all...)
		g.storeFew(all, nil, p[0])
		for v, x := range all {
			VADDPS(x, sum[v%wide], sum[v%wide])
		}
	}, "s")
	g.storeFew(sum, nil, param("sum"))
	g.end()

	g.function("softmaxGradientColumns", "(p, ds, top, inverse *float32, rows int, scale float32)",
		"softmaxGradientColumns"+g.name()+" turns scores p and gradients ds of what softmax gives, panels of one",
		"row at least, into what softmax gives and the gradients of scores:",
		"",
		"\tp[r,i] = exp(scale p[r,i] - top[i]) inverse[i]",
		"\tds[r,i] = p[r,i] (ds[r,i] - sum_k p[k,i] ds[k,i]) scale")
	top, inverse := g.loadFew(param("top"), wide, nil), g.loadFew(param("inverse"), wide, nil)
	scale = g.broadcast("scale")
	binary(append(top, scale))
	exp, dot := g.exponential(), zeros()
	eachRow(func(p []reg.GPVirtual, vectors int) {
		all := g.loadFew(p[0], vectors, nil)
		for v, x := range all {
			VFMSUB213PS(top[v%wide], scale, x)
		}
		exp.power(all...)
		for v, x := range all {
			VMULPS(inverse[v%wide], x, x)
		}
		g.storeFew(all, nil, p[0])
		for v, x := range all {
			VFMADD231PS(g.vectorAt(p[1], v), x, dot[v%wide])
		}
	}, "p", "ds")
	scale = g.broadcast("scale")
	eachRow(func(p []reg.GPVirtual, vectors int) {
		all := g.loadFew(p[1], vectors, nil)
		for v, d := range all {
			VSUBPS(dot[v%wide], d, d)
			VMULPS(scale, d, d)
			VMULPS(g.vectorAt(p[0], v), d, d)
		}
		g.storeFew(all, nil, p[1])
	}, "p", "ds")
	g.end()
}
