package main

import (
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// span is vectors of so many float32: 16, 8, 4, or 1. The last is the lowest lane of
// four, and the others are zero.
type span int

// spans are those of the instruction set, longest first.
func (g *generator) spans() []span {
	if g.lanes() == 16 {
		return []span{16, 8, 4, 1}
	}
	return []span{8, 4, 1}
}

func (w span) vector() reg.VecVirtual {
	switch w {
	case 16:
		return ZMM()
	case 8:
		return YMM()
	}
	return XMM()
}

// of is the part of a vector that has the same lane everywhere.
func (w span) of(v reg.VecVirtual) reg.Register {
	switch w {
	case 16:
		return v.AsZ()
	case 8:
		return v.AsY()
	}
	return v.AsX()
}

func (w span) load(from operand.Mem) reg.VecVirtual {
	v := w.vector()
	if w == 1 {
		VMOVSS(from, v)
	} else {
		VMOVUPS(from, v)
	}
	return v
}

func (w span) store(v reg.VecVirtual, to operand.Mem) {
	if w == 1 {
		VMOVSS(v, to)
	} else {
		VMOVUPS(v, to)
	}
}

// sums are sums of products, by the span of the vector that holds them.
type sums map[span]reg.VecVirtual

// sums are zeros, one vector for each length.
func (g *generator) sums() sums {
	s := sums{}
	for _, w := range g.spans() {
		if w > 1 {
			s[w] = w.vector()
			VXORPS(s[w].AsX(), s[w].AsX(), s[w].AsX())
		}
	}
	return s
}

// add adds the products of a and b.
func (s sums) add(w span, a, b reg.VecVirtual) { VFMADD231PS(a, b, s[max(w, 4)]) }

// total is the sum of all lanes, in lane 0: the halves of the longest are added, then the
// next shorter, and so on.
func (s sums) total() reg.VecVirtual {
	var t reg.VecVirtual
	for _, w := range []span{16, 8, 4} {
		if t != nil {
			low := w.vector()
			if w == 8 {
				VEXTRACTF64X4(operand.Imm(1), t, low)
			} else {
				VEXTRACTF128(operand.Imm(1), t, low)
			}
			VADDPS(w.of(t), low, low)
			t = low
		}
		switch v := s[w]; {
		case v == nil:
		case t == nil:
			t = v
		default:
			VADDPS(v, t, t)
		}
	}
	return foldXMM(t, VADDPS)
}
