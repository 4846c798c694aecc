package bench

import (
	"testing"
	"time"
)

func TestQuantile(t *testing.T) {
	for _, test := range []struct {
		x       []float64
		q, want float64
	}{
		{[]float64{3}, 0.25, 3},
		{[]float64{5, 1}, 0.5, 3},
		{[]float64{9, 1, 5}, 0.5, 5},
		{[]float64{4, 2, 1, 3, 0}, 0.25, 1},
		{[]float64{4, 2, 1, 3, 0}, 0.75, 3},
		{[]float64{4, 2, 1, 3, 0}, 1, 4},
	} {
		if got := quantile(test.x, test.q); got != test.want {
			t.Errorf("quantile %v of %v is %v, want %v", test.q, test.x, got, test.want)
		}
	}
	s := series{seconds: []float64{4, 8, 2, 6, 0}}
	if got := s.timing(); got != (Timing{Seconds: 4, Spread: 1}) || s.best() != 0 {
		t.Errorf("%+v, best %v", got, s.best())
	}
}

// Every round samples each series once, in turns, and there are enough rounds
// for a median however short the time.
func TestMeasureTakesTurns(t *testing.T) {
	var order []int
	var all []*series
	for i := range 3 {
		all = append(all, &series{sample: func() float64 {
			order = append(order, i)
			return float64(len(order))
		}})
	}
	rounds, err := measure(t.Context(), all, 0, func(time.Duration, time.Duration) {})
	if err != nil || rounds != 3 || len(order) != 9 {
		t.Fatalf("%d rounds, order %v, %v", rounds, order, err)
	}
	for i, which := range order {
		if which != i%3 {
			t.Fatalf("order %v", order)
		}
	}
	if got := all[1].seconds; len(got) != 3 || got[0] != 2 || got[2] != 8 {
		t.Errorf("samples %v", got)
	}
	if rounds, err = measure(t.Context(), all, time.Hour, func(time.Duration, time.Duration) {}); err != nil || rounds > 100 {
		t.Errorf("%d rounds without a limit, %v", rounds, err)
	}
}

// A short call is repeated, and the sample is the time of one call.
func TestRepeated(t *testing.T) {
	calls := 0
	const pause = 2 * time.Millisecond
	sample := repeated(100*pause, func() {
		calls++
		time.Sleep(pause)
	})
	sample()
	before := calls
	start := time.Now()
	got := sample()
	whole := time.Since(start).Seconds()
	if n := calls - before; n < 2 || got < pause.Seconds() || got*float64(n) > whole {
		t.Errorf("%d calls of %v in %v, each %v", n, pause, whole, got)
	}
}

func TestThreadCounts(t *testing.T) {
	for threads, want := range map[int]string{1: "1", 2: "1 2", 3: "1 2 3", 16: "1 2 16"} {
		if got := words(threadCounts(small(t, "train.threads="+words([]int{threads})).Train)); got != want {
			t.Errorf("%d threads: %s", threads, got)
		}
	}
	if got := threadCounts(small(t, "train.threads=0").Train); got[0] != 1 {
		t.Errorf("all threads: %v", got)
	}
}

// The peak is never below what the process holds.
func TestPeakMemory(t *testing.T) {
	before := peakMemory()
	if before == 0 {
		t.Skip("the memory of a process is unknown on this system")
	}
	const size = 64 << 20
	block := make([]byte, size)
	for i := 0; i < size; i += 1024 {
		block[i] = 1
	}
	if after := peakMemory(); after < size || after < before {
		t.Errorf("%d bytes at the peak, with %d in use", after, size)
	}
	if block[0] != 1 {
		t.Error("the block is gone")
	}
}
