package gpt

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

func nearLogits(t *testing.T, name string, got, want []float32) {
	t.Helper()
	for i, w := range want {
		if math.Abs(float64(got[i]-w)) > 2e-5*(1+math.Abs(float64(w))) {
			t.Fatalf("%s: logit %d is %v, want %v", name, i, got[i], w)
		}
	}
}

// Prefill and Step agree with the batch, for every variant and setting.
func TestDecodeEqualsBatch(t *testing.T) {
	for name, c := range everySetting() {
		for _, c.Mixer = range variants {
			t.Run(fmt.Sprintf("%s-%s", c.Mixer, name), func(t *testing.T) {
				m := newModel(t, c)
				ids := tokens(9, 11)
				batch := m.NewWorkspace().Logits(ids)
				d, s := m.NewDecoder(), m.NewStream()
				logits, err := d.Prefill(s, ids[:4])
				if err != nil {
					t.Fatal(err)
				}
				nearLogits(t, "prefill", logits, batch[3*11:4*11])
				for i := 4; i < 9; i++ {
					if logits, err = d.Step([]*Stream{s}, ids[i:i+1]); err != nil {
						t.Fatal(err)
					}
					nearLogits(t, fmt.Sprintf("step %d", i), logits, batch[i*11:(i+1)*11])
				}
			})
		}
	}
}

// N streams that join and leave give what each gives alone, to the bit.
func TestStreamsAreIndependent(t *testing.T) {
	for _, spec := range variants {
		t.Run(spec, func(t *testing.T) { checkStreams(t, tiny(func(c *Config) { c.Mixer = spec })) })
		t.Run("llama-"+spec, func(t *testing.T) { checkStreams(t, lama(func(c *Config) { c.Mixer = spec })) })
		t.Run("nanochat-"+spec, func(t *testing.T) { checkStreams(t, nano(1, func(c *Config) { c.Mixer = spec })) })
	}
}

func checkStreams(t *testing.T, c Config) {
	m := newModel(t, c)
	ids := tokens(60, 11)
	alone := func(start, n int) (rows [][]float32) {
		d, s := m.NewDecoder(), m.NewStream()
		for i := range n {
			logits, err := d.Step([]*Stream{s}, ids[start+i:start+i+1])
			if err != nil {
				t.Fatal(err)
			}
			rows = append(rows, append([]float32(nil), logits...))
		}
		return rows
	}
	d := m.NewDecoder()
	streams := []*Stream{m.NewStream(), m.NewStream(), m.NewStream()}
	want := [][][]float32{alone(0, 20), alone(20, 20), alone(40, 20)}
	done := []int{0, 0, 0}
	for step := range 20 {
		var active []*Stream
		var which []int
		var next []uint16
		for k, s := range streams {
			if (step+k)%3 == 0 && step > 4 { // sits this one out
				continue
			}
			active, which = append(active, s), append(which, k)
			next = append(next, ids[20*k+done[k]])
		}
		logits, err := d.Step(active, next)
		if err != nil {
			t.Fatal(err)
		}
		for i, k := range which {
			for j, w := range want[k][done[k]] {
				if logits[i*11+j] != w {
					t.Fatalf("step %d: stream %d differs from itself alone", step, k)
				}
			}
			done[k]++
		}
	}
}

// Past the context a stream continues from its last half: its logits are those
// of a fresh forward pass over what it sees, whether it got there token by
// token or by one long prompt.
func TestSlidingContext(t *testing.T) {
	for _, context := range []int{1, 2, 9, 10} {
		specs := variants
		if context < 9 { // where delays are refused
			specs = []string{"none", "haar", "window:3", "learned", "conv:3"}
		}
		for at, spec := range specs {
			change := func(c *Config) { c.Mixer, c.Context = spec, context }
			m := newModel(t, tiny(change))
			if (at+context)%3 == 0 {
				m = newModel(t, nano(1, change))
			}
			ids := tokens(35, 11)
			d, s := m.NewDecoder(), m.NewStream()
			w := m.NewWorkspace()
			for i := range ids {
				logits, err := d.Step([]*Stream{s}, ids[i:i+1])
				if err != nil {
					t.Fatal(err)
				}
				seen := append([]uint16(nil), s.Tokens()...)
				if i >= context && (len(seen) <= context/2 || len(seen) > context) {
					t.Fatalf("context %d: the stream sees %d tokens", context, len(seen))
				}
				fresh := w.Logits(seen)
				nearLogits(t, spec, logits, fresh[(len(seen)-1)*11:])

				prompt := m.NewStream()
				logits, err = m.NewDecoder().Prefill(prompt, ids[:i+1])
				if err != nil {
					t.Fatal(err)
				}
				if len(prompt.Tokens()) != len(seen) {
					t.Fatalf("context %d, %d tokens: a prompt keeps %d, steps keep %d", context, i+1, len(prompt.Tokens()), len(seen))
				}
				nearLogits(t, spec, logits, fresh[(len(seen)-1)*11:])
			}
		}
	}
}

func TestDecodeErrors(t *testing.T) {
	m := newModel(t, tiny(nil))
	if _, err := m.NewDecoder().Prefill(m.NewStream(), nil); err == nil {
		t.Error("an empty prompt is accepted")
	}
	if _, err := m.NewDecoder().Step([]*Stream{m.NewStream()}, nil); err == nil {
		t.Error("a stream without a token is accepted")
	}
	if _, err := m.NewDecoder().Prefill(m.NewStream(), []uint16{3, 11}); err == nil || !strings.Contains(err.Error(), "token 1 is 11") {
		t.Errorf("of a token outside of the vocabulary: %v", err)
	}
	if _, err := newModel(t, tiny(nil)).NewDecoder().Step([]*Stream{m.NewStream()}, []uint16{1}); err == nil {
		t.Error("a stream of another model is accepted")
	}
	s := m.NewStream()
	if _, err := m.NewDecoder().Step([]*Stream{s}, []uint16{11}); err == nil || len(s.Tokens()) != 0 {
		t.Errorf("of a token outside of the vocabulary: %v", err)
	}
	if _, err := m.NewDecoder().Step([]*Stream{s, m.NewStream(), s}, []uint16{1, 2, 3}); err == nil || len(s.Tokens()) != 0 {
		t.Errorf("of a stream that is there twice: %v", err)
	}
}
