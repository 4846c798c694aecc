package wavelet

import (
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"
)

// Kind is the first word of a spec.
type Kind string

// The operators.
const (
	None   Kind = "none"
	Haar   Kind = "haar"
	Window Kind = "window"
	Shift  Kind = "shift"
)

// Prefix says what the positions before a full window are divided by.
type Prefix string

const (
	PrefixZero  Prefix = "zero"  // by the window: the zeros before position 0 count
	PrefixCount Prefix = "count" // by the positions there are
)

// A Spec names an operator with all its options. The zero value is not a spec;
// get one from [Parse].
type Spec struct {
	Kind     Kind
	Min      int     // haar: the smallest window, 1 or 2
	Prefix   Prefix  // haar, window
	Size     int     // window: positions
	Fraction float64 // of the channels that the operator acts on, (0, 1]
	Last     bool    // whether it stands after the last block too
}

// maxWindow bounds window:W, and with it the memory of a stream.
const maxWindow = 1 << 20

// Parse reads a spec string. Options may come in any order; [Spec.String]
// gives the one canonical form.
func Parse(text string) (Spec, error) {
	words := strings.Split(text, ":")
	s := Spec{Kind: Kind(words[0]), Fraction: 0.5, Last: true}
	options := words[1:]
	switch s.Kind {
	case None:
		if len(options) > 0 {
			return Spec{}, fmt.Errorf("variant %q: none has no options", text)
		}
		return s, nil
	case Haar:
		s.Min, s.Prefix = 1, PrefixZero
	case Window:
		s.Prefix = PrefixZero
		if len(options) == 0 {
			return Spec{}, fmt.Errorf("variant %q: window needs a size, such as window:16", text)
		}
		size, err := strconv.Atoi(options[0])
		if err != nil || size < 1 || size > maxWindow {
			return Spec{}, fmt.Errorf("variant %q: the window %q is not a whole number from 1 to %d", text, options[0], maxWindow)
		}
		s.Size = size
		options = options[1:]
	case Shift:
	default:
		return Spec{}, fmt.Errorf("variant %q: no operator %q; there are none, haar, window:W and shift", text, words[0])
	}
	seen := map[string]bool{}
	for _, option := range options {
		key, value, _ := strings.Cut(option, "=")
		if seen[key] {
			return Spec{}, fmt.Errorf("variant %q: option %q is given twice", text, key)
		}
		seen[key] = true
		if err := s.set(key, value); err != nil {
			return Spec{}, fmt.Errorf("variant %q: %w", text, err)
		}
	}
	return s, nil
}

func (s *Spec) set(key, value string) error {
	switch {
	case key == "min" && s.Kind == Haar:
		if value != "1" && value != "2" {
			return fmt.Errorf("min is 1 or 2, not %q", value)
		}
		s.Min = int(value[0] - '0')
	case key == "prefix" && s.Prefix != "":
		if p := Prefix(value); p != PrefixZero && p != PrefixCount {
			return fmt.Errorf("prefix is zero or count, not %q", value)
		}
		s.Prefix = Prefix(value)
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

func (s Spec) optionNames() string {
	names := []string{"fraction", "last"}
	if s.Prefix != "" {
		names = append([]string{"prefix"}, names...)
	}
	if s.Kind == Haar {
		names = append([]string{"min"}, names...)
	}
	return strings.Join(names, ", ")
}

// String gives the canonical form: the options that are not at their default,
// in the order min, prefix, fraction, last.
func (s Spec) String() string {
	text := string(s.Kind)
	if s.Kind == Window {
		text += ":" + strconv.Itoa(s.Size)
	}
	if s.Min == 2 {
		text += ":min=2"
	}
	if s.Prefix == PrefixCount {
		text += ":prefix=count"
	}
	if s.Fraction != 0.5 {
		text += ":fraction=" + strconv.FormatFloat(s.Fraction, 'f', -1, 64)
	}
	if !s.Last {
		text += ":last=off"
	}
	return text
}

// After says whether the operator stands after block `layer` (from 0) of
// `layers`. Where it does not, the block's output passes.
func (s Spec) After(layer, layers int) bool {
	return s.Kind != None && (s.Last || layer < layers-1)
}

// firstChannel is E-n: the channels from here on are the operator's.
func (s Spec) firstChannel(width int) int {
	return width - int(math.Round(s.Fraction*float64(width)))
}

// windows gives f(i) for every channel, never descending; 1 for those that
// pass.
func (s Spec) windows(width, context int) []int {
	first := s.firstChannel(width)
	n := width - first
	// floor(log2 L), and one more where the smallest window is one position
	// (paper: L_k = floor(log2 L) + 1; as a reviewer read it, L_k = log2 L).
	levels := bits.Len(uint(context)) - (s.Min - 1)
	f := make([]int, width)
	for i := range f {
		switch {
		case i < first:
			f[i] = 1
		case s.Kind == Window:
			f[i] = s.Size
		default:
			f[i] = s.Min << (levels * (i - first) / n)
		}
	}
	return f
}
