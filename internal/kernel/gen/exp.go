package main

import (
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// exponential holds the constants of exp in registers; see kernel.Exp for
// their source.
type exponential struct {
	g                    *generator
	min, max, one        reg.VecVirtual
	log2e, magic, hi, lo operand.Op
	p                    []operand.Op // coefficients, highest first
}

func (g *generator) exponential() *exponential {
	e := &exponential{
		g:   g,
		min: g.constant(-87.33654), max: g.constant(88.37626), one: g.constant(1),
		log2e: g.number(1.44269504088896341), magic: g.number(12582912),
		hi: g.number(0.693359375), lo: g.number(-2.12194440e-4),
	}
	for _, c := range []float32{1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1} {
		e.p = append(e.p, g.number(c))
	}
	return e
}

// of replaces x by e^x. Outside of the range of normal numbers it is e to the
// nearest bound; NaN stays NaN.
func (e *exponential) of(x reg.VecVirtual) {
	// Of two operands that are not ordered these return the second source,
	// which is the first one here.
	VMAXPS(x, e.min, x)
	VMINPS(x, e.max, x)
	n, bits := e.g.vector(), e.g.vector()
	VMOVUPS(e.magic, n)
	VFMADD231PS(e.log2e, x, n) // n + magic: rounded to a whole number
	VPSLLD(operand.Imm(23), n, bits)
	VSUBPS(e.magic, n, n)
	VFNMADD231PS(e.hi, n, x)
	VFNMADD231PS(e.lo, n, x)
	p := e.g.vector()
	VMOVUPS(e.p[0], p)
	for _, c := range e.p[1:] {
		VFMADD213PS(c, x, p)
	}
	// p x^2 + x + 1
	VMULPS(x, p, p)
	VFMADD213PS(x, x, p)
	VADDPS(e.one, p, p)
	// Times 2^n, by adding n to the exponent.
	VPADDD(bits, p, x)
}
