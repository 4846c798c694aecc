package summary

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// columnNames are the names that a column may have, best first; plainName has the
// form in which they are compared.
var columnNames = []struct {
	meaning string
	names   []string
}{
	{"variant", []string{"variant", "run", "name", "model"}},
	{"seed", []string{"seed"}},
	{"horizon", []string{"horizon"}},
	{"status", []string{"status"}},
	{"step", []string{"trainer_global_step", "global_step", "step", "steps", "iteration", "iter", "_step"}},
	{"tokens", []string{"tokens"}},
	{"flops", []string{"flops"}},
	{"seconds", []string{"seconds", "time", "_runtime", "wall_time"}},
}

// Names of columns of losses in nats per token. Those of validationNames say that
// the loss is that of the validation split; beside one of them a column of
// lossNames is the training loss.
var (
	validationNames = []string{"nats_per_token", "validation_loss", "val_loss", "valid_loss", "eval_loss", "loss_validation", "loss_val", "loss_valid", "loss_eval"}
	lossNames       = []string{"loss", "value"}
)

// bitsPrefix begins the name of a column of losses in bits per unit.
const bitsPrefix = "bits_per_"

// runSeparator is what W&B writes between the name of a run and that of a metric.
const runSeparator = " - "

var notInNames = regexp.MustCompile(`[\s/.\-]+`)

// plainName is a heading in lower case, in which val/loss, val-loss and Val Loss
// are val_loss.
func plainName(heading string) string {
	return notInNames.ReplaceAllString(strings.ToLower(strings.TrimSpace(heading)), "_")
}

// A lossColumn is where the losses of a variant are; a column that is absent is -1.
type lossColumn struct {
	label      string // empty if the column variant or the file names it
	note       string
	nats, bits int
	min, max   int // of the runs that W&B averaged
	averaged   bool
}

// readHeading finds the columns. Of several that could be meant it takes one only
// if the names tell which, and notes it.
func (t *curvesTable) readHeading(heading []string) error {
	t.at, t.unit, t.unitsPerToken = map[string]int{}, "token", 1
	names := make([]string, len(heading))
	for i, h := range heading {
		names[i] = plainName(h)
	}
	for _, column := range columnNames {
		meaning := column.meaning
		t.at[meaning] = -1
		var found []int
		for _, name := range column.names {
			for i := range names {
				if names[i] == name && !strings.Contains(heading[i], runSeparator) {
					found = append(found, i)
				}
			}
		}
		if len(found) == 0 {
			continue
		}
		if len(found) > 1 && names[found[0]] == names[found[1]] {
			return ambiguous(meaning, quoted(heading, found))
		}
		t.at[meaning] = found[0]
		switch name := heading[found[0]]; {
		case len(found) > 1:
			t.note("%s: column %s, not %s", meaning, name, strings.Join(quoted(heading, found[1:]), ", "))
		case meaning == "seconds" && names[found[0]] != meaning:
			t.note("seconds: column %s", name)
		}
	}
	t.comparison = slices.Index(names, "comparison")
	if t.at["step"] < 0 {
		return fmt.Errorf("no column of steps in the heading %s; call it step", strings.Join(heading, ","))
	}
	return t.readLosses(heading)
}

// readLosses finds the column of losses of each run.
func (t *curvesTable) readLosses(heading []string) error {
	var labels []string
	metrics := map[string][]int{} // columns by run
	for i, h := range heading {
		label := ""
		if at := strings.LastIndex(h, runSeparator); at >= 0 {
			label = strings.TrimSpace(h[:at])
		}
		if !slices.Contains(labels, label) {
			labels = append(labels, label)
		}
		metrics[label] = append(metrics[label], i)
	}
	var leftOut []string
	for _, label := range labels {
		c, other, err := t.lossOf(heading, label, metrics[label])
		if err != nil {
			return err
		}
		leftOut = append(leftOut, other...)
		if c != nil {
			t.losses = append(t.losses, *c)
		}
	}
	if len(t.losses) == 0 {
		return fmt.Errorf("no column of validation losses in the heading %s; call it val_loss (nats per token) or %sbyte", strings.Join(heading, ","), bitsPrefix)
	}
	if len(leftOut) > 0 {
		t.note("left out: %s", strings.Join(leftOut, ", "))
	}
	if at := t.at["variant"]; at >= 0 && slices.ContainsFunc(t.losses, func(c lossColumn) bool { return c.label != "" }) {
		return fmt.Errorf("both the column %s and the headings of the losses name runs; remove one", heading[at])
	}
	return nil
}

// lossOf finds the column of losses of a run among its columns. It is nil if the run
// has none; other are those that sound like losses too.
func (t *curvesTable) lossOf(heading []string, label string, columns []int) (c *lossColumn, other []string, err error) {
	var validation, generic, bits, sounds []int
	find := map[string]int{}
	for _, i := range columns {
		metric := heading[i]
		if label != "" || strings.Contains(metric, runSeparator) {
			metric = metric[strings.LastIndex(metric, runSeparator)+len(runSeparator):]
		}
		find[metric] = i
		name := plainName(metric)
		switch {
		case slices.Contains(validationNames, name):
			validation = append(validation, i)
		case slices.Contains(lossNames, name):
			generic = append(generic, i)
		case strings.HasPrefix(name, bitsPrefix) && name != bitsPrefix:
			bits = append(bits, i)
		case strings.Contains(name, "loss") && !strings.HasSuffix(name, "__min") && !strings.HasSuffix(name, "__max"):
			sounds = append(sounds, i)
		}
	}
	take := validation
	if len(take) == 0 && len(bits) == 0 {
		take, generic = generic, nil
	}
	if len(take) > 1 || len(bits) > 1 {
		return nil, nil, ambiguous("the validation loss", quoted(heading, slices.Concat(take, bits)))
	}
	other = quoted(heading, slices.Concat(generic, sounds))
	if len(take)+len(bits) == 0 {
		return nil, other, nil
	}
	c = &lossColumn{label: label, nats: -1, bits: -1, min: -1, max: -1}
	if len(bits) > 0 {
		c.bits = bits[0]
		unit := plainName(heading[bits[0]])
		unit = unit[strings.Index(unit, bitsPrefix)+len(bitsPrefix):]
		if t.unit != "token" && t.unit != unit {
			return nil, nil, ambiguous("the unit of losses", []string{bitsPrefix + t.unit, bitsPrefix + unit})
		}
		t.unit = unit
	}
	if len(take) > 0 {
		c.nats = take[0]
		metric := heading[take[0]]
		if plainName(metric) != validationNames[0] {
			c.note = fmt.Sprintf("losses: column %s, taken as nats per token on the same data", metric)
		}
		if label != "" {
			metric = metric[strings.LastIndex(metric, runSeparator)+len(runSeparator):]
		}
		low, ok := find[metric+"__MIN"]
		high, also := find[metric+"__MAX"]
		if ok && also {
			c.min, c.max = low, high
		}
	}
	return c, other, nil
}

func ambiguous(what string, columns []string) error {
	return fmt.Errorf("several columns could be %s: %s; keep one, or rename the others", what, strings.Join(columns, ", "))
}

// quoted lists headings.
func quoted(heading []string, columns []int) (list []string) {
	for _, i := range columns {
		list = append(list, heading[i])
	}
	return list
}
