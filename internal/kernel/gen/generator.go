package main

import (
	"fmt"
	"math"

	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// generator holds what the kernels of one instruction set share.
type generator struct {
	isa
	labels    int
	constants map[float32]operand.Mem
}

// function begins a kernel whose name ends in the instruction set's.
func (g *generator) function(name, signature string, doc ...string) {
	TEXT(name+g.name(), attr.NOSPLIT, "func"+signature)
	Doc(doc...)
	Pragma("noescape")
}

// end ends a kernel. The upper halves of vector registers are cleared, which
// code without AVX would otherwise pay for.
func (g *generator) end() {
	VZEROUPPER()
	RET()
}

func (g *generator) label(name string) string {
	g.labels++
	return fmt.Sprintf("%s_%d", name, g.labels)
}

// param loads a pointer or integer argument.
func param(name string) reg.GPVirtual {
	return Load(Param(name), GP64()).(reg.GPVirtual)
}

// broadcast fills a vector with a float32 argument.
func (g *generator) broadcast(name string) reg.VecVirtual {
	address, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	v := g.vector()
	VBROADCASTSS(address.Addr, v)
	return v
}

// constant fills a vector register with a number.
func (g *generator) constant(x float32) reg.VecVirtual {
	v := g.vector()
	VBROADCASTSS(g.memory(x), v)
	return v
}

// number is a vector of one number as an instruction's first operand: in a
// register where there are many, else in memory.
func (g *generator) number(x float32) operand.Op {
	if g.lanes() == 16 {
		return g.constant(x)
	}
	return g.memory(x)
}

// memory is a number, as often as a vector has lanes where it is not in a
// register.
func (g *generator) memory(x float32) operand.Mem {
	if m, ok := g.constants[x]; ok {
		return m
	}
	bits := math.Float32bits(x)
	name := fmt.Sprintf("f%08x%s", bits, g.name())
	m := GLOBL(name, attr.RODATA|attr.NOPTR)
	count := 1
	if g.lanes() == 8 {
		count = 8
	}
	for i := range count {
		DATA(4*i, operand.U32(bits))
	}
	g.constants[x] = m
	return m
}

// zeros is a vector of zeros.
func (g *generator) zeros() reg.VecVirtual {
	v := g.vector()
	g.zero(v)
	return v
}

func (g *generator) loaded(from operand.Mem, m mask) reg.VecVirtual {
	v := g.vector()
	g.load(from, m, v)
	return v
}

// eachFew is each with two vectors at a time where there are registers for
// them: body is told how many. A long chain of steps then waits less for itself.
func (g *generator) eachFew(n reg.GPVirtual, pointers []reg.GPVirtual, body func(vectors int, m mask)) {
	if g.lanes() == 16 {
		const few = 2
		loop, done := g.label("few"), g.label("few_done")
		Label(loop)
		CMPQ(n, operand.U32(few*g.lanes()))
		JLT(operand.LabelRef(done))
		body(few, nil)
		for _, p := range pointers {
			ADDQ(operand.U32(4*few*g.lanes()), p)
		}
		SUBQ(operand.U32(few*g.lanes()), n)
		JMP(operand.LabelRef(loop))
		Label(done)
	}
	g.each(n, pointers, func(m mask) { body(1, m) })
}

// each goes over n float32 at pointers: body is emitted once for whole vectors
// and once, masked, for the rest.
func (g *generator) each(n reg.GPVirtual, pointers []reg.GPVirtual, body func(m mask)) {
	loop, tail, done := g.label("loop"), g.label("tail"), g.label("done")
	Label(loop)
	CMPQ(n, operand.U32(g.lanes()))
	JLT(operand.LabelRef(tail))
	body(nil)
	for _, p := range pointers {
		ADDQ(operand.U32(4*g.lanes()), p)
	}
	SUBQ(operand.U32(g.lanes()), n)
	JMP(operand.LabelRef(loop))
	Label(tail)
	TESTQ(n, n)
	JZ(operand.LabelRef(done))
	body(g.loadMask(n))
	Label(done)
}

// copies returns new registers with the same values, for a second pass.
func copies(registers ...reg.GPVirtual) []reg.GPVirtual {
	out := make([]reg.GPVirtual, len(registers))
	for i, r := range registers {
		out[i] = GP64()
		MOVQ(r, out[i])
	}
	return out
}

// at is the memory at a pointer.
func at(p reg.GPVirtual) operand.Mem { return operand.Mem{Base: p} }

// vectorAt is the memory of vector v behind a pointer.
func (g *generator) vectorAt(p reg.GPVirtual, v int) operand.Mem {
	return operand.Mem{Base: p, Disp: 4 * g.lanes() * v}
}

// loadFew loads some vectors behind a pointer.
func (g *generator) loadFew(p reg.GPVirtual, vectors int, m mask) (all []reg.VecVirtual) {
	for v := range vectors {
		all = append(all, g.loaded(g.vectorAt(p, v), m))
	}
	return all
}

// storeFew stores them.
func (g *generator) storeFew(all []reg.VecVirtual, m mask, p reg.GPVirtual) {
	for v, x := range all {
		g.store(x, m, g.vectorAt(p, v))
	}
}

// result stores lane 0 of a vector as the float32 result.
func result(name string, v reg.VecVirtual) {
	address, err := Return(name).Resolve()
	if err != nil {
		panic(err)
	}
	VMOVSS(v.AsX(), address.Addr)
}
