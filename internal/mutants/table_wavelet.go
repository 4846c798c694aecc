package main

// The tests of the operator alone.
var waveletSuite = suite{packages: "wavelet"}

var waveletMutants = []mutant{
	{
		name:  "window: one position longer",
		file:  "wavelet/spec.go",
		old:   `f[i] = s.Size`,
		new:   `f[i] = s.Size + 1`,
		suite: waveletSuite,
	},
	{
		name:  "haar: levels off by one",
		file:  "wavelet/spec.go",
		old:   `bits.Len(uint(context)) - (s.Min - 1)`,
		new:   `bits.Len(uint(context)) - s.Min`,
		suite: waveletSuite,
	},
	{
		name:  "haar: min=2 keeps the smallest window at 1",
		file:  "wavelet/spec.go",
		old:   `f[i] = s.Min <<`,
		new:   `f[i] = 1 <<`,
		suite: waveletSuite,
	},
	{
		name:  "haar: levels rounded up",
		file:  "wavelet/spec.go",
		old:   `(levels * (i - first) / (width - first))`,
		new:   `((levels*(i-first) + width - first - 1) / (width - first))`,
		suite: waveletSuite,
	},
	{
		name:  "average: prefix rule swapped",
		file:  "wavelet/average.go",
		old:   `if prefix == PrefixCount {`,
		new:   `if prefix == PrefixZero {`,
		suite: waveletSuite,
	},
	{
		name:  "average: an addition reaches one position too far",
		file:  "wavelet/average.go",
		old:   `link{shift: m, first: first})`,
		new:   `link{shift: m + 1, first: first})`,
		suite: waveletSuite,
	},
	{
		name:  "average: gradient lacks the last position",
		file:  "wavelet/average.go",
		old:   `range T - l.shift {`,
		new:   `range T - l.shift - 1 {`,
		suite: waveletSuite,
	},
	{
		name:  "average: a stream is not reset",
		file:  "wavelet/average.go",
		old:   `func (s *averageState) Reset() { s.t = 0 }`,
		new:   `func (s *averageState) Reset() {}`,
		suite: suite{packages: "wavelet gpt", tests: "Reset|Token|Sliding"},
	},
	{
		name:  "shift: by two positions",
		file:  "wavelet/shift.go",
		old:   `x[(t-1)*E+o.first:]`,
		new:   `x[max(0, t-2)*E+o.first:]`,
		suite: waveletSuite,
	},
	{
		name:  "ema: the new value is not weighed",
		file:  "wavelet/ema.go",
		old:   `o.b[i] = float32(1 - a[i-o.first])`,
		new:   `o.b[i] = 1`,
		suite: waveletSuite,
	},
	{
		name:  "ema: matched to another lag",
		file:  "wavelet/spec.go",
		old:   `a[i] = (w - 1) / (w + 1)`,
		new:   `a[i] = (w - 1) / w`,
		suite: waveletSuite,
	},
	{
		name:  "learned: does not start at the mean",
		file:  "wavelet/convolution.go",
		old:   `k[at] = 1 / float32(o.windows[i])`,
		new:   `k[at] = 1 / float32(len(o.rows))`,
		suite: suite{packages: "wavelet gpt"},
	},
	{
		name:  "learned: kernels reversed in time",
		file:  "wavelet/convolution.go",
		old:   `addProduct(row[r.first:], k[r.offset:], x[(t-j)*E+r.first:])`,
		new:   `addProduct(row[r.first:], k[o.rows[min(t+1, len(o.rows))-1-j].offset:], x[(t-j)*E+r.first:])`,
		suite: suite{packages: "wavelet", tests: "Oracle|Definition"},
	},
	{
		name:  "operator: not after the last block",
		file:  "wavelet/spec.go",
		old:   `(s.Last || layer < layers-1)`,
		new:   `layer < layers-1`,
		suite: suite{packages: "wavelet gpt", tests: "After|Oracle"},
	},
}
