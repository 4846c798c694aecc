package kernel

// Rotate rotates pairs of channels in each head of one row [heads, size], where size is
// even. Channel i of a head and channel i + size/2 are a pair, whose angle has the cosine
// cos[i] and the sine sin[i] (Su et al., "RoFormer", 2021; the pairs are those of Llama).
// For every i < size/2,
//
//	s                 = direction sin[i]
//	row[h,i]          = row[h,i] cos[i] - row[h,i+size/2] s
//	row[h,i+size/2]   = row[h,i+size/2] cos[i] + row[h,i] s
//
// with what row held before. direction is 1 or -1: 1 is Llama's rotation, -1 is its
// inverse, which is its gradient too, and the rotation of nanochat.
//
// Every product is rounded before it is added, in all tiers, so they all give the same
// bits.
func Rotate(row, cos, sin []float32, heads, size int, direction float32) {
	half := size / 2
	row, cos, sin = row[:heads*size], cos[:half], sin[:half]
	if active != nil && len(row) > 0 {
		active.rotate(&row[0], &cos[0], &sin[0], heads, size, direction)
		return
	}
	for h := range heads {
		rotateHead(row[h*size:(h+1)*size], cos, sin, direction)
	}
}

func rotateHead(head, cos, sin []float32, direction float32) {
	half := len(cos)
	a, b := head[:half], head[half:2*half]
	for i, c := range cos {
		s := direction * sin[i]
		u, v := a[i], b[i]
		a[i] = float32(u*c) - float32(v*s)
		b[i] = float32(v*c) + float32(u*s)
	}
}

// RotateNorm is Rotate, and then RMSNorm without gain of every head:
//
//	rstd[h]  = 1 / sqrt(sum_i row[h,i]^2 / size + epsilon)
//	row[h,i] = row[h,i] rstd[h]
//
// The row and rstd [heads] are what RotateNormGradient needs.
func RotateNorm(row, rstd, cos, sin []float32, heads, size int, epsilon, direction float32) {
	half := size / 2
	row, rstd, cos, sin = row[:heads*size], rstd[:heads], cos[:half], sin[:half]
	if active != nil && len(row) > 0 {
		active.rotateNorm(&row[0], &rstd[0], &cos[0], &sin[0], heads, size, direction, 1/float32(size), epsilon)
		return
	}
	for h := range heads {
		head := row[h*size : (h+1)*size]
		rotateHead(head, cos, sin, direction)
		RMSNorm(head, rstd[h:], head, nil, 1, size, epsilon)
	}
}

// RotateNormGradient replaces drow [heads, size], the gradient of what RotateNorm gave,
// by that of what it read. It takes the row and rstd that RotateNorm gave, and the same
// direction. For every head, with
//
//	d[i] = rstd[h] (drow[h,i] - row[h,i] sum_j drow[h,j] row[h,j] / size)
//
// drow[h] is d rotated by -direction, as Rotate does.
func RotateNormGradient(drow, row, rstd, cos, sin []float32, heads, size int, direction float32) {
	half := size / 2
	drow, row, rstd = drow[:heads*size], row[:heads*size], rstd[:heads]
	cos, sin = cos[:half], sin[:half]
	if active != nil && len(row) > 0 {
		active.rotateNormGradient(&drow[0], &row[0], &rstd[0], &cos[0], &sin[0], heads, size, -direction, 1/float32(size))
		return
	}
	for h, s := range rstd {
		y, d := row[h*size:(h+1)*size], drow[h*size:(h+1)*size]
		mean := dot(d, y) / float32(size)
		for i, v := range y {
			d[i] = s * (d[i] - float32(v*mean))
		}
		rotateHead(d, cos, sin, -direction)
	}
}
