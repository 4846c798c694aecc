package config

import (
	"slices"
	"testing"
)

// Every reason names the setting that it is, and with the other choice of that setting
// the key has an effect.
func TestUnused(t *testing.T) {
	for _, test := range []struct {
		set    string
		unused []string
	}{
		{"train.optimizer=adamw", []string{"train.muon_lr", "train.muon_momentum"}},
		{"train.schedule=cosine", []string{"train.cooldown"}},
		{"train.schedule=linear", []string{"train.cooldown"}},
		{"train.schedule=constant", []string{"train.cooldown", "train.min_lr"}},
		{"train.engine=torch", []string{"train.lanes"}},
	} {
		c := preset(t, "tiny")
		for _, assignment := range []string{"train.optimizer=muon", "train.schedule=wsd"} {
			if err := c.Set(assignment); err != nil {
				t.Fatal(err)
			}
		}
		if got := c.Unused(); len(got) > 0 {
			t.Fatalf("muon and wsd: %v", got)
		}
		if err := c.Set(test.set); err != nil {
			t.Fatal(err)
		}
		var keys []string
		for key, reason := range c.Unused() {
			keys = append(keys, key)
			if !slices.Contains([]string{"train.schedule = " + c.Train.Schedule, "train.optimizer = adamw", "train.engine = torch"}, reason) {
				t.Errorf("%s: %q", key, reason)
			}
		}
		slices.Sort(keys)
		if !slices.Equal(keys, test.unused) {
			t.Errorf("%s: %v, want %v", test.set, keys, test.unused)
		}
	}
}
