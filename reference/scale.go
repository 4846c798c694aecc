package reference

import (
	"context"
	"math"
)

// A shape is a distribution that is symmetric about 0.
type shape struct {
	name string
	// below is the mass below a number that is not above 0.
	below func(x float64) float64
}

// shapes are those of errors that are tried. Student's has heavier tails than the
// others; with four degrees of freedom its mass is a polynomial in x/sqrt(4 + x^2).
var shapes = []shape{
	{"Laplace", func(x float64) float64 { return math.Exp(x) / 2 }},
	{"logistic", func(x float64) float64 { e := math.Exp(x); return e / (1 + e) }},
	{"Student's t with 4 degrees of freedom", func(x float64) float64 {
		if math.IsInf(x, -1) {
			return 0
		}
		root := math.Sqrt(4 + x*x)
		rest := 4 / (root * (root - x)) // 1 + x/root, without cancellation
		return rest * rest * (3 - rest) / 4
	}},
}

// between returns the mass between two numbers, low <= high. It takes the difference
// on the side where it is small.
func (s shape) between(low, high float64) float64 {
	switch {
	case high <= 0:
		return s.below(high) - s.below(low)
	case low >= 0:
		return s.below(-low) - s.below(-high)
	}
	return 1 - s.below(low) - s.below(-high)
}

// memories are the lengths of the mean of errors that are tried, in samples.
var memories = []float64{8, 16, 32, 64, 128}

// factors are those of the scale that are tried: 2^(i/4).
var factors = func() (all []float64) {
	for i := -4; i <= 2; i++ {
		all = append(all, math.Exp2(float64(i)/4))
	}
	return all
}()

// choose fits the scale to training windows for every order and shape, and keeps the
// order and the shape with the lowest loss on validation windows.
func (l *linear) choose(ctx context.Context, training, validation [][]uint16) error {
	lowest := math.Inf(1)
	kept := *l
	for _, order := range orders {
		l.order = order
		scales, err := l.scales(ctx, training)
		if err != nil {
			return err
		}
		for _, s := range scales {
			l.scale = s
			sum := 0.0
			for _, window := range validation {
				for _, loss := range l.losses(window) {
					sum += loss
				}
			}
			if sum < lowest {
				lowest, kept = sum, *l
			}
		}
	}
	*l = kept
	return nil
}

// scales returns for every shape the scale with the lowest loss on windows.
func (l *linear) scales(ctx context.Context, windows [][]uint16) ([]scale, error) {
	all := make([][]prediction, len(windows))
	var sum, count float64
	for i, window := range windows {
		all[i] = l.predictions(window, l.order)
		for _, p := range all[i] {
			sum += p.size
			count++
		}
	}
	best, lowest := make([]scale, len(shapes)), make([]float64, len(shapes))
	for _, memory := range memories {
		means := make([][]float64, len(all))
		for i, predictions := range all {
			means[i] = scale{memory: memory, start: sum / count}.means(predictions)
		}
		for i, shape := range shapes {
			for _, factor := range factors {
				if err := ctx.Err(); err != nil {
					return nil, err
				}
				s := scale{shape, memory, factor, sum / count}
				total := 0.0
				for w, predictions := range all {
					for t := 1; t < len(predictions); t++ {
						total += l.loss(predictions[t], s, means[w][t])
					}
				}
				if best[i].memory == 0 || total < lowest[i] {
					best[i], lowest[i] = s, total
				}
			}
		}
	}
	return best, nil
}
