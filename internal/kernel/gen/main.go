// Command gen writes the assembly of package kernel with avo, for one
// instruction set a run:
//
//	go run . -isa avx512 -out ../avx512_amd64.s -stubs ../avx512_amd64.go -pkg kernel
//
// It is a separate module, so that users of waveletgpt do not need avo. Every
// kernel is written once, for vectors of any length; an instruction set says how
// long they are and how the last, partial vector is masked. Nothing depends on
// the size of a cache and no instruction is approximate: all processors of one
// instruction set give the same bits.
package main

import (
	"flag"
	"log"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
)

func main() {
	name := flag.String("isa", "", "avx512 or avx2")
	flag.Parse()
	ConstraintExpr("!noasm")
	g := &generator{constants: map[float32]operand.Mem{}}
	switch *name {
	case "avx512":
		g.isa = avx512{}
	case "avx2":
		g.isa = avx2{masks: maskTable()}
	default:
		log.Fatalf("-isa %q: it is avx512 or avx2", *name)
	}
	g.products()
	g.decode()
	g.transpose()
	g.narrow()
	g.elementwise()
	g.strips()
	g.adamw()
	g.rows()
	g.columns()
	g.norms()
	g.peak()
	g.rmsNorms()
	g.activations()
	g.rotations()
	g.softCaps()
	Generate()
}
