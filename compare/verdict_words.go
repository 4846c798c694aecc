package compare

import (
	"fmt"
	"math"
	"strings"
)

// inWords prints a loss in bits per unit with the nats beside them.
func (d *Data) inWords(loss float64) string {
	nats := "nats"
	if d.UnitsPerToken > 0 && d.UnitsPerToken != 1 {
		nats = "nats per token"
	}
	return fmt.Sprintf("%.3f bits per %s (%.3f %s)", d.Bits(loss), d.Unit, loss, nats)
}

// words prints a gain as "0.120 nats lower" or "higher".
func (d *Difference) words() string {
	word := "lower"
	if *d.Gain < 0 {
		word = "higher"
	}
	return fmt.Sprintf("%.*f nats %s", d.decimals(), math.Abs(*d.Gain), word)
}

// interval prints the ends of CI95 in the direction of the word.
func (d *Difference) interval() string {
	low, high := d.CI95[0], d.CI95[1]
	if *d.Gain < 0 {
		low, high = -high, -low
	}
	n := d.decimals()
	return strings.ReplaceAll(fmt.Sprintf("%.*f to %.*f", n, low, n, high), "-", "\u2212")
}

// decimals are three, or up to six where three would print only zeros.
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

// probability prints a p-value as far as it means something.
func probability(p float64) string {
	switch {
	case p < 0.001:
		return "p < 0.001"
	case p < 0.1:
		return fmt.Sprintf("p = %.3f", p)
	default:
		return fmt.Sprintf("p = %.2f", p)
	}
}

// counted is "1 run" or "3 runs".
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// enumerate joins "a", "b" and "c" as in this sentence.
func enumerate(parts []string) string {
	if n := len(parts); n > 1 {
		return strings.Join(parts[:n-1], ", ") + " and " + parts[n-1]
	}
	return strings.Join(parts, "")
}
