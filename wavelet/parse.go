package wavelet

import (
	"fmt"
	"slices"
	"strings"
)

// Parse reads a spec string, such as haar:min=2. Options may be in any order;
// [Spec.String] returns the canonical form.
func Parse(text string) (Spec, error) {
	s, err := parse(strings.Split(text, ":"))
	if err != nil {
		return Spec{}, fmt.Errorf("operator %q: %w", text, err)
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
		if !slices.Contains(s.Options(), key) {
			return s, fmt.Errorf("%s has no option %q; it has %s", words[0], key, strings.Join(s.Options(), ", "))
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

// argument reports whether a kind has an argument before the options.
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
	size := wholeNumber(word, 1)
	if size < 0 {
		return fmt.Errorf("%s needs a size from 1 to %d, such as %s:16, not %q", s.Kind, maxSize, s.Kind, word)
	}
	s.Size = size
	return nil
}
