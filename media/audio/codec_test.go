package audio

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
)

func codec(t testing.TB, name string, rate int, level string) *Codec {
	t.Helper()
	c, err := New(name, rate, level)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// recorded returns samples as a WAV file of floats, which keeps them as they are.
func recorded(rate int, x ...float32) []byte {
	var data strings.Builder
	for _, v := range x {
		b := math.Float32bits(v)
		data.Write([]byte{byte(b), byte(b >> 8), byte(b >> 16), byte(b >> 24)})
	}
	return wav("fmt ", format(tagFloat, 1, rate, 32), "data", data.String())
}

func encoded(t testing.TB, c *Codec, file []byte) (ids []uint16) {
	t.Helper()
	_, err := c.Encode(bytes.NewReader(file), func(some []uint16) error {
		ids = append(ids, some...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

// The numbers are those of the two implementations that are named at rules.
func TestQuantizers(t *testing.T) {
	x := []float32{-1, -0.5, -0.1, -0.01, 0, 0.01, 0.1, 0.5, 1}
	want := []uint16{0, 16, 52, 98, 128, 157, 203, 239, 255}
	if ids := encoded(t, codec(t, MuLaw, 8000, AsIs), recorded(8000, x...)); !slices.Equal(ids, want) {
		t.Errorf("%s: %v, want %v", MuLaw, ids, want)
	}
	// SaShiMi scales the lowest to -1 and the highest to 1: here it changes less
	// than a step.
	want = []uint16{0, 15, 52, 98, 128, 157, 203, 240, 255}
	r, err := ruleNamed(SaShiMi)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range []float64{-1, -0.5, -0.1, -0.01, 0, 0.01, 0.1, 0.5, 1} {
		if id := r.quantize(v); id != want[i] {
			t.Errorf("%s: %v is %d, want %d", SaShiMi, v, id, want[i])
		}
	}
	if v := r.expand(255); math.Abs(v-inflate(127.0/128)) > 1e-12 {
		t.Errorf("%s: 255 is %v", SaShiMi, v)
	}
	want = []uint16{0, 64, 115, 126, 128, 129, 140, 191, 255}
	if ids := encoded(t, codec(t, Linear, 8000, AsIs), recorded(8000, x...)); !slices.Equal(ids, want) {
		t.Errorf("%s: %v, want %v", Linear, ids, want)
	}
	// What is beyond is clipped.
	if ids := encoded(t, codec(t, MuLaw, 8000, AsIs), recorded(8000, -3, 2, 0)); !slices.Equal(ids, []uint16{0, 255, 128}) {
		t.Errorf("clipped: %v", ids)
	}
}

// Tokens change at their edges and nowhere else, and the amplitude of a token lies
// within its own, or beside the edge that SaShiMi's decoder gives.
func TestEdges(t *testing.T) {
	for _, name := range []string{MuLaw, SaShiMi, Linear} {
		c := codec(t, name, 8000, AsIs)
		if low := c.Edge(0); low != -1 {
			t.Errorf("%s: the lowest edge is %v", name, low)
		}
		for id := uint16(1); id < levels; id++ {
			edge := c.Edge(id)
			if at, below := c.rule.quantize(edge), c.rule.quantize(math.Nextafter(edge, -1)); at != id || below != id-1 {
				t.Errorf("%s: around the edge %v of %d are %d and %d", name, edge, id, below, at)
			}
			slack := 1e-6 + 3e-4*math.Abs(edge)
			if low, high := c.Amplitude(id-1), c.Amplitude(id); low > edge+slack || high < edge-slack {
				t.Errorf("%s: the edge %v of %d is not between %v and %v", name, edge, id, low, high)
			}
		}
	}
	// f(x) = 2 (200 - 1/2) / 255 - 1
	if edge, want := codec(t, MuLaw, 8000, AsIs).Edge(200), (math.Pow(256, 144.0/255)-1)/255; math.Abs(edge-want) > 1e-12 {
		t.Errorf("the edge of 200 is %v, want %v", edge, want)
	}
}

// Every token survives decoding and encoding, every sample is off by a step at
// most, and all is in order. SaShiMi's decoder gives the lower edge of a step in
// magnitude: a token may come back as its neighbour, and a sample is off by a
// whole step.
func TestRoundTrip(t *testing.T) {
	for _, r := range rules {
		slack := 0.5
		if r.name == SaShiMi {
			slack = 1.01
		}
		for id := range uint16(levels) {
			y := r.expand(id)
			if back := int(r.quantize(y)) - int(id); r.name != SaShiMi && back != 0 || back < -1 || back > 1 {
				t.Errorf("%s: token %d is %v, which is token %d", r.name, id, y, r.quantize(y))
			}
			if id > 0 && y <= r.expand(id-1) {
				t.Errorf("%s: token %d is not above the one before", r.name, id)
			}
		}
		last := uint16(0)
		for i := range 100_001 {
			x := float64(i)/50_000 - 1
			id := r.quantize(x)
			if id < last {
				t.Fatalf("%s: %v is token %d, after %d", r.name, x, id, last)
			}
			last = id
			// In the companded domain all steps are equal.
			d := math.Abs(x - r.expand(id))
			if r.name != Linear {
				d = math.Abs(compress(x) - compress(r.expand(id)))
			}
			if d > slack*2/mu+1e-6 {
				t.Fatalf("%s: %v becomes %v", r.name, x, r.expand(id))
			}
		}
	}
}

// A file that Decode wrote has the tokens again, through 16 bits: mu-law alone
// has steps around 0 that these cannot tell apart by more than rounding.
func TestDecode(t *testing.T) {
	for _, name := range []string{MuLaw, Linear} {
		c := codec(t, name, 16000, AsIs)
		ids := make([]uint16, 256)
		for i := range ids {
			ids[i] = uint16(i)
		}
		var file bytes.Buffer
		if err := c.Decode(&file, ids); err != nil {
			t.Fatal(err)
		}
		if again := encoded(t, c, file.Bytes()); !slices.Equal(again, ids) {
			t.Errorf("%s: %v", name, again)
		}
		if err := c.Decode(io.Discard, []uint16{256}); err == nil {
			t.Errorf("%s: token 256 is no error", name)
		}
		if s := c.Seconds(ids); s != 256.0/16000 || c.Start() != 128 || c.Units(ids) != 256 {
			t.Errorf("%s: %v s, start %d", name, s, c.Start())
		}
	}
}

func TestPeak(t *testing.T) {
	quiet := []float32{0.01, -0.02, 0.005, 0}
	loud := []float32{0.5, -1, 0.25, 0}
	for _, name := range []string{MuLaw, Linear} {
		want := encoded(t, codec(t, name, 8000, AsIs), recorded(8000, loud...))
		if got := encoded(t, codec(t, name, 8000, Peak), recorded(8000, quiet...)); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	// The peak is that of what is encoded, after resampling.
	c := codec(t, MuLaw, 4000, Peak)
	ids := encoded(t, c, recorded(8000, sine(4000, 8000, 1000)...))
	if top := slices.Max(ids); top != 255 && slices.Min(ids) != 0 {
		t.Errorf("tokens from %d to %d", slices.Min(ids), top)
	}
}

// Each window of SaShiMi reaches from -1 to 1, as does the rest at the end.
func TestWindows(t *testing.T) {
	x := make([]float32, 2*Window+1000)
	for i := range x {
		loud := []float64{0.1, 0.5, 0.01}[i/Window]
		x[i] = float32(0.2 + loud*math.Sin(float64(i)/20))
	}
	ids := encoded(t, codec(t, SaShiMi, 8000, AsIs), recorded(8000, x...))
	if len(ids) != len(x) {
		t.Fatalf("%d tokens", len(ids))
	}
	for w := range slices.Chunk(ids, Window) {
		if slices.Min(w) != 0 || slices.Max(w) < 254 {
			t.Errorf("a window has tokens from %d to %d", slices.Min(w), slices.Max(w))
		}
	}
}

func TestNewRefuses(t *testing.T) {
	for _, test := range []struct {
		name  string
		rate  int
		level string
		want  string
	}{
		{"alaw", 16000, AsIs, "mulaw:sashimi"}, {MuLaw, 0, AsIs, "rate of 0"}, {MuLaw, 10_000_000, AsIs, "10000000"}, {MuLaw, 16000, "loud", "as-is or peak"},
		{SaShiMi, 16000, Peak, "every window"},
	} {
		if _, err := New(test.name, test.rate, test.level); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: %v", test, err)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	for _, rate := range []int{16000, 44100} {
		b.Run(fmt.Sprint(rate), func(b *testing.B) {
			file := recorded(rate, sine(10*rate, rate, 440)...)
			c := codec(b, MuLaw, 16000, AsIs)
			for b.Loop() {
				if _, err := c.Encode(bytes.NewReader(file), func([]uint16) error { return nil }); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(10*float64(b.N)/b.Elapsed().Seconds(), "x-real-time")
		})
	}
}
