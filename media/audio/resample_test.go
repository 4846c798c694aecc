package audio

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

// resampled passes samples in pieces of several sizes through a resampler.
func resampled(t testing.TB, x []float32, from, to, piece int) []float32 {
	t.Helper()
	var out []float32
	f, err := newFilter(from, to)
	if err != nil {
		t.Fatal(err)
	}
	r := newResampler(f, func(some []float32) error {
		out = append(out, some...)
		return nil
	})
	for some := range slices.Chunk(x, piece) {
		if err := r.write(some); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.finish(); err != nil {
		t.Fatal(err)
	}
	return out
}

func sine(n, rate int, hertz float64) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(math.Sin(2 * math.Pi * hertz * float64(i) / float64(rate)))
	}
	return x
}

var conversions = [][2]int{{44100, 16000}, {48000, 16000}, {8000, 16000}, {22050, 16000}, {11025, 16000}, {16000, 44100}, {96000, 8000}, {16000, 15999}}

// What the lower rate can hold passes with its level and in its place; what it
// cannot hold is 80 dB down at least.
func TestResamplerBands(t *testing.T) {
	for _, c := range conversions {
		from, to := c[0], c[1]
		half := float64(min(from, to)) / 2
		for _, part := range []float64{0.001, 0.1, 0.3, 0.5, 0.7, 0.85, 0.9, 0.91} {
			hertz := part * half
			y := resampled(t, sine(from/2, from, hertz), from, to, 5000)
			want := sine(len(y), to, hertz)
			edge := to / 20
			if d := distance(y[edge:len(y)-edge], want[edge:len(y)-edge]); d > 2e-4 {
				t.Errorf("%d to %d: %.0f Hz is off by %.1e", from, to, hertz, d)
			}
		}
		if from <= to {
			continue
		}
		for _, part := range []float64{1.001, 1.1, 1.5, 1.9} {
			hertz := part * half
			if hertz >= float64(from)/2 {
				continue
			}
			y := resampled(t, sine(from/2, from, hertz), from, to, 5000)
			edge := to / 20
			if d := distance(y[edge:len(y)-edge], make([]float32, len(y)-2*edge)); d > 1e-4 {
				t.Errorf("%d to %d: %.0f Hz comes through at %.1f dB", from, to, hertz, 20*math.Log10(d))
			}
		}
	}
	// Up: no images of a tone above the old half rate.
	y := resampled(t, sine(8000, 8000, 3000), 8000, 16000, 100)
	if a := amplitude(y[1000:15000], 5000.0/16000); a > 1e-4 {
		t.Errorf("the image of 3 kHz at 5 kHz has %.1f dB", 20*math.Log10(a))
	}
}

// Lengths are those of sox: `sox -r 44100 -n in.wav synth 1001s sine 440` and
// `sox in.wav -r 16000 out.wav rate -h`.
func TestResamplerLength(t *testing.T) {
	for _, test := range []struct{ n, from, to, want int }{
		{1000, 44100, 16000, 363}, {1001, 44100, 16000, 363}, {44101, 44100, 16000, 16000}, {12345, 44100, 16000, 4479},
		{1001, 22050, 16000, 726}, {44099, 22050, 16000, 31999}, {1000, 48000, 16000, 333}, {1001, 48000, 16000, 334},
		{1001, 8000, 16000, 2002}, {1000, 16000, 44100, 2756}, {44101, 16000, 44100, 121553}, {1000, 11025, 16000, 1451},
		{1, 44100, 16000, 0}, {2, 44100, 16000, 1}, {0, 44100, 16000, 0},
	} {
		if y := resampled(t, make([]float32, test.n), test.from, test.to, 777); len(y) != test.want {
			t.Errorf("%d samples from %d to %d: %d, want %d", test.n, test.from, test.to, len(y), test.want)
		}
	}
}

// The same numbers in whatever pieces they come, and a constant stays one.
func TestResamplerPieces(t *testing.T) {
	if testing.Short() {
		t.Skip("many products on one goroutine: nothing for the race detector")
	}
	for _, c := range conversions {
		x := sine(30000, c[0], 440)
		want := resampled(t, x, c[0], c[1], len(x))
		for _, piece := range []int{1, 17, 4096} {
			if d := distance(resampled(t, x, c[0], c[1], piece), want); d > 0 {
				t.Errorf("%v in pieces of %d differs by %v", c, piece, d)
			}
		}
		ones := slices.Repeat([]float32{0.5}, 30000)
		y := resampled(t, ones, c[0], c[1], 1000)
		for _, v := range y[len(y)/3 : len(y)*2/3] {
			if math.Abs(float64(v)-0.5) > 1e-6 {
				t.Fatalf("%v: a constant becomes %v", c, v)
			}
		}
	}
}

// A chirp from 300 Hz to 20 kHz, resampled by sox (rate -h), is the same where
// both filters pass all, and where both pass nothing but the click of its end.
func TestResamplerAgainstSox(t *testing.T) {
	got := samples(t, fixture(t, "chirp44k.wav"), 16000)
	want := samples(t, fixture(t, "chirp16k.wav"), 0)
	if len(got) != len(want) {
		t.Fatalf("%d samples, sox has %d", len(got), len(want))
	}
	// It rises as an exponential does: 4.1 kHz after 0.62 of its length, 11.8 kHz
	// after 0.875.
	passed, stopped := len(want)*62/100, len(want)*875/1000
	if d := distance(got[:passed], want[:passed]); d > 1e-4 {
		t.Errorf("differs from sox by %.1e in the band", d)
	}
	if d := distance(got[stopped:], want[stopped:]); d > 1e-3 {
		t.Errorf("differs from sox by %.1e above it", d)
	}
}

func TestResamplerRefuses(t *testing.T) {
	if _, err := newFilter(767_999, 768_000); err == nil {
		t.Error("a table of gigabytes")
	}
}

func BenchmarkResampler(b *testing.B) {
	for _, from := range []int{8000, 44100, 48000} {
		b.Run(fmt.Sprint(from), func(b *testing.B) {
			x := sine(from, from, 440)
			f, _ := newFilter(from, 16000)
			r := newResampler(f, func([]float32) error { return nil })
			for b.Loop() {
				_ = r.write(x)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "x-real-time")
		})
	}
}
