package audio

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

// What is odd about levels is said, once a file and in the same words.
func TestLevelsAreRemarked(t *testing.T) {
	tone := func(gain float32) []float32 {
		x := sine(8000, 8000, 441)
		for i := range x {
			x[i] *= gain
		}
		return x
	}
	square := make([]float32, 800)
	for i := range square {
		square[i] = 0.37 * float32(1-i/40%2*2)
	}
	stereo := func(left, right float32) []byte {
		var data strings.Builder
		for _, v := range tone(1) {
			for _, gain := range []float32{left, right} {
				x := int16(32000 * v * gain)
				data.Write([]byte{byte(x), byte(x >> 8)})
			}
		}
		return wav("fmt ", format(tagPCM, 2, 8000, 16), "data", data.String())
	}
	for name, test := range map[string]struct {
		file  []byte
		level string
		want  string // a part of the remark, or none
	}{
		"ordinary":                 {recorded(8000, tone(0.5)...), AsIs, ""},
		"full scale":               {recorded(8000, tone(1)...), AsIs, ""},
		"beyond full scale":        {recorded(8000, tone(1.2)...), AsIs, "samples beyond full scale were clipped"},
		"in the range of 16 bits":  {recorded(8000, tone(32767)...), AsIs, "most samples are beyond full scale"},
		"the same, scaled":         {recorded(8000, tone(32767)...), Peak, ""},
		"a square wave":            {recorded(8000, square...), AsIs, "one magnitude"},
		"channels alike":           {stereo(1, 1), AsIs, ""},
		"one channel":              {stereo(1, 0), AsIs, ""},
		"channels nearly cancel":   {stereo(1, -0.99), AsIs, "nearly cancel"},
		"channels partly cancel":   {stereo(1, -0.7), AsIs, ""},
		"quiet channels alike":     {stereo(0.001, 0.001), AsIs, ""},
		"quiet, not cancelling up": {recorded(8000, tone(0.0001)...), AsIs, ""},
	} {
		remarks, err := codec(t, MuLaw, 8000, test.level).Encode(bytes.NewReader(test.file), func([]uint16) error { return nil })
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		remarks = slices.DeleteFunc(remarks, func(r string) bool { return r == "mixed from 2 channels" })
		if got := strings.Join(remarks, "; "); (got == "") != (test.want == "") || !strings.Contains(got, test.want) || len(remarks) > 1 {
			t.Errorf("%s: %q, want %q", name, remarks, test.want)
		}
	}
	// The same words for every file, and none with its numbers.
	words := func(gain float32) []string {
		remarks, err := codec(t, Linear, 16000, AsIs).Encode(bytes.NewReader(recorded(8000, tone(gain)...)), func([]uint16) error { return nil })
		if err != nil {
			t.Fatal(err)
		}
		return remarks
	}
	if a, b := words(1.5), words(1.7); len(a) != 2 || a[0] != "resampled from 8000 Hz" || !slices.Equal(a, b) {
		t.Errorf("%q and %q", a, b)
	}
	if c := codec(t, Linear, 8000, AsIs); c.Amplitude(255) != 1 || c.Amplitude(0) != -1 {
		t.Errorf("the outermost tokens are %v and %v", c.Amplitude(0), c.Amplitude(255))
	}
}

// A codec says what it converted from, each in the same words for every file.
func TestConversionsAreRemarked(t *testing.T) {
	stereo := wav("fmt ", format(tagPCM, 2, 8000, 16), "data", strings.Repeat("\x00\x10\x00\x20\x00\x08\x00\x08\x00\xf0\x00\xe0", 800))
	for _, test := range []struct {
		file []byte
		rate int
		want []string
	}{
		{recorded(8000, sine(800, 8000, 440)...), 8000, nil},
		{recorded(8000, sine(800, 8000, 440)...), 16000, []string{"resampled from 8000 Hz"}},
		{stereo, 8000, []string{"mixed from 2 channels"}},
		{stereo, 4000, []string{"resampled from 8000 Hz and mixed from 2 channels"}},
	} {
		remarks, err := codec(t, MuLaw, test.rate, AsIs).Encode(bytes.NewReader(test.file), func([]uint16) error { return nil })
		if err != nil || !slices.Equal(remarks, test.want) {
			t.Errorf("to %d Hz: %q, %v; want %q", test.rate, remarks, err, test.want)
		}
	}
}

// A codec designs a filter once for all its recordings, and keeps a few.
func TestFiltersAreShared(t *testing.T) {
	c := codec(t, MuLaw, 16000, AsIs)
	file := recorded(44100, sine(4410, 44100, 440)...)
	done := make(chan []uint16)
	for range 4 {
		go func() {
			var ids []uint16
			_, _ = c.Encode(bytes.NewReader(file), func(some []uint16) error {
				ids = append(ids, some...)
				return nil
			})
			done <- ids
		}()
	}
	first := <-done
	for range 3 {
		if ids := <-done; len(ids) != 1600 || !slices.Equal(ids, first) {
			t.Errorf("%d tokens, others than %d", len(ids), len(first))
		}
	}
	f, err := c.filters.of(44100, 16000)
	if err != nil || len(c.filters.known) != 1 {
		t.Fatalf("%d filters, %v", len(c.filters.known), err)
	}
	if again, _ := c.filters.of(44100, 16000); again != f {
		t.Error("it is designed again")
	}
	for rate := 8000; rate < 8000+10*3*maxFilters; rate += 10 {
		if _, err := c.filters.of(rate, 8000); err != nil {
			t.Fatal(err)
		}
		if len(c.filters.known) > maxFilters {
			t.Fatalf("%d filters are kept", len(c.filters.known))
		}
	}
}

// Headers that the Vorbis library misreads are written so that it does not.
func TestCheckSetup(t *testing.T) {
	for _, test := range []struct{ x, n, want int }{{27, 3, 3}, {26, 3, 2}, {1, 5, 1}, {8, 3, 2}, {1 << 17, 1, 1 << 17}, {3125, 5, 5}, {32768, 3, 32}} {
		if got := root(test.x, test.n); got != test.want {
			t.Errorf("root %d of %d is %d", test.n, test.x, got)
		}
	}
	// 27 entries in three dimensions: values 5, 6 and 7 in each.
	w := &bitWriter{}
	w.write(0x564342, 24)
	w.write(3, 16)
	w.write(27, 24)
	w.write(0, 2) // neither ordered nor sparse
	for range 27 {
		w.write(4, 5)
	}
	place := w.n
	w.write(1, 4)
	w.write(11, 32)
	w.write(22, 32)
	w.write(2, 4) // 3 bits
	w.write(1, 1)
	for _, v := range []uint32{5, 6, 7} {
		w.write(v, 3)
	}
	w.write(0x2a, 6) // what follows
	r, out := &bitReader{b: w.b}, &bitWriter{}
	if err := readCodebook(r, out); err != nil {
		t.Fatal(err)
	}
	if r.read(6) != 0x2a {
		t.Error("it does not end where it ends")
	}
	got := &bitReader{b: out.b, at: place}
	if got.read(4) != 2 || got.read(32) != 11 || got.read(32) != 22 || got.read(4) != 2 || got.read(1) != 1 {
		t.Fatal("another head")
	}
	for entry := range uint32(27) {
		for _, divisor := range []uint32{1, 3, 9} { // section 3.2.1
			if v := got.read(3); v != 5+entry/divisor%3 {
				t.Fatalf("entry %d: %d", entry, v)
			}
		}
	}
	if got.at != out.n || got.over {
		t.Errorf("%d bits of %d", got.at, out.n)
	}
}
