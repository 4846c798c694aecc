package summary

import (
	"fmt"
	"math"
	"strings"
)

// Percent prints a fraction as whole percent, "29 %". What rounds to 0 or 100
// but is neither gets one more digit.
func Percent(fraction float64) string {
	percent := 100 * fraction
	rounded := math.Round(percent)
	if (rounded == 0 && math.Abs(percent) >= 0.05 || rounded == 100) && math.Abs(percent-rounded) >= 0.05 {
		return minus(fmt.Sprintf("%.1f %%", percent))
	}
	return minus(fmt.Sprintf("%.0f %%", rounded+0)) // + 0 makes -0 positive
}

// Count prints a number rounded to an integer, with a comma every three
// digits: "2,055,424".
func Count(n float64) string {
	digits := fmt.Sprintf("%.0f", math.Round(math.Abs(n)))
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	if n <= -0.5 {
		return minus("-" + digits)
	}
	return digits
}

// Counted is "1 run" or "3 runs".
func Counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// Signed prints nats with their sign: "+0.120".
func Signed(nats float64) string { return minus(fmt.Sprintf("%+.3f", nats)) }

// Shorten cuts text to at most n runes, with an ellipsis for what is missing.
func Shorten(text string, n int) string {
	runes := []rune(text)
	if len(runes) <= n {
		return text
	}
	return string(runes[:n-1]) + "…"
}

// minus writes numbers with the minus sign of typeset text.
func minus(text string) string { return strings.ReplaceAll(text, "-", "−") }

// enumerate joins "a", "b" and "c" as in this sentence.
func enumerate(parts []string) string {
	if n := len(parts); n > 1 {
		return strings.Join(parts[:n-1], ", ") + " and " + parts[n-1]
	}
	return strings.Join(parts, "")
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
	return fmt.Sprintf("%.3f bits per %s (%.3f %s)", d.Bits(loss), d.Unit, loss, nats)
}

// text prints a difference as "0.120 nats lower" or "higher".
func (d *Difference) text() string {
	word := "lower"
	if *d.Gain < 0 {
		word = "higher"
	}
	return fmt.Sprintf("%.*f nats %s", d.decimals(), math.Abs(*d.Gain), word)
}

// intervalText prints the 95 % interval of the difference, variant minus baseline.
func (d *Difference) intervalText() string {
	n := d.decimals()
	return minus(fmt.Sprintf("%+.*f to %+.*f", n, -d.CI95[1], n, -d.CI95[0]))
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
