package compare

import (
	"os"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/internal/torch"
)

// Runs that PyTorch trains say so, with versions and device, and are not trained again.
func TestComparisonByTorch(t *testing.T) {
	if os.Getenv(torch.PythonVariable) == "" {
		t.Skip("set " + torch.PythonVariable + " to a Python that has the packages of internal/oracle/requirements.txt")
	}
	set, dir, p := corpus(t), t.TempDir(), threeVariants(t)
	p.Config.Train.Engine, p.Config.Train.Device, p.Config.Train.Threads = "torch", "cpu", 1
	p.Variants, p.Seeds = p.Variants[:2], p.Seeds[:1]
	p.Config.Train.Steps, p.Config.Train.Warmup = 6, 2
	results := execute(t, dir, p, set, nil)
	s, err := newSummary(p, set, results, nil, nil, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range s.Runs {
		if !strings.HasPrefix(r.Engine, "torch ") || !strings.Contains(r.Engine, " on cpu (") || r.Memory != 0 || r.StepSeconds == nil {
			t.Errorf("%s was trained by %q, with %d bytes", r.Label(), r.Engine, r.Memory)
		}
	}
	if s.Tier != s.Runs[0].Engine {
		t.Errorf("the summary says %q, its runs %q", s.Tier, s.Runs[0].Engine)
	}
	t.Setenv(torch.PythonVariable, "a Python that does not exist")
	if again := execute(t, dir, p, set, nil); len(again) != len(results) {
		t.Errorf("%d results, %d before", len(again), len(results))
	}
}
