package summary

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Names that a column may have in a table of curves, best first. What others
// call theirs is read as well as curves.csv of a report.
var columns = map[string][]string{
	"variant": {"variant", "run", "name", "model"},
	"seed":    {"seed"},
	"status":  {"status"},
	"step":    {"step", "steps", "iteration", "iter"},
	"tokens":  {"tokens"},
	"flops":   {"flops"},
	"seconds": {"seconds", "time"},
	"loss":    {"nats_per_token", "validation_loss", "val_loss", "eval_loss", "loss"},
}

// bitsPrefix begins the name of a column of losses in bits per unit.
const bitsPrefix = "bits_per_"

// Import reads curves that were made elsewhere: CSV with a heading and a line for
// each evaluation, with the columns step and loss (nats per token; or bits_per_
// and a unit) and perhaps variant, seed, tokens, flops, seconds and status. A
// file without a column variant is one variant, called as the file. The lines of
// a run stand in the order of their steps; those without a loss are left out. A
// loss that is no finite number is a divergence.
func Import(r io.Reader, name string) (*Summary, error) {
	in := csv.NewReader(r)
	in.TrimLeadingSpace = true
	heading, err := in.Read()
	if errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("curves %s: the file is empty; write a heading with step and loss, then a line for each evaluation", name)
	}
	if err != nil {
		return nil, fmt.Errorf("curves %s: %w", name, err)
	}
	t := table{name: name, at: map[string]int{}}
	if err := t.read(heading); err != nil {
		return nil, fmt.Errorf("curves %s: %w", name, err)
	}
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			if err = t.add(row); err != nil {
				line, _ := in.FieldPos(0)
				err = fmt.Errorf("line %d: %w", line, err)
			}
		}
		if err != nil {
			return nil, fmt.Errorf("curves %s: %w", name, err)
		}
	}
	s := &Summary{
		FormatVersion: FormatVersion,
		Data:          Data{Name: filepath.Base(name), Unit: t.unit, UnitsPerToken: t.unitsPerToken},
	}
	if err := s.Compare(t.runs); err != nil {
		return nil, fmt.Errorf("curves %s: %w", name, err)
	}
	return s, nil
}

// table is a file of curves as far as it is read.
type table struct {
	name          string
	at            map[string]int // column by meaning
	bits          int            // column of losses in bits per unit, -1 for none
	unit          string
	unitsPerToken float64
	runs          []Result
}

// read takes up the heading.
func (t *table) read(heading []string) error {
	t.bits, t.unit, t.unitsPerToken = -1, "token", 1
	names := make([]string, len(heading))
	for i, h := range heading {
		names[i] = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(h, "\ufeff")))
		if unit, ok := strings.CutPrefix(names[i], bitsPrefix); ok && unit != "" {
			t.bits, t.unit = i, unit
		}
	}
	for meaning, known := range columns {
		for _, name := range known {
			if i := slices.Index(names, name); i >= 0 {
				t.at[meaning] = i
				break
			}
		}
	}
	if _, ok := t.at["step"]; !ok {
		return fmt.Errorf("no column step in the heading %q", strings.Join(heading, ","))
	}
	if _, ok := t.at["loss"]; !ok && t.bits < 0 {
		return fmt.Errorf("no column of losses in the heading %q; call it loss (nats per token) or %sbyte", strings.Join(heading, ","), bitsPrefix)
	}
	return nil
}

// cell is what a row has in a column, empty where there is no such column.
func (t *table) cell(row []string, meaning string) string {
	i, ok := t.at[meaning]
	if !ok || i >= len(row) {
		return ""
	}
	return strings.TrimSpace(row[i])
}

// number is a cell as a number, 0 where it is empty.
func (t *table) number(row []string, meaning string) (float64, error) {
	text := t.cell(row, meaning)
	if text == "" {
		return 0, nil
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || meaning != "loss" && (!finite(x) || x < 0) {
		return 0, fmt.Errorf("%s is %q and not a number of 0 or more", meaning, text)
	}
	return x, nil
}

// add takes up an evaluation.
func (t *table) add(row []string) error {
	loss, ok, err := t.loss(row)
	if err != nil || !ok {
		return err
	}
	p := Point{Loss: loss}
	var numbers [5]float64
	for i, meaning := range []string{"seed", "step", "tokens", "flops", "seconds"} {
		if numbers[i], err = t.number(row, meaning); err != nil {
			return err
		}
	}
	for i, whole := range numbers[:3] {
		if whole != math.Trunc(whole) || whole > 1<<53 {
			return fmt.Errorf("%s is %v and not a whole number", []string{"seed", "step", "tokens"}[i], whole)
		}
	}
	p.Step, p.Tokens, p.FLOPs, p.Seconds = int(numbers[1]), int64(numbers[2]), numbers[3], numbers[4]
	r := t.run(t.cell(row, "variant"), uint64(numbers[0]))
	if n := len(r.Curve); n > 0 && r.Curve[n-1].Step >= p.Step {
		return fmt.Errorf("step %d of %s, seed %d, follows step %d", p.Step, r.Variant, r.Seed, r.Curve[n-1].Step)
	}
	switch status := Status(t.cell(row, "status")); status {
	case "":
	case Finished, Diverged, Unfinished:
		r.Status = status
	default:
		return fmt.Errorf("status is %q and not %s, %s or %s", status, Finished, Diverged, Unfinished)
	}
	r.Curve = append(r.Curve, p)
	r.Steps, r.Tokens = p.Step, p.Tokens
	if p.Step > 0 && p.Seconds > 0 {
		step := p.Seconds / float64(p.Step)
		r.StepSeconds = &step
	}
	return nil
}

// loss returns the loss of a row in nats per token; ok is false where it has none.
func (t *table) loss(row []string) (loss float64, ok bool, err error) {
	bits := ""
	if t.bits >= 0 && t.bits < len(row) {
		bits = strings.TrimSpace(row[t.bits])
	}
	perUnit, bitsErr := strconv.ParseFloat(bits, 64)
	if t.cell(row, "loss") == "" {
		if bits == "" {
			return 0, false, nil
		}
		if bitsErr != nil {
			return 0, false, fmt.Errorf("%s%s is %q and not a number", bitsPrefix, t.unit, bits)
		}
		return perUnit * math.Ln2 * t.unitsPerToken, true, nil
	}
	loss, err = t.number(row, "loss")
	if ratio := loss / math.Ln2 / perUnit; bitsErr == nil && len(t.runs) == 0 && finite(ratio) && ratio > 0 {
		t.unitsPerToken = math.Round(ratio*1e12) / 1e12
	}
	return loss, err == nil, err
}

// run finds or begins a run.
func (t *table) run(label string, seed uint64) *Result {
	if label == "" {
		label = strings.TrimSuffix(filepath.Base(t.name), filepath.Ext(t.name))
	}
	for i := range t.runs {
		if r := &t.runs[i]; r.Variant == label && r.Seed == seed {
			return r
		}
	}
	t.runs = append(t.runs, Result{Run: Run{Variant: label, Seed: seed, Status: Finished, Source: filepath.Base(t.name)}})
	return &t.runs[len(t.runs)-1]
}
