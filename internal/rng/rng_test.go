package rng

import (
	"math"
	"testing"
)

// The known-answer vectors of Random123 (kat_vectors, philox4x32-10).
func TestPhiloxKnownAnswers(t *testing.T) {
	tests := []struct {
		counter [4]uint32
		key     [2]uint32
		want    [4]uint32
	}{
		{
			[4]uint32{0, 0, 0, 0}, [2]uint32{0, 0},
			[4]uint32{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8},
		},
		{
			[4]uint32{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, [2]uint32{0xffffffff, 0xffffffff},
			[4]uint32{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd},
		},
		{
			[4]uint32{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, [2]uint32{0xa4093822, 0x299f31d0},
			[4]uint32{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1},
		},
	}
	for _, test := range tests {
		c, k := test.counter, test.key
		var got [4]uint32
		if got[0], got[1], got[2], got[3] = philox(c[0], c[1], c[2], c[3], k[0], k[1]); got != test.want {
			t.Errorf("philox(%x, %x) = %x, want %x", test.counter, test.key, got, test.want)
		}
	}
}

func TestStreamsDiffer(t *testing.T) {
	base := New(1, Init, 2).Uint64(3)
	for name, other := range map[string]uint64{
		"seed":    New(1<<32|1, Init, 2).Uint64(3),
		"purpose": New(1, Windows, 2).Uint64(3),
		"step":    New(1, Init, 3).Uint64(3),
		"index":   New(1, Init, 2).Uint64(3 | 1<<32),
	} {
		if other == base {
			t.Errorf("another %s gives the same number", name)
		}
	}
}

func TestUint64nIsUniform(t *testing.T) {
	const n, draws = 7, 70000
	s := New(9, Windows, 0)
	var count [n]int
	for i := range uint64(draws) {
		count[s.Uint64n(i, n)]++
	}
	chi2 := 0.0
	for _, c := range count {
		d := float64(c) - draws/n
		chi2 += d * d / (draws / n)
	}
	if chi2 > 22.5 { // 0.999 quantile at 6 degrees of freedom
		t.Errorf("chi-squared %.1f over %v", chi2, count)
	}
}

// The method of Box and Muller, written out, at any start and length.
func TestNormals(t *testing.T) {
	s := New(3, Init, 9)
	for _, n := range []int{0, 1, 63, 64, 65, 200} {
		for _, from := range []uint64{0, 5, 1<<32 - 10} {
			x := make([]float64, n)
			s.Normals(x, from)
			for i, got := range x {
				bits := s.Uint64(from + uint64(i))
				u, v := (float64(uint32(bits))+0.5)/(1<<32), (float64(bits>>32)+0.5)/(1<<32)
				want := math.Sqrt(-2*math.Log(u)) * math.Cos(2*math.Pi*v)
				if got != want || s.Normal(from+uint64(i)) != want {
					t.Fatalf("%d numbers from %d: number %d is %v, want %v", n, from, i, got, want)
				}
			}
		}
	}
}

func TestNormalMoments(t *testing.T) {
	const n = 200000
	s := New(4, Init, 1)
	var m1, m2, m4 float64
	for i := range uint64(n) {
		x := s.Normal(i)
		m1 += x / n
		m2 += x * x / n
		m4 += x * x * x * x / n
	}
	if math.Abs(m1) > 0.01 || math.Abs(m2-1) > 0.015 || math.Abs(m4-3) > 0.12 {
		t.Errorf("moments 1, 2, 4 are %.4f, %.4f, %.4f; want 0, 1, 3", m1, m2, m4)
	}
}

func BenchmarkNormals(b *testing.B) {
	x := make([]float64, 1<<10)
	for b.Loop() {
		New(1, Init, 7).Normals(x, 0)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(x)), "ns/number")
}
