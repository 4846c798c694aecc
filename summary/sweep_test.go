package summary

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// sweepOf is a sweep of one key with planted losses of some seeds, by value; NaN
// diverged.
func sweepOf(label string, horizon int, losses map[float64][]float64) *Sweep {
	s := &Sweep{Key: "train.lr", Keys: []string{"train.lr"}}
	var values []float64
	for value := range losses {
		values = append(values, value)
	}
	slices.Sort(values)
	for _, value := range values {
		s.Seeds = nil
		for j, loss := range losses[value] {
			r := Run{Variant: label, Seed: uint64(j), Horizon: horizon, Tuned: map[string]any{"train.lr": value}, Status: Finished, FinalLoss: &loss}
			if math.IsNaN(loss) {
				r.Status, r.FinalLoss = Diverged, nil
			}
			s.Seeds, s.Trials = append(s.Seeds, uint64(j)), append(s.Trials, Trial{Run: r})
		}
	}
	return s
}

// The noise of three settings with two seeds and of four with three, by numpy and
// scipy 1.17: x = np.array(...); r = x - x.mean(1, keepdims=True) - x.mean(0) +
// x.mean(); d = (I-1)*(J-1); stats.t.ppf(.975, d)*np.sqrt((r*r).sum()/d)*np.sqrt(2/J).
func TestSweepNoise(t *testing.T) {
	for _, test := range []struct {
		losses map[float64][]float64
		noise  float64
		near   []float64
	}{
		{map[float64][]float64{1: {1.90, 1.93}, 2: {1.85, 1.87}, 4: {1.86, 1.88}, 8: {math.NaN(), 1.5}}, 0.017565506213799126, []float64{4}},
		{map[float64][]float64{1: {1.70, 1.72, 1.69}, 2: {1.62, 1.66, 1.65}, 4: {1.63, 1.64, 1.63}, 8: {1.66, 1.71, 1.68}}, 0.023069706172137855, []float64{2}},
	} {
		s := sweepOf("haar", 100, test.losses)
		s.Choose()
		if len(s.Near) != 1 || math.Abs(s.Near[0].Noise-test.noise) > 1e-9 {
			t.Fatalf("near %+v, want a noise of %v", s.Near, test.noise)
		}
		var near []float64
		for _, own := range s.Near[0].Settings {
			near = append(near, own["train.lr"].(float64))
		}
		if !slices.Equal(near, test.near) {
			t.Errorf("within the noise: %v, want %v", near, test.near)
		}
	}
	// One seed or one setting says nothing.
	for _, losses := range []map[float64][]float64{{1: {1.9}, 2: {1.9}}, {1: {1.9, 1.9}}, {1: {1.9, 1.9}, 2: {1.9, math.NaN()}}} {
		s := sweepOf("haar", 100, losses)
		if s.Choose(); s.Near != nil {
			t.Errorf("%v: near %+v", losses, s.Near)
		}
	}
}

// What a reader is told: the number of values and seeds, edges with their limit, a
// variant without a choice, and the noise.
func TestSweepSentences(t *testing.T) {
	say := func(s *Sweep) string {
		s.Choose()
		all := compared(t, join(seeds("none", 1, 1, 1), seeds("haar", 0.7, 0.68, 0.71))...)
		all.Sweep = s
		all.Judge()
		return all.Comparisons[0].Verdict
	}
	for _, test := range []struct {
		name    string
		sweep   *Sweep
		change  func(*Sweep)
		want    []string
		without []string
	}{
		{"an edge after four", sweepOf("haar", 0, map[float64][]float64{1: {3, 3.1}, 2: {2, 2.1}}), func(s *Sweep) { s.Added = []any{1.0, 2.0, 3.0, 4.0} },
			[]string{"the best of 2 values of train.lr, by the mean of 2 seeds that are not compared.", "The best train.lr of haar is at the edge of the sweep, after 4 added values."}, []string{"noise", "not valid"}},
		{"an end", sweepOf("haar", 0, map[float64][]float64{1: {3, 3.1}, 2: {2, 2.1}}), func(s *Sweep) { s.Ends = []string{HighEdge} },
			[]string{"haar is at the edge of the sweep, and the next value is not valid."}, nil},
		{"all equal", sweepOf("haar", 0, map[float64][]float64{1: {2, 2.1}, 2: {2, 2.1}}), func(*Sweep) {}, nil, []string{"edge"}},
		{"inside", sweepOf("haar", 0, map[float64][]float64{1: {3, 3.1}, 2: {2, 2.1}, 4: {2.5, 2.2}}), func(*Sweep) {},
			[]string{"The choice for haar, 2, is within the noise of 4."}, []string{"edge"}},
		{"none", sweepOf("haar", 0, map[float64][]float64{1: {math.NaN(), 3}, 2: {2, math.NaN()}}), func(*Sweep) {},
			[]string{"No setting of the sweep finished with every seed for haar, so the settings of the plan are kept there."}, []string{"edge"}},
		{"an old one", sweepOf("haar", 0, map[float64][]float64{1: {3}, 2: {2}}), func(s *Sweep) { s.Keys, s.Seeds = nil, nil },
			[]string{"the best of 2 values of train.lr, found with a seed that is not compared.", "The best train.lr of haar is at the edge of the sweep."}, nil},
	} {
		test.change(test.sweep)
		text := say(test.sweep)
		for _, want := range test.want {
			if !strings.Contains(text, want) {
				t.Errorf("%s: no %q in %s", test.name, want, text)
			}
		}
		for _, not := range test.without {
			if strings.Contains(text, not) {
				t.Errorf("%s: %q in %s", test.name, not, text)
			}
		}
	}
}

// An edge at one of several horizons is told with its horizon.
func TestSweepEdgesOfHorizons(t *testing.T) {
	s := sweepOf("haar", 100, map[float64][]float64{1: {3, 3.1}, 2: {2, 2.1}, 4: {2.5, 2.6}})
	s.Trials = append(s.Trials, sweepOf("haar", 200, map[float64][]float64{1: {1, 1.1}, 2: {2, 2.1}, 4: {3, 3.1}}).Trials...)
	s.Choose()
	if edges := s.Edges(); !slices.Equal(edges, []Edge{{"haar", 200, LowEdge}}) {
		t.Errorf("edges %v", edges)
	}
	if text := s.edgeRemark(); text != "The best train.lr of haar at 200 steps is at the edge of the sweep." {
		t.Errorf("remark %q", text)
	}
}

// Only the best at a horizon that is asked for is chosen, and every setting is in the
// tables, with a row for each horizon.
func TestSweepOfSeveralKeys(t *testing.T) {
	s := &Sweep{Key: "train.lr", Keys: []string{"train.lr", "train.beta2"}, Seed: 1, Seeds: []uint64{1, 2}, Rungs: []int{1000, 2000}}
	for _, horizon := range s.Rungs {
		for i, lr := range []float64{1e-3, 2e-3, 4e-3} {
			for seed, more := range []float64{0, 0.01} {
				loss := 3 + float64(i%2) - 0.0001*float64(horizon) + more
				s.Trials = append(s.Trials, Trial{Run: Run{Variant: "haar", Seed: uint64(seed + 1), Horizon: horizon, Status: Finished, FinalLoss: &loss,
					Tuned: map[string]any{"train.lr": lr, "train.min_lr": lr / 10, "train.beta2": 0.95}}})
			}
		}
	}
	s.Choose(2000)
	if s.TunedOf("haar", 1000) != nil || s.TunedOf("haar", 2000)["train.lr"] != 1e-3 || len(s.Near) != 1 || s.Near[0].Settings[0]["train.lr"] != 4e-3 || s.Edges() != nil {
		t.Errorf("chosen %v and %v, near %+v", s.TunedOf("haar", 1000), s.TunedOf("haar", 2000), s.Near)
	}
	var out strings.Builder
	s.writeMarkdown(&out)
	want := `| variant | steps | train.lr | train.beta2 | final nats |
|---|---|---|---|---|
| ` + "`haar`" + ` | 1,000 | 0.001 | 0.95 | 2.905 |
| ` + "`haar`" + ` | 1,000 | 0.002 | 0.95 | 3.905 |
| ` + "`haar`" + ` | 1,000 | 0.004 | 0.95 | 2.905 |
| ` + "`haar`" + ` | 2,000 | 0.001 | 0.95 | **2.805** |
| ` + "`haar`" + ` | 2,000 | 0.002 | 0.95 | 3.805 |
| ` + "`haar`" + ` | 2,000 | 0.004 | 0.95 | 2.805 |

The choice for haar at 2,000 steps, train.lr=0.001 train.beta2=0.95, is within the noise of train.lr=0.004 train.beta2=0.95.
`
	if out.String() != want {
		t.Errorf("markdown\n%s", out.String())
	}
	if text := s.tried(); text != "3 random settings of train.lr and train.beta2, by successive halving at 1,000 and 2,000 steps" {
		t.Errorf("tried %q", text)
	}
}
