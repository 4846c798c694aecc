package wavelet

import "strings"

// An Entry describes a kind of operator, for help and for docs/operators.md.
type Entry struct {
	Spec    string   // as [Parse] reads it; W and K stand for numbers
	Options []string // names of the options that it has besides fraction and last
	Meaning string   // what it does, in a few words
	Formula string   // y[t,i] of a channel that it acts on
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
		{"haar", []string{"min", "prefix", "delay", "share"}, "averages over the last 1, 2, 4, ... positions: the paper's operator",
			"mean of x[t-j,i] for j = 0 ... w(i)-1. w(i) = 2^level(i), level(i) = floor(levels × i / n), levels = floor(log2 L) + 1"},
		{"past", []string{"min", "prefix", "delay", "share"}, "averages over earlier positions only, mostly short windows",
			"that of `haar:delay=1:share=halving`, for which it is short"},
		{"window:W", []string{"prefix", "delay"}, "averages over one window of W positions: a single scale",
			"mean of x[t-j,i] for j = 0 ... W-1"},
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
	}
}

// OperatorOptions lists the options.
func OperatorOptions() []OptionEntry {
	return []OptionEntry{
		{"fraction", "0.5; above 0, at most 1", "share of the channels that the operator acts on; every operator but `none` has it"},
		{"last", "on, off", "whether the operator stands after the last block too; every operator but `none` has it"},
		{"min", "1, 2", "smallest window. With 2 there is one level less"},
		{"prefix", "zero, count", "before a full window, divide by the window's length, or by the number of positions there are"},
		{"delay", "0; up to 1048576", "positions between the end of a window and the present one. With 1 a window holds the past alone"},
		{"share", "even, halving", "channels of each level: the same number, or half of them in the first level, a quarter in the second, and so on"},
	}
}

// specList is "none, haar, past, ... or conv:K".
func specList() string {
	var specs []string
	for _, e := range Operators() {
		specs = append(specs, e.Spec)
	}
	last := len(specs) - 1
	return strings.Join(specs[:last], ", ") + " or " + specs[last]
}
