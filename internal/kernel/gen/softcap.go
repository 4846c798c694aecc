package main

import (
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// softCaps emits the soft cap of logits and what its loss needs.
func (g *generator) softCaps() {
	g.function("softCap", "(y, x *float32, n int, limit, inverse float32)",
		"softCap"+g.name()+" is the loop of SoftCap; inverse is 1/limit.")
	y, x := param("y"), param("x")
	limit, inverse := g.broadcast("limit"), g.broadcast("inverse")
	tanh := g.tanh()
	g.eachFew(param("n"), []reg.GPVirtual{y, x}, func(vectors int, m mask) {
		all := g.loadFew(x, vectors, m)
		for _, v := range all {
			VMULPS(inverse, v, v)
		}
		tanh.of(all)
		for _, v := range all {
			VMULPS(limit, v, v)
		}
		g.storeFew(all, m, y)
	})
	g.end()

	g.function("expTotal", "(x *float32, n int, shift float32) (sum float32)",
		"expTotal"+g.name()+" returns the sum of exp(x[i] - shift).")
	x = param("x")
	shift, factor := g.binaryShift()
	exp, sum := g.softmaxExponential(), g.zeros()
	g.eachFew(param("n"), []reg.GPVirtual{x}, func(vectors int, m mask) {
		all := g.loadFew(x, vectors, m)
		exp.shifted(all, shift, factor)
		for _, v := range all {
			if m != nil {
				v = g.selected(v, g.zeros(), m)
			}
			VADDPS(v, sum, sum)
		}
	})
	result("sum", g.fold(sum, VADDPS))
	g.end()

	g.function("cappedGradient", "(x *float32, n int, shift, inverse, factor float32)",
		"cappedGradient"+g.name()+" computes x[i] = factor exp(x[i] - shift) (1 - (x[i] inverse)^2).")
	x = param("x")
	shift, factor = g.binaryShift()
	inverse, scale := g.broadcast("inverse"), g.broadcast("factor")
	exp = g.softmaxExponential()
	g.eachFew(param("n"), []reg.GPVirtual{x}, func(vectors int, m mask) {
		all := g.loadFew(x, vectors, m)
		slopes := exp.vectors(all)
		for i, v := range all {
			t := g.vector()
			VMULPS(inverse, v, t)
			VMOVUPS(exp.one, slopes[i])
			VFNMADD231PS(t, t, slopes[i])
		}
		exp.shifted(all, shift, factor)
		for i, v := range all {
			VMULPS(scale, v, v)
			VMULPS(slopes[i], v, v)
		}
		g.storeFew(all, m, x)
	})
	g.end()
}

// binaryShift is the argument shift as an exponent of 2, and the factor that makes one.
func (g *generator) binaryShift() (shift, factor reg.VecVirtual) {
	shift, factor = g.broadcast("shift"), g.constant(log2e)
	VMULPS(factor, shift, shift)
	return shift, factor
}

// shifted replaces every x by 2^(factor x - shift).
func (e *exponential) shifted(all []reg.VecVirtual, shift, factor reg.VecVirtual) {
	for _, x := range all {
		VFMSUB213PS(shift, factor, x)
		VMINPS(x, e.max, x)
	}
	e.power(all...)
}

// tanh holds the constants of the hyperbolic tangent of package kernel: a quotient of
// polynomials in the square, that of the Eigen library (generic_fast_tanh_float).
type tanh struct {
	g         *generator
	low, high reg.VecVirtual
	up, down  []operand.Op // coefficients, highest first
}

const tanhMax = 7.90531110763549805

func (g *generator) tanh() *tanh {
	t := &tanh{g: g, low: g.constant(-tanhMax), high: g.constant(tanhMax)}
	for _, c := range []float32{-2.76076847742355e-16, 2.00018790482477e-13, -8.60467152213735e-11, 5.12229709037114e-08, 1.48572235717979e-05, 6.37261928875436e-04, 4.89352455891786e-03} {
		t.up = append(t.up, g.number(c))
	}
	for _, c := range []float32{1.19825839466702e-06, 1.18534705686654e-04, 2.26843463243900e-03, 4.89352518554385e-03} {
		t.down = append(t.down, g.number(c))
	}
	return t
}

// of replaces every x by tanh x; NaN stays NaN.
func (t *tanh) of(all []reg.VecVirtual) {
	for _, x := range all {
		square, p, q := t.g.vector(), t.g.vector(), t.g.vector()
		VMINPS(x, t.high, x)
		VMAXPS(x, t.low, x)
		VMULPS(x, x, square)
		VMOVUPS(t.up[0], p)
		for _, c := range t.up[1:] {
			VFMADD213PS(c, square, p)
		}
		VMOVUPS(t.down[0], q)
		for _, c := range t.down[1:] {
			VFMADD213PS(c, square, q)
		}
		VMULPS(p, x, x)
		VDIVPS(q, x, x)
	}
}
