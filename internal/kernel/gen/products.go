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
		"(c, a, b, bias *float32, tiles, depth, panels, aRow, aDepth, bDepth, bPanel, cRow, last int, add bool)",
		fmt.Sprintf("product%dx%d%s computes C = A B, or C += A B, in tiles of %d rows and panels of %d columns:", rows, vectors, g.name(), rows, width),
		"",
		"\tc[r,n] = bias[n] + sum_k a[r,k] b[n/width,k,n%width]",
		"",
		"Strides are in bytes; last is the number of columns of the last panel. A nil bias is zero.",
		"There is a tile and a panel at least.")

	tile, panel, next := g.label("tile"), g.label("panel"), g.label("depth")
	Label(tile)
	a, panelAt, c := param("a"), param("b"), param("c")
	panels, aRow, aDepth, cRow := param("panels"), param("aRow"), param("aDepth"), param("cRow")
	Label(panel)

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

	// Only the last panel may be a partial one; masks are slow to store.
	partial, stored := g.label("partial"), g.label("stored")
	CMPQ(panels, operand.U32(1))
	whole := g.label("whole")
	JNE(operand.LabelRef(whole))
	count := param("last")
	CMPQ(count, operand.U32(width))
	JLT(operand.LabelRef(partial))
	Label(whole)
	g.finish(sum, c, cRow, make([]mask, vectors))
	JMP(operand.LabelRef(stored))
	Label(partial)
	count = param("last")
	masks := make([]mask, vectors)
	for v := range masks {
		masks[v] = g.columnMask(count, v)
	}
	g.finish(sum, c, cRow, masks)
	Label(stored)
	ADDQ(operand.U32(4*width), c)
	ADDQ(paramAddress("bPanel"), panelAt)
	DECQ(panels)
	JNZ(operand.LabelRef(panel))
	// The next tile begins that many rows on; the arguments keep where.
	for _, m := range []struct{ at, row string }{{"a", "aRow"}, {"c", "cRow"}} {
		offset := param(m.row)
		IMUL3Q(operand.U32(rows), offset, offset)
		ADDQ(offset, paramAddress(m.at))
	}
	DECQ(paramAddress("tiles"))
	JNZ(operand.LabelRef(tile))
	g.end()
}

// finish adds the bias and what is in c, if either is asked for, and stores the
// tile. One row needs no cRow.
func (g *generator) finish(sum [][]reg.VecVirtual, c, cRow reg.GPVirtual, masks []mask) {
	place := func(base reg.GPVirtual, v int) operand.Mem {
		return operand.Mem{Base: base, Disp: 4 * g.lanes() * v}
	}
	withoutBias := g.label("without_bias")
	bias := param("bias")
	TESTQ(bias, bias)
	JZ(operand.LabelRef(withoutBias))
	// The bias runs along with c.
	ADDQ(c, bias)
	SUBQ(paramAddress("c"), bias)
	for v, m := range masks {
		x := g.loaded(place(bias, v), m)
		for r := range sum {
			VADDPS(x, sum[r][v], sum[r][v])
		}
	}
	Label(withoutBias)

	store, done := g.label("store"), g.label("finished")
	add := GP64()
	MOVBLZX(paramAddress("add"), add.As32())
	TESTQ(add, add)
	row := GP64()
	MOVQ(c, row)
	JZ(operand.LabelRef(store))
	for r := range sum {
		for v, m := range masks {
			VADDPS(g.loaded(place(row, v), m), sum[r][v], sum[r][v])
			g.store(sum[r][v], m, place(row, v))
		}
		if r < len(sum)-1 {
			ADDQ(cRow, row)
		}
	}
	JMP(operand.LabelRef(done))
	Label(store)
	for r := range sum {
		for v, m := range masks {
			g.store(sum[r][v], m, place(row, v))
		}
		if r < len(sum)-1 {
			ADDQ(cRow, row)
		}
	}
	Label(done)
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
