package summary

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
)

// curvesTable is a file of curves as far as it is read.
type curvesTable struct {
	file          string
	label         string         // of the variant if nothing names it
	at            map[string]int // column by meaning, -1 if absent
	comparison    int            // column that numbers the comparisons of a report
	comparisons   string         // its value
	losses        []lossColumn
	unit          string
	unitsPerToken float64
	ratioKnown    bool
	notes         []string
	curves        []*foreignCurve
}

// note records what was assumed of the whole file.
func (t *curvesTable) note(format string, arguments ...any) {
	if text := fmt.Sprintf(format, arguments...); !slices.Contains(t.notes, text) {
		t.notes = append(t.notes, text)
	}
}

// A foreignCurve is one curve in the order of the file.
type foreignCurve struct {
	label, seed string
	horizon     int // 0 if unknown
	column      *lossColumn
	status      Status
	points      []Point
}

// notes say what was assumed of a column of losses.
func (c *lossColumn) notes() (notes []string) {
	if c.note != "" {
		notes = append(notes, c.note)
	}
	if c.averaged {
		notes = append(notes, "losses: averages of several runs or steps, because __MIN and __MAX differ")
	}
	return notes
}

// cell is what a row has in a column, empty where there is no such column.
func (t *curvesTable) cell(r row, meaning string) string {
	if i := t.at[meaning]; i >= 0 {
		return r.cells[i]
	}
	return ""
}

// add takes up the evaluations of a row.
func (t *curvesTable) add(r row) error {
	if t.comparison >= 0 {
		if t.comparisons == "" {
			t.comparisons = r.cells[t.comparison]
		}
		if t.comparisons != r.cells[t.comparison] {
			return fmt.Errorf("comparison is %s after %s; keep the lines of one comparison", r.cells[t.comparison], t.comparisons)
		}
	}
	for i := range t.losses {
		c := &t.losses[i]
		loss, ok, err := t.loss(r, c)
		if err == nil && ok {
			err = t.addPoint(r, c, loss)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *curvesTable) addPoint(r row, c *lossColumn, loss float64) error {
	if c.min >= 0 && r.cells[c.min] != r.cells[c.max] {
		c.averaged = true
	}
	if t.cell(r, "step") == "" {
		return fmt.Errorf("the step of a loss is empty")
	}
	p := Point{Loss: loss}
	var numbers [6]float64
	for i, meaning := range []string{"seed", "step", "tokens", "horizon", "flops", "seconds"} {
		text := t.cell(r, meaning)
		if text == "" {
			continue
		}
		x, err := number(meaning, text)
		if err == nil && (!finite(x) || x < 0) {
			err = fmt.Errorf("%s is %q and not a number of 0 or more", meaning, text)
		}
		if err == nil && i < 4 && (x != math.Trunc(x) || x > 1<<53) {
			err = fmt.Errorf("%s is %q and not a whole number", meaning, text)
		}
		if err != nil {
			return err
		}
		numbers[i] = x
	}
	p.Step, p.Tokens, p.FLOPs, p.Seconds = int(numbers[1]), int64(numbers[2]), numbers[4], numbers[5]
	label, seed := c.label, ""
	if label == "" {
		label = t.cell(r, "variant")
	}
	if label == "" {
		label = t.label
		t.note("variant: %s, from the name of the file", label)
	}
	if t.cell(r, "seed") != "" {
		seed = strconv.FormatUint(uint64(numbers[0]), 10)
	}
	curve := t.curve(label, seed, int(numbers[3]), c)
	switch status := Status(t.cell(r, "status")); status {
	case "":
	case Finished, Diverged, Unfinished:
		curve.status = status
	default:
		return fmt.Errorf("status is %q and not %s, %s or %s", status, Finished, Diverged, Unfinished)
	}
	curve.points = append(curve.points, p)
	return nil
}

// loss returns the loss of a row in nats per token; ok is false where it has none.
func (t *curvesTable) loss(r row, c *lossColumn) (loss float64, ok bool, err error) {
	nats, bits, perUnit := "", "", 0.0
	if c.nats >= 0 {
		nats = r.cells[c.nats]
	}
	if c.bits >= 0 {
		bits = r.cells[c.bits]
	}
	if bits != "" {
		if perUnit, err = lossNumber(bitsPrefix+t.unit, bits); err != nil {
			return 0, false, err
		}
	}
	if nats == "" {
		return perUnit * math.Ln2 * t.unitsPerToken, bits != "", nil
	}
	loss, err = lossNumber("loss", nats)
	if ratio := loss / math.Ln2 / perUnit; !t.ratioKnown && finite(ratio) && ratio > 0 {
		t.unitsPerToken, t.ratioKnown = math.Round(ratio*1e12)/1e12, true
	}
	return loss, err == nil, err
}

// lossNumber reads a loss, which is not negative. One that is not finite stands for
// a divergence.
func lossNumber(name, text string) (float64, error) {
	x, err := number(name, text)
	if err == nil && x < 0 && finite(x) {
		err = fmt.Errorf("%s is %s; a loss in nats or bits is never negative, so this is another quantity, perhaps a log-likelihood", name, text)
	}
	return x + 0, err // not -0
}

var decimalComma = regexp.MustCompile(`^[+-]?[0-9.]*[0-9],[0-9]+([eE][+-]?[0-9]+)?$`)

func number(name, text string) (float64, error) {
	x, err := strconv.ParseFloat(text, 64)
	if err != nil && decimalComma.MatchString(text) {
		return 0, fmt.Errorf("%s is %q; write decimals with a point, and no commas in numbers", name, text)
	}
	if err != nil && name == "seconds" {
		return 0, fmt.Errorf("seconds is %q and not a number; rename or remove the column", text)
	}
	if err != nil {
		return 0, fmt.Errorf("%s is %q and not a number", name, text)
	}
	return x, nil
}

// curve finds or begins a curve.
func (t *curvesTable) curve(label, seed string, horizon int, column *lossColumn) *foreignCurve {
	for _, c := range t.curves {
		if c.label == label && c.seed == seed && c.horizon == horizon {
			return c
		}
	}
	t.curves = append(t.curves, &foreignCurve{label: label, seed: seed, horizon: horizon, column: column, status: Finished})
	return t.curves[len(t.curves)-1]
}

// results are the curves as runs. They keep their horizons where there are several:
// the shorter ones are not compared with the others.
func (t *curvesTable) results() ([]Result, error) {
	var results []Result
	several := slices.ContainsFunc(t.curves, func(c *foreignCurve) bool { return c.horizon != t.curves[0].horizon })
	for _, c := range t.curves {
		name := c.label
		if c.seed != "" {
			name += ", seed " + c.seed
		}
		for _, other := range t.curves {
			if c.seed == "" && other.label == c.label && other.seed != "" {
				return nil, fmt.Errorf("%s has lines with a seed and lines without; give all of them one", c.label)
			}
		}
		curve, notes, err := ordered(c.points)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		r := Result{Run: Run{
			Variant: c.label, SeedAssumed: c.seed == "", Status: c.status, Source: t.file, Curve: curve,
			Notes: slices.Concat(c.column.notes(), t.notes, notes),
		}}
		r.Seed, _ = strconv.ParseUint("0"+c.seed, 10, 64)
		if several {
			r.Horizon = c.horizon
		}
		if note := clock(r.Curve, len(curve) < len(c.points)); note != "" {
			r.Notes = append(r.Notes, note)
		}
		last := curve[len(curve)-1]
		r.Steps, r.Tokens = last.Step, last.Tokens
		if last.Step > 0 && last.Seconds > 0 {
			step := last.Seconds / float64(last.Step)
			r.StepSeconds = &step
		}
		results = append(results, r)
	}
	return results, nil
}
