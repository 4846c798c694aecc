package summary

import (
	"math"
	"strings"
	"testing"
)

func TestImport(t *testing.T) {
	s, err := Import(strings.NewReader(`Run, Step, val_loss, Seconds
none,0,3.0,0
none,100,2.0,10

none,200,1.5,20
ours,0,3.0,0
ours,100,1.5,15
ours,150,,
ours,200,1.2,30
`), "dir/curves.csv")
	if err != nil {
		t.Fatal(err)
	}
	if s.Data.Name != "curves.csv" || s.Data.Unit != "token" || s.Baseline != "none" || len(s.Runs) != 2 || !s.imported() {
		t.Errorf("summary %+v", s)
	}
	c := s.Comparisons[0]
	near(t, "steps saved", c.StepsSaved, 0.5, 1e-12)
	near(t, "seconds saved", c.SecondsSaved, 0.25, 1e-12)
	if len(s.Runs[1].Curve) != 3 || s.Runs[1].Source != "curves.csv" || c.Variant != "ours" {
		t.Errorf("run %+v", s.Runs[1])
	}
	if _, err := s.Encode(); err != nil {
		t.Error(err)
	}

	// One variant a file, in bits; a divergence is told as one.
	s, err = Import(strings.NewReader("step,bits_per_byte\n0,8\n10,4\n20,nan\n"), "fast.csv")
	if err != nil {
		t.Fatal(err)
	}
	if r := s.Runs[0]; r.Variant != "fast" || r.Status != Diverged || len(r.Curve) != 2 || s.Data.Unit != "byte" {
		t.Errorf("run %+v", r)
	} else if math.Abs(r.Curve[1].Loss-4*math.Ln2) > 1e-12 {
		t.Errorf("4 bits are %v nats", r.Curve[1].Loss)
	}
}

func TestImportRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                               "empty",
		"epoch,loss\n1,2\n":              "no column step",
		"step,accuracy\n1,2\n":           "no column of losses",
		"step,loss\n":                    "no runs",
		"step,loss\n0\"0":                `bare "`,
		"step,loss\n1,x\n":               "line 2",
		"step,loss\n1.5,2\n":             "not a whole number",
		"step,loss\n-1,2\n":              "not a number of 0 or more",
		"step,loss\n2,2\n1,2\n":          "line 3: step 1 of a, seed 0, follows step 2",
		"step,loss,status\n1,2,over\n":   `status is "over"`,
		"step,loss,seed\n1,2,3\n1,2\n":   "wrong number of fields",
		"step,loss,seed\n1,2,1\n2,2,2\n": "no step at which all of them were evaluated",
	} {
		_, err := Import(strings.NewReader(text), "a.csv")
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "curves a.csv") {
			t.Errorf("%q: error %v without %q", text, err, want)
		}
	}
}

func FuzzImport(f *testing.F) {
	f.Add([]byte("variant,seed,status,step,tokens,flops,seconds,nats_per_token,bits_per_byte\nnone,1,finished,0,0,0,0,5.5,8\nnone,1,finished,1,9,2e9,0.5,4,5.7\n"))
	f.Add([]byte("step,loss\n0,1\n1,NaN\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := Import(strings.NewReader(string(text)), "a.csv")
		if err != nil {
			return
		}
		if _, err := s.Encode(); err != nil {
			t.Errorf("what was imported cannot be written: %v", err)
		}
		if err := WriteTable(new(strings.Builder), s); err != nil {
			t.Error(err)
		}
	})
}
