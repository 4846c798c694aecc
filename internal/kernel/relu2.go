package kernel

// ReLU2 computes the square of the rectified linear unit (So et al., "Primer", 2021):
//
//	y[i] = max(x[i], 0)^2
//
// NaN gives NaN. y and x may be the same.
func ReLU2(y, x []float32) {
	x = x[:len(y)]
	if active != nil && len(y) > 0 {
		active.relu2(&y[0], &x[0], len(y))
		return
	}
	for i, v := range x {
		v = max(v, 0)
		y[i] = v * v
	}
}

// ReLU2Gradient multiplies by the derivative of ReLU2. It also computes y = ReLU2(x)
// again, which adds little time:
//
//	dx[i] = dy[i] 2 max(x[i], 0),  y[i] = max(x[i], 0)^2
//
// dx and dy may be the same.
func ReLU2Gradient(dx, y, dy, x []float32) {
	y, dy, x = y[:len(dx)], dy[:len(dx)], x[:len(dx)]
	if active != nil && len(dx) > 0 {
		active.relu2Gradient(&dx[0], &y[0], &dy[0], &x[0], len(dx))
		return
	}
	for i, v := range x {
		v = max(v, 0)
		y[i] = v * v
		dx[i] = dy[i] * (v + v)
	}
}
