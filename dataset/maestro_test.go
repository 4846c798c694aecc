package dataset

import (
	"math"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/waveletgpt/waveletgpt/internal/realdata"
	"github.com/waveletgpt/waveletgpt/media"
)

// All of MAESTRO, from its archive with its table, in little memory. The counts
// are those of an independent measurement, whose rules may be others in the last
// 0.02 %.
func TestMaestro(t *testing.T) {
	if testing.Short() {
		t.Skip("28 million events")
	}
	found, err := media.Find(t.Context(), filepath.Join(realdata.Dir(t), "midi", "maestro-v3.0.0-midi.zip"), media.Any)
	if err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	var most uint64
	stop := make(chan struct{})
	var watch sync.WaitGroup
	watch.Go(func() {
		var m runtime.MemStats
		for {
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapInuse+m.StackInuse)
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	})
	s, _ := prepared(t, Options{}, found.Documents...)
	close(stop)
	watch.Wait()
	if most > 500<<20 {
		t.Errorf("%d MB of memory", most>>20)
	}
	h := s.Header
	if h.Codec != "performance" || h.SplitRule != RuleExplicit || h.Windows != WindowsInDocuments || len(h.Documents) != 1276 || len(h.Provenance.Skipped) > 0 {
		t.Errorf("codec %s, rule %s, windows %q, %d documents, skipped %v", h.Codec, h.SplitRule, h.Windows, len(h.Documents), h.Provenance.Skipped)
	}
	for split, want := range map[string]float64{Train: 22_885_706, Validation: 2_591_654, Test: 2_989_305} {
		if r, _ := h.Split(split); math.Abs(float64(r.Length)/want-1) > 1e-3 {
			t.Errorf("%s has %d events, want %.0f", split, r.Length, want)
		}
	}
	if bits := h.Entropy.Unigram / math.Ln2; math.Abs(bits-7.03) > 0.005 {
		t.Errorf("unigram entropy %.4f bits, want 7.03", bits)
	}
	// Each window lies in one performance: all of these are longer.
	for i := range 1000 {
		w, err := s.Draw(make([]uint16, 513), 1, i, 0)
		if err != nil || len(w) != 513 {
			t.Fatalf("window of %d, %v", len(w), err)
		}
	}
}
