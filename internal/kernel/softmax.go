package kernel

// maximum returns the largest of x, which has at least one element.
func maximum(x []float32) float32 {
	if active != nil {
		return active.maximum(&x[0], len(x))
	}
	top := x[0]
	for _, v := range x {
		top = max(top, v)
	}
	return top
}

// expSum computes x[i] = exp(scale x[i] - shift), 2^-64 at least, and returns the sum.
func expSum(x []float32, scale, shift float32) float32 {
	if active != nil && len(x) > 0 {
		return active.expSum(&x[0], &x[0], len(x), scale, shift)
	}
	var sum float32
	for i, v := range x {
		x[i] = softmaxExp(float32(scale*v) - shift)
		sum += x[i]
	}
	return sum
}

// dot returns the sum of a[i] b[i] for every i of a.
func dot(a, b []float32) float32 {
	b = b[:len(a)]
	var sum float32
	for i, v := range a {
		sum += float32(v * b[i])
	}
	return sum
}

// scale computes x[i] *= f.
func scale(x []float32, f float32) {
	if active != nil && len(x) > 0 {
		active.scale(&x[0], len(x), f)
		return
	}
	for i := range x {
		x[i] *= f
	}
}
