package wavelet

import "strings"

// An Entry describes a kind of operator, for help and for docs/operators.md.
type Entry struct {
	Spec    string   // as [Parse] reads it; W and K stand for numbers, G for groups of channels
	Options []string // names of the options that it has besides fraction, last, at, layers, mix and gate
	Meaning string   // what it does, in a few words
	Formula string   // y[t,i] of a channel that it acts on
}

// Example is a spec of the operator, with values for W, K and G.
func (e Entry) Example() string {
	return strings.NewReplacer(":W", ":16", ":K", ":4", ":G", ":4x1@1+2x2@1+1x4@1+1x8@1").Replace(e.Spec)
}

// An OptionEntry describes an option of operators.
type OptionEntry struct {
	Name    string
	Values  string // default first
	Meaning string
}

// Operators lists the operators.
func Operators() []Entry {
	return []Entry{
		{"none", nil, "the plain GPT", "x[t,i]"},
		{"haar", []string{"min", "prefix", "delay", "share", "detail"}, "averages over the last 1, 2, 4, ... positions: the paper's operator",
			"mean of x[t-j,i] for j = 0 ... w(i)-1. w(i) = 2^level(i), level(i) = floor(levels × i / n), levels = floor(log2 L) + 1"},
		{"past", []string{"min", "prefix", "delay", "share", "detail"}, "averages over earlier positions only, mostly short windows",
			"that of `haar:delay=1:share=halving`, for which it is short"},
		{"dyadic", []string{"prefix", "share"}, "averages over earlier positions that do not overlap",
			"mean of x[t-j,i] for j = w(i) ... 2w(i)-1. w(i) = 1, 2, 4, ... while 2w(i)-1 is below L"},
		{"window:W", []string{"prefix", "delay"}, "averages over one window of W positions: a single scale",
			"mean of x[t-j,i] for j = 0 ... W-1"},
		{"windows:G", []string{"prefix"}, "averages over any windows: G is groups SHARExWIDTH@DELAY joined by +, as in 2x1@1+1x4@1+1xctx",
			"mean of x[t-DELAY-j,i] for j = 0 ... WIDTH-1; a WIDTH of `ctx` is L. The groups have channels in proportion to SHARE, in order"},
		{"shift", nil, "channels one position late: no average and no scales", "x[t-1,i]"},
		{"taps", []string{"share"}, "channels 1, 2, 4, ... positions late: no averages",
			"x[t-d(i),i], d(i) = 1, 2, 4, ... up to L/2"},
		{"ema:linear", nil, "exponential averages, from none to the longest", "a y[t-1,i] + (1-a) x[t,i], a = i/n"},
		{"ema:matched", []string{"min"}, "exponential averages with the mean lags of `haar`",
			"a y[t-1,i] + (1-a) x[t,i], a = (w(i)-1)/(w(i)+1)"},
		{"learned", []string{"min"}, "learned kernels over the windows of `haar`, started at the averages",
			"sum of k[j,i] x[t-j,i] for j = 0 ... w(i)-1, a kernel for each channel and layer"},
		{"conv:K", nil, "learned kernels of K positions, started at the identity",
			"sum of k[j,i] x[t-j,i] for j = 0 ... K-1, a kernel for each channel and layer"},
		{"scale", []string{"min", "share"}, "learned factors and no other position: a control for gates",
			"(1 + a) x[t,i], an a for each level of `haar` and layer, started at 0"},
	}
}

// OperatorOptions lists the options in canonical order.
func OperatorOptions() []OptionEntry {
	return []OptionEntry{
		{"min", "1, 2", "smallest window. With 2 there is one level less"},
		{"prefix", "zero, count", "before a full window, divide by the window's length, or by the number of positions there are"},
		{"delay", "0; up to 1048576", "positions between the end of a window and the present one. With 1 a window holds the past alone"},
		{"share", "even, halving", "channels of each level: the same number, or half of them in the first level, a quarter in the second, and so on, until one is left: 32 channels have six levels, whatever the context; `dyadic` has halving by default"},
		{"detail", "off, on", "with on, a level is the mean over the newer half of its window minus the mean over the whole: the high-pass branch of the transform. A window of one position stays as it is"},
		{"fraction", "0.5; above 0, at most 1", "share of the channels that the operator acts on; every operator but `none` has it"},
		{"last", "on, off", "whether the operator stands in the last block too; every operator but `none` has it"},
		{"at", "block, input, attention, mlp, qkv, kv, q, k, v, embedding", "where it stands: after the block; at the input of attention and of the MLP, or of one of them; on queries, keys or values; after the embedding. Several are joined by +. Every operator but `none` has it"},
		{"layers", "all, first3, last3, even, odd, 2, 0-3", "in which blocks, counted from 0, it stands; every operator but `none` has it"},
		{"mix", "replace, add, gate", "with op(x) what the operator computes: y is op(x), x + op(x), or x + g (op(x) - x) with a learned gate g for each level and layer. `conv` with add starts at kernels of zero. Every operator but `none` and `scale` has it"},
		{"gate", "0.5; above 0, at most 1", "initial value of the gates; mix=gate follows from it. Every operator but `none` and `scale` has it"},
	}
}

// specList is "none, haar, past, ... or scale".
func specList() string {
	var specs []string
	for _, e := range Operators() {
		specs = append(specs, e.Spec)
	}
	last := len(specs) - 1
	return strings.Join(specs[:last], ", ") + " or " + specs[last]
}
