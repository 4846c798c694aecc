package kernel

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// Variable is the environment variable that selects the tier: avx512, avx2 or
// portable. Any other value is ignored, and so is a tier that the processor does not
// support; see [Warnings].
const Variable = "WAVELETGPT_KERNEL"

// vectors is the assembly of one instruction set. It is nil for the portable tier,
// whose kernels are the loops of their doc comments, in Go.
type vectors struct {
	name  string
	lanes int   // float32 in a vector
	rows  []int // heights of the product kernels, largest first

	// product[v][r] computes r rows by v vectors, see product1x1AVX2.
	product [3][13]productKernel
	// future and past mask the later keys of a query, see triangles.
	future, past []float32

	// productRow computes one row in whole panels, four at a time.
	productRow func(c, a, b, bias *float32, depth, groups, aDepth, bDepth, bPanel int, add bool)

	weightedSum           func(y, p, x *float32, n, columns, stride int)
	transpose             func(y, x *float32, blocks, yRow, xRow int)
	narrow                func(y, x *float32, rows, columns, yRow, xRow int)
	add                   func(y, x *float32, n int)
	addRows               func(y, x *float32, rows, n, stride int)
	scaleRows             func(y, x, factor *float32, rows, n, stride int)
	multiply              func(y, x *float32, n int)
	sum                   func(y, a, b *float32, n int)
	scale                 func(y *float32, n int, f float32)
	gelu                  func(y, x *float32, n int)
	geluGradient          func(dx, y, dy, x *float32, n int)
	adamw                 func(p, m, v, grad *float32, n int, beta1, rest1, beta2, rest2, epsilon, rate, root, decay, scale float32)
	maximum               func(x *float32, n int) float32
	expSum                func(y, x *float32, n int, scale, shift float32) float32
	softmaxColumns        func(s, top, sum *float32, rows int, scale float32)
	softmaxGradientSums   func(p, ds, top, inverse, dot *float32, rows int, scale float32)
	softmaxGradientMasked func(p, ds, mask, top, inverse, dot *float32, rows int, scale float32)
	softmaxGradient       func(p, ds, dot *float32, rows int, scale float32)
	squares               func(x *float32, n int) float64
	layerNorm             func(y, mean, rstd, x, gain, bias *float32, n int, inverse, epsilon float32)
	layerNormGradient     func(dx, dgain, dbias, dy, x, gain *float32, n int, inverse, mean, rstd float32)
	rmsNorm               func(y, rstd, x, gain *float32, n int, inverse, epsilon float32)
	rmsNormGradient       func(dx, dgain, dy, x, gain *float32, n int, inverse, rstd float32)
	relu2                 func(y, x *float32, n int)
	relu2Gradient         func(dx, y, dy, x *float32, n int)
	swiglu                func(y, gate, up *float32, n int)
	swigluGradient        func(dgate, dup, y, dy, gate, up *float32, n int)
	rotate                func(row, cos, sin *float32, heads, size int, direction float32)
	rotateNorm            func(row, rstd, cos, sin *float32, heads, size int, direction, inverse, epsilon float32)
	rotateNormGradient    func(drow, row, rstd, cos, sin *float32, heads, size int, direction, inverse float32)
	softCap               func(y, x *float32, n int, limit, inverse float32)
	expTotal              func(x *float32, n int, shift float32) float32
	cappedGradient        func(x *float32, n int, shift, inverse, factor float32)
}

type productKernel func(c, a, b, bias *float32, tiles, depth, panels, aRow, aDepth, bDepth, bPanel, cRow, last int, resume, add bool)

// width is the number of columns of a full panel.
func (v *vectors) width() int { return 2 * v.lanes }

// tiers are those that this processor can run, best first; nil is portable.
var tiers = append(available(), nil)

// active is the tier in use.
var active, warnings = choose(os.Getenv(Variable), tiers)

// choose returns the tier of a name, or else the best. If that one computes wrong
// values, the next lower one that does not is taken. The last of all must be
// portable.
func choose(name string, all []*vectors) (tier *vectors, warnings []error) {
	named := func(v *vectors) bool { return strings.EqualFold(name, v.String()) }
	from := max(0, slices.IndexFunc(all, named))
	var wrong []string
	for _, tier = range all[from:] {
		err := tier.prove()
		if err == nil {
			break
		}
		wrong = append(wrong, fmt.Sprintf("the %s kernels compute wrong values on this machine: %v", tier, err))
	}
	if name != "" && !slices.ContainsFunc(all, named) {
		warnings = append(warnings, fmt.Errorf("%s=%s names no kernels that this processor can run, which are %s; the %s kernels are used", Variable, name, strings.Join(names(all), ", "), tier))
	}
	for _, w := range wrong {
		warnings = append(warnings, fmt.Errorf("%s; the %s kernels are used instead", w, tier))
	}
	return tier, warnings
}

// Warnings says why the tier in use is not the best one of the processor, or not the
// one that the environment names. Usually there are none. A program should print
// them.
func Warnings() []error { return warnings }

func (v *vectors) String() string {
	if v == nil {
		return "portable"
	}
	return v.name
}

// Tier is the name of the tier in use. Within a tier, results are equal to the bit.
func Tier() string { return active.String() }

// Tiers lists the tiers that this processor can run, best first.
func Tiers() []string { return names(tiers) }

func names(all []*vectors) (names []string) {
	for _, t := range all {
		names = append(names, t.String())
	}
	return names
}

// Use selects a tier, and returns a function that restores the previous one. It is
// for tests and benchmarks: no kernel may be running, and every [Matrix] must be
// packed again.
func Use(name string) (restore func(), err error) {
	for _, t := range tiers {
		if t.String() == name {
			before := active
			active = t
			return func() { active = before }, nil
		}
	}
	return nil, fmt.Errorf("kernels %q cannot run here; %s can", name, strings.Join(Tiers(), ", "))
}
