package oracle

import (
	"fmt"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

var specs = []string{
	"none", "haar", "haar:min=2", "haar:prefix=count", "haar:fraction=0.25",
	"haar:last=off", "window:3", "window:16", "shift",
}

// The repository carries these files for good.
func TestSize(t *testing.T) {
	total := int64(0)
	err := fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		total += info.Size()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if total > 1<<20 {
		t.Errorf("the fixtures take %d bytes, more than 1 MiB", total)
	}
}

// The saved loss is the mean cross-entropy of the saved logits, and no variant
// is another one in disguise.
func TestLosses(t *testing.T) {
	f := Load(t, "gpt2")
	c := Configuration(t, f)
	tokens := Ints(t, f, "tokens")
	seen := make(map[float32]string)
	for _, spec := range specs {
		logits := Floats(t, f, spec+"/logits")
		sum := 0.0
		for b := range c.Batch {
			for p := range c.Context {
				row := logits[(b*c.Context+p)*c.Vocabulary:][:c.Vocabulary]
				total := 0.0
				for _, x := range row {
					total += math.Exp(float64(x))
				}
				sum += math.Log(total) - float64(row[tokens[b*(c.Context+1)+p+1]])
			}
		}
		loss := Floats(t, f, spec+"/loss")[0]
		Compare(t, spec, []float32{loss}, []float32{float32(sum / float64(c.Batch*c.Context))}, 1e-6)
		if other, ok := seen[loss]; ok {
			t.Errorf("%s has the loss of %s", spec, other)
		}
		seen[loss] = spec
	}
}

// A bias that is all zero or a gain that is all one would hide a mistake.
func TestNothingIsTrivial(t *testing.T) {
	f := Load(t, "gpt2")
	for _, name := range f.Names() {
		if !strings.HasPrefix(name, "weights/") {
			continue
		}
		w := Floats(t, f, name)
		if slices.Min(w) == slices.Max(w) {
			t.Errorf("%s is constant", name)
		}
		for _, spec := range []string{"none", "haar"} {
			g := Floats(t, f, spec+"/grad/"+strings.TrimPrefix(name, "weights/"))
			if len(g) != len(w) || max(slices.Max(g), -slices.Min(g)) < 1e-3 {
				t.Errorf("%s: the gradient of %s is tiny", spec, name)
			}
		}
	}
}

// The steps in which clipping acts are those that the documentation names.
func TestClipping(t *testing.T) {
	f := Load(t, "adamw")
	c := Configuration(t, f)
	for _, spec := range []string{"none", "haar"} {
		var acts []int
		for i, norm := range Floats(t, f, spec+"/norm") {
			if float64(norm) > c.Clip {
				acts = append(acts, i+1)
			}
		}
		if !slices.Equal(acts, []int{1, 2, 4, 5, 7}) {
			t.Errorf("%s: clipping acts in steps %v", spec, acts)
		}
	}
}

// The script and this loop derive the operator independently of each other: here
// window by window in float64.
func TestOperators(t *testing.T) {
	all := Operators(t)
	if len(all) < 30 {
		t.Fatalf("%d cases", len(all))
	}
	for _, o := range all {
		name := o.Case + "/" + o.Spec
		y, dx := make([]float32, o.T*o.E), make([]float64, o.T*o.E)
		windows := make([]int64, o.E)
		for i := range o.E {
			f, count, shift := rule(t, o.Spec, i, o.E, o.L)
			windows[i] = int64(f)
			for p := range o.T {
				weight, first, last := 1/float64(f), 0, f
				if count {
					weight = 1 / float64(min(p+1, f))
				}
				if shift {
					weight, first, last = 1, 1, 2
				}
				sum := 0.0
				for j := first; j < last && j <= p; j++ {
					sum += weight * float64(o.X[(p-j)*o.E+i])
					dx[(p-j)*o.E+i] += weight * float64(o.DY[p*o.E+i])
				}
				y[p*o.E+i] = float32(sum)
			}
		}
		dx32 := make([]float32, len(dx))
		for i := range dx {
			dx32[i] = float32(dx[i])
		}
		Compare(t, name+"/y", o.Y, y, 1e-6)
		Compare(t, name+"/dx", o.DX, dx32, 1e-6)
		if o.Windows != nil && !slices.Equal(o.Windows, windows) {
			t.Errorf("%s: windows %v, want %v", name, o.Windows, windows)
		}
	}
}

// rule is the operator on one channel: the window, whether it divides by the
// number of positions seen, whether it is a shift instead.
func rule(t *testing.T, spec string, i, channels, context int) (window int, count, shift bool) {
	fraction, least := 0.5, 1
	name, rest, _ := strings.Cut(spec, ":")
	for _, option := range strings.Split(rest, ":") {
		if _, err := fmt.Sscanf(option, "fraction=%g", &fraction); err == nil {
			continue
		}
		if _, err := fmt.Sscanf(option, "min=%d", &least); err == nil {
			continue
		}
		count = count || option == "prefix=count"
	}
	n := math.Floor(fraction*float64(channels) + 0.5)
	k := float64(i) - (float64(channels) - n) // place among the averaged channels
	if k < 0 {
		return 1, count, false
	}
	switch name {
	case "shift":
		return 1, false, true
	case "window":
		if _, err := fmt.Sscanf(rest, "%d", &window); err != nil {
			t.Fatalf("%s: %v", spec, err)
		}
		return window, false, false
	}
	levels := math.Floor(math.Log2(float64(context)))
	if least == 1 {
		levels++
	}
	return least << int(math.Floor(levels*k/n)), count, false
}

// TestScript runs the script again where its packages are at hand.
func TestScript(t *testing.T) {
	python := os.Getenv("WAVELETGPT_PYTHON")
	if python == "" {
		t.Skip("set WAVELETGPT_PYTHON to a Python that has the packages of requirements.txt")
	}
	if out, err := exec.Command(python, "oracle.py", "--check").CombinedOutput(); err != nil {
		t.Errorf("oracle.py --check: %v\n%s", err, out)
	}
}
