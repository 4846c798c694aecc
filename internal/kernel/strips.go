package kernel

// AddRows computes, for r from 0 to rows-1,
//
//	y[r,i] += x[r,i]        i < n
//
// for rows that are stride apart. y and x may overlap: a row of x then has the values
// that earlier rows of y were set to.
func AddRows(y, x []float32, rows, n, stride int) { addRows(y, x, rows, n, stride, 0, stride) }

// AddRowsDown is AddRows for r from rows-1 down to 0.
func AddRowsDown(y, x []float32, rows, n, stride int) {
	addRows(y, x, rows, n, stride, (rows-1)*stride, -stride)
}

func addRows(y, x []float32, rows, n, stride, first, step int) {
	if rows <= 0 || n <= 0 {
		return
	}
	last := (rows-1)*stride + n - 1
	_, _ = y[last], x[last]
	if active != nil {
		active.addRows(&y[first], &x[first], rows, n, 4*step)
		return
	}
	for at := first; rows > 0; rows-- {
		addPortable(y[at:at+n], x[at:at+n])
		at += step
	}
}

// ScaleRows computes, for every r below rows and i of factor,
//
//	y[r,i] = x[r,i] factor[i]
//
// for rows that are stride apart. y and x may be the same.
func ScaleRows(y, x, factor []float32, rows, stride int) {
	n := len(factor)
	if rows <= 0 || n == 0 {
		return
	}
	last := (rows-1)*stride + n - 1
	_, _ = y[last], x[last]
	if active != nil {
		active.scaleRows(&y[0], &x[0], &factor[0], rows, n, 4*stride)
		return
	}
	for r := range rows {
		for i, f := range factor {
			y[r*stride+i] = x[r*stride+i] * f
		}
	}
}
