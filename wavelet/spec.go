package wavelet

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strconv"
	"strings"
)

// Kind is the first word of a spec.
type Kind string

// The operators.
const (
	None    Kind = "none"
	Haar    Kind = "haar"
	Window  Kind = "window"
	Shift   Kind = "shift"
	Taps    Kind = "taps"
	EMA     Kind = "ema"
	Learned Kind = "learned"
	Conv    Kind = "conv"
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

// A Spec names an operator with all its options. Use [Parse] to get one: the zero
// value is not valid. Fields that a kind does not have are zero.
type Spec struct {
	Kind     Kind
	Size     int     // window: positions; conv: positions of a kernel
	Rule     Rule    // ema
	Min      int     // haar, learned, ema:matched: the smallest window, 1 or 2
	Prefix   Prefix  // haar, window
	Delay    int     // haar, window: how many positions before the present one a window ends
	Share    Share   // haar, taps
	Fraction float64 // of the channels that the operator acts on, (0, 1]
	Last     bool    // whether it also follows the last block
}

// maxSize limits windows, kernels and delays, and so the memory of a stream.
const maxSize = 1 << 20

// Parse reads a spec string, such as haar:min=2. Options may be in any order;
// [Spec.String] returns the canonical form.
func Parse(text string) (Spec, error) {
	s, err := parse(strings.Split(text, ":"))
	if err != nil {
		return Spec{}, fmt.Errorf("variant %q: %w", text, err)
	}
	return s, nil
}

func parse(words []string) (Spec, error) {
	s := Spec{Kind: Kind(words[0]), Fraction: 0.5, Last: true}
	options := words[1:]
	// argument takes the word after the kind.
	argument := func() (word string) {
		if len(options) > 0 {
			word, options = options[0], options[1:]
		}
		return word
	}
	switch s.Kind {
	case None:
		if len(options) > 0 {
			return s, fmt.Errorf("none has no options")
		}
		return s, nil
	case Haar:
		s.Min, s.Prefix, s.Share = 1, PrefixZero, ShareEven
	case past:
		s.Kind, s.Min, s.Prefix, s.Delay, s.Share = Haar, 1, PrefixZero, 1, ShareHalving
	case Taps:
		s.Share = ShareEven
	case Learned:
		s.Min = 1
	case Window, Conv:
		word := argument()
		size, err := strconv.Atoi(word)
		if err != nil || size < 1 || size > maxSize {
			return s, fmt.Errorf("%s needs a size from 1 to %d, such as %s:16, not %q", s.Kind, maxSize, s.Kind, word)
		}
		s.Size = size
		if s.Kind == Window {
			s.Prefix = PrefixZero
		}
	case EMA:
		s.Rule = Rule(argument())
		switch s.Rule {
		case RuleLinear:
		case RuleMatched:
			s.Min = 1
		default:
			return s, fmt.Errorf("ema is ema:linear or ema:matched, not ema:%s", s.Rule)
		}
	case Shift:
	default:
		return s, fmt.Errorf("no operator %q; choose %s", words[0], specList())
	}
	var seen []string
	for _, option := range options {
		key, value, _ := strings.Cut(option, "=")
		if slices.Contains(seen, key) {
			return s, fmt.Errorf("option %q is given twice", key)
		}
		seen = append(seen, key)
		if err := s.set(key, value); err != nil {
			return s, err
		}
	}
	return s, nil
}

func (s *Spec) set(key, value string) error {
	switch {
	case key == "min" && s.Min != 0:
		if value != "1" && value != "2" {
			return fmt.Errorf("min is 1 or 2, not %q", value)
		}
		s.Min = int(value[0] - '0')
	case key == "prefix" && s.Prefix != "":
		if p := Prefix(value); p != PrefixZero && p != PrefixCount {
			return fmt.Errorf("prefix is zero or count, not %q", value)
		}
		s.Prefix = Prefix(value)
	case key == "delay" && s.windowed():
		d, err := strconv.Atoi(value)
		if err != nil || d < 0 || d > maxSize {
			return fmt.Errorf("delay is a number of positions from 0 to %d, not %q", maxSize, value)
		}
		s.Delay = d
	case key == "share" && s.Share != "":
		if h := Share(value); h != ShareEven && h != ShareHalving {
			return fmt.Errorf("share is even or halving, not %q", value)
		}
		s.Share = Share(value)
	case key == "fraction":
		f, err := strconv.ParseFloat(value, 64)
		if err != nil || !(f > 0 && f <= 1) {
			return fmt.Errorf("fraction is a number above 0 and at most 1, not %q", value)
		}
		s.Fraction = f
	case key == "last":
		if value != "on" && value != "off" {
			return fmt.Errorf("last is on or off, not %q", value)
		}
		s.Last = value == "on"
	default:
		return fmt.Errorf("%s has no option %q; it has %s", s.Kind, key, s.optionNames())
	}
	return nil
}

// windowed reports whether the operator computes means over windows.
func (s Spec) windowed() bool { return s.Kind == Haar || s.Kind == Window }

func (s Spec) optionNames() string {
	var names []string
	if s.Min != 0 {
		names = append(names, "min")
	}
	if s.Prefix != "" {
		names = append(names, "prefix")
	}
	if s.windowed() {
		names = append(names, "delay")
	}
	if s.Share != "" {
		names = append(names, "share")
	}
	return strings.Join(append(names, "fraction", "last"), ", ")
}

// String returns the canonical form: only options that are not at their default, in
// the order min, prefix, delay, share, fraction, last.
func (s Spec) String() string {
	return string(s.Kind) + s.options()
}

// Name is what people call the operator: the canonical form, with the short name past
// where it applies.
func (s Spec) Name() string {
	if s.Kind != Haar || s.Delay != 1 || s.Share != ShareHalving {
		return s.String()
	}
	s.Delay, s.Share = 0, "" // which the name says
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
	if s.Size != 0 {
		text += ":" + strconv.Itoa(s.Size)
	}
	if s.Rule != "" {
		text += ":" + string(s.Rule)
	}
	if s.Min == 2 {
		text += ":min=2"
	}
	if s.Prefix == PrefixCount {
		text += ":prefix=count"
	}
	if s.Delay != 0 {
		text += ":delay=" + strconv.Itoa(s.Delay)
	}
	if s.Share == ShareHalving {
		text += ":share=halving"
	}
	if s.Fraction != 0.5 {
		text += ":fraction=" + strconv.FormatFloat(s.Fraction, 'f', -1, 64)
	}
	if !s.Last {
		text += ":last=off"
	}
	return text
}

// After reports whether the operator follows block `layer` (from 0) of `layers`.
// Otherwise the block's output passes.
func (s Spec) After(layer, layers int) bool {
	return s.Kind != None && (s.Last || layer < layers-1)
}

// firstChannel is E-n, the first channel that the operator changes.
func (s Spec) firstChannel(width int) int {
	return width - int(math.Round(s.Fraction*float64(width)))
}

// windows returns f(i) for each channel, never descending, and 1 for channels that
// pass.
func (s Spec) windows(width, context int) []int {
	first := s.firstChannel(width)
	// floor(log2 L), plus one if the smallest window is one position. (The paper
	// has L_k = floor(log2 L) + 1; a reviewer read it as L_k = log2 L.)
	levels := bits.Len(uint(context)) - (s.Min - 1)
	f := make([]int, width)
	for i := range f {
		switch {
		case i < first:
			f[i] = 1
		case s.Size != 0:
			f[i] = s.Size
		default:
			f[i] = s.Min << s.level(i-first, width-first, levels)
		}
	}
	return f
}

// delays returns for each channel by how many positions it is delayed, never
// descending, and 0 for channels that pass. The largest delay is half of the context,
// because a delay of the whole context would leave only zeros.
func (s Spec) delays(width, context int) []int {
	first := s.firstChannel(width)
	levels := max(1, bits.Len(uint(context))-1)
	d := make([]int, width)
	for i := first; i < width; i++ {
		d[i] = 1
		if s.Kind == Taps {
			d[i] = 1 << s.level(i-first, width-first, levels)
		}
	}
	return d
}

// level returns the level, below `levels`, of channel i of the n channels that the
// operator changes.
func (s Spec) level(i, n, levels int) int {
	if s.Share == ShareHalving {
		return min(max(1, levels), bits.Len(uint(n/(n-i)))) - 1
	}
	return levels * i / n
}

// factors returns a for each channel that an exponential average changes.
func (s Spec) factors(width, context int) []float64 {
	first := s.firstChannel(width)
	a := make([]float64, width-first)
	if s.Rule == RuleLinear {
		for i := range a {
			a[i] = float64(i) / float64(len(a))
		}
		return a
	}
	windows := s.windows(width, context)
	for i := range a {
		w := float64(windows[first+i])
		a[i] = (w - 1) / (w + 1)
	}
	return a
}
