package wavelet

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Options names the options of the operator, in canonical order.
func (s *Spec) Options() []string {
	if s.Kind == None {
		return nil
	}
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
		if s.Delay = wholeNumber(value, 0); s.Delay < 0 {
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
	if s.At == AtEmbedding && (s.Layers != Layers{} || !s.Last) {
		return fmt.Errorf("layers and last choose blocks, and the embedding is before all of them; leave them out, or name a place in blocks too, as in at=block+embedding")
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
