package audio

import (
	"fmt"
	"math"
)

// The names of the rules that turn amplitudes into tokens.
const (
	MuLaw   = "mulaw"
	SaShiMi = "mulaw:sashimi"
	Linear  = "linear"
)

// levels is the number of tokens: 8 bits.
const levels = 256

// mu of the companding f(x) = sign(x) ln(1 + mu |x|) / ln(1 + mu), as in
// WaveNet (arXiv 1609.03499, section 2.2).
const mu = levels - 1

// A rule maps amplitudes in [-1, 1] to tokens and back.
type rule struct {
	name     string
	quantize func(x float64) uint16
	expand   func(token uint16) float64
}

// rules are those of torchaudio (MuLawEncoding), of SaShiMi (state-spaces,
// src/dataloaders/audio.py at 307f11b: mu_law_encode, linear_encode's grid
// apart) and equal steps. SaShiMi's decoder returns the edge of a step and so
// never 1; the others return the middle.
var rules = []rule{
	{
		name:     MuLaw,
		quantize: func(x float64) uint16 { return uint16((compress(x)+1)/2*mu + 0.5) },
		expand:   func(token uint16) float64 { return inflate(2*float64(token)/mu - 1) },
	},
	{
		name: SaShiMi,
		quantize: func(x float64) uint16 {
			f := math.Copysign(math.Log1p(mu*math.Abs(x+1e-8))/math.Log1p(mu), x)
			return uint16(min(max((f+1)/2*(levels-0.01)+0.005, 0), mu))
		},
		expand: func(token uint16) float64 { return inflate(float64(token)/(levels/2) - 1) },
	},
	{
		name:     Linear,
		quantize: func(x float64) uint16 { return uint16((x+1)/2*mu + 0.5) },
		expand:   func(token uint16) float64 { return 2*float64(token)/mu - 1 },
	},
}

func ruleNamed(name string) (rule, error) {
	for _, r := range rules {
		if r.name == name {
			return r, nil
		}
	}
	return rule{}, fmt.Errorf("codec %q is not an audio codec; use %s, %s or %s", name, MuLaw, SaShiMi, Linear)
}

// compress is f above.
func compress(x float64) float64 {
	return math.Copysign(math.Log1p(mu*math.Abs(x))/math.Log1p(mu), x)
}

// inflate is the inverse of compress.
func inflate(y float64) float64 {
	return math.Copysign((math.Pow(levels, math.Abs(y))-1)/mu, y)
}
