package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// products emits the kernels of all matrix products: tiles of a few rows and
// one or two vectors.
func (g *generator) products() {
	for _, vectors := range []int{2, 1} {
		for _, rows := range g.tileRows() {
			g.product(rows, vectors)
		}
	}
}

// product is a tile of C += A B that stays in registers while it runs down the
// depth, one panel of B after the other. Two strides of A, of its rows and of
// its depth, make one kernel serve A B, A B' and A' B.
func (g *generator) product(rows, vectors int) {
	width := vectors * g.lanes()
	g.function(fmt.Sprintf("product%dx%d", rows, vectors),
		"(c, a, b, bias *float32, depth, panels, aRow, aDepth, bDepth, bPanel, cRow, last int, add bool)",
		fmt.Sprintf("product%dx%d%s computes %d rows of C = A B, or C += A B, panel by panel of %d columns:", rows, vectors, g.name(), rows, width),
		"",
		"\tc[r,n] = bias[n] + sum_k a[r,k] b[n/width,k,n%width]",
		"",
		"Strides are in bytes; last is the number of columns of the last panel. A nil bias is zero.")

	a, panelAt, c := param("a"), param("b"), param("c")
	panels, aRow, aDepth, cRow := param("panels"), param("aRow"), param("aDepth"), param("cRow")
	full := GP64()
	MOVQ(operand.U32(width), full)

	panel, next, done := g.label("panel"), g.label("depth"), g.label("done")
	Label(panel)
	TESTQ(panels, panels)
	JZ(operand.LabelRef(done))

	sum := make([][]reg.VecVirtual, rows)
	for r := range sum {
		for range vectors {
			sum[r] = append(sum[r], g.zeros())
		}
	}
	// Three rows of A share a base register.
	var base []reg.GPVirtual
	for r := 0; r < rows; r += 3 {
		p := GP64()
		if r == 0 {
			MOVQ(a, p)
		} else {
			LEAQ(operand.Mem{Base: base[len(base)-1], Index: aRow, Scale: 2}, p)
			ADDQ(aRow, p)
		}
		base = append(base, p)
	}
	element := func(r int) operand.Mem {
		m := operand.Mem{Base: base[r/3]}
		if r%3 > 0 {
			m.Index, m.Scale = aRow, uint8(r%3)
		}
		return m
	}
	b := GP64()
	MOVQ(panelAt, b)
	bDepth := param("bDepth")
	depth := param("depth")
	end := g.label("end")
	TESTQ(depth, depth)
	JZ(operand.LabelRef(end))
	Label(next)
	var columns []reg.VecVirtual
	for v := range vectors {
		x := g.vector()
		VMOVUPS(operand.Mem{Base: b, Disp: 4 * g.lanes() * v}, x)
		columns = append(columns, x)
	}
	for r := range rows {
		x := g.vector()
		VBROADCASTSS(element(r), x)
		for v := range vectors {
			VFMADD231PS(columns[v], x, sum[r][v])
		}
	}
	for _, p := range base {
		ADDQ(aDepth, p)
	}
	ADDQ(bDepth, b)
	DECQ(depth)
	JNZ(operand.LabelRef(next))
	Label(end)

	// How many columns this panel has.
	count := GP64()
	MOVQ(full, count)
	CMPQ(panels, operand.U32(1))
	whole := g.label("whole")
	JNE(operand.LabelRef(whole))
	Load(Param("last"), count)
	Label(whole)
	masks := make([]mask, vectors)
	for v := range vectors {
		masks[v] = g.columnMask(count, v)
	}

	bias, withoutBias := GP64(), g.label("without_bias")
	Load(Param("bias"), bias)
	TESTQ(bias, bias)
	JZ(operand.LabelRef(withoutBias))
	// The bias runs along with c: its offset is that of this panel.
	for v := range vectors {
		start := GP64()
		Load(Param("c"), start)
		offset := GP64()
		MOVQ(c, offset)
		SUBQ(start, offset)
		x := g.loaded(operand.Mem{Base: bias, Index: offset, Scale: 1, Disp: 4 * g.lanes() * v}, masks[v])
		for r := range rows {
			VADDPS(x, sum[r][v], sum[r][v])
		}
	}
	Label(withoutBias)

	add, store, stored := GP64(), g.label("store"), g.label("stored")
	MOVBLZX(paramAddress("add"), add.As32())
	TESTQ(add, add)
	row := GP64()
	MOVQ(c, row)
	JZ(operand.LabelRef(store))
	for r := range rows {
		for v := range vectors {
			to := operand.Mem{Base: row, Disp: 4 * g.lanes() * v}
			x := g.loaded(to, masks[v])
			VADDPS(x, sum[r][v], sum[r][v])
			g.store(sum[r][v], masks[v], to)
		}
		ADDQ(cRow, row)
	}
	JMP(operand.LabelRef(stored))
	Label(store)
	for r := range rows {
		for v := range vectors {
			g.store(sum[r][v], masks[v], operand.Mem{Base: row, Disp: 4 * g.lanes() * v})
		}
		ADDQ(cRow, row)
	}
	Label(stored)
	ADDQ(operand.U32(4*width), c)
	ADDQ(paramAddress("bPanel"), panelAt)
	DECQ(panels)
	JMP(operand.LabelRef(panel))
	Label(done)
	g.end()
}

// columnMask selects the lanes of vector v among the first count columns.
func (g *generator) columnMask(count reg.GPVirtual, v int) mask {
	n, zero, full := GP64(), GP64(), GP64()
	MOVQ(count, n)
	XORQ(zero, zero)
	MOVQ(operand.U32(g.lanes()), full)
	if v > 0 {
		SUBQ(operand.U32(v*g.lanes()), n)
		CMOVQLT(zero, n)
	}
	CMPQ(n, full)
	CMOVQGT(full, n)
	return g.loadMask(n)
}

func paramAddress(name string) operand.Mem {
	address, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	return address.Addr
}
