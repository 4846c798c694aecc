package main

import (
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// elementwise emits the kernels without sums over elements.
func (g *generator) elementwise() {
	g.function("add", "(y, x *float32, n int)", "add"+g.name()+" computes y[i] += x[i].")
	y, x, n := param("y"), param("x"), param("n")
	g.each(n, []reg.GPVirtual{y, x}, func(m mask) {
		v := g.loaded(at(y), m)
		VADDPS(g.loaded(at(x), m), v, v)
		g.store(v, m, at(y))
	})
	g.end()

	g.function("multiply", "(y, x *float32, n int)", "multiply"+g.name()+" computes y[i] *= x[i].")
	y, x, n = param("y"), param("x"), param("n")
	g.each(n, []reg.GPVirtual{y, x}, func(m mask) {
		v := g.loaded(at(y), m)
		VMULPS(g.loaded(at(x), m), v, v)
		g.store(v, m, at(y))
	})
	g.end()

	g.function("sum", "(y, a, b *float32, n int)", "sum"+g.name()+" computes y[i] = a[i] + b[i].")
	y, a, b, n := param("y"), param("a"), param("b"), param("n")
	g.each(n, []reg.GPVirtual{y, a, b}, func(m mask) {
		v := g.loaded(at(a), m)
		VADDPS(g.loaded(at(b), m), v, v)
		g.store(v, m, at(y))
	})
	g.end()

	g.function("scale", "(y *float32, n int, f float32)", "scale"+g.name()+" computes y[i] *= f.")
	y, n = param("y"), param("n")
	f := g.broadcast("f")
	g.each(n, []reg.GPVirtual{y}, func(m mask) {
		v := g.loaded(at(y), m)
		VMULPS(f, v, v)
		g.store(v, m, at(y))
	})
	g.end()

	g.gelu()
}

func (g *generator) gelu() {
	g.function("gelu", "(y, x *float32, n int)", "gelu"+g.name()+" is the loop of GELU.")
	y, x := param("y"), param("x")
	gate := g.geluGate()
	g.eachFew(param("n"), []reg.GPVirtual{y, x}, func(vectors int, m mask) {
		all := g.loadFew(x, vectors, m)
		gates, _ := gate.of(all)
		for i, s := range gates {
			VMULPS(s, all[i], all[i])
		}
		g.storeFew(all, m, y)
	})
	g.end()

	g.function("geluGradient", "(dx, y, dy, x *float32, n int)", "geluGradient"+g.name()+" is the loop of GELUGradient.")
	dx, dy := param("dx"), param("dy")
	y, x = param("y"), param("x")
	gate = g.geluGate()
	linear, cubic := g.number(geluLinear), g.constant(3*geluLinear*geluCubic)
	g.eachFew(param("n"), []reg.GPVirtual{dx, y, dy, x}, func(vectors int, m mask) {
		// dy (s + s (1-s) v 2u'), with v 2u' = v (linear + 3 cubic v^2).
		all := g.loadFew(x, vectors, m)
		gates, squares := gate.of(all)
		for i, s := range gates {
			product, slope, rest := g.vector(), g.vector(), g.vector()
			VMULPS(s, all[i], product)
			g.store(product, m, g.vectorAt(y, i))
			VMOVUPS(linear, slope)
			VFMADD231PS(cubic, squares[i], slope)
			VMULPS(all[i], slope, slope)
			VMOVUPS(gate.exp.one, rest)
			VSUBPS(s, rest, rest)
			VMULPS(s, rest, rest)
			VFMADD231PS(rest, slope, s)
			VMULPS(g.loaded(g.vectorAt(dy, i), m), s, s)
		}
		g.storeFew(gates, m, dx)
	})
	g.end()
}

// Twice the argument of GELU's tanh is 2u = x (linear + linear cubic x^2).
const (
	geluLinear = 2 * 0.7978845608028654
	geluCubic  = 0.044715
)

// geluGate holds the constants of GELU's gate, 2u for a power of 2.
type geluGate struct {
	g             *generator
	exp           *exponential
	linear, cubic operand.Op
	limit         reg.VecVirtual
}

func (g *generator) geluGate() *geluGate {
	const linear = -geluLinear * log2e
	return &geluGate{
		g: g, exp: g.exponential(),
		linear: g.number(linear), cubic: g.number(linear * geluCubic),
		// At 2u = 32 the gate is 1 in float32; beyond, the square of x
		// may overflow.
		limit: g.constant(1e4),
	}
}

// of returns 1/(1 + exp(-2u)) and the square of every x.
func (e *geluGate) of(all []reg.VecVirtual) (gates, squares []reg.VecVirtual) {
	gates, squares = e.exp.vectors(all), e.exp.vectors(all)
	powers := e.exp.vectors(all)
	for i, x := range all {
		VMULPS(x, x, squares[i])
		VMINPS(squares[i], e.limit, squares[i])
		u := powers[i]
		VMOVUPS(e.linear, u)
		VFMADD231PS(e.cubic, squares[i], u)
		VMULPS(x, u, u)
		VMINPS(u, e.exp.max, u)
	}
	e.exp.power(powers...)
	for i, u := range powers {
		VADDPS(e.exp.one, u, u)
		VMOVAPS(e.exp.one, gates[i])
		VDIVPS(u, gates[i], gates[i])
	}
	return gates, squares
}

// adamw emits the optimizer's update.
func (g *generator) adamw() {
	g.function("adamw", "(p, m, v, grad *float32, n int, beta1, rest1, beta2, rest2, epsilon, rate, root, decay, scale float32)",
		"adamw"+g.name()+" is the loop of AdamW; rest1 and rest2 are 1-beta1 and 1-beta2.")
	p, m, v, grad, n := param("p"), param("m"), param("v"), param("grad"), param("n")
	c := map[string]reg.VecVirtual{}
	names := []string{"beta1", "rest1", "beta2", "rest2", "epsilon", "rate", "root", "decay", "scale"}
	if g.lanes() == 16 {
		for _, name := range names {
			c[name] = g.broadcast(name)
		}
	}
	// Eight lanes come with too few registers to keep all numbers.
	number := func(name string) reg.VecVirtual {
		if x, ok := c[name]; ok {
			return x
		}
		return g.broadcast(name)
	}
	g.each(n, []reg.GPVirtual{p, m, v, grad}, func(k mask) {
		d := g.loaded(at(grad), k)
		VMULPS(number("scale"), d, d)
		m1 := g.loaded(at(m), k)
		VMULPS(number("beta1"), m1, m1)
		VFMADD231PS(number("rest1"), d, m1)
		g.store(m1, k, at(m))
		v1 := g.loaded(at(v), k)
		VMULPS(number("beta2"), v1, v1)
		VMULPS(d, d, d)
		VFMADD231PS(number("rest2"), d, v1)
		g.store(v1, k, at(v))
		VSQRTPS(v1, v1)
		root := g.vector()
		VMOVAPS(number("epsilon"), root)
		VFMADD231PS(number("root"), v1, root)
		VMULPS(number("rate"), m1, m1)
		VDIVPS(root, m1, m1)
		w := g.loaded(at(p), k)
		VFNMADD231PS(number("decay"), w, w)
		VSUBPS(m1, w, w)
		g.store(w, k, at(p))
	})
	g.end()
}
