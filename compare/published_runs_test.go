package compare

import (
	"path/filepath"
	"testing"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/internal/kernel"
	"github.com/waveletgpt/waveletgpt/summary"
	"github.com/waveletgpt/waveletgpt/train"
)

// Every published run has the hash that its configuration has today: a run is
// found by it and not trained again. A new key of the configuration must
// therefore be left out of the hash while it has its default. Today a run holds as much
// memory as it did or less, to a thousandth, where its kernels can run.
func TestPublishedRuns(t *testing.T) {
	names, err := filepath.Glob(filepath.Join("..", "docs", "results", "*", summary.FileName))
	if err != nil || len(names) == 0 {
		t.Fatalf("%d summaries, error %v", len(names), err)
	}
	for _, name := range names {
		s, err := summary.Read(filepath.Dir(name))
		if err != nil {
			t.Fatal(err)
		}
		base := config.Earlier()
		if err := base.Merge(name, []byte(s.Configuration)); err != nil {
			t.Fatal(err)
		}
		restore, unavailable := kernel.Use(s.Tier)
		if unavailable == nil {
			defer restore()
		}
		for _, r := range s.AllRuns() {
			c, err := Variant{Spec: r.Variant, Set: r.Set, Tuned: r.Tuned}.Configure(base)
			if err != nil {
				t.Errorf("%s: %s: %v", name, r.Label(), err)
				continue
			}
			c.Train.Seed = int64(r.Seed)
			if r.Horizon > 0 {
				c.Train.Steps = r.Horizon
			}
			if got := c.Hash(s.Data.Hash); got != r.ConfigHash {
				t.Errorf("%s: %s, seed %d has hash %.12s, published %.12s", name, r.Label(), r.Seed, got, r.ConfigHash)
			}
			if s.Threads == 0 {
				continue // parts with different numbers of them
			}
			c.Train.Threads = s.Threads
			if got, err := train.Memory(c, s.Data.Vocabulary); unavailable == nil && (err != nil || got > r.Memory+r.Memory/1000 || got < r.Memory/2) {
				t.Errorf("%s: %s holds %d bytes, published %d, error %v", name, r.Label(), got, r.Memory, err)
			}
		}
	}
}
