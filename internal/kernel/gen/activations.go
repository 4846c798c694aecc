package main

import (
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// activations emits the squared rectified linear unit and the gated unit with SiLU.
func (g *generator) activations() {
	g.function("relu2", "(y, x *float32, n int)", "relu2"+g.name()+" is the loop of ReLU2.")
	y, x, n := param("y"), param("x"), param("n")
	zero := g.zeros()
	g.each(n, []reg.GPVirtual{y, x}, func(m mask) {
		v := g.loaded(at(x), m)
		VMAXPS(v, zero, v) // NaN stays, see power
		VMULPS(v, v, v)
		g.store(v, m, at(y))
	})
	g.end()

	g.function("relu2Gradient", "(dx, y, dy, x *float32, n int)", "relu2Gradient"+g.name()+" is the loop of ReLU2Gradient.")
	dx, dy := param("dx"), param("dy")
	y, x, n = param("y"), param("x"), param("n")
	zero = g.zeros()
	g.each(n, []reg.GPVirtual{dx, y, dy, x}, func(m mask) {
		v, square := g.loaded(at(x), m), g.vector()
		VMAXPS(v, zero, v)
		VMULPS(v, v, square)
		VADDPS(v, v, v)
		VMULPS(g.loaded(at(dy), m), v, v)
		g.store(square, m, at(y))
		g.store(v, m, at(dx))
	})
	g.end()

	g.function("swiglu", "(y, gate, up *float32, n int)", "swiglu"+g.name()+" is the loop of SwiGLU.")
	y, gate, up := param("y"), param("gate"), param("up")
	sigmoid := g.sigmoid()
	g.eachFew(param("n"), []reg.GPVirtual{y, gate, up}, func(vectors int, m mask) {
		all := g.loadFew(gate, vectors, m)
		for i, s := range sigmoid.of(all) {
			VMULPS(s, all[i], all[i])
			VMULPS(g.loaded(g.vectorAt(up, i), m), all[i], all[i])
		}
		g.storeFew(all, m, y)
	})
	g.end()

	g.function("swigluGradient", "(dgate, dup, y, dy, gate, up *float32, n int)",
		"swigluGradient"+g.name()+" is the loop of SwiGLUGradient.")
	dgate, dup := param("dgate"), param("dup")
	y, dy = param("y"), param("dy")
	gate, up = param("gate"), param("up")
	sigmoid = g.sigmoid()
	g.eachFew(param("n"), []reg.GPVirtual{dgate, dup, y, dy, gate, up}, func(vectors int, m mask) {
		all := g.loadFew(gate, vectors, m)
		for i, s := range sigmoid.of(all) {
			silu, rest := all[i], g.vector()
			VMULPS(s, silu, silu)
			u, d := g.loaded(g.vectorAt(up, i), m), g.loaded(g.vectorAt(dy, i), m)
			VMOVUPS(sigmoid.exp.one, rest)
			VSUBPS(s, rest, rest)
			VFMADD231PS(rest, silu, s) // s + gate s (1-s)
			VMULPS(d, s, s)
			VMULPS(u, s, s)
			VMULPS(silu, u, u)
			VMULPS(silu, d, d)
			g.store(u, m, g.vectorAt(y, i))
			g.store(d, m, g.vectorAt(dup, i))
			g.store(s, m, g.vectorAt(dgate, i))
		}
	})
	g.end()
}

// sigmoid holds the constants of 1/(1 + exp(-x)).
type sigmoid struct {
	g      *generator
	exp    *exponential
	least  reg.VecVirtual
	factor operand.Op
}

// Below this, SiLU is smaller than the smallest float32 that is not denormal.
const sigmoidLeast = -87

func (g *generator) sigmoid() *sigmoid {
	return &sigmoid{g: g, exp: g.exponential(), least: g.constant(sigmoidLeast), factor: g.number(-log2e)}
}

// of returns 1/(1 + exp(-x)) of every x. Those below sigmoidLeast become that.
func (e *sigmoid) of(all []reg.VecVirtual) []reg.VecVirtual {
	out, powers := e.exp.vectors(all), e.exp.vectors(all)
	for i, x := range all {
		VMAXPS(x, e.least, x) // NaN stays
		VMULPS(e.factor, x, powers[i])
	}
	e.exp.power(powers...)
	for i, p := range powers {
		VADDPS(e.exp.one, p, p)
		VMOVUPS(e.exp.one, out[i])
		VDIVPS(p, out[i], out[i])
	}
	return out
}
