package torch

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/waveletgpt/waveletgpt/summary"
)

// A curve that is there is refused, and that of a training which is resumed continues. This
// needs no PyTorch.
func TestCurvesOfOthers(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("there is no python3")
	}
	packages, out := t.TempDir(), t.TempDir()
	if err := WritePackage(packages); err != nil {
		t.Fatal(err)
	}
	c := exec.Command(python, "testdata/curves.py", packages, out)
	c.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")
	if said, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	for name, steps := range map[string][]int{
		"first.csv":   {0, 1, 2, 4, 5, 10},
		"resumed.csv": {0, 1, 2, 4, 5, 7, 10, 15, 20}, // 10 is the later one
		"absent.csv":  {10, 15, 20},
		"own.csv":     {10, 20},
	} {
		f, err := os.Open(filepath.Join(out, name))
		if err != nil {
			t.Fatal(err)
		}
		s, err := summary.Import(f, name)
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		if len(s.Runs) != 1 || len(s.Runs[0].Curve) != len(steps) {
			t.Fatalf("%s: imported as %+v", name, s.Runs)
		}
		for i, p := range s.Runs[0].Curve {
			if p.Step != steps[i] || name != "own.csv" && (p.Loss < 2.99-float64(p.Step)/10 || p.Loss > 3.01-float64(p.Step)/10) {
				t.Errorf("%s: point %d is %+v, want step %d", name, i, p, steps[i])
			}
			if name == "resumed.csv" && p.Step >= 7 && (p.Seconds < 5.5 || p.Seconds > 9) {
				t.Errorf("step %d after %v s, want those before the checkpoint and a moment", p.Step, p.Seconds)
			}
		}
	}
}
