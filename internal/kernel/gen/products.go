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
// depth. All tiles read one panel of B, which stays in the first-level cache, before
// the next panel. Two strides of A, of its rows and of its depth, make one kernel
// serve A B, A B' and A' B.
func (g *generator) product(rows, vectors int) {
	width := vectors * g.lanes()
	g.function(fmt.Sprintf("product%dx%d", rows, vectors),
		"(c, a, b, bias *float32, tiles, depth, panels, aRow, aDepth, bDepth, bPanel, cRow, last int, resume, add bool)",
		fmt.Sprintf("product%dx%d%s computes C = A B, or C += A B, in tiles of %d rows and panels of %d columns:", rows, vectors, g.name(), rows, width),
		"",
		"\tc[r,n] = bias[n] + sum_k a[r,k] b[n/width,k,n%width]",
		"",
		"Strides are in bytes; last is the number of columns of the last panel. A nil bias is zero.",
		"With resume, the sum begins with what is in c, and not with zero. There is a tile and a",
		"panel at least.")

	panel, tile, next := g.label("panel"), g.label("tile"), g.label("depth")
	// Multiplications share a port with fused ones on many processors, and would wait
	// for all of a tile: what is a multiple of a row is computed once.
	multiple := func(name string, factor int) operand.Mem {
		to, value := AllocLocal(8), param(name)
		IMUL3Q(operand.U32(factor), value, value)
		MOVQ(value, to)
		return to
	}
	aThree, aTile, cTile := multiple("aRow", 3), multiple("aRow", rows), multiple("cRow", rows)
	panelAt := param("b")
	aRow, aDepth := param("aRow"), param("aDepth")
	Label(panel)
	a, c, tiles := param("a"), param("c"), param("tiles")
	Label(tile)

	sum := make([][]reg.VecVirtual, rows)
	for r := range sum {
		for range vectors {
			sum[r] = append(sum[r], g.zeros())
		}
	}
	fresh := g.label("fresh")
	resume := GP64()
	MOVBLZX(paramAddress("resume"), resume.As32())
	TESTQ(resume, resume)
	JZ(operand.LabelRef(fresh))
	g.resume(sum, c)
	Label(fresh)
	// Three rows of A share a base register.
	var base []reg.GPVirtual
	for r := 0; r < rows; r += 3 {
		p := GP64()
		if r == 0 {
			MOVQ(a, p)
		} else {
			MOVQ(base[len(base)-1], p)
			ADDQ(aThree, p)
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
	CMPQ(paramAddress("panels"), operand.Imm(1))
	whole := g.label("whole")
	JNE(operand.LabelRef(whole))
	CMPQ(paramAddress("last"), operand.Imm(uint64(width)))
	JLT(operand.LabelRef(partial))
	Label(whole)
	g.finish(sum, c, param("cRow"), make([]mask, vectors))
	JMP(operand.LabelRef(stored))
	Label(partial)
	g.finish(sum, c, param("cRow"), g.lastMasks(vectors))
	Label(stored)
	// The next tile begins that many rows on.
	ADDQ(aTile, a)
	ADDQ(cTile, c)
	DECQ(tiles)
	JNZ(operand.LabelRef(tile))
	ADDQ(operand.U32(4*width), paramAddress("c"))
	g.moveBias(width)
	ADDQ(paramAddress("bPanel"), panelAt)
	DECQ(paramAddress("panels"))
	JNZ(operand.LabelRef(panel))
	g.end()
}

// resume loads the tile of c, whose last panel may be a partial one.
func (g *generator) resume(sum [][]reg.VecVirtual, c reg.GPVirtual) {
	vectors := len(sum[0])
	load := func(masks []mask) {
		cRow, row := param("cRow"), GP64()
		MOVQ(c, row)
		for r := range sum {
			for v, m := range masks {
				g.load(g.vectorAt(row, v), m, sum[r][v])
			}
			ADDQ(cRow, row)
		}
	}
	whole, loaded := g.label("resume_whole"), g.label("resumed")
	CMPQ(paramAddress("panels"), operand.Imm(1))
	JNE(operand.LabelRef(whole))
	CMPQ(paramAddress("last"), operand.Imm(uint64(vectors*g.lanes())))
	JGE(operand.LabelRef(whole))
	load(g.lastMasks(vectors))
	JMP(operand.LabelRef(loaded))
	Label(whole)
	load(make([]mask, vectors))
	Label(loaded)
}

// lastMasks selects the columns of the last panel.
func (g *generator) lastMasks(vectors int) []mask {
	masks := make([]mask, vectors)
	for v := range masks {
		masks[v] = g.columnMask(param("last"), v)
	}
	return masks
}

// moveBias takes the argument bias to the next columns, unless it is nil.
func (g *generator) moveBias(columns int) {
	none := g.label("no_bias")
	CMPQ(paramAddress("bias"), operand.Imm(0))
	JZ(operand.LabelRef(none))
	ADDQ(operand.U32(4*columns), paramAddress("bias"))
	Label(none)
}

// finish adds the bias and what is in c, if either is asked for, and stores the
// tile. One row needs no cRow.
func (g *generator) finish(sum [][]reg.VecVirtual, c, cRow reg.GPVirtual, masks []mask) {
	withoutBias := g.label("without_bias")
	bias := param("bias")
	TESTQ(bias, bias)
	JZ(operand.LabelRef(withoutBias))
	for v, m := range masks {
		x := g.loaded(g.vectorAt(bias, v), m)
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
			VADDPS(g.loaded(g.vectorAt(row, v), m), sum[r][v], sum[r][v])
			g.store(sum[r][v], m, g.vectorAt(row, v))
		}
		if r < len(sum)-1 {
			ADDQ(cRow, row)
		}
	}
	JMP(operand.LabelRef(done))
	Label(store)
	for r := range sum {
		for v, m := range masks {
			g.store(sum[r][v], m, g.vectorAt(row, v))
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
