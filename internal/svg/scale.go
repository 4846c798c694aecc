package svg

import (
	"fmt"
	"math"
	"strconv"

	"github.com/waveletgpt/waveletgpt/internal/typeset"
)

// A Scale maps values to places along one axis of a picture.
type Scale struct {
	Low, High float64 // values
	From, To  float64 // their places; From > To if values grow upward
	Log       bool    // logarithmic
}

// NewScale covers low to high. A range of more than thirty decades, or one smaller
// than rounding, is replaced by one that can be divided. A range that a logarithmic
// scale cannot hold gets a linear one.
func NewScale(low, high, from, to float64, log bool) Scale {
	const limit = 1e30
	low, high = min(max(low, -limit), limit), min(max(high, -limit), limit)
	if least := max(1e-9*math.Abs(low), 1/limit); !(high-low >= least) {
		high = low + max(1e-3*math.Abs(low), least)
	}
	log = log && low > 1/limit
	return Scale{Low: low, High: high, From: from, To: to, Log: log}
}

// String is the lowest and the highest value, their places, and the kind of the scale.
func (s Scale) String() string {
	kind := "linear"
	if s.Log {
		kind = "log"
	}
	return fmt.Sprintf("%.7g %.7g %s %s %s", s.Low, s.High, number(s.From), number(s.To), kind)
}

// At returns the place of a value.
func (s Scale) At(value float64) float64 {
	fraction := (value - s.Low) / (s.High - s.Low)
	if s.Log {
		fraction = math.Log(value/s.Low) / math.Log(s.High/s.Low)
	}
	return s.From + fraction*(s.To-s.From)
}

// Ticks returns about n round values: multiples of 1, 2 or 5 times a power of ten,
// on a logarithmic scale these numbers themselves.
func (s Scale) Ticks(n int) []float64 {
	if s.Log {
		// Less than a decade may hold none or one of them.
		if ticks := s.logTicks(n); len(ticks) > 1 {
			return ticks
		}
	}
	step := (s.High - s.Low) / float64(n)
	power := math.Pow(10, math.Floor(math.Log10(step)))
	for _, factor := range []float64{1, 2, 5, 10} {
		if factor*power >= step*0.999 {
			step = factor * power
			break
		}
	}
	var ticks []float64
	first := math.Ceil(s.Low/step - 1e-9)
	// Twice n bounds the loop if step is lost in the rounding of the values.
	for i := 0.0; i <= 2*float64(n); i++ {
		tick := (first + i) * step
		if tick > s.High+1e-9*step {
			break
		}
		ticks = append(ticks, tick+0)
	}
	return ticks
}

func (s Scale) logTicks(n int) []float64 {
	decades := math.Log10(s.High / s.Low)
	factors := []float64{1, 2, 5}
	every := 1
	if decades*3 > float64(n)*1.5 {
		factors = []float64{1}
		every = max(1, int(math.Ceil(decades/float64(n))))
	}
	var ticks []float64
	for power := int(math.Floor(math.Log10(s.Low))); power <= int(math.Ceil(math.Log10(s.High))); power += every {
		for _, factor := range factors {
			tick := factor * math.Pow10(power)
			if tick >= s.Low*(1-1e-9) && tick <= s.High*(1+1e-9) {
				ticks = append(ticks, tick)
			}
		}
	}
	return ticks
}

// tickLabel prints a tick with as many decimals as step needs.
func tickLabel(tick, step float64) string {
	for _, prefix := range []struct {
		value float64
		name  string
	}{{1e18, "E"}, {1e15, "P"}, {1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e5, "k"}} {
		if math.Abs(tick) < prefix.value {
			continue
		}
		if prefix.name == "k" {
			prefix.value = 1e3
		}
		return strconv.FormatFloat(round(tick/prefix.value, 3), 'f', -1, 64) + "\u202f" + prefix.name
	}
	if step >= 1 || tick == 0 {
		return typeset.Count(tick)
	}
	return strconv.FormatFloat(tick, 'f', int(math.Ceil(-math.Log10(step)-1e-9)), 64)
}

func round(x float64, decimals int) float64 {
	power := math.Pow10(decimals)
	return math.Round(x*power) / power
}

// Labels prints ticks with the same number of decimals.
func Labels(ticks []float64) []string {
	step := math.Inf(1)
	for i := 1; i < len(ticks); i++ {
		step = min(step, math.Abs(ticks[i]-ticks[i-1]))
	}
	if math.IsInf(step, 0) || step == 0 {
		step = 1
	}
	var out []string
	for _, tick := range ticks {
		out = append(out, typeset.Minus(tickLabel(tick, step)))
	}
	return out
}
