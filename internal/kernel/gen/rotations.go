package main

import (
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// rotations emits the rotary rotation of the heads of one row: alone, with a norm behind
// it, and the gradient of both.
//
// Heads are often smaller than a vector. Vectors that reach into the next head and mask
// that part make its load wait for their store, which takes longer than all the work. So
// nothing is masked here: shorter vectors follow the longest, and then single channels.
func (g *generator) rotations() {
	g.function("rotate", "(row, cos, sin *float32, heads, size int, direction float32)",
		"rotate"+g.name()+" is the loop of Rotate. There is a head at least.")
	row := param("row")
	r := g.rotation()
	// Angles are outside and heads inside: all heads turn by the same angles.
	r.eachSpan(copies(r.half)[0], []reg.GPVirtual{r.cos, r.sin, row}, func(w span) {
		c, s := r.angles(w, at(r.cos), at(r.sin))
		p := copies(row, r.heads)
		g.eachHead(p[1], func() {
			u, v := w.load(at(p[0])), w.load(r.second(p[0]))
			r.turn(w, u, v, c, s)
			w.store(u, at(p[0]))
			w.store(v, r.second(p[0]))
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
	root := func(sums sums) reg.VecVirtual {
		v := g.inverseRoot(sums.total(), inverse, epsilon)
		VMOVSS(v.AsX(), at(rstd))
		return v
	}
	next := func() {
		ADDQ(r.stride, row)
		ADDQ(operand.Imm(4), rstd)
	}
	r.inOneVector(func(w span) {
		c, s := r.angles(w, at(r.cos), at(r.sin))
		g.eachHead(r.heads, func() {
			u, v := w.load(at(row)), w.load(r.second(row))
			r.turn(w, u, v, c, s)
			squares := w.vector()
			VMULPS(u, u, squares)
			VFMADD231PS(v, v, squares)
			scale := w.of(root(sums{w: squares}))
			VMULPS(scale, u, u)
			VMULPS(scale, v, v)
			w.store(u, at(row))
			w.store(v, r.second(row))
			next()
		})
	})
	g.eachHead(r.heads, func() {
		squares := g.sums()
		r.eachPair(func(i, j reg.GPVirtual, w span) {
			c, s := r.angles(w, from(r.cos, i), from(r.sin, i))
			u, v := w.load(from(row, i)), w.load(from(row, j))
			r.turn(w, u, v, c, s)
			squares.add(w, u, u)
			squares.add(w, v, v)
			w.store(u, from(row, i))
			w.store(v, from(row, j))
		})
		scale := root(squares)
		r.eachPair(func(i, j reg.GPVirtual, w span) {
			for _, k := range []reg.GPVirtual{i, j} {
				v := w.load(from(row, k))
				VMULPS(w.of(scale), v, v)
				w.store(v, from(row, k))
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
	// mean is a sum over the size, and root is rstd, in every lane.
	mean := func(sums sums) reg.VecVirtual {
		v := g.everywhere(sums.total())
		VMULPS(inverse, v, v)
		return v
	}
	root := func() reg.VecVirtual {
		v := g.vector()
		VBROADCASTSS(at(rstd), v)
		return v
	}
	// through takes gradients through the norm, which gave y and z, and the rotation.
	through := func(w span, u, v, y, z, mean, root, c, s reg.VecVirtual) {
		VFNMADD231PS(w.of(mean), y, u)
		VFNMADD231PS(w.of(mean), z, v)
		VMULPS(w.of(root), u, u)
		VMULPS(w.of(root), v, v)
		r.turn(w, u, v, c, s)
	}
	next := func() {
		ADDQ(r.stride, drow)
		ADDQ(r.stride, row)
		ADDQ(operand.Imm(4), rstd)
	}
	r.inOneVector(func(w span) {
		c, s := r.angles(w, at(r.cos), at(r.sin))
		g.eachHead(r.heads, func() {
			u, v := w.load(at(drow)), w.load(r.second(drow))
			y, z := w.load(at(row)), w.load(r.second(row))
			products := w.vector()
			VMULPS(u, y, products)
			VFMADD231PS(v, z, products)
			through(w, u, v, y, z, mean(sums{w: products}), root(), c, s)
			w.store(u, at(drow))
			w.store(v, r.second(drow))
			next()
		})
	})
	g.eachHead(r.heads, func() {
		products := g.sums()
		r.eachPair(func(i, j reg.GPVirtual, w span) {
			for _, k := range []reg.GPVirtual{i, j} {
				products.add(w, w.load(from(drow, k)), w.load(from(row, k)))
			}
		})
		average, scale := mean(products), root()
		r.eachPair(func(i, j reg.GPVirtual, w span) {
			c, s := r.angles(w, from(r.cos, i), from(r.sin, i))
			u, v := w.load(from(drow, i)), w.load(from(drow, j))
			through(w, u, v, w.load(from(row, i)), w.load(from(row, j)), average, scale, c, s)
			w.store(u, from(drow, i))
			w.store(v, from(drow, j))
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

// second is the memory of a head's second half.
func (r *rotation) second(head reg.GPVirtual) operand.Mem {
	return operand.Mem{Base: head, Index: r.half, Scale: 4}
}

// angles loads cosines, and sines times the direction.
func (r *rotation) angles(w span, cos, sin operand.Mem) (c, s reg.VecVirtual) {
	c, s = w.load(cos), w.load(sin)
	VMULPS(w.of(r.direction), s, s)
	return c, s
}

// turn replaces u by u c - v s, and v by v c + u s. It rounds every product.
func (r *rotation) turn(w span, u, v, c, s reg.VecVirtual) {
	us, vs := w.vector(), w.vector()
	VMULPS(s, u, us)
	VMULPS(s, v, vs)
	VMULPS(c, u, u)
	VMULPS(c, v, v)
	VSUBPS(vs, u, u)
	VADDPS(us, v, v)
}

// inOneVector emits code for halves of a head that fill one vector: angles and channels
// then stay in registers. Behind the code the kernel ends. Other halves pass it by.
func (r *rotation) inOneVector(code func(w span)) {
	for _, w := range r.g.spans() {
		if w == 1 {
			continue
		}
		other := r.g.label("other")
		CMPQ(r.half, operand.U32(w))
		JNE(operand.LabelRef(other))
		code(w)
		r.g.end()
		Label(other)
	}
}

// eachPair emits loops over the pairs of a head: i and j are their bytes from its
// beginning.
func (r *rotation) eachPair(body func(i, j reg.GPVirtual, w span)) {
	i, j := GP64(), GP64()
	XORQ(i, i)
	MOVQ(r.half, j)
	SHLQ(operand.Imm(2), j)
	r.eachSpan(copies(r.half)[0], []reg.GPVirtual{i, j}, func(w span) { body(i, j, w) })
}

// eachSpan goes over n float32 at pointers, with the longest vectors first.
func (r *rotation) eachSpan(n reg.GPVirtual, pointers []reg.GPVirtual, body func(w span)) {
	for _, w := range r.g.spans() {
		loop, done := r.g.label("span"), r.g.label("span_done")
		Label(loop)
		CMPQ(n, operand.U32(w))
		JLT(operand.LabelRef(done))
		body(w)
		for _, p := range pointers {
			ADDQ(operand.U32(4*w), p)
		}
		SUBQ(operand.U32(w), n)
		JMP(operand.LabelRef(loop))
		Label(done)
	}
}

// eachHead emits a loop over one head at least.
func (g *generator) eachHead(heads reg.GPVirtual, body func()) {
	loop := g.label("head")
	Label(loop)
	body()
	DECQ(heads)
	JNZ(operand.LabelRef(loop))
}
