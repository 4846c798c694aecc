package kernel

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"unsafe"
)

func assemblyTiers() []*vectors { return tiers[:len(tiers)-1] }

func TestEveryTierProves(t *testing.T) {
	for _, v := range tiers {
		if err := v.prove(); err != nil {
			t.Errorf("%s: %v", v, err)
		}
	}
	if got := Warnings(); len(got) > 0 && !strings.HasPrefix(got[0].Error(), Variable) {
		t.Errorf("warnings %v", got)
	}
}

// faults are what a kernel may do wrong to one value.
var faults = map[string]func(x *float32){
	"one too much":    func(x *float32) { *x++ },
	"slightly more":   func(x *float32) { *x += 1e-5 * max(1, *x, -*x) },
	"not a number":    func(x *float32) { *x = float32(math.NaN()) },
	"infinity":        func(x *float32) { *x = float32(math.Inf(1)) },
	"the value twice": func(x *float32) { *x *= 2 },
}

func element(x *float32, i int) *float32 { return (*float32)(unsafe.Add(unsafe.Pointer(x), 4*i)) }

// wrongAt are copies of a tier with a kernel that is wrong at one place of what it
// writes, or writes one value behind it, by the name of kernel and place.
func wrongAt(v *vectors, fault func(x *float32)) map[string]*vectors {
	all := map[string]*vectors{}
	copyOf := func(kernel, place string) *vectors {
		c := *v
		all[kernel+", "+place] = &c
		return &c
	}
	for wide := range v.product {
		for height, right := range v.product[wide] {
			if right == nil {
				continue
			}
			for place, column := range map[string]func(edge int) int{
				"first column": func(int) int { return 0 },
				"edge column":  func(edge int) int { return edge },
				"behind":       func(edge int) int { return edge + 1 },
			} {
				copyOf(fmt.Sprintf("product of %d rows, %d wide", height, wide), place).product[wide][height] =
					func(c, a, b, bias *float32, tiles, depth, panels, aRow, aDepth, bDepth, bPanel, cRow, last int, resume, add bool) {
						right(c, a, b, bias, tiles, depth, panels, aRow, aDepth, bDepth, bPanel, cRow, last, resume, add)
						edge := (panels-1)*wide*v.lanes + last - 1
						fault(element(c, (tiles*height-1)*cRow/4+column(edge)))
					}
			}
		}
	}
	for _, at := range []struct {
		name  string
		index func(n int) int
	}{
		{"first", func(int) int { return 0 }},
		{"last", func(n int) int { return n - 1 }},
		{"behind", func(n int) int { return n }},
	} {
		copyOf("row", at.name).productRow = func(c, a, b, bias *float32, depth, groups, aDepth, bDepth, bPanel int, add bool) {
			v.productRow(c, a, b, bias, depth, groups, aDepth, bDepth, bPanel, add)
			if at.name != "behind" { // the columns there are computed next
				fault(element(c, at.index(groups*widePanels*v.width())))
			}
		}
		copyOf("weighted sum", at.name).weightedSum = func(y, p, x *float32, n, columns, stride int) {
			v.weightedSum(y, p, x, n, columns, stride)
			fault(element(y, at.index(columns)))
		}
		copyOf("softmax in columns", at.name).softmaxColumns = func(s, top, sum *float32, rows int, scale float32) {
			v.softmaxColumns(s, top, sum, rows, scale)
			fault(element(s, at.index(rows*v.width())))
		}
		copyOf("top of softmax in columns", at.name).softmaxColumns = func(s, top, sum *float32, rows int, scale float32) {
			v.softmaxColumns(s, top, sum, rows, scale)
			fault(element(top, at.index(v.width())))
		}
		copyOf("sum of softmax in columns", at.name).softmaxColumns = func(s, top, sum *float32, rows int, scale float32) {
			v.softmaxColumns(s, top, sum, rows, scale)
			fault(element(sum, at.index(v.width())))
		}
		copyOf("exponentials", at.name).expSum = func(y, x *float32, n int, scale, shift float32) float32 {
			sum := v.expSum(y, x, n, scale, shift)
			fault(element(y, at.index(n)))
			return sum
		}
		copyOf("norm", at.name).layerNorm = func(y, mean, rstd, x, gain, bias *float32, n int, inverse, epsilon float32) {
			v.layerNorm(y, mean, rstd, x, gain, bias, n, inverse, epsilon)
			fault(element(y, at.index(n)))
		}
		copyOf("RMS norm", at.name).rmsNorm = func(y, rstd, x, gain *float32, n int, inverse, epsilon float32) {
			v.rmsNorm(y, rstd, x, gain, n, inverse, epsilon)
			fault(element(y, at.index(n)))
		}
		for _, pairs := range v.provenPairs() {
			name := fmt.Sprintf("%d pairs", pairs)
			copyOf("rotation of "+name, at.name).rotate = func(row, cos, sin *float32, heads, size int, direction float32) {
				v.rotate(row, cos, sin, heads, size, direction)
				if size == 2*pairs {
					fault(element(row, at.index(heads*size)))
				}
			}
			copyOf("rotation with norm of "+name, at.name).rotateNorm = func(row, rstd, cos, sin *float32, heads, size int, direction, inverse, epsilon float32) {
				v.rotateNorm(row, rstd, cos, sin, heads, size, direction, inverse, epsilon)
				if size == 2*pairs {
					fault(element(row, at.index(heads*size)))
				}
			}
		}
		copyOf("soft cap", at.name).softCap = func(y, x *float32, n int, limit, inverse float32) {
			v.softCap(y, x, n, limit, inverse)
			fault(element(y, at.index(n)))
		}
		copyOf("columns", at.name).narrow = func(y, x *float32, rows, columns, yRow, xRow int) {
			v.narrow(y, x, rows, columns, yRow, xRow)
			if at.name != "behind" { // zeros may follow there
				fault(element(y, (rows-1)*yRow/4+at.index(columns)))
			}
		}
	}
	copyOf("maximum", "result").maximum = func(x *float32, n int) float32 {
		top := v.maximum(x, n)
		fault(&top)
		return top
	}
	copyOf("sum of exponentials", "result").expSum = func(y, x *float32, n int, scale, shift float32) float32 {
		sum := v.expSum(y, x, n, scale, shift)
		fault(&sum)
		return sum
	}
	copyOf("sum of capped logits", "result").expTotal = func(x *float32, n int, shift float32) float32 {
		sum := v.expTotal(x, n, shift)
		fault(&sum)
		return sum
	}
	copyOf("RMS norm", "deviation").rmsNorm = func(y, rstd, x, gain *float32, n int, inverse, epsilon float32) {
		v.rmsNorm(y, rstd, x, gain, n, inverse, epsilon)
		fault(rstd)
	}
	copyOf("rotation with norm", "deviation").rotateNorm = func(row, rstd, cos, sin *float32, heads, size int, direction, inverse, epsilon float32) {
		v.rotateNorm(row, rstd, cos, sin, heads, size, direction, inverse, epsilon)
		fault(element(rstd, heads-1))
	}
	copyOf("norm", "mean").layerNorm = func(y, mean, rstd, x, gain, bias *float32, n int, inverse, epsilon float32) {
		v.layerNorm(y, mean, rstd, x, gain, bias, n, inverse, epsilon)
		fault(mean)
	}
	copyOf("norm", "deviation").layerNorm = func(y, mean, rstd, x, gain, bias *float32, n int, inverse, epsilon float32) {
		v.layerNorm(y, mean, rstd, x, gain, bias, n, inverse, epsilon)
		fault(rstd)
	}
	return all
}

// A tier with one kernel that is wrong at one place is refused.
func TestWrongTiersAreRefused(t *testing.T) {
	for _, v := range assemblyTiers() {
		for fault, change := range faults {
			for name, wrong := range wrongAt(v, change) {
				harmless := strings.HasSuffix(name, ", behind") && (strings.HasPrefix(name, "row") || strings.HasPrefix(name, "columns"))
				if err := wrong.prove(); (err == nil) != harmless {
					t.Errorf("%s, %s, %s: error %v", v, name, fault, err)
				}
			}
		}
		if err := v.prove(); err != nil {
			t.Errorf("%s, the right one: %v", v, err)
		}
	}
}

// A kernel that writes nothing is refused too.
func TestIdleTiersAreRefused(t *testing.T) {
	for _, v := range assemblyTiers() {
		idle := *v
		idle.layerNorm = func(y, mean, rstd, x, gain, bias *float32, n int, inverse, epsilon float32) {}
		if idle.prove() == nil {
			t.Errorf("%s: a norm that writes nothing is taken", v)
		}
		idle = *v
		idle.product[1][v.rows[0]] = func(c, a, b, bias *float32, tiles, depth, panels, aRow, aDepth, bDepth, bPanel, cRow, last int, resume, add bool) {
		}
		if idle.prove() == nil {
			t.Errorf("%s: a product that writes nothing is taken", v)
		}
	}
}

func TestChooseTakesTheNextLower(t *testing.T) {
	if len(assemblyTiers()) == 0 {
		t.Skip("this build or processor has the portable tier only")
	}
	right := *assemblyTiers()[0]
	right.name = "right"
	wrong := func(name string) *vectors {
		v := right
		v.name = name
		v.maximum = func(*float32, int) float32 { return 7 }
		return &v
	}
	for _, test := range []struct {
		named    string
		all      []*vectors
		want     string
		warnings []string // what each one says
	}{
		{"", []*vectors{&right, nil}, "right", nil},
		{"RIGHT", []*vectors{wrong("upper"), &right, nil}, "right", nil},
		{"portable", []*vectors{wrong("upper"), nil}, "portable", nil},
		{"", []*vectors{wrong("upper"), &right, nil}, "right", []string{"the upper kernels compute wrong values on this machine: element 0 of a maximum is 7 instead of 504; the right kernels are used instead"}},
		{"", []*vectors{wrong("upper"), wrong("lower"), nil}, "portable", []string{"the upper kernels compute wrong", "the lower kernels compute wrong"}},
		{"lower", []*vectors{&right, wrong("lower"), nil}, "portable", []string{"the lower kernels compute wrong values"}},
		{"sse9", []*vectors{&right, nil}, "right", []string{Variable + "=sse9 names no kernels that this processor can run, which are right, portable; the right kernels are used"}},
		{"sse9", []*vectors{wrong("upper"), nil}, "portable", []string{"sse9", "the upper kernels compute wrong"}},
	} {
		tier, warnings := choose(test.named, test.all)
		if tier.String() != test.want || len(warnings) != len(test.warnings) {
			t.Errorf("%q of %v: %s, warnings %v; want %s", test.named, names(test.all), tier, warnings, test.want)
			continue
		}
		for i, want := range test.warnings {
			if got := warnings[i].Error(); !strings.Contains(got, want) || !strings.Contains(got, "the "+test.want+" kernels are used") {
				t.Errorf("%q of %v: warning %q, want %q", test.named, names(test.all), got, want)
			}
		}
	}
	if !slices.ContainsFunc(tiers, func(v *vectors) bool { return v == nil }) {
		t.Error("there is no portable tier to fall back on")
	}
}

func BenchmarkProve(b *testing.B) {
	for _, v := range assemblyTiers() {
		b.Run(v.name, func(b *testing.B) {
			for b.Loop() {
				if err := v.prove(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
