package report

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waveletgpt/waveletgpt/summary"
)

// random is a run of a falling curve with noise.
func random(variant string, seed uint64, r *rand.Rand) summary.Result {
	pace := 300 * math.Exp(0.3*r.NormFloat64())
	out := summary.Result{Run: summary.Run{Variant: variant, Seed: seed, Status: summary.Finished, Steps: 1000}}
	for step := 0; step <= 1000; step += 50 {
		out.Curve = append(out.Curve, summary.Point{Step: step, Loss: 2 + 3*math.Exp(-float64(step)/pace) + 0.02*r.Float64()})
	}
	return out
}

// A curve makes the same comparison in every form in which it may be given: our
// own table, the exports of other programs, other separators and encodings,
// shuffled lines, and a run that was resumed.
func TestImportOfEveryForm(t *testing.T) {
	for trial := range uint64(5) {
		r := rand.New(rand.NewPCG(trial, 1))
		base := []summary.Result{random("none", 3, r), random("none", 2, r)}
		theirs := random("theirs", 2, r)
		seconds := func(of summary.Result, factor float64) summary.Result {
			of.Curve = slices.Clone(of.Curve)
			for i := range of.Curve {
				of.Curve[i].Seconds = factor * float64(of.Curve[i].Step)
			}
			return of
		}
		want := compareWith(t, base, imported(t, "theirs.csv", ours(t, theirs)))
		timed := compareWith(t, base, imported(t, "theirs.csv", ours(t, seconds(theirs, 1))))
		for name, text := range foreignForms(theirs, r) {
			file := "theirs.csv"
			if name == "TensorBoard's own name" {
				file = "run-theirs-tag-val_loss.csv"
			}
			expected := want
			if strings.HasPrefix(text, "Wall time") {
				expected = timed
			}
			s := imported(t, file, text)
			if diff := cmp.Diff(expected, compareWith(t, base, s)); diff != "" {
				t.Errorf("trial %d, %s (-our table +it):\n%s", trial, name, diff)
			}
		}
	}
}

// foreignForms are the curve of a run, in other forms than ours.
func foreignForms(run summary.Result, r *rand.Rand) map[string]string {
	table := func(heading string, line func(p summary.Point) string, points []summary.Point) string {
		var out strings.Builder
		out.WriteString(heading + "\n")
		for _, p := range points {
			out.WriteString(line(p) + "\n")
		}
		return out.String()
	}
	plain := func(p summary.Point) string { return fmt.Sprintf("%d,%v", p.Step, p.Loss) }
	shuffled := slices.Clone(run.Curve)
	r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	k := 1 + r.IntN(len(run.Curve)-2)
	resumed := slices.Clone(run.Curve[:k])
	for _, p := range run.Curve[k:] { // what was lost
		p.Loss += 0.5
		resumed = append(resumed, p)
	}
	lost := run.Curve[len(run.Curve)-1]
	lost.Step, lost.Loss = lost.Step+50, 0.1
	resumed = append(append(resumed, lost), run.Curve[k:]...)
	simple := table("step,loss", plain, run.Curve)
	bits := table("Step,bits_per_token", func(p summary.Point) string { return fmt.Sprintf("%d,%v", p.Step, p.Loss/math.Ln2) }, run.Curve)
	wandb := table(`"Step","theirs - val/loss","theirs - val/loss__MIN","theirs - val/loss__MAX","theirs - _step","theirs - train/loss"`, func(p summary.Point) string {
		return fmt.Sprintf(`"%d","%v","%v","%v","%d","1"`, p.Step, p.Loss, p.Loss, p.Loss, 7*p.Step)
	}, run.Curve)
	tensorBoard := table("Wall time,Step,Value", func(p summary.Point) string {
		return fmt.Sprintf("%d,%d,%v", 1700000000+p.Step, p.Step, p.Loss)
	}, run.Curve)
	return map[string]string{
		"no seed":       simple,
		"seed":          table("Variant,Seed,Step,Val_Loss", func(p summary.Point) string { return "theirs,2," + plain(p) }, run.Curve),
		"bits":          bits,
		"W&B":           wandb,
		"W&B history":   table("_step,_timestamp,val/loss,train/loss", func(p summary.Point) string { return fmt.Sprintf("%d,1.7e9,%v,9", p.Step, p.Loss) }, run.Curve),
		"TensorBoard":   tensorBoard,
		"Lightning":     table("epoch,step,train_loss,val_loss", func(p summary.Point) string { return fmt.Sprintf("0,%d,9,\n0,%d,,%v", p.Step, p.Step, p.Loss) }, run.Curve),
		"transformers":  table("loss,epoch,step,eval_loss", func(p summary.Point) string { return fmt.Sprintf("9,0.1,%d,\n,0.1,%d,%v", p.Step, p.Step, p.Loss) }, run.Curve),
		"semicolons":    strings.ReplaceAll(simple, ",", ";"),
		"tabs":          strings.ReplaceAll(simple, ",", "\t"),
		"tabs, empty":   strings.ReplaceAll(strings.ReplaceAll(simple, ",", "\t\t"), "step\t\tloss", "step\tx\tloss"),
		"quotes":        table(`"step", "loss"`, func(p summary.Point) string { return fmt.Sprintf(`"%d", "%v"`, p.Step, p.Loss) }, run.Curve),
		"mark and CRLF": "\ufeff" + strings.ReplaceAll(simple, "\n", "\r\n"),
		"blank lines":   strings.ReplaceAll(simple, "\n", "\n\n,\n"),
		"float steps":   table("iteration,loss", func(p summary.Point) string { return fmt.Sprintf("%d.0,%v", p.Step, p.Loss) }, run.Curve),
		"shuffled":      table("step,loss", plain, shuffled),
		"resumed":       table("step,loss", plain, resumed),
		"twice":         simple + strings.TrimPrefix(simple, "step,loss\n"),

		"TensorBoard's own name": tensorBoard,
	}
}

// ours is a run as in curves.csv.
func ours(t *testing.T, run summary.Result) string {
	t.Helper()
	s := &summary.Summary{Data: summary.Data{Unit: "token", UnitsPerToken: 1}}
	if err := s.Compare([]summary.Result{run}); err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	table := csvTables()[0]
	if _, err := table.write(&text, []*summary.Summary{s}); err != nil || table.name != curvesName {
		t.Fatalf("%s: %v", table.name, err)
	}
	return text.String()
}

func imported(t *testing.T, name, text string) *summary.Summary {
	t.Helper()
	s, err := summary.Import(strings.NewReader(text), name)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return s
}

// compareWith is the comparison of an imported curve with a baseline, in JSON and
// without its words, with numbers to 9 digits: bits are converted.
func compareWith(t *testing.T, base []summary.Result, curves *summary.Summary) map[string]any {
	t.Helper()
	s := &summary.Summary{Data: summary.Data{Hash: "x", Unit: "character", UnitsPerToken: 1}}
	var measured []summary.Result
	for _, b := range base {
		b.Curve = slices.Clone(b.Curve)
		for i := range b.Curve {
			b.Curve[i].Seconds = 2 * float64(b.Curve[i].Step)
		}
		measured = append(measured, b)
	}
	if err := s.Compare(measured); err != nil {
		t.Fatal(err)
	}
	merged, err := summary.Merge([]*summary.Summary{s, curves})
	if err != nil || len(merged) != 1 || len(merged[0].Comparisons) != 1 {
		t.Fatalf("%d summaries, %v", len(merged), err)
	}
	c := merged[0].Comparisons[0]
	c.Verdict = ""
	document, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(document, &out); err != nil {
		t.Fatal(err)
	}
	return rounded(out).(map[string]any)
}

// rounded has numbers as text of 9 digits.
func rounded(x any) any {
	switch x := x.(type) {
	case map[string]any:
		for key := range x {
			x[key] = rounded(x[key])
		}
	case []any:
		for i := range x {
			x[i] = rounded(x[i])
		}
	case float64:
		return fmt.Sprintf("%.9g", x)
	}
	return x
}
