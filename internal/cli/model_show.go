package cli

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/waveletgpt/waveletgpt/gpt"
	"github.com/waveletgpt/waveletgpt/internal/typeset"
	"github.com/waveletgpt/waveletgpt/run"
	"github.com/waveletgpt/waveletgpt/wavelet"
)

func (a *App) modelShowCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "show RUN",
		Short: "Show the sizes, operator and tensors of a trained model",
		Long: `Show the sizes of a trained model, the windows of its operator and the shapes
of its tensors. RUN is a model directory, or a run, of which the newest good
checkpoint is taken.`,
		Example:           `  waveletgpt model show runs/book`,
		Args:              numArgs(1, 1, "the directory of one run or model"),
		ValidArgsFunction: completeDir(1, asModel.takes...),
		RunE: func(c *cobra.Command, args []string) error {
			if err := a.expect(c, args[0], asModel); err != nil {
				return err
			}
			folder, damaged, err := run.ModelFolder(args[0])
			if err != nil {
				return input(err)
			}
			a.warnDamaged(damaged, folder)
			a.warnCode(folder)
			m, err := gpt.Load(folder)
			if err != nil {
				return input(err)
			}
			d, err := describe(folder, m)
			if err != nil {
				return input(err)
			}
			if a.json {
				return a.printJSON(d)
			}
			return a.printModel(d)
		},
	}
}

// A description is the document of model show.
type description struct {
	Folder             string   `json:"folder"`
	Family             string   `json:"family"`
	Layers             int      `json:"layers"`
	Width              int      `json:"width"`
	Heads              int      `json:"heads"`
	KVHeads            int      `json:"kv_heads"` // heads of keys and values
	Hidden             int      `json:"hidden"`
	Context            int      `json:"context"`
	Vocabulary         int      `json:"vocabulary"`
	Position           string   `json:"position"`
	Norm               string   `json:"norm"`
	Dropout            float64  `json:"dropout"`
	Operator           string   `json:"operator"`
	After              []int    `json:"after"`   // blocks, from 0, whose output the operator rewrites
	Places             []place  `json:"places"`  // all places of the operator
	Windows            []int    `json:"windows"` // positions each channel looks at, at the first place; 1: unchanged, 0: unbounded
	Parameters         int      `json:"parameters"`
	OperatorParameters int      `json:"operator_parameters"`
	StepFLOPs          int64    `json:"step_flops"` // for one training step on one sequence
	Tensors            []tensor `json:"tensors"`
}

type tensor struct {
	Name  string `json:"name"`
	Shape []int  `json:"shape"`
	Size  int    `json:"size"`
	Decay bool   `json:"decay"` // whether weight decay applies in training
}

func describe(folder string, m *gpt.Model) (description, error) {
	c := m.Config
	spec, err := wavelet.Parse(c.Mixer)
	if err != nil {
		return description{}, err
	}
	width, heads := c.Row(spec.At)
	d := description{
		Folder: folder, Family: c.Family, Layers: c.Layers, Width: c.Width, Heads: c.Heads, KVHeads: cmp.Or(c.KVHeads, c.Heads), Hidden: c.Hidden, Context: c.Context,
		Vocabulary: c.Vocabulary, Position: c.Position, Norm: c.Norm, Dropout: c.Dropout,
		Operator: c.Mixer, After: []int{}, Places: placesOf(spec, c.Model), Windows: spec.WindowsAt(spec.At, width, heads, c.Context),
		Parameters: m.Parameters(), StepFLOPs: m.FLOPs(c.Context),
	}
	for layer := range c.Layers {
		if spec.After(layer, c.Layers) {
			d.After = append(d.After, layer)
		}
	}
	for _, t := range m.Tensors() {
		d.Tensors = append(d.Tensors, tensor{t.Name, t.Shape, t.Size(), t.Decay})
		if strings.HasPrefix(t.Name, "mixer.") {
			d.OperatorParameters += t.Size()
		}
	}
	return d, nil
}

func (a *App) printModel(d description) error {
	count := func(n int) string { return typeset.Count(float64(n)) }
	w := tabwriter.NewWriter(a.Stdout, 0, 0, 2, ' ', 0)
	row := func(cells ...string) { fmt.Fprintln(w, strings.Join(cells, "\t")) } // Flush reports write errors
	row("folder", d.Folder)
	row("model", fmt.Sprintf("%s, width %d, %s, hidden %d, context %d, vocabulary %d",
		typeset.Counted(d.Layers, "layer"), d.Width, typeset.Counted(d.Heads, "head"), d.Hidden, d.Context, d.Vocabulary))
	row("", fmt.Sprintf("positions %s, norm %s, dropout %v", d.Position, d.Norm, d.Dropout))
	if d.Family != "gpt2" {
		row("", fmt.Sprintf("family %s, %s of keys and values", d.Family, typeset.Counted(d.KVHeads, "head")))
	}
	operator := wavelet.NameOf(d.Operator)
	switch where := d.where(); {
	case where != "":
		operator += ", " + where
	case operator != "none":
		operator += ", in no block: it skips the last, and there is only one"
	}
	row("operator", operator)
	row("parameters", fmt.Sprintf("%s, of which %s in the operator", count(d.Parameters), count(d.OperatorParameters)))
	row("training", fmt.Sprintf("%s FLOPs per token", typeset.Count(float64(d.StepFLOPs)/float64(d.Context))))
	for i, p := range d.Places {
		alike := func(other place) bool { return slices.Equal(other.Windows, p.Windows) }
		if slices.ContainsFunc(d.Places[:i], alike) {
			continue
		}
		name, words := "window", []string{}
		for _, other := range d.Places {
			if alike(other) {
				words = append(words, other.At)
			}
		}
		if len(words) < len(d.Places) { // other channels act at other places
			name += " at " + strings.Join(words, ", ")
		}
		row()
		row(name, "channels", "number")
		for _, l := range wavelet.Levels(p.Windows) {
			channels := fmt.Sprintf("%d-%d", l.From, l.To-1)
			if l.To-l.From == 1 {
				channels = fmt.Sprint(l.From)
			}
			row(window(l.Window), channels, count(l.To-l.From))
		}
	}
	row()
	row("tensor", "shape", "size")
	for _, t := range d.Tensors {
		row(t.Name, strings.Trim(fmt.Sprint(t.Shape), "[]"), count(t.Size))
	}
	return w.Flush()
}

// window formats the number of positions a channel looks at.
func window(positions int) string {
	if positions == 0 {
		return "unbounded"
	}
	return typeset.Count(float64(positions))
}
