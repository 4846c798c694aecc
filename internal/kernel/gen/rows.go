package main

import (
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// rows emits the kernels of softmax and of sums over one row.
func (g *generator) rows() {
	g.function("maximum", "(x *float32, n int) (top float32)", "maximum"+g.name()+" returns the largest of x, n >= 1.")
	x, n := param("x"), param("n")
	top, first := g.vector(), g.vector()
	VBROADCASTSS(at(x), first)
	VMOVAPS(first, top)
	g.each(n, []reg.GPVirtual{x}, func(m mask) {
		v := g.loaded(at(x), m)
		if m != nil {
			// Lanes that are not there must not count as zero.
			v = g.selected(v, first, m)
		}
		VMAXPS(top, v, top)
	})
	result("top", g.fold(top, VMAXPS))
	g.end()

	g.function("expSum", "(y, x *float32, n int, scale, shift float32) (sum float32)",
		"expSum"+g.name()+" computes y[i] = exp(scale x[i] - shift) and returns their sum.")
	y, x, n := param("y"), param("x"), param("n")
	scale, shift := g.broadcast("scale"), g.broadcast("shift")
	factor := g.constant(log2e)
	VMULPS(factor, scale, scale)
	VMULPS(factor, shift, shift)
	exp, sum := g.softmaxExponential(), g.zeros()
	g.each(n, []reg.GPVirtual{y, x}, func(m mask) {
		v := g.loaded(at(x), m)
		VFMSUB213PS(shift, scale, v)
		VMINPS(v, exp.max, v)
		exp.power(v)
		if m != nil {
			v = g.selected(v, g.zeros(), m)
		}
		g.store(v, m, at(y))
		VADDPS(v, sum, sum)
	})
	result("sum", g.fold(sum, VADDPS))
	g.end()

	g.squares()
}

// selected is v in the lanes of m and other elsewhere.
func (g *generator) selected(v, other reg.VecVirtual, m mask) reg.VecVirtual {
	to := g.vector()
	if g.lanes() == 16 {
		VMOVAPS(other, to)
		VMOVAPS(v, m, to)
	} else {
		VBLENDVPS(m, v, other, to)
	}
	return to
}

// squares emits the sum of squares, in float64.
func (g *generator) squares() {
	g.function("squares", "(x *float32, n int) (sum float64)", "squares"+g.name()+" returns the sum of x[i]^2, in float64.")
	x, n := param("x"), param("n")
	low, high := g.zeros(), g.zeros()
	g.each(n, []reg.GPVirtual{x}, func(m mask) {
		v := g.loaded(at(x), m)
		for which, sum := range []reg.VecVirtual{low, high} {
			d := g.vector()
			VCVTPS2PD(g.half(v, which), d)
			VFMADD231PD(d, d, sum)
		}
	})
	VADDPD(high, low, low)
	x2 := low
	if g.lanes() == 16 {
		y, top := g.half(low, 0), g.half(low, 1)
		VADDPD(top, y, y)
		x2 = y
	}
	a, b := avx2{}.half(x2, 0), avx2{}.half(x2, 1)
	VADDPD(b, a, a)
	VPERMILPD(operand.Imm(1), a, b)
	VADDPD(b, a, a)
	address, err := Return("sum").Resolve()
	if err != nil {
		panic(err)
	}
	VMOVSD(a, address.Addr)
	g.end()
}
