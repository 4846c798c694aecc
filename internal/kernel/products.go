package kernel

// A product is C = A B + bias or, with add, C += A B:
//
//	c[r,j] = bias[j] + sum_k a[r,k] b[k,j]        r < rows, k < depth
//
// A nil bias is zero. B lies in panels of `wide` vectors of columns; the last
// panel has `last` columns of C.
type product struct {
	c    []float32
	cRow int // elements between rows of C

	a            []float32
	aRow, aDepth int // elements between values of A with neighbouring r and k

	b              []float32
	bDepth, bPanel int // elements between rows of a panel, and between panels

	bias                []float32
	rows, depth, panels int
	wide                int // 1 or 2
	last                int
	add                 bool
}

// linear computes c [rows, n] = a [rows, depth] b + bias, with b [depth, n] in
// panels of v.width() columns.
func (v *vectors) linear(c, a, b, bias []float32, rows, depth, n int) {
	width := v.width()
	v.multiplyTiles(&product{
		c: c, cRow: n, a: a, aRow: depth, aDepth: 1, b: b, bDepth: width, bPanel: depth * width,
		bias: bias, rows: rows, depth: depth, panels: (n + width - 1) / width, wide: 2, last: n - (n-1)/width*width,
	})
}

// multiplyTiles computes a product in tiles of some rows and one panel.
func (v *vectors) multiplyTiles(p *product) {
	c, a, b, rows, depth, panels := p.c, p.a, p.b, p.rows, p.depth, p.panels
	if rows == 0 || panels == 0 || depth == 0 && p.add {
		return
	}
	// The assembly checks nothing: the last element of each array is touched
	// here, so that one that is too short panics.
	width, aRow := p.wide*v.lanes, p.aRow
	_ = c[(rows-1)*p.cRow+(panels-1)*width+p.last-1]
	var biasAt *float32
	if p.bias != nil {
		_ = p.bias[(panels-1)*width+p.last-1]
		biasAt = &p.bias[0]
	}
	if depth == 0 {
		a, b, aRow = nothing[:], nothing[:], 0
	} else {
		_ = a[(rows-1)*aRow+(depth-1)*p.aDepth]
		_ = b[(panels-1)*p.bPanel+(depth-1)*p.bDepth+width-1]
	}
	whole := panels
	if p.last < width {
		whole--
	}
	if n := whole / widePanels * widePanels; rows == 1 && p.wide == 2 && n > 0 {
		v.productRow(&c[0], &a[0], &b[0], biasAt, depth, n/widePanels, 4*p.aDepth, 4*p.bDepth, 4*p.bPanel, p.add)
		if panels -= n; panels == 0 {
			return
		}
		c, b = c[n*width:], b[n*p.bPanel:]
		if p.bias != nil {
			biasAt = &p.bias[n*width]
		}
	}
	most := max(1, 10_000_000/(min(depth, depthBlock)*panels*width+1))
	if panels > 1 {
		most = min(most, groupTiles*v.rows[0])
	}
	for r := 0; r < rows; {
		kernel, height := v.tile(p.wide, rows-r)
		tiles := min((rows-r)/height, max(1, most/height))
		// The sum over the depth continues from block to block, in the order of k.
		// What is in C stays out of it until the end.
		for k, n := 0, depth; ; k += depthBlock {
			last, bias := true, biasAt
			if n = depth - k; n > depthBlock && !p.add {
				n, last, bias = depthBlock, false, nil
			}
			kernel(&c[r*p.cRow], &a[r*aRow+k*p.aDepth], &b[k*p.bDepth], bias, tiles, n, panels, 4*aRow, 4*p.aDepth, 4*p.bDepth, 4*p.bPanel, 4*p.cRow, p.last, k > 0, p.add)
			if last {
				break
			}
		}
		r += tiles * height
	}
}

// A block of a panel and a group of tiles of A are small enough for the first-level
// cache: all tiles of the group are multiplied with one panel before the next.
const (
	depthBlock = 256
	groupTiles = 4
)

// tile returns the highest kernel for so many rows, and its rows.
func (v *vectors) tile(wide, rows int) (kernel productKernel, height int) {
	for _, height = range v.rows {
		if height <= rows {
			break
		}
	}
	return v.product[wide][height], height
}

// columnsSize is the length of the scratch for the columns of one tile, with depth
// rows.
func (v *vectors) columnsSize(depth int) int { return depth*v.rows[0] + v.lanes }

// addColumns adds to dw [in, out] the transpose of x [rows, in] times dy
// [rows, out]. The columns of x for a tile are first copied so that their rows are
// adjacent: rows that are far apart would compete for few places in the cache. Small
// layers are not worth the copy (lab book, 20).
func (v *vectors) addColumns(dw, x, dy, scratch []float32, rows, in, out int) {
	width, height := v.width(), v.rows[0]
	columns, panels := scratch[:v.columnsSize(rows)], scratch[v.columnsSize(rows):]
	p := product{
		cRow: out, a: columns, aRow: 1, aDepth: height,
		b: dy, bDepth: out, bPanel: width, // whole panels stay where they are
		depth: rows, panels: (out + width - 1) / width, wide: 2, last: width, add: true,
	}
	if out%width != 0 {
		packColumns(panels, dy, rows, out, out, width)
		p.b, p.bDepth, p.bPanel, p.last = panels[:packedSize(rows, out, width)], width, rows*width, out%width
	}
	inPlace := in <= 256 && in*out <= 1<<14
	if inPlace {
		p.aDepth = in
	}
	for k := 0; k < in; k += height {
		p.c, p.rows = dw[k*out:], min(height, in-k)
		if inPlace {
			p.a = x[k:]
		} else {
			v.narrow(&columns[0], &x[k], rows, p.rows, 4*height, 4*in)
		}
		v.multiplyTiles(&p)
	}
}

// widePanels is the number of panels that productRow computes together.
const widePanels = 4

// nothing is the operand of a product without depth.
var nothing [1]float32

// portableWidth is the number of columns of a panel in the portable tier.
const portableWidth = 4

// rowBlock is the number of input rows that stay in the first-level cache while all
// panels are read.
const rowBlock = 32

// productPortable computes c [rows, n] = a [rows, k] times the panels of a
// [k, n] matrix.
func productPortable(c, a, panels []float32, rows, k, n int) {
	for start := 0; start < rows; start += rowBlock {
		end := min(start+rowBlock, rows)
		for col := 0; col < n; col += portableWidth {
			panel := panels[col*k:][:portableWidth*k]
			width := min(portableWidth, n-col)
			r := start
			for ; r+1 < end; r += 2 {
				s0, s1 := dot2x4(a[r*k:(r+1)*k], a[(r+1)*k:(r+2)*k], panel)
				copy(c[r*n+col:][:width], s0[:])
				copy(c[(r+1)*n+col:][:width], s1[:])
			}
			if r < end {
				s, _ := dot2x4(a[r*k:(r+1)*k], a[r*k:(r+1)*k], panel)
				copy(c[r*n+col:][:width], s[:])
			}
		}
	}
}

func dot2x4(a0, a1, panel []float32) (s0, s1 [4]float32) {
	a1 = a1[:len(a0)]
	var s00, s01, s02, s03, s10, s11, s12, s13 float32
	for k, x := range a0 {
		b := (*[4]float32)(panel[4*k:])
		y := a1[k]
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

// addProductPortable adds to dw [in, out] the transpose of x [rows, in] times
// the panels of dy [rows, out].
func addProductPortable(dw, x, panels []float32, rows, in, out int) {
	for col := 0; col < out; col += portableWidth {
		panel := panels[col*rows:][:portableWidth*rows]
		width := min(portableWidth, out-col)
		for k := 0; k < in; k += 2 {
			next := min(k+1, in-1)
			s0, s1 := columns2x4(x[k:], in, next-k, panel)
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

// columns2x4 is dot2x4 over two columns of x, `next` apart, whose rows are
// `stride` apart.
func columns2x4(x []float32, stride, next int, panel []float32) (s0, s1 [4]float32) {
	var s00, s01, s02, s03, s10, s11, s12, s13 float32
	at := 0
	for len(panel) >= 4 {
		b := (*[4]float32)(panel)
		panel = panel[4:]
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
