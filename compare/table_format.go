package compare

import (
	"fmt"
	"math"
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
