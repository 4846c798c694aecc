package kernel

// A Matrix is a weight matrix W [in, out] in the form that the products read.
// The zero value is empty; [Matrix.Pack] fills it, once for every change of
// the weights.
type Matrix struct {
	in, out int
	columns [][4]float32 // panels of 4 outputs: for each panel, a row per input
	rows    [][4]float32 // panels of 4 inputs: for each panel, a row per output
}

// Pack copies w [in, out].
func (m *Matrix) Pack(w []float32, in, out int) {
	m.resize(in, out)
	packColumns(m.columns, w, in, out)
	packRows(m.rows, w, in, out)
}

// PackTransposed copies w [out, in], the layout of an output head.
func (m *Matrix) PackTransposed(w []float32, in, out int) {
	m.resize(in, out)
	packRows(m.columns, w, out, in)
	packColumns(m.rows, w, out, in)
}

func (m *Matrix) resize(in, out int) {
	if m.in == in && m.out == out {
		return
	}
	m.in, m.out = in, out
	m.columns = make([][4]float32, (out+3)/4*in)
	m.rows = make([][4]float32, (in+3)/4*out)
}

// packColumns stores w [in, out] in panels of 4 columns, padded with zeros.
func packColumns(panels [][4]float32, w []float32, in, out int) {
	for n := 0; n < out; n += 4 {
		panel := panels[n/4*in:][:in]
		for k := range panel {
			panel[k] = [4]float32{}
			copy(panel[k][:], w[k*out+n:k*out+min(n+4, out)])
		}
	}
}

// packRows stores w [in, out] in panels of 4 rows, padded with zeros.
func packRows(panels [][4]float32, w []float32, in, out int) {
	for k := 0; k < in; k += 4 {
		panel := panels[k/4*out:][:out]
		for n := range panel {
			panel[n] = [4]float32{}
			for i := range min(4, in-k) {
				panel[n][i] = w[(k+i)*out+n]
			}
		}
	}
}

// Linear computes y = x W + bias:
//
//	y[r,n] = bias[n] + sum_k x[r,k] w[k,n]        x [rows, in], y [rows, out]
//
// A nil bias is zero.
func Linear(y, x []float32, w *Matrix, bias []float32, rows int) {
	product(y, x, w.columns, rows, w.in, w.out)
	if bias == nil {
		return
	}
	for r := range rows {
		Add(y[r*w.out:(r+1)*w.out], bias)
	}
}

// LinearInput computes the gradient of Linear's input:
//
//	dx[r,k] = sum_n dy[r,n] w[k,n]
func LinearInput(dx, dy []float32, w *Matrix, rows int) {
	product(dx, dy, w.rows, rows, w.out, w.in)
}

// rowBlock rows of an input stay in the first-level cache while all panels
// pass.
const rowBlock = 32

// product computes c [rows, n] = a [rows, k] times the panels of a [k, n]
// matrix.
func product(c, a []float32, panels [][4]float32, rows, k, n int) {
	for start := 0; start < rows; start += rowBlock {
		end := min(start+rowBlock, rows)
		for col := 0; col < n; col += 4 {
			panel := panels[col/4*k:][:k]
			width := min(4, n-col)
			r := start
			for ; r+1 < end; r += 2 {
				s0, s1 := dot2x4(a[r*k:(r+1)*k], a[(r+1)*k:(r+2)*k], panel)
				copy(c[r*n+col:][:width], s0[:])
				copy(c[(r+1)*n+col:][:width], s1[:])
			}
			if r < end {
				s := dot1x4(a[r*k:(r+1)*k], panel)
				copy(c[r*n+col:][:width], s[:])
			}
		}
	}
}

func dot2x4(a0, a1 []float32, panel [][4]float32) (s0, s1 [4]float32) {
	a0, a1 = a0[:len(panel)], a1[:len(panel)]
	var s00, s01, s02, s03, s10, s11, s12, s13 float32
	for k := range panel {
		b := &panel[k]
		x, y := a0[k], a1[k]
		s00 += float32(x * b[0])
		s01 += float32(x * b[1])
		s02 += float32(x * b[2])
		s03 += float32(x * b[3])
		s10 += float32(y * b[0])
		s11 += float32(y * b[1])
		s12 += float32(y * b[2])
		s13 += float32(y * b[3])
	}
	return [4]float32{s00, s01, s02, s03}, [4]float32{s10, s11, s12, s13}
}

func dot1x4(a []float32, panel [][4]float32) [4]float32 {
	a = a[:len(panel)]
	var s0, s1, s2, s3 float32
	for k := range panel {
		b := &panel[k]
		x := a[k]
		s0 += float32(x * b[0])
		s1 += float32(x * b[1])
		s2 += float32(x * b[2])
		s3 += float32(x * b[3])
	}
	return [4]float32{s0, s1, s2, s3}
}

// LinearWeight adds the gradient of Linear's weights:
//
//	dw[k,n] += sum_r x[r,k] dy[r,n]        x [rows, in], dy [rows, out], dw [in, out]
//
// summed over blocks of 128 rows.
func LinearWeight(dw, x, dy []float32, rows, in, out int) {
	const block = 128
	var panel [block][4]float32
	for start := 0; start < rows; start += block {
		n := min(block, rows-start)
		for col := 0; col < out; col += 4 {
			width := min(4, out-col)
			for r := range n {
				panel[r] = [4]float32{}
				copy(panel[r][:width], dy[(start+r)*out+col:])
			}
			for k := 0; k < in; k += 2 {
				s0, s1 := columns2x4(x[start*in+k:], in, min(k+1, in-1)-k, panel[:n])
				for i := range width {
					dw[k*out+col+i] += s0[i]
				}
				if k+1 < in {
					for i := range width {
						dw[(k+1)*out+col+i] += s1[i]
					}
				}
			}
		}
	}
}

// columns2x4 is dot2x4 over two columns of x, `next` apart, whose rows are
// `stride` apart.
func columns2x4(x []float32, stride, next int, panel [][4]float32) (s0, s1 [4]float32) {
	var s00, s01, s02, s03, s10, s11, s12, s13 float32
	at := 0
	for r := range panel {
		b := &panel[r]
		u, v := x[at], x[at+next]
		at += stride
		s00 += float32(u * b[0])
		s01 += float32(u * b[1])
		s02 += float32(u * b[2])
		s03 += float32(u * b[3])
		s10 += float32(v * b[0])
		s11 += float32(v * b[1])
		s12 += float32(v * b[2])
		s13 += float32(v * b[3])
	}
	return [4]float32{s00, s01, s02, s03}, [4]float32{s10, s11, s12, s13}
}

// LinearBias adds the gradient of Linear's bias:
//
//	dbias[n] += sum_r dy[r,n]
func LinearBias(dbias, dy []float32, rows, out int) {
	for r := range rows {
		Add(dbias[:out], dy[r*out:])
	}
}
