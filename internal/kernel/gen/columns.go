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
	exp, sum := g.softmaxExponential(), zeros()
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

	for _, masked := range []bool{false, true} {
		name, pointers, is := "softmaxGradientSums", []string{"p", "ds"}, "(p, ds, top, inverse, dot *float32, rows int, scale float32)"
		doc := []string{
			" turns scores p, a panel of one row at least, into what softmax",
			"gives, and adds to dot their products with the gradients ds of that:",
			"",
			"\tp[r,i] = exp(scale p[r,i] - top[i]) inverse[i]        dot[i] += sum_r p[r,i] ds[r,i]",
		}
		if masked {
			name, pointers, is = "softmaxGradientMasked", append(pointers, "mask"), "(p, ds, mask, top, inverse, dot *float32, rows int, scale float32)"
			doc = []string{
				" is softmaxGradientSums" + g.name() + " with exponentials that",
				"are multiplied by mask, so that those of later keys are zero and not 2^-64.",
			}
		}
		doc[0] = name + g.name() + doc[0]
		g.function(name, is, doc...)
		top, inverse := g.loadFew(param("top"), wide, nil), g.loadFew(param("inverse"), wide, nil)
		dot := g.loadFew(param("dot"), wide, nil)
		scale := g.broadcast("scale")
		binary(append(top, scale))
		exp := g.softmaxExponential()
		eachRow(func(p []reg.GPVirtual, vectors int) {
			all := g.loadFew(p[0], vectors, nil)
			for v, x := range all {
				VFMSUB213PS(top[v%wide], scale, x)
			}
			exp.power(all...)
			for v, x := range all {
				if masked {
					VMULPS(g.vectorAt(p[2], v), x, x)
				}
				VMULPS(inverse[v%wide], x, x)
			}
			g.storeFew(all, nil, p[0])
			for v, x := range all {
				VFMADD231PS(g.vectorAt(p[1], v), x, dot[v%wide])
			}
		}, pointers...)
		g.storeFew(dot, nil, param("dot"))
		g.end()
	}

	g.function("softmaxGradient", "(p, ds, dot *float32, rows int, scale float32)",
		"softmaxGradient"+g.name()+" turns the gradients ds of what softmax gives, p, a panel of one row at",
		"least, into those of scores:",
		"",
		"\tds[r,i] = p[r,i] (ds[r,i] - dot[i]) scale")
	dot := g.loadFew(param("dot"), wide, nil)
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
