// Package typeset prints numbers and lists for people: in tables, pictures,
// sentences and messages.
package typeset

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
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

// Counted is "1 run", "3 runs" or "1,500 runs".
func Counted[N int | int64 | float64](n N, noun string) string {
	number := Count(float64(n))
	if number == "1" {
		return "1 " + noun
	}
	return number + " " + noun + "s"
}

// Are is the verb of a number of things.
func Are[N int | int64](n N) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// Duration is "0.3 s", "45 s", "2.5 min", "45 min", "8.5 h" or "12 h": a value
// below 10 has one decimal. What is not nothing is at least 0.1 s.
func Duration(d time.Duration) string {
	if d > 0 {
		d = max(d, time.Second/10)
	}
	for _, u := range []struct {
		name string
		size time.Duration
		most float64 // from here on the next unit is taken
	}{{"s", time.Second, 99.5}, {"min", time.Minute, 119.5}, {"h", time.Hour, math.Inf(1)}} {
		x := float64(d) / float64(u.size)
		switch {
		case x >= u.most:
			continue
		case x < 9.95 && math.Round(10*x) != 10*math.Round(x):
			return fmt.Sprintf("%.1f %s", x, u.name)
		}
		return fmt.Sprintf("%.0f %s", x, u.name)
	}
	return d.String()
}

// Seconds is Duration of a number of seconds.
func Seconds(s float64) string { return Duration(time.Duration(s * float64(time.Second))) }

// Signed prints a number with its sign and three decimals: "+0.120". What is not 0
// keeps its sign when it rounds to 0, because an end of an interval tells a side; 0
// has none.
func Signed(x float64) string {
	if x == 0 {
		return "0.000"
	}
	return Minus(fmt.Sprintf("%+.3f", x))
}

// Loss prints a loss with three decimals, "3.354". One of a million or more, which
// is of a run that went astray, has three digits: "1.7e+95".
func Loss(x float64) string {
	if math.Abs(x) >= 1e6 {
		return fmt.Sprintf("%.3g", x)
	}
	return fmt.Sprintf("%.3f", x)
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

// Printable quotes a text with characters that are not printed: the name of a file
// may hold anything, even what clears a terminal.
func Printable(text string) string {
	if strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(text)
	}
	return text
}

// List joins "a", "b" and "c" as in this sentence.
func List(parts []string) string {
	if n := len(parts); n > 1 {
		return strings.Join(parts[:n-1], ", ") + " and " + parts[n-1]
	}
	return strings.Join(parts, "")
}
