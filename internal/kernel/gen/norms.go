package main

import (
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/reg"
)

// norms emits LayerNorm of one row, forward and backward.
func (g *generator) norms() {
	g.function("layerNorm", "(y, mean, rstd, x, gain, bias *float32, n int, inverse, epsilon float32)",
		"layerNorm"+g.name()+" is the loop of LayerNorm for one row; inverse is 1/n.")
	y, x, gain, bias, n := param("y"), param("x"), param("gain"), param("bias"), param("n")
	inverse := g.broadcast("inverse")

	pass := copies(x, n)
	sum := g.zeros()
	g.each(pass[1], pass[:1], func(m mask) { VADDPS(g.loaded(at(pass[0]), m), sum, sum) })
	mean := g.everywhere(g.fold(sum, VADDPS))
	VMULPS(inverse, mean, mean)

	pass = copies(x, n)
	squares := g.zeros()
	g.each(pass[1], pass[:1], func(m mask) {
		v := g.loaded(at(pass[0]), m)
		VSUBPS(mean, v, v)
		if m != nil {
			v = g.selected(v, g.zeros(), m)
		}
		VFMADD231PS(v, v, squares)
	})
	rstd := g.everywhere(g.fold(squares, VADDPS))
	VFMADD213PS(g.broadcast("epsilon"), inverse, rstd)
	VSQRTPS(rstd, rstd)
	VDIVPS(rstd, g.constant(1), rstd)
	VMOVSS(mean.AsX(), at(param("mean")))
	VMOVSS(rstd.AsX(), at(param("rstd")))

	g.each(n, []reg.GPVirtual{y, x, gain, bias}, func(m mask) {
		v := g.loaded(at(x), m)
		VSUBPS(mean, v, v)
		VMULPS(rstd, v, v)
		w := g.loaded(at(gain), m)
		VFMADD213PS(g.loaded(at(bias), m), w, v)
		g.store(v, m, at(y))
	})
	g.end()

	g.function("layerNormGradient", "(dx, dgain, dbias, dy, x, gain *float32, n int, inverse, mean, rstd float32)",
		"layerNormGradient"+g.name()+" is the loop of LayerNormGradient for one row; inverse is 1/n.")
	dx, dgain, dbias := param("dx"), param("dgain"), param("dbias")
	dy, x, gain, n := param("dy"), param("x"), param("gain"), param("n")
	mean, rstd = g.broadcast("mean"), g.broadcast("rstd")
	// normalized is h = (x - mean) rstd; outside of the mask it is not zero,
	// but dy is.
	normalized := func(p reg.GPVirtual, m mask) reg.VecVirtual {
		h := g.loaded(at(p), m)
		VSUBPS(mean, h, h)
		VMULPS(rstd, h, h)
		return h
	}
	pass = copies(dgain, dbias, dy, x, gain, n)
	sum, dot := g.zeros(), g.zeros()
	g.each(pass[5], pass[:5], func(m mask) {
		h := normalized(pass[3], m)
		d := g.loaded(at(pass[2]), m)
		b := g.loaded(at(pass[1]), m)
		VADDPS(d, b, b)
		g.store(b, m, at(pass[1]))
		w := g.loaded(at(pass[0]), m)
		VFMADD231PS(d, h, w)
		g.store(w, m, at(pass[0]))
		VMULPS(g.loaded(at(pass[4]), m), d, d)
		VADDPS(d, sum, sum)
		VFMADD231PS(d, h, dot)
	})
	inverse = g.broadcast("inverse")
	sum, dot = g.everywhere(g.fold(sum, VADDPS)), g.everywhere(g.fold(dot, VADDPS))
	VMULPS(inverse, sum, sum)
	VMULPS(inverse, dot, dot)
	g.each(n, []reg.GPVirtual{dx, dy, x, gain}, func(m mask) {
		h := normalized(x, m)
		d := g.loaded(at(dy), m)
		VMULPS(g.loaded(at(gain), m), d, d)
		VSUBPS(sum, d, d)
		VFNMADD231PS(dot, h, d)
		out := g.loaded(at(dx), m)
		VFMADD231PS(rstd, d, out)
		g.store(out, m, at(dx))
	})
	g.end()
}

// everywhere fills a vector with lane 0 of another.
func (g *generator) everywhere(v reg.VecVirtual) reg.VecVirtual {
	to := g.vector()
	VBROADCASTSS(v.AsX(), to)
	return to
}
