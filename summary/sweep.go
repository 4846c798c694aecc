package summary

import (
	"fmt"
	"slices"
	"strings"

	"github.com/waveletgpt/waveletgpt/config"
)

// A Sweep is the result of trying several values of configuration keys, the same
// ones for every variant, with seeds that are not compared. The score of a setting
// is its mean final loss over the seeds; one with a run that did not finish has none
// and cannot be chosen.
type Sweep struct {
	// Key is the one key, or the first of several, Seed the first seed: what a
	// document has that was written before there could be more. Its Keys and Seeds
	// are empty; see [Sweep.KeyList].
	Key   string   `json:"key"`
	Seed  uint64   `json:"seed"`
	Keys  []string `json:"keys,omitempty"`
	Seeds []uint64 `json:"seeds,omitempty"`
	// Rungs are the lengths of training of a random search, ascending: after each
	// the better half of the settings of a variant went on. They are empty for a list
	// of values, all of which were tried at every horizon.
	Rungs []int `json:"rungs,omitempty"`
	// Added are the values that were added where the best one was at an edge. Ends
	// are the edges, low or high, beyond which the next value is not valid.
	Added []any    `json:"added,omitempty"`
	Ends  []string `json:"ends,omitempty"`
	// Near has an element for each choice that others cannot be told from.
	Near   []Near  `json:"near,omitempty"`
	Trials []Trial `json:"trials"` // by horizon, variant, setting and seed
}

// The edges of a list of values.
const (
	LowEdge  = "low"
	HighEdge = "high"
)

// MostAdded bounds the values that are added to a sweep at its edges.
const MostAdded = 4

// A Trial is a run with one of the settings.
type Trial struct {
	Run
	Chosen bool `json:"chosen"` // its variant is compared with this setting
}

// Near says which settings of a variant do not differ from the chosen one by more
// than Noise, in nats (see [Setting.noise]).
type Near struct {
	Variant  string           `json:"variant"` // label
	Horizon  int              `json:"horizon"`
	Noise    float64          `json:"noise"`
	Settings []map[string]any `json:"settings"` // values by key
}

// A Setting is the trials of one variant with the same values at one horizon.
type Setting struct {
	Variant string // label
	Horizon int
	Trials  []*Trial // one for each seed
	Mean    *float64 // of the final losses; nil if a run did not finish
	Chosen  bool
	Near    bool // not the chosen one, but within the noise of it
}

// KeyList lists the keys.
func (s *Sweep) KeyList() []string {
	if len(s.Keys) == 0 {
		return []string{s.Key}
	}
	return s.Keys
}

// Values are those that a trial tried, as text, in the order of the keys.
func (s *Sweep) Values(t *Trial) (values []string) {
	for _, key := range s.KeyList() {
		values = append(values, valueText(t.Tuned, key))
	}
	return values
}

// notUsed stands for the value of a key that has no effect on a variant.
const notUsed = "not used"

func valueText(tuned map[string]any, key string) string {
	if value, used := tuned[key]; used {
		return config.FormatValue(value)
	}
	return notUsed
}

// name is a short name of a setting: its value, or its keys and values.
func (s *Sweep) name(tuned map[string]any) string {
	if keys := s.KeyList(); len(keys) > 1 {
		var parts []string
		for _, key := range keys {
			parts = append(parts, key+"="+valueText(tuned, key))
		}
		return strings.Join(parts, " ")
	}
	return valueText(tuned, s.Key)
}

// Settings lists what was tried, in the order in which it first appears.
func (s *Sweep) Settings() (all []Setting) {
	at := map[string]int{}
	for i := range s.Trials {
		t := &s.Trials[i]
		key := fmt.Sprintf("%q %d %q", t.Label(), t.Horizon, s.Values(t))
		if _, known := at[key]; !known {
			at[key] = len(all)
			all = append(all, Setting{Variant: t.Label(), Horizon: t.Horizon, Near: s.isNear(t)})
		}
		own := &all[at[key]]
		own.Trials, own.Chosen = append(own.Trials, t), own.Chosen || t.Chosen
	}
	for i := range all {
		all[i].average()
	}
	return all
}

// Status is that of the first run that did not finish, or [Finished].
func (g *Setting) Status() Status {
	for _, t := range g.Trials {
		if t.Status != Finished {
			return t.Status
		}
	}
	return Finished
}

func (g *Setting) average() {
	mean := 0.0
	for _, t := range g.Trials {
		if t.Status != Finished || t.FinalLoss == nil {
			return
		}
		mean += *t.FinalLoss / float64(len(g.Trials))
	}
	g.Mean = &mean
}

// isNear tells whether the setting of a trial is within the noise of the chosen one.
func (s *Sweep) isNear(t *Trial) bool {
	for i := range s.Near {
		if n := &s.Near[i]; n.Variant == t.Label() && n.Horizon == t.Horizon {
			return slices.ContainsFunc(n.Settings, func(own map[string]any) bool { return s.name(own) == s.name(t.Tuned) })
		}
	}
	return false
}

// Tried tells whether a setting of a variant was tried at a horizon.
func (s *Sweep) Tried(label string, horizon int) bool {
	return slices.ContainsFunc(s.Trials, func(t Trial) bool { return t.Label() == label && (t.Horizon == horizon || t.Horizon == 0) })
}

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
