package terminal

import (
	"bytes"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
)

func TestCut(t *testing.T) {
	for _, test := range []struct {
		text string
		n    int
		want string
	}{
		{"training", 8, "training"},
		{"training", 7, "trai..."},
		{"training", 2, ".."},
		{"training", 0, ""},
		{"training", -1, ""},
		{"日本語", 6, "日本語"},
		{"日本語", 5, "日..."},
		{"日本語", 4, "..."},
		{"a\nb\x1b[2J\u200b", 20, "a?b?[2J?"},
		{"", 5, ""},
	} {
		if got := Cut(test.text, test.n); got != test.want {
			t.Errorf("Cut(%q, %d) = %q, want %q", test.text, test.n, got, test.want)
		}
	}
}

func TestPaint(t *testing.T) {
	if got := Red.Paint("x"); got != "\x1b[38;5;160mx\x1b[0m" {
		t.Errorf("%q", got)
	}
	if got := Color("").Paint("x") + Red.Paint(""); got != "x" {
		t.Errorf("%q", got)
	}
}

// Every colour can be read on black and on white: the contrast is at least 3, what
// WCAG 2 asks of graphics and large text, and no two are near each other.
func TestColorsAreReadable(t *testing.T) {
	colors := []Color{Red, Green, Grey, Blue, Orange, Magenta, Teal, Violet, Olive}
	for i, c := range colors {
		light := luminance(rgb(t, c))
		if black, white := (light+0.05)/0.05, 1.05/(light+0.05); black < 3 || white < 3 {
			t.Errorf("%s: contrast %.1f on black, %.1f on white", c, black, white)
		}
		for _, other := range colors[:i] {
			a, b, distance := rgb(t, c), rgb(t, other), 0.0
			for j := range a {
				distance += (a[j] - b[j]) * (a[j] - b[j])
			}
			if math.Sqrt(distance) < 85 {
				t.Errorf("%s and %s are %.0f apart", c, other, math.Sqrt(distance))
			}
		}
	}
}

// rgb is a colour of the 256-colour palette: a cube of 6 levels, then greys.
func rgb(t *testing.T, c Color) [3]float64 {
	n, err := strconv.Atoi(strings.TrimPrefix(string(c), "38;5;"))
	if err != nil || n < 16 || n > 255 {
		t.Fatalf("%q is no colour of the palette", c)
	}
	if n >= 232 {
		v := float64(8 + 10*(n-232))
		return [3]float64{v, v, v}
	}
	level := func(i int) float64 { return []float64{0, 95, 135, 175, 215, 255}[i%6] }
	n -= 16
	return [3]float64{level(n / 36), level(n / 6), level(n)}
}

// luminance is the relative luminance of WCAG 2.
func luminance(c [3]float64) (sum float64) {
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		v := c[i] / 255
		if v <= 0.03928 {
			v /= 12.92
		} else {
			v = math.Pow((v+0.055)/1.055, 2.4)
		}
		sum += weight * v
	}
	return sum
}

func TestNoTerminal(t *testing.T) {
	t.Setenv("TERM", "xterm")
	t.Setenv("NO_COLOR", "")
	file, err := os.Create(t.TempDir() + "/file")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if HasColor(file) || HasColor(new(bytes.Buffer)) || NewLine(file) != nil || NewLine(new(bytes.Buffer)) != nil {
		t.Error("a file or buffer is taken for a terminal")
	}
}
