// Package typeset prints numbers and lists for people: in tables, pictures,
// sentences and messages.
package typeset

import (
	"fmt"
	"math"
	"strings"
)

// Percent prints a fraction as whole percent, "29 %". What rounds to 0 or 100 but
// is neither gets one more digit.
func Percent(fraction float64) string {
	percent := 100 * fraction
	rounded := math.Round(percent)
	if (rounded == 0 && math.Abs(percent) >= 0.05 || rounded == 100) && math.Abs(percent-rounded) >= 0.05 {
		return Minus(fmt.Sprintf("%.1f %%", percent))
	}
	return Minus(fmt.Sprintf("%.0f %%", rounded+0)) // + 0 makes -0 positive
}

// Count prints a number rounded to an integer, with a comma every three digits:
// "2,055,424".
func Count(n float64) string {
	digits := fmt.Sprintf("%.0f", math.Round(math.Abs(n)))
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	if n <= -0.5 {
		return Minus("-" + digits)
	}
	return digits
}

// Counted is "1 run" or "3,000 runs".
func Counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return Count(float64(n)) + " " + noun + "s"
}

// Signed prints a number with its sign and three decimals: "+0.120". What is not 0
// keeps its sign when it rounds to 0, because an end of an interval tells a side; 0
// has none.
func Signed(x float64) string {
	if x == 0 {
		return "0.000"
	}
	return Minus(fmt.Sprintf("%+.3f", x))
}

// Minus writes the numbers of a text with the minus sign of typography.
func Minus(text string) string { return strings.ReplaceAll(text, "-", "−") }

// Shorten cuts text to at most n runes, with an ellipsis for what is missing.
func Shorten(text string, n int) string {
	runes := []rune(text)
	if len(runes) <= n {
		return text
	}
	return string(runes[:n-1]) + "…"
}

// List joins "a", "b" and "c" as in this sentence.
func List(parts []string) string {
	if n := len(parts); n > 1 {
		return strings.Join(parts[:n-1], ", ") + " and " + parts[n-1]
	}
	return strings.Join(parts, "")
}
