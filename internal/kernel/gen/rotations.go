package main

import (
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// rotations emits the rotary rotation of the heads of one row: alone, with a norm behind
// it, and the gradient of both.
func (g *generator) rotations() {
	g.function("rotate", "(row, cos, sin *float32, heads, size int, direction float32)",
		"rotate"+g.name()+" is the loop of Rotate. There is a head at least.")
	row := param("row")
	r := g.rotation()
	// Angles are outside and heads inside: all heads turn by the same angles.
	g.each(copies(r.half)[0], []reg.GPVirtual{r.cos, r.sin, row}, func(m mask) {
		c, s := r.angles(at(r.cos), at(r.sin), m)
		p := copies(row, r.heads)
		g.eachHead(p[1], func() {
			u, v := r.halves(p[0], m)
			r.turn(u, v, c, s)
			r.storeHalves(u, v, m, p[0])
			ADDQ(r.stride, p[0])
		})
	})
	g.end()

	g.rotateNorm()
	g.rotateNormGradient()
}

func (g *generator) rotateNorm() {
	g.function("rotateNorm", "(row, rstd, cos, sin *float32, heads, size int, direction, inverse, epsilon float32)",
		"rotateNorm"+g.name()+" is the loop of RotateNorm; inverse is 1/size. There is a head at least.")
	row, rstd := param("row"), param("rstd")
	r := g.rotation()
	inverse, epsilon := g.broadcast("inverse"), g.broadcast("epsilon")
	root := func(sum reg.VecVirtual) reg.VecVirtual {
		v := g.inverseRoot(sum, inverse, epsilon)
		VMOVSS(v.AsX(), at(rstd))
		return v
	}
	next := func() {
		ADDQ(r.stride, row)
		ADDQ(operand.Imm(4), rstd)
	}
	r.inOneVector(func(m mask) {
		c, s := r.angles(at(r.cos), at(r.sin), m)
		g.eachHead(r.heads, func() {
			u, v := r.halves(row, m)
			r.turn(u, v, c, s)
			sum := g.vector()
			VMULPS(u, u, sum)
			VFMADD231PS(v, v, sum)
			scale := root(sum)
			VMULPS(scale, u, u)
			VMULPS(scale, v, v)
			r.storeHalves(u, v, m, row)
			next()
		})
		g.end()
	})
	g.eachHead(r.heads, func() {
		sum := g.zeros()
		r.eachPair(func(i, j reg.GPVirtual, m mask) {
			c, s := r.angles(from(r.cos, i), from(r.sin, i), m)
			u, v := g.loaded(from(row, i), m), g.loaded(from(row, j), m)
			r.turn(u, v, c, s)
			VFMADD231PS(u, u, sum)
			VFMADD231PS(v, v, sum)
			g.store(u, m, from(row, i))
			g.store(v, m, from(row, j))
		})
		scale := root(sum)
		r.eachPair(func(i, j reg.GPVirtual, m mask) {
			for _, k := range []reg.GPVirtual{i, j} {
				v := g.loaded(from(row, k), m)
				VMULPS(scale, v, v)
				g.store(v, m, from(row, k))
			}
		})
		next()
	})
	g.end()
}

func (g *generator) rotateNormGradient() {
	g.function("rotateNormGradient", "(drow, row, rstd, cos, sin *float32, heads, size int, direction, inverse float32)",
		"rotateNormGradient"+g.name()+" is the loop of RotateNormGradient, with the direction of the rotation",
		"back; inverse is 1/size. There is a head at least.")
	drow, row, rstd := param("drow"), param("row"), param("rstd")
	r := g.rotation()
	inverse := g.broadcast("inverse")
	// mean is the sum of all lanes over the size, and root is rstd, in every lane.
	mean := func(sum reg.VecVirtual) reg.VecVirtual {
		v := g.everywhere(g.fold(sum, VADDPS))
		VMULPS(inverse, v, v)
		return v
	}
	root := func() reg.VecVirtual {
		v := g.vector()
		VBROADCASTSS(at(rstd), v)
		return v
	}
	// through takes gradients through the norm, which gave y and z, and the rotation.
	through := func(u, v, y, z, mean, root, c, s reg.VecVirtual) {
		VFNMADD231PS(mean, y, u)
		VFNMADD231PS(mean, z, v)
		VMULPS(root, u, u)
		VMULPS(root, v, v)
		r.turn(u, v, c, s)
	}
	next := func() {
		ADDQ(r.stride, drow)
		ADDQ(r.stride, row)
		ADDQ(operand.Imm(4), rstd)
	}
	r.inOneVector(func(m mask) {
		c, s := r.angles(at(r.cos), at(r.sin), m)
		g.eachHead(r.heads, func() {
			u, v := r.halves(drow, m)
			y, z := r.halves(row, m)
			sum := g.vector()
			VMULPS(u, y, sum)
			VFMADD231PS(v, z, sum)
			through(u, v, y, z, mean(sum), root(), c, s)
			r.storeHalves(u, v, m, drow)
			next()
		})
		g.end()
	})
	g.eachHead(r.heads, func() {
		sum := g.zeros()
		r.eachPair(func(i, j reg.GPVirtual, m mask) {
			for _, k := range []reg.GPVirtual{i, j} {
				VFMADD231PS(g.loaded(from(drow, k), m), g.loaded(from(row, k), m), sum)
			}
		})
		average, scale := mean(sum), root()
		r.eachPair(func(i, j reg.GPVirtual, m mask) {
			c, s := r.angles(from(r.cos, i), from(r.sin, i), m)
			u, v := g.loaded(from(drow, i), m), g.loaded(from(drow, j), m)
			through(u, v, g.loaded(from(row, i), m), g.loaded(from(row, j), m), average, scale, c, s)
			g.store(u, m, from(drow, i))
			g.store(v, m, from(drow, j))
		})
		next()
	})
	g.end()
}

// rotation is what the kernels of rotations have in common.
type rotation struct {
	g           *generator
	cos, sin    reg.GPVirtual
	heads, half reg.GPVirtual
	stride      reg.GPVirtual // bytes of a head
	direction   reg.VecVirtual
}

// rotation loads their arguments.
func (g *generator) rotation() *rotation {
	r := &rotation{
		g: g, cos: param("cos"), sin: param("sin"), heads: param("heads"), half: param("size"),
		stride: GP64(), direction: g.broadcast("direction"),
	}
	MOVQ(r.half, r.stride)
	SHLQ(operand.Imm(2), r.stride)
	SHRQ(operand.Imm(1), r.half)
	return r
}

// from is the memory some bytes behind a pointer.
func from(p, bytes reg.GPVirtual) operand.Mem { return operand.Mem{Base: p, Index: bytes, Scale: 1} }

// halves loads the beginnings of both halves of a head.
func (r *rotation) halves(head reg.GPVirtual, m mask) (u, v reg.VecVirtual) {
	return r.g.loaded(at(head), m), r.g.loaded(r.second(head), m)
}

func (r *rotation) storeHalves(u, v reg.VecVirtual, m mask, head reg.GPVirtual) {
	r.g.store(u, m, at(head))
	r.g.store(v, m, r.second(head))
}

// second is the memory of a head's second half.
func (r *rotation) second(head reg.GPVirtual) operand.Mem {
	return operand.Mem{Base: head, Index: r.half, Scale: 4}
}

// angles loads cosines, and sines times the direction.
func (r *rotation) angles(cos, sin operand.Mem, m mask) (c, s reg.VecVirtual) {
	c, s = r.g.loaded(cos, m), r.g.loaded(sin, m)
	VMULPS(r.direction, s, s)
	return c, s
}

// turn replaces u by u c - v s, and v by v c + u s. It rounds every product.
func (r *rotation) turn(u, v, c, s reg.VecVirtual) {
	us, vs := r.g.vector(), r.g.vector()
	VMULPS(s, u, us)
	VMULPS(s, v, vs)
	VMULPS(c, u, u)
	VMULPS(c, v, v)
	VSUBPS(vs, u, u)
	VADDPS(us, v, v)
}

// inOneVector emits code for halves of a head that fill a vector or less: angles and
// channels then stay in registers. The code returns. Longer halves pass it by.
func (r *rotation) inOneVector(code func(m mask)) {
	whole, long := r.g.label("whole"), r.g.label("long")
	CMPQ(r.half, operand.U32(r.g.lanes()))
	JE(operand.LabelRef(whole))
	JG(operand.LabelRef(long))
	code(r.g.loadMask(r.half))
	Label(whole)
	code(nil)
	Label(long)
}

// eachPair emits a loop over the pairs of a head: i and j are their bytes from its
// beginning.
func (r *rotation) eachPair(body func(i, j reg.GPVirtual, m mask)) {
	i, j := GP64(), GP64()
	XORQ(i, i)
	MOVQ(r.half, j)
	SHLQ(operand.Imm(2), j)
	r.g.each(copies(r.half)[0], []reg.GPVirtual{i, j}, func(m mask) { body(i, j, m) })
}

// eachHead emits a loop over one head at least.
func (g *generator) eachHead(heads reg.GPVirtual, body func()) {
	loop := g.label("head")
	Label(loop)
	body()
	DECQ(heads)
	JNZ(operand.LabelRef(loop))
}
