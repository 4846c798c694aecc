package summary

import (
	"fmt"
	"math"
	"strings"

	"github.com/waveletgpt/waveletgpt/internal/typeset"
)

// signed prints a number with its sign; 0 has none.
func signed(x float64, decimals int) string {
	if x == 0 {
		return fmt.Sprintf("%.*f", decimals, 0.0) // not -0.000
	}
	return typeset.Minus(fmt.Sprintf("%+.*f", decimals, x))
}

// probability prints a p-value as far as it means something.
func probability(p float64) string {
	switch {
	case p < 0.001:
		return "< 0.001"
	case p < 0.1:
		return fmt.Sprintf("%.3f", p)
	default:
		return fmt.Sprintf("%.2f", p)
	}
}

// pText is "p < 0.001" or "p = 0.053".
func pText(p float64) string {
	text := probability(p)
	if !strings.HasPrefix(text, "<") {
		text = "= " + text
	}
	return "p " + text
}

// lossText prints a loss in bits per unit with the nats beside them.
func (d *Data) lossText(loss float64) string {
	nats := "nats"
	if d.UnitsPerToken > 0 && d.UnitsPerToken != 1 {
		nats = "nats per token"
	}
	return fmt.Sprintf("%s bits per %s (%s %s)", typeset.Loss(d.Bits(loss)), d.Unit, typeset.Loss(loss), nats)
}

// text prints a difference as "0.120 nats lower" or "higher".
func (d *Difference) text() string {
	if *d.Gain == 0 {
		return "the same"
	}
	word := "lower"
	if *d.Gain < 0 {
		word = "higher"
	}
	return fmt.Sprintf("%.*f nats %s", d.decimals(), math.Abs(*d.Gain), word)
}

// intervalText prints the 95 % interval of the difference, variant minus baseline.
func (d *Difference) intervalText() string {
	n := d.decimals()
	return signed(-d.CI95[1], n) + " to " + signed(-d.CI95[0], n)
}

// decimals are three, or up to six if three would print only zeros.
func (d *Difference) decimals() int {
	largest := math.Abs(*d.Gain)
	if d.CI95 != nil {
		largest = max(math.Abs(d.CI95[0]), math.Abs(d.CI95[1]))
	}
	n := 3
	for largest > 0 && n < 6 && largest < 0.5*math.Pow10(-n) {
		n++
	}
	return n
}
