package kernel

// Linear computes y = x W + bias:
//
//	y[r,n] = bias[n] + sum_k x[r,k] w[k,n]        x [rows, in], y [rows, out]
//
// A nil bias is zero.
func Linear(y, x []float32, w *Matrix, bias []float32, rows int) {
	y, x = y[:rows*w.out], x[:rows*w.in]
	if bias != nil {
		bias = bias[:w.out]
	}
	if active != nil {
		active.linear(y, x, w.columns, bias, rows, w.in, w.out)
		return
	}
	productPortable(y, x, w.columns, rows, w.in, w.out)
	if bias != nil {
		for r := range rows {
			addPortable(y[r*w.out:(r+1)*w.out], bias)
		}
	}
}

// LinearInput computes the gradient of Linear's input:
//
//	dx[r,k] = sum_n dy[r,n] w[k,n]
func LinearInput(dx, dy []float32, w *Matrix, rows int) {
	dx, dy = dx[:rows*w.in], dy[:rows*w.out]
	if active != nil {
		active.linear(dx, dy, w.rows, nil, rows, w.out, w.in)
		return
	}
	productPortable(dx, dy, w.rows, rows, w.out, w.in)
}

// weightBlock is the number of rows that LinearWeight sums before it adds to dw.
const weightBlock = 128

// WeightScratch is the length of LinearWeight's scratch.
func WeightScratch(in, out int) int {
	n := packedSize(weightBlock, out, panelWidth())
	if active != nil {
		n += active.columnsSize(weightBlock)
	}
	return n
}

// LinearWeight adds the gradient of Linear's weights:
//
//	dw[k,n] += sum_r x[r,k] dy[r,n]        x [rows, in], dy [rows, out], dw [in, out]
//
// in sums over blocks of 128 rows. scratch holds WeightScratch(in, out) values.
func LinearWeight(dw, x, dy, scratch []float32, rows, in, out int) {
	dw, x, dy = dw[:in*out], x[:rows*in], dy[:rows*out]
	for start := 0; start < rows; start += weightBlock {
		n := min(weightBlock, rows-start)
		xBlock, dyBlock := x[start*in:(start+n)*in], dy[start*out:(start+n)*out]
		if active != nil {
			active.addColumns(dw, xBlock, dyBlock, scratch, n, in, out)
			continue
		}
		panels := scratch[:packedSize(n, out, portableWidth)]
		packColumns(panels, dyBlock, n, out, out, portableWidth)
		addProductPortable(dw, xBlock, panels, n, in, out)
	}
}

// LinearBias adds the gradient of Linear's bias:
//
//	dbias[n] += sum_r dy[r,n]
func LinearBias(dbias, dy []float32, rows, out int) {
	for r := range rows {
		Add(dbias[:out], dy[r*out:(r+1)*out])
	}
}
