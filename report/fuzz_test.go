package report

import (
	"io"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/summary"
)

// Whatever can be read as a summary can be made a page.
func FuzzRender(f *testing.F) {
	s := everything(f)
	s.Runs = s.Runs[:3]
	s.Comparisons = s.Comparisons[:1]
	for i := range s.Runs {
		s.Runs[i].Curve, s.Runs[i].WindowLosses = s.Runs[i].Curve[:3], nil
	}
	s.Comparisons[0].SpeedUps = s.Comparisons[0].SpeedUps[37:]
	s.Probes[0].Positions = s.Probes[0].Positions[:5]
	s.Sweep.Trials = s.Sweep.Trials[:1]
	s.Sweep.Trials[0].Curve, s.Sweep.Trials[0].WindowLosses = nil, nil
	s.Confirmations[0].Runs[0].Curve = s.Confirmations[0].Runs[0].Curve[:2]
	document, err := s.Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(document)
	f.Fuzz(func(t *testing.T, document []byte) {
		s, err := summary.Decode(strings.NewReader(string(document)))
		if err != nil {
			return
		}
		if err := Render(io.Discard, s); err != nil {
			t.Error(err)
		}
		newPage("", []*summary.Summary{s, s})
		for _, table := range csvTables() {
			if _, err := table.write(io.Discard, []*summary.Summary{s}); err != nil {
				t.Error(err)
			}
		}
	})
}
