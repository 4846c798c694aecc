package report

import (
	"fmt"
	"strings"
	"testing"
)

// Only the baseline has its colour, and every colour is in both themes.
func TestClass(t *testing.T) {
	for i := range 3 * classes {
		c := class(i)
		if (c == "s0") != (i == 0) {
			t.Errorf("series %d has the colour %s", i, c)
		}
		if rule := fmt.Sprintf(".%s { --c: var(--%[1]s); }", c); !strings.Contains(pictureStyleText, rule) {
			t.Errorf("no rule %s", rule)
		}
		if n := strings.Count(pictureStyleText, "--"+c+": "); n != 2 {
			t.Errorf("colour %s is set %d times, want once for each theme", c, n)
		}
	}
}
