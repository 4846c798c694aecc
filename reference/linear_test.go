package reference

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/waveletgpt/waveletgpt/media/audio"
)

// process is n samples of an autoregressive process, whose innovations are Laplace's
// with a scale.
func process(seed uint64, n int, scale float64, coefficients ...float64) []float64 {
	r := rand.New(rand.NewPCG(seed, 1))
	x := make([]float64, n)
	for i := range x {
		x[i] = scale * r.ExpFloat64() * float64(2*r.IntN(2)-1)
		for j, c := range coefficients {
			if i > j {
				x[i] += c * x[i-1-j]
			}
		}
	}
	return x
}

func codec(t *testing.T, name string) *audio.Codec {
	t.Helper()
	c, err := audio.New(name, 8000, audio.AsIs)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// encoded returns the tokens of samples, all within [-1, 1].
func encoded(c *audio.Codec, x []float64) []uint16 {
	ids := make([]uint16, len(x))
	for i, v := range x {
		for bit := uint16(128); bit > 0; bit /= 2 {
			if v >= c.Edge(ids[i]+bit) {
				ids[i] += bit
			}
		}
	}
	return ids
}

// fitted is a predictor that is fitted to recordings and chosen on windows.
func fitted(t *testing.T, c *audio.Codec, recordings, training, validation [][]uint16) *linear {
	t.Helper()
	l := newLinear(c, c.Vocabulary())
	if err := l.fit(t.Context(), recordings); err != nil {
		t.Fatal(err)
	}
	if err := l.choose(t.Context(), training, validation); err != nil {
		t.Fatal(err)
	}
	return l
}

func cut(ids []uint16, length int) [][]uint16 { return slices.Collect(slices.Chunk(ids, length)) }

// A process of second order, in equal steps. The entropy of a sample given all before
// is about that of the innovation, less the logarithm of a step; that of Laplace's is
// the mean of -ln f(e) = |e|/scale + ln(2 scale).
func TestEntropyRate(t *testing.T) {
	const scale = 0.03
	c := codec(t, audio.Linear)
	x := process(1, 60_000, scale, 1.2, -0.6)
	ids := encoded(c, x)
	l := fitted(t, c, cut(ids[:40_000], 20_000), cut(ids[:16_000], 1000), cut(ids[40_000:50_000], 1000))
	var losses []float64
	for _, window := range cut(ids[50_000:], 1000) {
		losses = append(losses, l.losses(window)...)
	}
	rate := math.Log(2*scale) - math.Log(2./255)
	for i := 50_000; i < len(x); i++ {
		rate += math.Abs(x[i]-1.2*x[i-1]+0.6*x[i-2]) / scale / 10_000
	}
	if got := mean(losses); got < rate-0.005 || got > rate+0.02 || l.order < 2 || l.shape.name != "Laplace" {
		t.Errorf("the %s with errors of %s has %v nats, want %v", l.name(), l.shape.name, got, rate)
	}
	for k, want := range map[int][]float64{1: {1.2 / 1.6}, 2: {1.2, -0.6}, 3: {1.2, -0.6, 0}} {
		for j := range want {
			if got := l.coefficients[k][j]; math.Abs(got-want[j]) > 0.02 {
				t.Errorf("coefficients of order %d are %v, want %v", k, l.coefficients[k], want)
			}
		}
	}
}

// Noise that is uniform over equal steps has the loss of its tokens, and no predictor
// does better.
func TestUniformNoise(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	ids := make([]uint16, 30_000)
	for i := range ids {
		ids[i] = uint16(r.IntN(256))
	}
	l := fitted(t, codec(t, audio.Linear), [][]uint16{ids[:20_000]}, cut(ids[:10_000], 500), cut(ids[20_000:25_000], 500))
	var losses []float64
	for _, window := range cut(ids[25_000:], 500) {
		losses = append(losses, l.losses(window)...)
	}
	if got, want := mean(losses), math.Log(256); got < want || got > want+0.2 {
		t.Errorf("%v nats, want little more than %v", got, want)
	}
}

// Every shape has the quantiles of its distribution (R 4: qlogis, qt; Laplace's are
// ln(2 p)), and is exact far out, where 1 less the mass on the other side is 0.
func TestShapes(t *testing.T) {
	quantiles := [][2]float64{{math.Log(0.1), 0.05}, {math.Log(0.05 / 0.95), 0.05}, {-2.131846786326649, 0.05}}
	for i, s := range shapes {
		x, p := quantiles[i][0], quantiles[i][1]
		for _, test := range []struct{ low, high, want float64 }{
			{math.Inf(-1), x, p}, {-x, math.Inf(1), p}, {x, 0, 0.5 - p}, {x, -x, 1 - 2*p}, {math.Inf(-1), math.Inf(1), 1},
		} {
			if got := s.between(test.low, test.high); math.Abs(got-test.want) > 1e-12 {
				t.Errorf("%s has %v between %v and %v, want %v", s.name, got, test.low, test.high, test.want)
			}
		}
		far := s.between(30, 40)
		if near := s.between(-40, -30); far <= 0 || far != near {
			t.Errorf("%s has %v and %v in its tails", s.name, near, far)
		}
	}
}

// The probabilities of all tokens are a distribution, wherever its centre is and
// whatever its scale.
func TestBinsSumToOne(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, name := range []string{audio.MuLaw, audio.SaShiMi, audio.Linear} {
		l := newLinear(codec(t, name), 256)
		for range 300 {
			centre, scale := 3*r.Float64()-1.5, math.Exp(-12*r.Float64())
			for _, s := range shapes {
				sum := 0.0
				for id := range uint16(256) {
					p := l.probability(id, centre, scale, s)
					if p < uniform/256 {
						t.Fatalf("%s, %s around %v, scale %v: token %d has probability %v", name, s.name, centre, scale, id, p)
					}
					sum += p
				}
				if math.Abs(sum-1) > 1e-12 {
					t.Fatalf("%s, %s around %v, scale %v: probabilities add up to %v", name, s.name, centre, scale, sum)
				}
			}
		}
	}
}

// levinson solves the normal equations: the error is orthogonal to what it is
// predicted from, at every order, and its power is what is left.
func TestLevinson(t *testing.T) {
	x := process(5, 400, 0.1, 0.5, 0.2, -0.3)
	r := make([]float64, 20)
	for lag := range r {
		for i := lag; i < len(x); i++ {
			r[lag] += x[i] * x[i-lag]
		}
	}
	r[0] /= 1 + ridge // so that it is as above with the ridge
	coefficients, powers := levinson(r)
	r[0] *= 1 + ridge
	for k, a := range coefficients {
		if len(a) != k {
			t.Fatalf("order %d has coefficients %v", k, a)
		}
		power := r[0]
		for j, c := range a {
			power -= c * r[j+1]
			rest := r[j+1]
			for i, c := range a {
				rest -= c * r[max(i-j, j-i)]
			}
			if math.Abs(rest) > 1e-12*r[0] {
				t.Errorf("order %d leaves a correlation of %v at lag %d", k, rest, j+1)
			}
		}
		if math.Abs(powers[k]-power) > 1e-12*r[0] {
			t.Errorf("order %d has an error of power %v, want %v", k, powers[k], power)
		}
	}
}

// Whatever is fitted to whatever, and read after it, every loss is a number, and at
// most that of the probability that all tokens have.
func TestDegenerateSound(t *testing.T) {
	c := codec(t, audio.MuLaw)
	r := rand.New(rand.NewPCG(7, 8))
	fill := func(n int, amplitude func(i int) float64) []uint16 {
		x := make([]float64, n)
		for i := range x {
			x[i] = amplitude(i)
		}
		return encoded(c, x)
	}
	kinds := map[string][]uint16{
		"silence":     fill(300, func(int) float64 { return 0 }),
		"constant":    fill(300, func(int) float64 { return 1 }),
		"alternating": fill(300, func(i int) float64 { return float64(1 - i%2*2) }),
		"tone":        fill(300, func(i int) float64 { return 0.5 * math.Sin(float64(i)/5) }),
		"click":       fill(300, func(i int) float64 { return float64(max(0, 1-(i-150)*(i-150))) }),
		"noise":       fill(300, func(int) float64 { return 2*r.Float64() - 1 }),
		"sample":      {200},
		"two samples": {3, 250},
	}
	most := math.Log(256 / uniform)
	for fit, training := range kinds {
		for choice, chosen := range map[string][][]uint16{"itself": {training}, "noise": {kinds["noise"]}} {
			l := fitted(t, c, [][]uint16{training}, [][]uint16{training}, chosen)
			for name, window := range kinds {
				for i, loss := range l.losses(window) {
					if !(loss >= -1e-12 && loss <= most+1e-12) {
						t.Fatalf("%s, chosen on %s: token %d of %s has loss %v", fit, choice, i+1, name, loss)
					}
				}
			}
		}
	}
	l := fitted(t, c, [][]uint16{kinds["silence"]}, [][]uint16{kinds["silence"]}, [][]uint16{kinds["silence"]})
	if loss := mean(l.losses(kinds["silence"])); loss > 0.01 {
		t.Errorf("silence has %v nats", loss)
	}
}
