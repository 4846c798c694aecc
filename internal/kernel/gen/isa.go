package main

import (
	"math"

	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// isa is an instruction set: its vectors and its masks.
type isa interface {
	name() string
	lanes() int                        // float32 in a vector
	vector() reg.VecVirtual            // a new vector register
	tileRows() []int                   // rows of the product kernels, most first
	loadMask(count reg.GPVirtual) mask // of the first count lanes
	load(from operand.Mem, m mask, to reg.VecVirtual)
	store(from reg.VecVirtual, m mask, to operand.Mem)
	zero(v reg.VecVirtual)
	// fold adds (or takes the maximum of) the two halves of a vector until
	// one number is left, in lane 0 of the result.
	fold(v reg.VecVirtual, op func(ops ...operand.Op)) reg.VecVirtual
	// gather puts 128-bit parts of vectors together, see transpose.
	gather(q []reg.VecVirtual, j int) []reg.VecVirtual
	// half is the upper (1) or lower (0) half of a vector.
	half(v reg.VecVirtual, which int) reg.VecVirtual
}

// mask selects lanes of a partial vector; nil selects all.
type mask reg.Register

// foldXMM folds the four lanes of an XMM register into the first.
func foldXMM(x reg.VecVirtual, op func(ops ...operand.Op)) reg.VecVirtual {
	t := XMM()
	VPERMILPS(operand.Imm(0b01_00_11_10), x, t)
	op(t, x, x)
	VPERMILPS(operand.Imm(0b10_11_00_01), x, t)
	op(t, x, x)
	return x
}

type avx512 struct{}

func (avx512) name() string           { return "AVX512" }
func (avx512) lanes() int             { return 16 }
func (avx512) vector() reg.VecVirtual { return ZMM() }
func (avx512) tileRows() []int        { return []int{12, 8, 4, 2, 1} }

func (avx512) loadMask(count reg.GPVirtual) mask {
	bits, one := GP64(), GP64()
	MOVQ(operand.U32(1), one)
	MOVQ(count, reg.RCX)
	SHLQ(reg.CL, one)
	LEAQ(operand.Mem{Base: one, Disp: -1}, bits)
	k := K()
	KMOVW(bits.As32(), k)
	return k
}

func (avx512) load(from operand.Mem, m mask, to reg.VecVirtual) {
	if m == nil {
		VMOVUPS(from, to)
	} else {
		VMOVUPS_Z(from, m, to)
	}
}

func (avx512) store(from reg.VecVirtual, m mask, to operand.Mem) {
	if m == nil {
		VMOVUPS(from, to)
	} else {
		VMOVUPS(from, m, to)
	}
}

func (avx512) zero(v reg.VecVirtual) { VPXORD(v, v, v) }

func (avx512) half(v reg.VecVirtual, which int) reg.VecVirtual {
	y := YMM()
	VEXTRACTF64X4(operand.Imm(uint64(which)), v, y)
	return y
}

func (a avx512) fold(v reg.VecVirtual, op func(ops ...operand.Op)) reg.VecVirtual {
	low, high := a.half(v, 0), a.half(v, 1)
	op(high, low, low)
	return avx2{}.fold(low, op)
}

type avx2 struct{ masks operand.Mem }

// maskTable is eight words of ones and eight of zeros.
func maskTable() operand.Mem {
	table := GLOBL("masksAVX2", attr.RODATA|attr.NOPTR)
	for i := range 16 {
		word := uint32(0)
		if i < 8 {
			word = math.MaxUint32
		}
		DATA(4*i, operand.U32(word))
	}
	return table
}

func (avx2) name() string           { return "AVX2" }
func (avx2) lanes() int             { return 8 }
func (avx2) vector() reg.VecVirtual { return YMM() }
func (avx2) tileRows() []int        { return []int{6, 4, 2, 1} }

// loadMask reads a vector of ones and zeros out of eight of each.
func (a avx2) loadMask(count reg.GPVirtual) mask {
	at, offset := GP64(), GP64()
	LEAQ(a.masks, at)
	MOVQ(count, offset)
	NEGQ(offset)
	y := YMM()
	VMOVUPS(operand.Mem{Base: at, Index: offset, Scale: 4, Disp: 32}, y)
	return y
}

func (avx2) load(from operand.Mem, m mask, to reg.VecVirtual) {
	if m == nil {
		VMOVUPS(from, to)
	} else {
		VMASKMOVPS(from, m, to)
	}
}

func (avx2) store(from reg.VecVirtual, m mask, to operand.Mem) {
	if m == nil {
		VMOVUPS(from, to)
	} else {
		VMASKMOVPS(from, m, to)
	}
}

func (avx2) zero(v reg.VecVirtual) { VXORPS(v, v, v) }

func (avx2) half(v reg.VecVirtual, which int) reg.VecVirtual {
	x := XMM()
	VEXTRACTF128(operand.Imm(uint64(which)), v, x)
	return x
}

func (a avx2) fold(v reg.VecVirtual, op func(ops ...operand.Op)) reg.VecVirtual {
	low, high := a.half(v, 0), a.half(v, 1)
	op(high, low, low)
	return foldXMM(low, op)
}
