package kernel

import (
	"math"
	"testing"
)

// Every element of a product is one chain of fused multiply-adds, in the order of the
// depth, and the bias comes last: whatever the shape of tiles, the blocks of the depth
// and the vectors of a tier are.
func TestProductsAreChains(t *testing.T) {
	for _, tier := range Tiers() {
		if tier == "portable" {
			continue // does not fuse
		}
		restore, err := Use(tier)
		if err != nil {
			t.Fatal(err)
		}
		defer restore()
		for _, shape := range [][3]int{{1, 3, 5}, {7, 40, 33}, {13, 257, 130}, {50, 256, 27}, {27, 600, 100}} {
			rows, depth, n := shape[0], shape[1], shape[2]
			x, w, bias := random(1, rows*depth), random(2, depth*n), random(3, n)
			var m Matrix
			m.Pack(w, depth, n)
			y, check := output(t, rows*n)
			Linear(y, x, &m, bias, rows)
			check()
			for i, got := range y[:rows*n] {
				var sum float32
				for k := range depth {
					sum = fused(x[i/n*depth+k], w[k*n+i%n], sum)
				}
				if want := sum + bias[i%n]; math.Float32bits(got) != math.Float32bits(want) {
					t.Fatalf("%s, shape %v: element %d is %v, one chain gives %v", tier, shape, i, got, want)
				}
			}
		}
	}
}

// fused is a*b + c, rounded once. The product is exact in float64. The sum is rounded
// to odd there, so that it can be rounded again (Boldo and Melquiond, "Emulation of a
// FMA and correctly rounded sums", 2008).
func fused(a, b, c float32) float32 {
	p, q := float64(a)*float64(b), float64(c)
	s := p + q
	t := s - p
	rest := (p - (s - t)) + (q - t)
	if bits := math.Float64bits(s); rest != 0 && bits&1 == 0 {
		if (rest > 0) == (s > 0) {
			bits++
		} else {
			bits--
		}
		s = math.Float64frombits(bits)
	}
	return float32(s)
}
