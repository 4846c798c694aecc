package kernel

// Add computes y[i] += x[i] for every i of y.
func Add(y, x []float32) {
	x = x[:len(y)]
	for i, v := range x {
		y[i] += v
	}
}

// Sum computes y[i] = a[i] + b[i] for every i of y.
func Sum(y, a, b []float32) {
	a, b = a[:len(y)], b[:len(y)]
	for i := range y {
		y[i] = a[i] + b[i]
	}
}

// SumOfSquares returns the sum of x[i]^2, in float64 and in order.
func SumOfSquares(x []float32) float64 {
	sum := 0.0
	for _, v := range x {
		sum += float64(float64(v) * float64(v))
	}
	return sum
}
