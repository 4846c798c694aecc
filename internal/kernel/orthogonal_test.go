package kernel

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

var orthogonalShapes = [][2]int{{1, 1}, {1, 7}, {7, 1}, {5, 3}, {3, 5}, {24, 24}, {24, 80}, {80, 24}, {33, 65}, {130, 17}, {17, 300}, {64, 64}, {128, 128}}

// orthogonalized is the definition of Orthogonalize, in float64.
func orthogonalized(x []float32, rows, columns int) []float64 {
	y, sum := make([]float64, len(x)), 0.0
	for i, v := range x {
		y[i] = float64(v)
		sum += y[i] * y[i]
	}
	for i := range y {
		y[i] /= max(math.Sqrt(sum), 1e-7)
	}
	if rows < columns {
		return transposed(iterated(transposed(y, rows, columns), columns, rows), columns, rows)
	}
	return iterated(y, rows, columns)
}

func iterated(y []float64, n, m int) []float64 {
	for range 5 {
		g := product64(transposed(y, n, m), y, m, n, m)
		p := product64(g, g, m, m, m)
		for i := range p {
			p[i] = -4.7750*g[i] + 2.0315*p[i]
		}
		for i := range m {
			p[i*m+i] += 3.4445
		}
		y = product64(y, p, n, m, m)
	}
	return y
}

func product64(a, b []float64, rows, depth, columns int) []float64 {
	c := make([]float64, rows*columns)
	for r := range rows {
		for k := range depth {
			for j := range columns {
				c[r*columns+j] += a[r*depth+k] * b[k*columns+j]
			}
		}
	}
	return c
}

func transposed[T any](x []T, rows, columns int) []T {
	y := make([]T, len(x))
	for r := range rows {
		for c := range columns {
			y[c*rows+r] = x[r*columns+c]
		}
	}
	return y
}

func TestOrthogonalize(t *testing.T) {
	eachTier(t, func(t *testing.T) {
		for i, shape := range orthogonalShapes {
			rows, columns := shape[0], shape[1]
			x, check := output(t, rows*columns)
			copy(x, random(uint64(i), rows*columns))
			want := orthogonalized(x[:rows*columns], rows, columns)
			scratch, checkScratch := output(t, OrthogonalizeScratch(rows, columns))
			Orthogonalize(x, scratch, rows, columns)
			check()
			checkScratch()
			for j := range want {
				// Five steps multiply an error along a small singular value by
				// up to 3.4445^5 = 485.
				if math.Abs(float64(x[j])-want[j]) > 1e-4 {
					t.Fatalf("%v: element %d is %v, want %v", shape, j, x[j], want[j])
				}
			}
		}
	})
}

// The singular values of the result are near 1: so are the lengths of the images of
// unit vectors, whatever the scale of x.
func TestOrthogonalizeMakesSingularValuesNearOne(t *testing.T) {
	eachTier(t, func(t *testing.T) {
		for _, scale := range []float32{1e-4, 1, 1e15} {
			const rows, columns = 96, 32
			x := random(3, rows*columns)
			for i := range x {
				x[i] *= scale
			}
			Orthogonalize(x, make([]float32, OrthogonalizeScratch(rows, columns)), rows, columns)
			for k := range uint64(20) {
				v := random(10+k, columns)
				length, image := 0.0, 0.0
				for _, a := range v {
					length += float64(a) * float64(a)
				}
				for r := range rows {
					image += math.Pow(float64(dot(x[r*columns:][:columns], v)), 2)
				}
				if ratio := math.Sqrt(image / length); ratio < 0.65 || ratio > 1.25 {
					t.Errorf("times %v: a vector becomes %v times as long", scale, ratio)
				}
			}
		}
	})
}

// A matrix and its transpose are the same work, to the bit; zeros stay zeros.
func TestOrthogonalizeTransposedAndZero(t *testing.T) {
	eachTier(t, func(t *testing.T) {
		for _, shape := range orthogonalShapes {
			rows, columns := shape[0], shape[1]
			scratch := make([]float32, OrthogonalizeScratch(rows, columns))
			x := random(4, rows*columns)
			y := transposed(x, rows, columns)
			Orthogonalize(x, scratch, rows, columns)
			Orthogonalize(y, scratch, columns, rows)
			if rows != columns && !slices.Equal(transposed(x, rows, columns), y) {
				t.Errorf("%v: the transpose has another result", shape)
			}
			whole := func(int) bool { return true }
			row := func(i int) bool { return i/columns == rows/2 }
			column := func(i int) bool { return i%columns == columns/2 }
			for name, zero := range map[string]func(i int) bool{"all": whole, "a row": row, "a column": column} {
				x := random(6, rows*columns)
				for i := range x {
					if zero(i) {
						x[i] = 0
					}
				}
				Orthogonalize(x, scratch, rows, columns)
				for i, v := range x {
					if zero(i) && v != 0 {
						t.Fatalf("%v, zeros are %s: element %d becomes %v", shape, name, i, v)
					}
				}
			}
		}
	})
}

func TestOrthogonalizeDoesNotAllocate(t *testing.T) {
	for _, shape := range orthogonalShapes {
		x, scratch := random(5, shape[0]*shape[1]), make([]float32, OrthogonalizeScratch(shape[0], shape[1]))
		if n := testing.AllocsPerRun(3, func() { Orthogonalize(x, scratch, shape[0], shape[1]) }); n != 0 {
			t.Errorf("%s: %v allocations", fmt.Sprint(shape), n)
		}
	}
}
