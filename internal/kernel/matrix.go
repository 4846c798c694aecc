package kernel

// A Matrix is a weight matrix W [in, out] in the form that matrix products read:
// panels of some columns each, in both orientations, with the last panel padded with
// zeros. The zero value is empty. Call [Matrix.Pack] after each change of the
// weights.
type Matrix struct {
	in, out int
	columns []float32 // panels of outputs: for each panel, a row per input
	rows    []float32 // panels of inputs: for each panel, a row per output
}

// panelWidth is the number of columns of a panel in the tier in use.
func panelWidth() int {
	if active != nil {
		return active.width()
	}
	return portableWidth
}

// packedSize is the length of panels for depth rows and n columns.
func packedSize(depth, n, width int) int { return (n + width - 1) / width * width * depth }

// Pack copies w [in, out].
func (m *Matrix) Pack(w []float32, in, out int) {
	width := m.resize(in, out)
	packColumns(m.columns, w, in, out, out, width)
	packRows(m.rows, w, in, out, out, width)
}

// PackTransposed copies w [out, in], the layout of an output head.
func (m *Matrix) PackTransposed(w []float32, in, out int) {
	width := m.resize(in, out)
	packRows(m.columns, w, out, in, in, width)
	packColumns(m.rows, w, out, in, in, width)
}

// MatrixBytes is the size of a packed Matrix in the tier in use.
func MatrixBytes(in, out int) int64 {
	width := panelWidth()
	return 4 * int64(packedSize(in, out, width)+packedSize(out, in, width))
}

func (m *Matrix) resize(in, out int) (width int) {
	width = panelWidth()
	m.in, m.out = in, out
	if n := packedSize(in, out, width); len(m.columns) != n {
		m.columns = make([]float32, n)
	}
	if n := packedSize(out, in, width); len(m.rows) != n {
		m.rows = make([]float32, n)
	}
	return width
}

// packColumns stores x [depth, n], whose rows are stride apart, in panels of
// width columns.
func packColumns(panels, x []float32, depth, n, stride, width int) {
	for start := 0; start < n; start += width {
		count := min(width, n-start)
		if active != nil && count == width {
			active.copyColumns(panels, x[start:], depth, width, width, stride)
			panels = panels[depth*width:]
			continue
		}
		for k := range depth {
			to := panels[k*width : (k+1)*width]
			copy(to, x[k*stride+start:][:count])
			clear(to[count:])
		}
		panels = panels[depth*width:]
	}
}

// packRows stores the transpose of x [n, depth], whose rows are stride apart,
// in panels of width rows.
func packRows(panels, x []float32, n, depth, stride, width int) {
	for start := 0; start < n; start += width {
		count := min(width, n-start)
		if count < width {
			clear(panels[:depth*width])
		}
		transpose(panels, x[start*stride:], count, depth, width, stride)
		panels = panels[depth*width:]
	}
}

// transpose stores y[k,i] = x[i,k] for n rows of x, whose rows are xRow apart
// and y's yRow.
func transpose(y, x []float32, n, depth, yRow, xRow int) {
	whole, blocks := 0, 0
	if active != nil && n >= active.lanes && depth > 0 {
		_, _ = x[(n-1)*xRow+depth-1], y[(depth-1)*yRow+n-1]
		blocks = depth / active.lanes
		for ; n-whole >= active.lanes && blocks > 0; whole += active.lanes {
			active.transpose(&y[whole], &x[whole*xRow], blocks, 4*yRow, 4*xRow)
		}
		if blocks *= active.lanes; whole == n && blocks == depth {
			return
		}
	}
	for i := range n {
		from := 0
		if i < whole {
			from = blocks // the rest after the blocks
		}
		for k, v := range x[i*xRow:][from:depth] {
			y[(from+k)*yRow+i] = v
		}
	}
}

// copyColumns copies x [rows, columns], whose rows are xRow apart, to y, whose
// rows are yRow apart.
func (v *vectors) copyColumns(y, x []float32, rows, columns, yRow, xRow int) {
	if rows == 0 || columns == 0 {
		return
	}
	_, _ = y[(rows-1)*yRow+columns-1], x[(rows-1)*xRow+columns-1]
	whole := columns / v.lanes * v.lanes
	for c := 0; c < whole; c += v.lanes {
		v.narrow(&y[c], &x[c], rows, v.lanes, 4*yRow, 4*xRow)
	}
	for r := 0; r < rows && whole < columns; r++ {
		copy(y[r*yRow+whole:r*yRow+columns], x[r*xRow+whole:])
	}
}
