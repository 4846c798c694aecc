// The race detector allocates.

//go:build !race

package gpt

import "testing"

// A stream that has filled its context once decodes without allocating, also
// where it slides.
func TestSteadyDecodingAllocatesNothing(t *testing.T) {
	for _, test := range []struct {
		mixer, position string
		streams         int
	}{
		{"none", "learned", 1},
		{"past:at=block+input+qkv+embedding:mix=gate", "nanochat", 1},
		{"haar", "nanochat", 5},
		{"haar", "learned", 1},
		{"haar", "rope", 1},
		{"haar", "learned", 5},
		{"ema:matched", "learned", 1},
		{"conv:3", "learned", 1},
		{"past:at=block+input+qkv+embedding:mix=gate", "rope", 1},
		{"conv:3:at=input+kv:mix=add", "learned", 5},
	} {
		c := nano(1, func(c *Config) { c.Mixer = test.mixer })
		if test.position != "nanochat" {
			c = tiny(func(c *Config) { c.Mixer, c.Position = test.mixer, test.position })
		}
		m := newModel(t, c)
		d := m.NewDecoder()
		sampler := Sampler{Sampling: Sampling{Temperature: 1, TopK: 8, TopP: 0.9}}
		var streams []*Stream
		for range test.streams {
			streams = append(streams, m.NewStream())
		}
		next := make([]uint16, test.streams)
		step := func() {
			logits, err := d.Step(streams, next)
			if err != nil {
				t.Fatal(err)
			}
			V := m.Config.Vocabulary
			for i := range next {
				next[i] = sampler.Next(logits[i*V:(i+1)*V], 0.3)
			}
		}
		for range 2 * m.Config.Context {
			step()
		}
		// One run is many steps: the result is a rounded mean per run.
		steps := func() {
			for range 3 * m.Config.Context {
				step()
			}
		}
		if n := testing.AllocsPerRun(5, steps); n != 0 {
			t.Errorf("%+v: %v allocations in %d steps", test, n, 3*m.Config.Context)
		}
	}
}

// Nor do the goroutines of several streams, on which Step decides by GOMAXPROCS;
// AllocsPerRun sets that to 1.
func TestSteadyThreadsAllocateNothing(t *testing.T) {
	m := newModel(t, tiny(func(c *Config) { c.Mixer = "haar" }))
	d := m.NewDecoder()
	var rows []row
	for i := range 6 {
		rows = append(rows, row{m.NewStream(), uint16(i)})
	}
	fill := func() {
		for _, r := range rows {
			r.s.reset()
		}
		for range m.Config.Context {
			d.rows = append(d.rows[:0], rows...)
			d.decode(3)
		}
	}
	fill()
	if n := testing.AllocsPerRun(5, fill); n != 0 {
		t.Errorf("%v allocations in %d calls", n, m.Config.Context)
	}
}
