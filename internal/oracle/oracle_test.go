package oracle

import (
	"fmt"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// variants are those of the fixture of each family.
var variants = map[string][]string{
	"gpt2": {
		"none", "haar", "haar:min=2", "haar:prefix=count", "haar:fraction=0.25",
		"haar:last=off", "window:3", "window:16", "shift", "learned", "conv:3:last=off",
		"none model.norm=post", "haar model.norm=post", "none model.position=rope", "none model.position=sinusoidal",
	},
	"nanochat": {"none", "none model.kv_heads=2", "haar"},
	"llama":    {"none model.kv_heads=2"},
}

// These files stay in the repository forever, so they must be small.
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
	if total > 1.4e6 {
		t.Errorf("the fixtures take %d bytes, more than 1.4 MB", total)
	}
}

// The saved loss is the mean cross-entropy of the saved logits, and no two variants
// have the same loss.
func TestLosses(t *testing.T) {
	for family, variants := range variants {
		f := Load(t, family)
		c := Configuration(t, f)
		tokens := Ints(t, f, "tokens")
		seen := make(map[float32]string)
		for _, spec := range variants {
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
				t.Errorf("%s: %s has the loss of %s", family, spec, other)
			}
			seen[loss] = spec
		}
	}
}

// A bias that is all zero or a gain that is all one would hide a mistake. So would logits
// that a soft cap does not bend.
func TestNothingIsTrivial(t *testing.T) {
	for family, whole := range map[string][]string{"gpt2": {"none", "haar"}, "nanochat": {"none", "none model.kv_heads=2"}, "llama": {"none model.kv_heads=2"}} {
		f := Load(t, family)
		for _, name := range f.Names() {
			if !strings.HasPrefix(name, "weights/") {
				continue
			}
			w := Floats(t, f, name)
			if slices.Min(w) == slices.Max(w) {
				t.Errorf("%s: %s is constant", family, name)
			}
			for _, spec := range whole {
				g := Floats(t, f, spec+"/grad/"+strings.TrimPrefix(name, "weights/"))
				if shared := strings.Contains(spec, "kv_heads"); !shared && len(g) != len(w) || max(slices.Max(g), -slices.Min(g)) < 1e-3 {
					t.Errorf("%s: the gradient of %s is tiny", spec, name)
				}
			}
		}
	}
	if logits := Floats(t, Load(t, "nanochat"), "none/logits"); slices.Max(logits) < 10 || slices.Max(logits) >= 15 {
		t.Errorf("the largest logit is %v, far from the cap of 15 or beyond it", slices.Max(logits))
	}
}

// Clipping acts in the steps that the package comment lists.
func TestClipping(t *testing.T) {
	for _, test := range []struct {
		fixture, norms string
		want           []int
	}{
		{"adamw", "none/norm", []int{1, 2, 4, 5, 7}},
		{"adamw", "haar/norm", []int{1, 2, 4, 5, 7}},
		{"nanochat", "muon/norm", []int{1, 2, 3, 4, 5, 7}},
		{"muon", "norm", []int{1, 2, 3, 4, 5, 7}},
		{"muon", "torch/norm", []int{1, 2, 3, 4, 5, 7}},
	} {
		f := Load(t, test.fixture)
		c := Configuration(t, f)
		var acts []int
		for i, norm := range Floats(t, f, test.norms) {
			if float64(norm) > c.Clip {
				acts = append(acts, i+1)
			}
		}
		if !slices.Equal(acts, test.want) {
			t.Errorf("%s, %s: clipping acts in steps %v", test.fixture, test.norms, acts)
		}
	}
}

// This loop computes the operator independently of the script: position by position
// in float64.
func TestOperators(t *testing.T) {
	all := Operators(t)
	if len(all) < 50 {
		t.Fatalf("%d cases", len(all))
	}
	for _, o := range all {
		name := o.Case + "/" + o.Spec
		y, dx, dweight := make([]float32, o.T*o.E), make([]float64, o.T*o.E), make([]float64, len(o.Weight))
		at := 0 // index of the learned weights, which are stored by delay
		windows := make([]int64, o.E)
		reach := make([]int, o.E)
		weights := make([]func(p, j int) float64, o.E)
		for i := range o.E {
			reach[i], weights[i] = rule(t, o, i)
			windows[i] = int64(reach[i])
		}
		learned := make(map[[2]int]int) // by channel and delay
		for j := range slices.Max(reach) {
			for i := range o.E {
				if reach[i] > j && weights[i] == nil {
					learned[[2]int{i, j}] = at
					at++
				}
			}
		}
		if at != len(o.Weight) {
			t.Fatalf("%s: %d weights, want %d", name, len(o.Weight), at)
		}
		for i := range o.E {
			for p := range o.T {
				sum := 0.0
				for j := range min(reach[i], p+1) {
					x, dy := float64(o.X[(p-j)*o.E+i]), float64(o.DY[p*o.E+i])
					var weight float64
					if weights[i] == nil {
						weight = float64(o.Weight[learned[[2]int{i, j}]])
						dweight[learned[[2]int{i, j}]] += x * dy
					} else {
						weight = weights[i](p, j)
					}
					sum += weight * x
					dx[(p-j)*o.E+i] += weight * dy
				}
				y[p*o.E+i] = float32(sum)
			}
		}
		Compare(t, name+"/y", o.Y, y, 1e-6)
		Compare(t, name+"/dx", o.DX, narrow(dx), 1e-6)
		Compare(t, name+"/dweight", o.DWeight, narrow(dweight), 1e-6)
		if o.Windows != nil && !slices.Equal(o.Windows, windows) {
			t.Errorf("%s: windows %v, want %v", name, o.Windows, windows)
		}
	}
}

func narrow(x []float64) []float32 {
	y := make([]float32, len(x))
	for i, v := range x {
		y[i] = float32(v)
	}
	return y
}

// rule returns the operator on channel i: how many positions it covers, and the
// weight of position p-j in output p, nil if it is learned.
func rule(t *testing.T, o Operator, i int) (reach int, weight func(p, j int) float64) {
	fraction, least, delay := 0.5, 1, 0
	words := strings.Split(o.Spec, ":")
	for _, option := range words[1:] {
		if _, err := fmt.Sscanf(option, "fraction=%g", &fraction); err == nil {
			continue
		}
		if _, err := fmt.Sscanf(option, "delay=%d", &delay); err == nil {
			continue
		}
		_, _ = fmt.Sscanf(option, "min=%d", &least) // other options leave it unchanged
	}
	n := math.Floor(fraction*float64(o.E) + 0.5)
	k := float64(i) - (float64(o.E) - n) // index among the averaged channels
	if k < 0 {
		return 1, func(int, int) float64 { return 1 }
	}
	levels := math.Floor(math.Log2(float64(o.L)))
	if least == 1 && words[0] != "taps" {
		levels++
	}
	level := math.Floor(levels * k / n)
	if slices.Contains(words, "share=halving") {
		// Levels begin at these fractions of the channels: 0, 1/2, 3/4, 7/8, ...
		level = min(levels-1, math.Floor(-math.Log2(1-k/n)))
	}
	reach = least << int(level)
	size := func() int {
		size, err := strconv.Atoi(words[1])
		if err != nil {
			t.Fatalf("%s: %v", o.Spec, err)
		}
		return size
	}
	switch words[0] {
	case "shift":
		return 2, func(_, j int) float64 { return float64(j) }
	case "taps":
		back := reach
		return back + 1, func(_, j int) float64 {
			if j == back {
				return 1
			}
			return 0
		}
	case "ema":
		a := k / n
		if words[1] == "matched" {
			a = float64(reach-1) / float64(reach+1)
		}
		return o.T, func(_, j int) float64 { return (1 - a) * math.Pow(a, float64(j)) }
	case "learned":
		return reach, nil
	case "conv":
		return size(), nil
	case "window":
		reach = size()
	}
	count := slices.Contains(words, "prefix=count")
	window := reach
	return window + delay, func(p, j int) float64 {
		switch {
		case j < delay:
			return 0
		case count:
			return 1 / float64(min(p+1-delay, window))
		}
		return 1 / float64(window)
	}
}

// TestScript runs oracle.py --check if its packages are installed.
func TestScript(t *testing.T) {
	python := os.Getenv("WAVELETGPT_PYTHON")
	if python == "" {
		t.Skip("set WAVELETGPT_PYTHON to a Python that has the packages of requirements.txt")
	}
	if out, err := exec.Command(python, "oracle.py", "--check").CombinedOutput(); err != nil {
		t.Errorf("oracle.py --check: %v\n%s", err, out)
	}
}
