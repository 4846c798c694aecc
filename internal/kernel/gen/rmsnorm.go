package main

import (
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// rmsNorms emits RMSNorm of one row, forward and backward.
func (g *generator) rmsNorms() {
	g.function("rmsNorm", "(y, rstd, x, gain *float32, n int, inverse, epsilon float32)",
		"rmsNorm"+g.name()+" is the loop of RMSNorm for one row; inverse is 1/n. A nil gain is one.")
	y, x, n := param("y"), param("x"), param("n")
	pass := copies(x, n)
	squares := g.zeros()
	g.each(pass[1], pass[:1], func(m mask) {
		v := g.loaded(at(pass[0]), m)
		VFMADD231PS(v, v, squares)
	})
	rstd := g.inverseRoot(g.fold(squares, VADDPS), g.broadcast("inverse"), g.broadcast("epsilon"))
	VMOVSS(rstd.AsX(), at(param("rstd")))
	g.withOrWithout("gain", func(gain reg.GPVirtual) {
		g.each(n, pointers(y, x, gain), func(m mask) {
			v := g.loaded(at(x), m)
			VMULPS(rstd, v, v)
			if gain != nil {
				VMULPS(g.loaded(at(gain), m), v, v)
			}
			g.store(v, m, at(y))
		})
		g.end()
	})

	g.function("rmsNormGradient", "(dx, dgain, dy, x, gain *float32, n int, inverse, rstd float32)",
		"rmsNormGradient"+g.name()+" is the loop of RMSNormGradient for one row; inverse is 1/n. A nil",
		"gain is one.")
	dx, dgain, dy := param("dx"), param("dgain"), param("dy")
	x, n = param("x"), param("n")
	rstd, inverse, dot := g.broadcast("rstd"), g.broadcast("inverse"), g.zeros()
	g.withOrWithout("gain", func(gain reg.GPVirtual) {
		// scaled are h = x rstd and dy gain.
		scaled := func(x, dy, gain reg.GPVirtual, m mask, first func(h, d reg.VecVirtual)) (h, d reg.VecVirtual) {
			h, d = g.loaded(at(x), m), g.loaded(at(dy), m)
			VMULPS(rstd, h, h)
			if gain != nil {
				first(h, d)
				VMULPS(g.loaded(at(gain), m), d, d)
			}
			return h, d
		}
		pass := copies(x, dy, n)
		var ofGain, sums reg.GPVirtual
		if gain != nil {
			both := copies(gain, dgain)
			ofGain, sums = both[0], both[1]
		}
		g.each(pass[2], pointers(pass[0], pass[1], ofGain, sums), func(m mask) {
			h, d := scaled(pass[0], pass[1], ofGain, m, func(h, d reg.VecVirtual) {
				w := g.loaded(at(sums), m)
				VFMADD231PS(d, h, w)
				g.store(w, m, at(sums))
			})
			VFMADD231PS(d, h, dot)
		})
		mean := g.everywhere(g.fold(dot, VADDPS))
		VMULPS(inverse, mean, mean)
		g.each(n, pointers(dx, dy, x, gain), func(m mask) {
			h, d := scaled(x, dy, gain, m, func(h, d reg.VecVirtual) {})
			VFNMADD231PS(mean, h, d)
			out := g.loaded(at(dx), m)
			VFMADD231PS(rstd, d, out)
			g.store(out, m, at(dx))
		})
		g.end()
	})
}

// withOrWithout emits code for a pointer argument and, with nil, for a nil one. The
// code returns.
func (g *generator) withOrWithout(name string, code func(p reg.GPVirtual)) {
	p, without := param(name), g.label("without")
	TESTQ(p, p)
	JZ(operand.LabelRef(without))
	code(p)
	Label(without)
	code(nil)
}

// pointers are those that are not nil.
func pointers(all ...reg.GPVirtual) (some []reg.GPVirtual) {
	for _, p := range all {
		if p != nil {
			some = append(some, p)
		}
	}
	return some
}

// inverseRoot is 1 / sqrt(inverse sum + epsilon) in every lane, of a sum in lane 0. One
// lane computes it: a root of all of them takes longer.
func (g *generator) inverseRoot(sum, inverse, epsilon reg.VecVirtual) reg.VecVirtual {
	s := sum.AsX()
	VFMADD213SS(epsilon.AsX(), inverse.AsX(), s)
	VSQRTSS(s, s, s)
	one := XMM()
	VMOVSS(g.memory(1), one)
	VDIVSS(s, one, s)
	all := g.vector()
	VBROADCASTSS(s, all)
	return all
}
