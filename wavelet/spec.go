package wavelet

import (
	"math"
	"strconv"
)

// Kind is the first word of a spec.
type Kind string

// The operators.
const (
	None    Kind = "none"
	Haar    Kind = "haar"
	Dyadic  Kind = "dyadic"
	Window  Kind = "window"
	Windows Kind = "windows"
	Shift   Kind = "shift"
	Taps    Kind = "taps"
	EMA     Kind = "ema"
	Learned Kind = "learned"
	Conv    Kind = "conv"
	Scale   Kind = "scale"
)

// past is short for haar:delay=1:share=halving; it is not in the paper.
const past Kind = "past"

// Prefix says by what sums are divided before a window is full.
type Prefix string

const (
	PrefixZero  Prefix = "zero"  // by the window: the zeros before position 0 count
	PrefixCount Prefix = "count" // by the positions so far
)

// Share says how many channels each level has.
type Share string

const (
	ShareEven    Share = "even"    // all levels have the same number, as in the paper
	ShareHalving Share = "halving" // the first level has half, each next level half of the rest
)

// Rule says how the factors of an exponential average grow with the channel.
type Rule string

const (
	RuleLinear  Rule = "linear"  // a_i = i/n for i = 0 .. n-1
	RuleMatched Rule = "matched" // a_i = (w-1)/(w+1): the mean lag of haar's window w
)

// Mix says what becomes of what the operator op computes from x.
type Mix string

const (
	MixReplace Mix = "replace" // y = op(x)
	MixAdd     Mix = "add"     // y = x + op(x)
	MixGate    Mix = "gate"    // y = x + g (op(x) - x), with a learned g of each level and layer
)

// A Spec names an operator with all its options. Use [Parse] to get one: the zero
// value is not valid. Fields that a kind does not have are zero.
type Spec struct {
	Kind     Kind
	Size     int     // window: positions; conv: positions of a kernel
	Pattern  string  // windows: the groups of channels, SHARExWIDTH@DELAY joined by +
	Rule     Rule    // ema
	Min      int     // haar, learned, ema:matched, scale: the smallest window, 1 or 2
	Prefix   Prefix  // haar, dyadic, window, windows
	Delay    int     // haar, window: how many positions before the present one a window ends
	Share    Share   // haar, dyadic, taps, scale
	Detail   bool    // haar: differences of means instead of means
	Fraction float64 // of the channels that the operator acts on, (0, 1]
	Last     bool    // whether it also stands in the last block
	At       Place   // where in a block, or at the embedding
	Layers   Layers  // in which blocks
	Mix      Mix     // all but scale
	Gate     float64 // the gates' initial value, (0, 1]; 0 without gates
}

const (
	// maxSize limits windows, kernels and delays, and so the memory of a stream.
	maxSize = 1 << 20

	// maxText limits the canonical form, which names directories. It has room for
	// 48 groups at most.
	maxText = 200

	defaultFraction = 0.5
	defaultGate     = 0.5
)

// Acts is the number of channels, of a row of `width`, that the operator acts on. They
// are the last ones.
func (s Spec) Acts(width int) int {
	if s.Kind == None {
		return 0
	}
	return int(math.Round(s.Fraction * float64(width)))
}

// String returns the canonical form: only options that are not at their default, in
// the order of [OperatorOptions].
func (s Spec) String() string {
	return string(s.Kind) + s.options()
}

// Name is what people call the operator: the canonical form, with the short name past
// where it applies.
func (s Spec) Name() string {
	if s.Kind != Haar || s.Delay != 1 || s.Share != ShareHalving {
		return s.String()
	}
	s.Delay, s.Share = 0, ShareEven // which the name says
	return string(past) + s.options()
}

// NameOf is the name of a spec; a text that is none keeps its words.
func NameOf(spec string) string {
	s, err := Parse(spec)
	if err != nil {
		return spec
	}
	return s.Name()
}

// options is the part of the canonical form behind the kind.
func (s Spec) options() string {
	text := ""
	add := func(key, value string, given bool) {
		if given {
			text += ":" + key + value
		}
	}
	number := func(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }
	add("", strconv.Itoa(s.Size), s.Size != 0)
	add("", s.Pattern, s.Pattern != "")
	add("", string(s.Rule), s.Rule != "")
	add("min=", "2", s.Min == 2)
	add("prefix=", "count", s.Prefix == PrefixCount)
	add("delay=", strconv.Itoa(s.Delay), s.Delay != 0)
	add("share=", string(s.Share), s.Share != s.Kind.share())
	add("detail=", "on", s.Detail)
	add("fraction=", number(s.Fraction), s.Kind != None && s.Fraction != defaultFraction)
	add("last=", "off", s.Kind != None && !s.Last)
	add("at=", s.At.String(), s.Kind != None && s.At != AtBlock)
	add("layers=", s.Layers.String(), s.Layers != Layers{})
	add("mix=", string(s.Mix), s.Mix != s.Kind.mix())
	add("gate=", number(s.Gate), s.Gate != 0 && s.Gate != defaultGate)
	return text
}
