package train

import (
	"slices"
	"testing"
	"time"

	"github.com/waveletgpt/waveletgpt/config"
)

// The step at the paper's configuration, with both optimizers in turn, so that both meet
// the same machine. The median ratio of neighbours is what Muon costs.
func BenchmarkOptimizers(b *testing.B) {
	c, err := config.Preset("paper")
	if err != nil {
		b.Fatal(err)
	}
	var steppers []*Stepper
	for _, c.Train.Optimizer = range []string{"adamw", "muon"} {
		s, err := NewStepper(c, 27)
		if err != nil {
			b.Fatal(err)
		}
		s.Step(s.threads)
		steppers = append(steppers, s)
	}
	var ratios []float64
	var sums [2]time.Duration
	for b.Loop() {
		var took [2]time.Duration
		for i, s := range steppers {
			start := time.Now()
			s.Step(s.threads)
			took[i] = time.Since(start)
			sums[i] += took[i]
		}
		ratios = append(ratios, float64(took[1])/float64(took[0]))
	}
	slices.Sort(ratios)
	b.ReportMetric(ratios[len(ratios)/2], "ratio")
	for i, s := range steppers {
		b.ReportMetric(sums[i].Seconds()*1e3/float64(b.N), s.engine.c.Optimizer+"-ms/step")
	}
}
