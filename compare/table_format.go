package compare

import (
	"fmt"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Percent prints a fraction as whole percent, "29 %". What rounds to 0 or 100
// but is neither is printed with a digit more.
func Percent(fraction float64) string {
	percent := 100 * fraction
	rounded := math.Round(percent)
	if (rounded == 0 && math.Abs(percent) >= 0.05 || rounded == 100) && math.Abs(percent-rounded) >= 0.05 {
		return fmt.Sprintf("%.1f %%", percent)
	}
	return fmt.Sprintf("%.0f %%", rounded+0) // + 0 makes -0 positive
}

// Count prints a number rounded to an integer, with a comma every three
// digits: "2,055,424".
func Count(n float64) string {
	digits := fmt.Sprintf("%.0f", math.Round(math.Abs(n)))
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	if n <= -0.5 {
		return "-" + digits
	}
	return digits
}

// wrap breaks text at spaces into lines of at most width runes; a longer word
// has a line of its own. A percent sign stays with its number.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	const tied = "\u00a0"
	isSpace := func(r rune) bool { return unicode.IsSpace(r) && r != '\u00a0' }
	for _, word := range strings.FieldsFunc(strings.ReplaceAll(text, " %", tied+"%"), isSpace) {
		word = strings.ReplaceAll(word, tied, " ")
		switch {
		case line == "":
			line = word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width:
			lines = append(lines, line)
			line = word
		default:
			line += " " + word
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
