package reference

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func counted(t *testing.T, vocabulary int, texts ...[]uint16) *ngrams {
	t.Helper()
	g, err := fitNGrams(t.Context(), texts, vocabulary)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// after returns the probabilities of a token after others, by order.
func (g *ngrams) after(token uint16, tokens ...uint16) (p [maxOrder + 1]float64) {
	h := noHistory()
	for _, id := range tokens {
		g.read(&p, &h, id)
	}
	g.read(&p, &h, token)
	return p
}

// Worked by hand. In "0 1 0 1 0 2" the tokens occur 3, 2 and 1 times: D = 1/3. The
// pairs 01, 10 and 02 occur 2, 2 and 1 times: D = 1/5.
func TestBigram(t *testing.T) {
	g := counted(t, 4, []uint16{0, 1, 0, 1, 0, 2})
	alone := []float64{(3 - 1./3 + 1./4) / 6, (2 - 1./3 + 1./4) / 6, (1 - 1./3 + 1./4) / 6, 1. / 4 / 6}
	for _, test := range []struct {
		before []uint16
		want   []float64
	}{
		{nil, alone},
		{[]uint16{0}, []float64{.4 * alone[0] / 3, (1.8 + .4*alone[1]) / 3, (.8 + .4*alone[2]) / 3, .4 * alone[3] / 3}},
		{[]uint16{1}, []float64{(1.8 + .2*alone[0]) / 2, .1 * alone[1], .1 * alone[2], .1 * alone[3]}},
		{[]uint16{2}, alone}, // the text ends behind it
		{[]uint16{3}, alone}, // it never occurs
		{[]uint16{3, 0}, []float64{.4 * alone[0] / 3, (1.8 + .4*alone[1]) / 3, (.8 + .4*alone[2]) / 3, .4 * alone[3] / 3}},
	} {
		for id, want := range test.want {
			p := g.after(uint16(id), test.before...)
			if math.Abs(p[2]-want) > 1e-15 || math.Abs(p[1]-alone[id]) > 1e-15 || p[0] != 0.25 {
				t.Errorf("%d after %v has %v, want %v of pairs and %v alone", id, test.before, p[:3], want, alone[id])
			}
		}
	}
}

// Probabilities are those of the definition, with counts from a slow search, in texts
// that do not run into each other.
func TestDefinition(t *testing.T) {
	texts := [][]uint16{chain(1, 300, 9), {}, chain(2, 5, 9), chain(3, 200, 9), {4}}
	g := counted(t, 9, texts...)
	count := func(gram []uint16) (n float64) {
		for _, text := range texts {
			for i := range len(text) - len(gram) + 1 {
				if slices.Equal(text[i:][:len(gram)], gram) {
					n++
				}
			}
		}
		return n
	}
	var probability func(gram []uint16) float64
	probability = func(gram []uint16) float64 {
		if len(gram) == 0 {
			return 1. / 9
		}
		var total, kinds float64
		for id := range uint16(9) {
			if n := count(append(slices.Clone(gram[:len(gram)-1]), id)); n > 0 {
				total, kinds = total+n, kinds+1
			}
		}
		shorter := probability(gram[1:])
		if total == 0 {
			return shorter
		}
		d := g.levels[len(gram)].discount
		return (max(count(gram)-d, 0) + d*kinds*shorter) / total
	}
	// The last of them is a window that continues one text with another.
	windows := [][]uint16{chain(1, 20, 9), chain(7, 30, 9), append(chain(1, 300, 9)[290:], chain(2, 5, 9)...)}
	for _, window := range windows {
		for g.order = 1; g.order <= maxOrder; g.order++ {
			for i, loss := range g.losses(window) {
				gram := window[max(0, i+2-g.order) : i+2]
				want := probability(gram)
				if math.Abs(loss+math.Log(want)) > 1e-12 {
					t.Fatalf("order %d, token %d of %v: %v, want %v", g.order, i+1, window, loss, -math.Log(want))
				}
			}
		}
	}
}

// Of discounts by counts of counts: three n-grams occur once, two twice, one 5 times.
func TestDiscount(t *testing.T) {
	for _, test := range []struct {
		before []uint32
		want   float64
	}{
		{[]uint32{0, 1, 3, 8, 9, 11, 12}, 3. / 7},
		{[]uint32{0, 2, 4}, 0.5},
		{[]uint32{0, 1, 2, 5}, 0.5},
		{[]uint32{0}, 0.5},
	} {
		if d := discount(test.before); d != test.want {
			t.Errorf("%v: %v, want %v", test.before, d, test.want)
		}
	}
}

// The probabilities of all tokens after any others are a distribution.
func TestNGramsSumToOne(t *testing.T) {
	for _, texts := range [][][]uint16{{chain(1, 2000, 13), chain(2, 30, 13)}, {chain(3, 8, 13)}, {{5, 5, 5, 5}}, {{}}} {
		g := counted(t, 13, texts...)
		r := rand.New(rand.NewPCG(1, 2))
		for range 200 {
			tokens := chain(r.Uint64(), 1+r.IntN(12), 13)
			for range r.IntN(3) { // contexts that never occur, too
				tokens[r.IntN(len(tokens))] = uint16(r.IntN(13))
			}
			var sum [maxOrder + 1]float64
			for id := range uint16(13) {
				for k, p := range g.after(id, tokens...) {
					if p <= 0 {
						t.Fatalf("%d after %v has probability %v of order %d", id, tokens, p, k)
					}
					sum[k] += p
				}
			}
			for k, s := range sum {
				if math.Abs(s-1) > 1e-12 {
					t.Fatalf("after %v probabilities of order %d add up to %v", tokens, k, s)
				}
			}
		}
	}
}

// Noise needs no context and has the loss of its tokens. "2 b 2 b 3" with a random bit b
// has the loss of the bit, and needs the three tokens before each.
func TestOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	noise := func(n int) []uint16 {
		ids := make([]uint16, n)
		for i := range ids {
			ids[i] = uint16(r.IntN(16))
		}
		return ids
	}
	g := counted(t, 16, noise(20000))
	windows := [][]uint16{noise(5000)}
	g.choose(windows)
	if loss := mean(g.losses(windows[0])); g.order != 1 || math.Abs(loss-math.Log(16)) > 0.002 {
		t.Errorf("noise: %s, %v nats; want %v", g.name(), loss, math.Log(16))
	}
	var ids []uint16
	for range 3000 {
		bit := uint16(r.IntN(2))
		ids = append(ids, 2, bit, 2, bit, 3)
	}
	g = counted(t, 4, ids[:12000])
	windows = [][]uint16{ids[12000:]}
	g.choose(windows)
	if loss := mean(g.losses(windows[0])); g.order < 4 || math.Abs(loss-math.Ln2/5) > 0.01 {
		t.Errorf("a bit of five tokens: %s, %v nats; want %v", g.name(), loss, math.Ln2/5)
	}
}

func mean(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}

// The largest vocabulary, of which all tokens differ: nothing is larger. The cap keeps
// it below 2 GB.
func TestMemory(t *testing.T) {
	const n = 200_000
	ids := make([]uint16, n)
	r := rand.New(rand.NewPCG(5, 6))
	for i := range ids {
		ids[i] = uint16(r.IntN(1 << 16))
	}
	g := counted(t, 1<<16, ids)
	bytes := 0
	for _, l := range g.levels {
		bytes += 2*cap(l.token) + 4*cap(l.before) + 4*cap(l.child)
	}
	const sorting = 2 + 4 + 4 + 4 // the text, joined, and its positions twice
	if total := float64(bytes)/n + sorting; total*maxTokens > 2e9 {
		t.Errorf("%.0f bytes a token, %.2f GB in all", total, total*maxTokens/1e9)
	}
	if loss := mean(g.losses(ids[:100])); math.IsNaN(loss) || math.IsInf(loss, 0) {
		t.Errorf("loss %v", loss)
	}
}
