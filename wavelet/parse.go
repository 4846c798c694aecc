package wavelet

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

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
	s := Spec{Kind: Kind(words[0]), Fraction: defaultFraction, Last: true}
	options := words[1:]
	if s.Kind == None {
		if len(options) > 0 {
			return s, fmt.Errorf("none has no options")
		}
		return s, nil
	}
	if s.Kind == past {
		s.Kind, s.Delay = Haar, 1
	}
	s.At, s.Mix, s.Share = AtBlock, s.Kind.mix(), s.Kind.share()
	if words[0] == string(past) {
		s.Share = ShareHalving
	}
	if s.Kind.argument() {
		word := ""
		if len(options) > 0 {
			word, options = options[0], options[1:]
		}
		if err := s.setArgument(word); err != nil {
			return s, err
		}
	}
	switch s.Kind {
	case Haar:
		s.Min, s.Prefix = 1, PrefixZero
	case Window, Windows, Dyadic:
		s.Prefix = PrefixZero
	case Learned, Scale:
		s.Min = 1
	case Shift, Taps, EMA, Conv:
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
		if !slices.Contains(s.optionNames(), key) {
			return s, fmt.Errorf("%s has no option %q; it has %s", s.Kind, key, strings.Join(s.optionNames(), ", "))
		}
		if err := s.set(key, value); err != nil {
			return s, err
		}
	}
	if err := s.agree(slices.Contains(seen, "mix")); err != nil {
		return s, err
	}
	if n := len(s.String()); n > maxText {
		return s, fmt.Errorf("the spec has %d characters; it names directories, so use at most %d", n, maxText)
	}
	return s, nil
}

// argument reports whether a kind has a word of its own before the options.
func (k Kind) argument() bool {
	return k == Window || k == Windows || k == Conv || k == EMA
}

// share is the default of the option share, empty for kinds that do not have it.
func (k Kind) share() Share {
	switch k {
	case Haar, Taps, Scale:
		return ShareEven
	case Dyadic:
		return ShareHalving
	}
	return ""
}

// mix is the default of the option mix, empty for kinds that do not have it.
func (k Kind) mix() Mix {
	if k == None || k == Scale {
		return ""
	}
	return MixReplace
}

// setArgument reads the word after the kind.
func (s *Spec) setArgument(word string) error {
	switch s.Kind {
	case Windows:
		pattern, err := parsePattern(word)
		s.Pattern = pattern.String()
		return err
	case EMA:
		s.Rule = Rule(word)
		if s.Rule != RuleLinear && s.Rule != RuleMatched {
			return fmt.Errorf("ema is ema:linear or ema:matched, not ema:%s", s.Rule)
		}
		if s.Rule == RuleMatched {
			s.Min = 1
		}
		return nil
	}
	size, err := strconv.Atoi(word)
	if err != nil || size < 1 || size > maxSize {
		return fmt.Errorf("%s needs a size from 1 to %d, such as %s:16, not %q", s.Kind, maxSize, s.Kind, word)
	}
	s.Size = size
	return nil
}

// optionNames are the options of the operator, in canonical order.
func (s *Spec) optionNames() []string {
	var names []string
	add := func(has bool, name ...string) {
		if has {
			names = append(names, name...)
		}
	}
	add(s.Min != 0, "min")
	add(s.Prefix != "", "prefix")
	add(s.Kind == Haar || s.Kind == Window, "delay")
	add(s.Share != "", "share")
	add(s.Kind == Haar, "detail")
	add(true, "fraction", "last", "at", "layers")
	add(s.Mix != "", "mix", "gate")
	return names
}

// set reads the value of an option that the operator has.
func (s *Spec) set(key, value string) (err error) {
	switch key {
	case "min":
		if value != "1" && value != "2" {
			return fmt.Errorf("min is 1 or 2, not %q", value)
		}
		s.Min = int(value[0] - '0')
	case "prefix":
		s.Prefix, err = oneOf(key, value, PrefixZero, PrefixCount)
	case "delay":
		s.Delay, err = strconv.Atoi(value)
		if err != nil || s.Delay < 0 || s.Delay > maxSize {
			return fmt.Errorf("delay is a number of positions from 0 to %d, not %q", maxSize, value)
		}
	case "share":
		s.Share, err = oneOf(key, value, ShareEven, ShareHalving)
	case "detail":
		s.Detail, err = onOff(key, value)
	case "fraction":
		s.Fraction, err = positiveShare(key, value)
	case "last":
		s.Last, err = onOff(key, value)
	case "at":
		s.At, err = parsePlace(value)
	case "layers":
		s.Layers, err = parseLayers(value)
	case "mix":
		s.Mix, err = oneOf(key, value, MixReplace, MixAdd, MixGate)
	case "gate":
		s.Gate, err = positiveShare(key, value)
	}
	return err
}

// agree completes options that follow from others, and refuses those that cannot go
// together.
func (s *Spec) agree(mixGiven bool) error {
	switch {
	case s.Gate != 0 && mixGiven && s.Mix != MixGate:
		return fmt.Errorf("gate is an option of mix=gate, not of mix=%s", s.Mix)
	case s.Gate != 0:
		s.Mix = MixGate
	case s.Mix == MixGate:
		s.Gate = defaultGate
	}
	if s.Detail && s.Prefix == PrefixCount {
		return fmt.Errorf("detail=on needs prefix=zero: it is a difference of sums over whole windows")
	}
	return nil
}

func oneOf[T ~string](key, value string, choices ...T) (T, error) {
	if slices.Contains(choices, T(value)) {
		return T(value), nil
	}
	words := make([]string, len(choices))
	for i, c := range choices {
		words[i] = string(c)
	}
	last := len(words) - 1
	return "", fmt.Errorf("%s is %s or %s, not %q", key, strings.Join(words[:last], ", "), words[last], value)
}

func onOff(key, value string) (bool, error) {
	word, err := oneOf(key, value, "on", "off")
	return word == "on", err
}

// positiveShare reads a number above 0 and at most 1.
func positiveShare(key, value string) (float64, error) {
	f, err := strconv.ParseFloat(value, 64)
	if err != nil || !(f > 0 && f <= 1) {
		return 0, fmt.Errorf("%s is a number above 0 and at most 1, not %q", key, value)
	}
	return f, nil
}

// wholeNumber is a number from `least` to maxSize, else -1.
func wholeNumber(text string, least int) int {
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil || n > maxSize || int(n) < least {
		return -1
	}
	return int(n)
}
