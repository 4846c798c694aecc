package main

import (
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// exponential holds the constants of powers in registers: range reduction and
// polynomial of exp2f in the Cephes library (Moshier), 2^x = 2^n 2^r with n
// whole and |r| <= 1/2.
type exponential struct {
	g          *generator
	min, max   reg.VecVirtual
	one, magic operand.Op
	p          []operand.Op // coefficients, highest first
}

// log2e takes natural exponents to those of 2.
const log2e = 1.44269504088896341

// exponential is for results from the smallest normal number on.
func (g *generator) exponential() *exponential { return g.exponentialFrom(-126) }

// softmaxExponential is for those of a softmax: from 2^-64 on, for the reason that
// softmaxExpMin of package kernel gives.
func (g *generator) softmaxExponential() *exponential { return g.exponentialFrom(-64) }

func (g *generator) exponentialFrom(least float32) *exponential {
	e := &exponential{
		g: g, min: g.constant(least), max: g.constant(127.5),
		one: g.number(1), magic: g.number(12582912),
	}
	for _, c := range []float32{1.535336188319500e-4, 1.339887440266574e-3, 9.618437357674640e-3, 5.550332471162809e-2, 2.402264791363012e-1, 6.931472028550421e-1} {
		e.p = append(e.p, g.number(c))
	}
	return e
}

// power replaces every x by 2^x, and by the least result if it is below; NaN stays NaN.
// Step by step through all of them, so that none waits for its own last step.
func (e *exponential) power(all ...reg.VecVirtual) {
	n, bits, p := e.vectors(all), e.vectors(all), e.vectors(all)
	each := func(step func(i int, x reg.VecVirtual)) {
		for i, x := range all {
			step(i, x)
		}
	}
	// Of two operands that are not ordered this returns the second source,
	// which is the first one here.
	each(func(i int, x reg.VecVirtual) { VMAXPS(x, e.min, x) })
	each(func(i int, x reg.VecVirtual) { VADDPS(e.magic, x, n[i]) }) // rounded to a whole number
	each(func(i int, x reg.VecVirtual) { VPSLLD(operand.Imm(23), n[i], bits[i]) })
	each(func(i int, x reg.VecVirtual) { VSUBPS(e.magic, n[i], n[i]) })
	each(func(i int, x reg.VecVirtual) { VSUBPS(n[i], x, x) })
	each(func(i int, x reg.VecVirtual) { VMOVUPS(e.p[0], p[i]) })
	for _, c := range append(e.p[1:], e.one) {
		each(func(i int, x reg.VecVirtual) { VFMADD213PS(c, x, p[i]) })
	}
	// Times 2^n, by adding n to the exponent.
	each(func(i int, x reg.VecVirtual) { VPADDD(bits[i], p[i], x) })
}

// vectors are new registers, one for each of all.
func (e *exponential) vectors(all []reg.VecVirtual) []reg.VecVirtual {
	out := make([]reg.VecVirtual, len(all))
	for i := range out {
		out[i] = e.g.vector()
	}
	return out
}
