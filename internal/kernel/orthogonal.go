package kernel

import "math"

// newtonSchulz are the coefficients of one step of the iteration, those of Keller
// Jordan, "Muon: An optimizer for hidden layers in neural networks" (2024), and of
// torch.optim.Muon.
const (
	newtonSchulzA = 3.4445
	newtonSchulzB = -4.7750
	newtonSchulzC = 2.0315

	newtonSchulzSteps = 5

	// leastNorm is the norm by which a smaller matrix is divided: zeros stay zeros.
	leastNorm = 1e-7
)

// OrthogonalizeScratch is the length of Orthogonalize's scratch.
func OrthogonalizeScratch(rows, columns int) int {
	n, m := max(rows, columns), min(rows, columns)
	return 2*n*m + 3*m*m + packedSize(m, m, panelWidth()) + 2*m + WeightScratch(m, m)
}

// OrthogonalizeFLOPs is the number of floating-point operations of Orthogonalize's
// products.
func OrthogonalizeFLOPs(rows, columns int) int {
	n, m := max(rows, columns), min(rows, columns)
	return newtonSchulzSteps * 2 * m * m * (2*n + m)
}

// Orthogonalize replaces x [rows, columns] by a matrix that has nearly the same singular
// vectors, and singular values between about 0.7 and 1.2 where those of x were not tiny:
// five steps of a Newton-Schulz iteration of degree five. Of x, or of its transpose
// where that has more rows,
//
//	y = x / max(1e-7, sqrt(sum_ij x[i,j]^2))
//
// and then five times
//
//	g = y^T y
//	y = y (3.4445 I - 4.7750 g + 2.0315 g g)
//
// A row of zeros stays zeros, and so does a column. scratch holds
// OrthogonalizeScratch(rows, columns) values.
func Orthogonalize(x, scratch []float32, rows, columns int) {
	x = x[:rows*columns]
	n, m := max(rows, columns), min(rows, columns)
	a := arena(scratch)
	y, next := a.take(n*m), a.take(n*m)
	gram, times, sum := a.take(m*m), a.take(m*m), a.take(m*m)
	packed := Matrix{in: m, out: m, columns: a.take(packedSize(m, m, panelWidth()))}
	b, c := a.take(m), a.take(m)
	for i := range m {
		b[i], c[i] = newtonSchulzB, newtonSchulzC
	}
	scale(x, float32(1/max(math.Sqrt(SumOfSquares(x)), leastNorm)))
	if rows < columns {
		transpose(y, x, rows, columns, rows, columns)
	} else {
		copy(y, x)
	}
	for range newtonSchulzSteps {
		clear(gram)
		LinearWeight(gram, y, y, a, n, m, m)
		ScaleRows(sum, gram, b, m, m)
		for i := range m {
			sum[i*m+i] += newtonSchulzA
		}
		ScaleRows(times, gram, c, m, m)
		LinearWeight(sum, gram, times, a, m, m, m) // gram is its own transpose
		packColumns(packed.columns, sum, m, m, m, panelWidth())
		Linear(next, y, &packed, nil, n)
		y, next = next, y
	}
	if rows < columns {
		transpose(x, y, columns, rows, columns, rows)
	} else {
		copy(x, y)
	}
}
