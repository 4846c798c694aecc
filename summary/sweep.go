package summary

import (
	"slices"

	"github.com/waveletgpt/waveletgpt/config"
)

// A Sweep is the result of trying several values of one configuration key, the
// same ones for every variant. Its seed is not compared.
type Sweep struct {
	Key    string  `json:"key"`
	Seed   uint64  `json:"seed"`
	Trials []Trial `json:"trials"` // variant by variant, in the order of the values
}

// A Trial is a run with one of the values.
type Trial struct {
	Run
	Chosen bool `json:"chosen"` // its variant is compared with this value
}

// Value is the value that a trial tried, as text.
func (s *Sweep) Value(t *Trial) string { return config.FormatValue(t.Tuned[s.Key]) }

// TunedOf returns what the sweep chose for a variant at a horizon, nil if it chose
// nothing.
func (s *Sweep) TunedOf(label string, horizon int) map[string]any {
	for i := range s.Trials {
		if t := &s.Trials[i]; t.Chosen && t.Label() == label && (t.Horizon == horizon || t.Horizon == 0) {
			return t.Tuned
		}
	}
	return nil
}

// values lists the values in the order in which they were first tried.
func (s *Sweep) values() (list []string) {
	for i := range s.Trials {
		if value := s.Value(&s.Trials[i]); !slices.Contains(list, value) {
			list = append(list, value)
		}
	}
	return list
}

// atEdge lists the variants whose best value is the first or last of those that
// were tried.
func (s *Sweep) atEdge() []string {
	var labels []string
	for i := range s.Trials {
		t := &s.Trials[i]
		first := i == 0 || s.Trials[i-1].Label() != t.Label()
		last := i+1 == len(s.Trials) || s.Trials[i+1].Label() != t.Label()
		if t.Chosen && (first || last) && !(first && last) {
			labels = append(labels, t.Label())
		}
	}
	return labels
}
