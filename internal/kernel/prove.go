package kernel

import (
	"fmt"
	"math"
)

// prove computes a small product, softmax, rotation and norm of a tier, as training
// does, and the two kernels of decoding one token. It returns an error if a value differs from
// the kernel's doc comment, computed in float64, or if one is written that should
// not be. Every height and width of a tile is used, and the last columns fill a part
// of a vector.
//
// It calls no function that reads active: that is not chosen yet.
func (v *vectors) prove() error {
	if v == nil {
		return nil // portable: these are the loops themselves
	}
	for _, height := range v.rows {
		err := first(
			v.proveProduct(height, 2*v.width()+v.lanes+3, 2, false),
			v.proveProduct(height, v.lanes+3, 1, true),
		)
		if err != nil {
			return err
		}
	}
	for _, pairs := range v.provenPairs() {
		if err := v.proveRotation(pairs); err != nil {
			return err
		}
	}
	return first(
		v.proveProduct(1, widePanels*v.width()+3, 2, false),
		v.proveWeightedSum(), v.proveSoftmaxColumns(), v.proveSoftmax(), v.proveLayerNorm(),
		v.proveRMSNorm(), v.proveSoftCap(),
	)
}

// proveProduct computes whole numbers. All their sums are below 2^24, so they are
// exact in any order, and the product must be equal to the bit.
func (v *vectors) proveProduct(rows, columns, wide int, add bool) error {
	const depth = 19
	width := wide * v.lanes
	panels := (columns + width - 1) / width
	last, row := columns-(panels-1)*width, columns+v.lanes
	a, b, bias := wholes(1, rows*depth), wholes(2, depth*columns), wholes(3, columns)
	if add {
		bias = nil
	}
	packed := make([]float32, panels*depth*width)
	for p := range panels {
		v.copyColumns(packed[p*depth*width:], b[p*width:], depth, min(width, columns-p*width), width, columns)
	}
	c := wholes(4, rows*row) // behind each row are values that must stay
	want := float64s(c)
	for r := range rows {
		for n := range columns {
			sum := 0.0
			switch {
			case add:
				sum = want[r*row+n]
			case bias != nil:
				sum = float64(bias[n])
			}
			for k := range depth {
				sum += float64(a[r*depth+k]) * float64(b[k*columns+n])
			}
			want[r*row+n] = sum
		}
	}
	v.multiplyTiles(&product{
		c: c, cRow: row, a: a, aRow: depth, aDepth: 1, b: packed, bDepth: width, bPanel: depth * width,
		bias: bias, rows: rows, depth: depth, panels: panels, wide: wide, last: last, add: add,
	})
	return differs("product", c, want, 0, 0)
}

// proveWeightedSum is attention from one query in decoding.
func (v *vectors) proveWeightedSum() error {
	n, columns := 13, v.lanes+3
	p, x, y := wholes(1, n), wholes(2, n*columns), wholes(3, columns+v.lanes)
	want := float64s(y)
	for i := range columns {
		want[i] = 0
		for j := range n {
			want[i] += float64(p[j]) * float64(x[j*columns+i])
		}
	}
	v.weightedSum(&y[0], &p[0], &x[0], n, columns, 4*columns)
	return differs("weighted sum", y, want, 0, 0)
}

// The scores that softmax is tried on are multiples of 1/256, so that only the
// exponential is rounded.
const proofScale = 1.0 / 256

// proveSoftmaxColumns is the softmax of attention, with the last keys in the future.
func (v *vectors) proveSoftmaxColumns() error {
	w := v.width()
	before, rows := 3, 3+w
	s, top, sum := wholes(1, rows*w+w), wholes(2, w+w), wholes(3, w+w)
	wantS, wantTop, wantSum := float64s(s), float64s(top), float64s(sum)
	for i := range w {
		wantTop[i], wantSum[i] = math.Inf(-1), 0
		for r := range before + i + 1 {
			wantTop[i] = max(wantTop[i], proofScale*float64(s[r*w+i]))
		}
		for r := range rows {
			e := 0.0
			if r <= before+i {
				e = math.Exp(proofScale*float64(s[r*w+i]) - wantTop[i])
			}
			wantS[r*w+i] = e
			wantSum[i] += e
		}
	}
	v.add(&s[before*w], &v.future[0], w*w)
	v.softmaxColumns(&s[0], &top[0], &sum[0], rows, proofScale)
	v.multiply(&s[before*w], &v.past[0], w*w)
	return first(
		differs("maximum of softmax in columns", top, wantTop, 0, 0),
		differs("sum of softmax in columns", sum, wantSum, proofTolerance, 0),
		differs("softmax in columns", s, wantS, proofTolerance, 0),
	)
}

// proveSoftmax is the softmax of the loss, and of attention in decoding.
func (v *vectors) proveSoftmax() error {
	n := 5*v.lanes + 3
	x := wholes(1, n+v.lanes)
	want, top, sum := float64s(x), math.Inf(-1), 0.0
	for _, s := range x[:n] {
		top = max(top, float64(s))
	}
	for i := range n {
		want[i] = math.Exp(proofScale * (want[i] - top))
		sum += want[i]
	}
	got := v.maximum(&x[0], n)
	gotSum := v.expSum(&x[0], &x[0], n, proofScale, proofScale*got)
	return first(
		differs("maximum", []float32{got}, []float64{top}, 0, 0),
		differs("sum of softmax", []float32{gotSum}, []float64{sum}, proofTolerance, 0),
		differs("softmax", x, want, proofTolerance, 0),
	)
}

func (v *vectors) proveLayerNorm() error {
	n := 5*v.lanes + 3
	x, gain, bias, y := wholes(1, n), wholes(2, n), wholes(3, n), wholes(4, n+v.lanes)
	for i := range n {
		gain[i], bias[i] = gain[i]*proofScale, bias[i]*proofScale
	}
	want, mean, squares := float64s(y), 0.0, 0.0
	for _, s := range x {
		mean += float64(s) / float64(n)
	}
	for _, s := range x {
		squares += (float64(s) - mean) * (float64(s) - mean)
	}
	rstd := 1 / math.Sqrt(squares/float64(n)+normEpsilon)
	for i, s := range x {
		want[i] = (float64(s)-mean)*rstd*float64(gain[i]) + float64(bias[i])
	}
	var gotMean, gotRstd float32
	v.layerNorm(&y[0], &gotMean, &gotRstd, &x[0], &gain[0], &bias[0], n, 1/float32(n), normEpsilon)
	return first(
		differs("mean of the norm", []float32{gotMean}, []float64{mean}, proofTolerance, proofTolerance),
		differs("deviation of the norm", []float32{gotRstd}, []float64{rstd}, proofTolerance, 0),
		differs("norm", y, want, proofTolerance, proofTolerance),
	)
}

func (v *vectors) proveRMSNorm() error {
	n := 5*v.lanes + 3
	x, gain, y := wholes(1, n), wholes(2, n), wholes(3, n+v.lanes)
	want, squares := float64s(y), 0.0
	for _, s := range x {
		squares += float64(s) * float64(s)
	}
	rstd := 1 / math.Sqrt(squares/float64(n)+normEpsilon)
	for i, s := range x {
		want[i] = float64(s) * rstd * float64(gain[i])
	}
	var gotRstd float32
	v.rmsNorm(&y[0], &gotRstd, &x[0], &gain[0], n, 1/float32(n), normEpsilon)
	return first(
		differs("deviation of the RMS norm", []float32{gotRstd}, []float64{rstd}, proofTolerance, 0),
		differs("RMS norm", y, want, proofTolerance, proofTolerance),
	)
}

// provenPairs are pairs of channels in a head: those that fill a vector of any length,
// and some that need several.
func (v *vectors) provenPairs() []int {
	pairs := []int{v.lanes + v.lanes/2 + 3}
	for n := 4; n <= v.lanes; n *= 2 {
		pairs = append(pairs, n)
	}
	return pairs
}

// proveRotation rotates two heads with some pairs of channels, alone and with a norm.
// Cosines and sines are multiples of 1/1024, so that no product is rounded.
func (v *vectors) proveRotation(pairs int) error {
	const heads, direction = 2, -1
	size := 2 * pairs
	row, cos, sin := wholes(1, heads*size+v.lanes), wholes(2, pairs), wholes(3, pairs)
	for i := range pairs {
		cos[i], sin[i] = cos[i]/1024, sin[i]/1024
	}
	normed, rstd := append([]float32(nil), row...), make([]float32, heads)
	want := float64s(row)
	wantNormed, wantRstd := float64s(row), make([]float64, heads)
	for h := range heads {
		squares := 0.0
		for i := range pairs {
			a, b := h*size+i, h*size+i+pairs
			c, s := float64(cos[i]), direction*float64(sin[i])
			want[a], want[b] = want[a]*c-want[b]*s, want[b]*c+want[a]*s
			squares += want[a]*want[a] + want[b]*want[b]
		}
		wantRstd[h] = 1 / math.Sqrt(squares/float64(size)+normEpsilon)
		for i := h * size; i < (h+1)*size; i++ {
			wantNormed[i] = want[i] * wantRstd[h]
		}
	}
	v.rotate(&row[0], &cos[0], &sin[0], heads, size, direction)
	v.rotateNorm(&normed[0], &rstd[0], &cos[0], &sin[0], heads, size, direction, 1/float32(size), normEpsilon)
	return first(
		differs("rotation", row, want, 0, 0),
		differs("deviation of a rotated head", rstd, wantRstd, proofTolerance, 0),
		differs("rotation with norm", normed, wantNormed, proofTolerance, proofTolerance),
	)
}

// proveSoftCap is the cap of logits and the sum of their exponentials.
func (v *vectors) proveSoftCap() error {
	const limit = 15
	n := 5*v.lanes + 3
	x, y := wholes(1, n), wholes(2, n+v.lanes)
	want, sum := float64s(y), 0.0
	for i := range x {
		x[i] /= 16
		want[i] = limit * math.Tanh(float64(x[i])/limit)
		sum += math.Exp(want[i] - limit)
	}
	v.softCap(&y[0], &x[0], n, limit, 1.0/limit)
	return first(
		differs("capped logit", y, want, proofTolerance, 0),
		differs("sum of capped logits", []float32{v.expTotal(&y[0], n, limit)}, []float64{sum}, 2*proofTolerance, 0),
	)
}

// wholes returns n whole numbers from -511 to 512 that look random.
func wholes(seed, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(int(uint32(1000*seed+i)*2654435761>>22) - 511)
	}
	return x
}

func float64s(x []float32) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}

// differs returns an error about the first value of got that is not near want.
func differs(what string, got []float32, want []float64, relative, absolute float64) error {
	for i, w := range want {
		if d := math.Abs(float64(got[i]) - w); !(d <= absolute+relative*math.Abs(w)) {
			return fmt.Errorf("element %d of a %s is %v instead of %v", i, what, got[i], float32(w))
		}
	}
	return nil
}

// first returns the first error that is not nil.
func first(all ...error) error {
	for _, err := range all {
		if err != nil {
			return err
		}
	}
	return nil
}

// proofTolerance is a few units in the last place of a float32.
const proofTolerance = 1e-6
