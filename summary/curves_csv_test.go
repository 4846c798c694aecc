package summary

import (
	"fmt"
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

// Losses in bits are compared as bits, whatever a token is elsewhere.
func TestImportOfBits(t *testing.T) {
	a := measured(t, "a", planted("none", 1, 1))
	a.Data.UnitsPerToken = 4
	last := *a.Runs[0].FinalLoss
	for _, text := range []string{
		fmt.Sprintf("step,bits_per_character\n0,9\n2000,%v\n", a.Data.Bits(last)),
		fmt.Sprintf("step,loss,bits_per_character\n0,9,%v\n2000,%v,%v\n", 9/math.Ln2/8, 2*last, a.Data.Bits(last)), // 8 characters a token
	} {
		curves, err := Import(strings.NewReader(text), "theirs.csv")
		if err != nil {
			t.Fatal(err)
		}
		merged, err := Merge([]*Summary{a, curves})
		if err != nil {
			t.Fatal(err)
		}
		near(t, "gain", merged[0].Comparisons[0].Gain, 0, 1e-9)
		if r := merged[0].Runs[1]; !strings.Contains(strings.Join(r.Notes, "; "), "compared in bits per character") {
			t.Errorf("notes %q", r.Notes)
		}
	}
}

// What was assumed is in the document and in the verdict, and is said once more
// when the document is read.
func TestImportSaysWhatItAssumed(t *testing.T) {
	a := measured(t, "a", planted("none", 7, 1), planted("none", 4, 1))
	curves, err := Import(strings.NewReader("Wall time,Step,Value\n1700000000,0,3\n1700000500,1000,2\n1700000900,2000,1.4\n"), "run-a-tag-val_loss.csv")
	if err != nil {
		t.Fatal(err)
	}
	merged, err := Merge([]*Summary{a, curves})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := merged[0].Write(dir); err != nil {
		t.Fatal(err)
	}
	s, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	const want = "curves run-a-tag-val_loss.csv, a: no seed is given, compared with seed 4 of none, one of its 2; " +
		"losses: column Value, taken as nats per token on the same data; seconds: column Wall time; variant: a, from the name of the file; " +
		"seconds: clock time since step 0, with all pauses; they compare only if it trained on the same free machine"
	if got := s.Assumptions(); len(got) != 1 || got[0] != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if c := s.Comparisons[0]; len(c.Seeds) != 1 || c.Seeds[0] != 4 || !strings.Contains(c.Verdict, "no seed is given, compared with seed 4 of none") {
		t.Errorf("seeds %v: %s", c.Seeds, c.Verdict)
	}
	// It joins another baseline with that one's seed, and is no second curve.
	b := measured(t, "b", planted("none", 9, 1))
	if merged, err = Merge([]*Summary{b, curves, curves}); err != nil || merged[0].Comparisons[0].Seeds[0] != 9 {
		t.Errorf("error %v", err)
	}
	second, err := Import(strings.NewReader("step,loss\n0,3\n2000,1.5\n"), "a.csv")
	if err != nil {
		t.Fatal(err)
	}
	if _, err = Merge([]*Summary{b, curves, second}); err == nil || !strings.Contains(err.Error(), "a.csv: the curve a has no seed, and another run has the same name") {
		t.Errorf("error %v", err)
	}
}

// Clock times become seconds only where they can.
func TestImportOfClockTimes(t *testing.T) {
	for text, want := range map[string]struct {
		seconds float64
		note    string
	}{
		"Wall time,Step,Value\n1.7e9,0,3\n1.70000005e9,9,2\n":              {50, "clock time since step 0"},
		"Wall time,Step,Value\n1.7e9,1,3\n1.70000005e9,9,2\n":              {0, "the time before step 1 is not known"},
		"Wall time,Step,Value\n1.70000005e9,0,3\n1.7e9,9,2\n":              {0, "does not rise"},
		"Wall time,Step,Value\n1.7e9,0,3\n1.7e9,5,3\n1.7e9,9,3\n1.8e9,9,2": {0, "a run that was resumed has a gap"},
		"seconds,step,loss\n0,0,3\n50,9,2\n":                               {50, ""},
	} {
		s, err := Import(strings.NewReader(text), "a.csv")
		if err != nil {
			t.Fatal(err)
		}
		r := s.Runs[0]
		if got := r.Curve[len(r.Curve)-1].Seconds; got != want.seconds || !strings.Contains(strings.Join(r.Notes, "; "), want.note) {
			t.Errorf("%q: %g seconds, notes %q", text, got, r.Notes)
		}
	}
}

// Seeds that no side has in common are said to compare with nothing.
func TestImportOfAnotherSeed(t *testing.T) {
	a := measured(t, "a", planted("none", 1, 1))
	curves, err := Import(strings.NewReader("step,seed,loss\n0,5,3\n2000,5,2\n"), "a.csv")
	if err != nil {
		t.Fatal(err)
	}
	merged, err := Merge([]*Summary{a, curves})
	if err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	if err := WriteTable(&table, merged[0]); err != nil || !strings.Contains(table.String(), "no seed in common with none") {
		t.Errorf("%v\n%s", err, table.String())
	}
}

// Files of old Macs and of Excel are read like others.
func TestImportOfSpreadsheets(t *testing.T) {
	for _, text := range []string{"step,loss\n0,3\n10,2\n", "step,loss\r0,3\r10,2\r", "sep=;\r\nstep;loss\r\n0;3\r\n10;2\r\n", "sep=,\nstep,loss\n0,3\n10,2\n"} {
		s, err := Import(strings.NewReader(text), "a.csv")
		if err != nil || len(s.Runs) != 1 || len(s.Runs[0].Curve) != 2 || *s.Runs[0].FinalLoss != 2 {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestImportRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                                     "empty",
		"epoch,loss\n1,2\n":                    "no column of steps",
		"step,accuracy\n1,2\n":                 "no column of validation losses",
		"step,loss\n":                          "a heading and nothing below it",
		"step,loss\n0\"0":                      `bare "`,
		"step,loss\n1,x\n":                     "line 2",
		"step,loss\n1.5,2\n":                   "not a whole number",
		"step,loss\n-1,2\n":                    "not a number of 0 or more",
		"step,loss\n1,\n2,\n":                  "no line below the heading has a loss",
		"step,loss\n,2\n":                      "line 2: the step of a loss is empty",
		"step,loss\n1,-2\n":                    "line 2: loss is -2; a loss in nats or bits is never negative",
		"step,bits_per_byte\n1,-2\n":           "bits_per_byte is -2; a loss",
		"step;loss\n1;2,5\n":                   `line 2: loss is "2,5"; write decimals with a point`,
		"step,loss\n1,2,5\n":                   "line 2: 3 cells below 2 headings; if its numbers have decimal commas",
		"step,val_loss,eval_loss\n1,2,2\n":     "several columns could be the validation loss: val_loss, eval_loss; keep one, or rename the others",
		"step,loss,Loss\n1,2,2\n":              "several columns could be the validation loss: loss, Loss",
		"step,Step,loss\n1,2,2\n":              "several columns could be step: step, Step",
		"step,train_loss\n1,2\n":               "no column of validation losses in the heading step,train_loss; call it val_loss",
		"step,time,loss\n1,2026-01-01,2\n":     `seconds is "2026-01-01" and not a number; rename or remove the column`,
		"step,loss\n0,3\n1,2\n0,4\n1,2\n":      "a: step 0 begins a second curve with other losses; give each curve a seed",
		"step,loss,seed\n0,3,1\n0,2,\n":        "a has lines with a seed and lines without",
		"comparison,step,loss\n1,0,3\n2,0,2\n": "line 3: comparison is 2 after 1",
		"variant,step,a - val/loss\nx,1,2\n":   "both the column variant and the headings",
		"\xff\xfes\x00t\x00":                   "UTF-16; save it as UTF-8",
		"step,loss\n1,\xe9\n":                  "not UTF-8",
		"step,loss,status\n1,2,over\n":         `status is "over"`,
		"step,loss,seed\n1,2,3\n1,2\n":         "2 cells below 3 headings",
		"step,loss,seed\n1,2,1\n2,2,2\n":       "no step at which all of them were evaluated",
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
	f.Add([]byte("\"Step\",\"a - val/loss\",\"a - val/loss__MIN\",\"a - val/loss__MAX\",\"b - val/loss\"\n\"0\",\"5\",\"4\",\"6\",\"\"\n\"1\",\"\",\"\",\"\",\"4\"\n"))
	f.Add([]byte("_step,_runtime,_timestamp,val/loss,train/loss\n0,0,1.7e9,5,5\n9,2,1.7e9,4,4\n"))
	f.Add([]byte("Wall time,Step,Value\n1700000000,0,5\n1700000009,10,4\n"))
	f.Add([]byte("epoch,step,train_loss,val_loss\n0,0,5.1,\n0,0,,5\n0,9,,4\n"))
	f.Add([]byte("\ufeffstep;loss\r\n\r\n9;4\r\n0;5\r\n"))
	f.Add([]byte("step\tbits_per_byte\n0\t8\n9\t4\n9\t3\n12\t2\n"))
	f.Add([]byte("step,loss\n0,1\n5,2\n9,3\n5,1\n7,1\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := Import(strings.NewReader(string(text)), "a.csv")
		if err != nil {
			if text := err.Error(); strings.ContainsAny(text, "\n\r") {
				t.Errorf("an error of several lines: %q", text)
			}
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
