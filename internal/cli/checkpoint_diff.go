package cli

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/gpt"
	"github.com/waveletgpt/waveletgpt/safetensors"
	"github.com/waveletgpt/waveletgpt/train"
)

// A comparedTensor is a tensor that differs between two files.
type comparedTensor struct {
	Name    string  `json:"name"`
	What    string  `json:"what"`    // "values", "shape ...", "not in A" or "not in B"
	Differ  int     `json:"differ"`  // elements whose bits differ
	Size    int     `json:"size"`    // elements
	Largest float64 `json:"largest"` // largest absolute difference
}

// A checkpointDiff is the document of checkpoint diff. For checkpoints that are
// identical to the bit it holds only the steps.
type checkpointDiff struct {
	Steps         [2]int               `json:"steps"`
	Labels        map[string][2]string `json:"labels"`
	Configuration []config.Difference  `json:"configuration"`
	Tensors       []comparedTensor     `json:"tensors"`
}

func (a *App) checkpointDiffCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "diff A B",
		Short: "List the differences between two checkpoints",
		Long: `List the settings, hashes, weights and optimizer state that differ between two
checkpoints. A and B are checkpoints, or runs, of which the newest good
checkpoint is taken.`,
		Example:           `  waveletgpt checkpoint diff runs/a runs/b`,
		Args:              numArgs(2, 2, "the directories of two runs or checkpoints"),
		ValidArgsFunction: completeDir(2, asCheckpoint.takes...),
		RunE: func(c *cobra.Command, args []string) error {
			for _, dir := range args {
				if err := a.expect(c, dir, asCheckpoint); err != nil {
					return err
				}
			}
			x, err := a.openCheckpoint(args[0])
			y, err2 := a.openCheckpoint(args[1])
			if err := errors.Join(err, err2); err != nil {
				return input(err)
			}
			d, err := diffCheckpoints(x, y)
			if err != nil {
				return input(err)
			}
			if a.json {
				return a.printJSON(d)
			}
			return a.printDiff(d)
		},
	}
}

func diffCheckpoints(x, y openedCheckpoint) (checkpointDiff, error) {
	d := checkpointDiff{
		Steps: [2]int{x.Step, y.Step}, Labels: map[string][2]string{},
		Configuration: []config.Difference{}, Tensors: []comparedTensor{},
	}
	names := map[string]bool{}
	for _, labels := range []map[string]string{x.Labels, y.Labels} {
		for name := range labels {
			names[name] = true
		}
	}
	for name := range names {
		if x.Labels[name] != y.Labels[name] {
			d.Labels[name] = [2]string{x.Labels[name], y.Labels[name]}
		}
	}
	if x.run != nil && y.run != nil {
		d.Configuration = append(d.Configuration, x.run.Config.Diff(y.run.Config)...)
	}
	for _, name := range []string{gpt.WeightsFile, train.OptimizerFile} {
		tensors, err := diffTensors(filepath.Join(x.Dir, name), filepath.Join(y.Dir, name))
		if err != nil {
			return d, err
		}
		d.Tensors = append(d.Tensors, tensors...)
	}
	return d, nil
}

// diffTensors returns the tensors that differ between two files.
func diffTensors(x, y string) ([]comparedTensor, error) {
	a, err := safetensors.Open(x)
	if err != nil {
		return nil, err
	}
	defer a.Close()
	b, err := safetensors.Open(y)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	var all []comparedTensor
	for _, name := range a.Names() {
		t, err := diffTensor(a, b, name)
		if err != nil {
			return nil, err
		}
		if t.What != "" {
			all = append(all, t)
		}
	}
	for _, name := range b.Names() {
		if _, ok := a.Info(name); !ok {
			all = append(all, comparedTensor{Name: name, What: "not in A"})
		}
	}
	return all, nil
}

func diffTensor(a, b *safetensors.File, name string) (t comparedTensor, err error) {
	t.Name = name
	if _, ok := b.Info(name); !ok {
		t.What = "not in B"
		return t, nil
	}
	x, err := a.Tensor(name)
	if err != nil {
		return t, err
	}
	y, err := b.Tensor(name)
	if err != nil {
		return t, err
	}
	t.Size = len(x.Data)
	if !slices.Equal(x.Shape, y.Shape) {
		t.What = fmt.Sprintf("shape %v and %v", x.Shape, y.Shape)
		return t, nil
	}
	for i, v := range x.Data {
		if math.Float32bits(v) != math.Float32bits(y.Data[i]) {
			t.What = "values"
			t.Differ++
			t.Largest = max(t.Largest, math.Abs(float64(v)-float64(y.Data[i])))
		}
	}
	return t, nil
}

func (a *App) printDiff(d checkpointDiff) error {
	var lines []string
	if d.Steps[0] != d.Steps[1] {
		lines = append(lines, fmt.Sprintf("step  %d and %d", d.Steps[0], d.Steps[1]))
	}
	for _, name := range slices.Sorted(maps.Keys(d.Labels)) {
		lines = append(lines, fmt.Sprintf("%s  %s and %s", name, d.Labels[name][0], d.Labels[name][1]))
	}
	for _, c := range d.Configuration {
		lines = append(lines, fmt.Sprintf("%s  %s and %s", c.Key, c.A, c.B))
	}
	for _, t := range d.Tensors {
		if t.What == "values" {
			t.What = fmt.Sprintf("%d of %d values differ, by at most %.3g", t.Differ, t.Size, t.Largest)
		}
		lines = append(lines, fmt.Sprintf("%s  %s", t.Name, t.What))
	}
	if len(lines) == 0 {
		lines = []string{"bit-for-bit identical"}
	}
	for _, line := range lines {
		if _, err := fmt.Fprintln(a.Stdout, line); err != nil {
			return err
		}
	}
	return nil
}
