package cli

import (
	"errors"
	"fmt"
	"math"

	"github.com/spf13/cobra"

	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/run"
	"github.com/waveletgpt/waveletgpt/train"
)

func (a *App) evalCommand() *cobra.Command {
	var dir, data, split string
	var windows int
	c := &cobra.Command{
		Use:   "eval --run DIR",
		Short: "Measure the loss of a trained model",
		Args:  noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			if dir == "" {
				return usage(errors.New("eval: name a run with --run"))
			}
			if windows < 0 {
				return usage(fmt.Errorf("--windows %d: give 0, for the run's own number, or more", windows))
			}
			m, err := a.openModel(dir)
			if err != nil {
				return err
			}
			set, err := modelData(dir, data)
			if err != nil {
				return err
			}
			defer set.Close()
			if !run.SameCodec(set.Codec, m.Codec) {
				return input(fmt.Errorf("the data has codec %s with %d symbols, the model %s with %d, and they differ; name the model's data with --data",
					set.Header.Codec, set.Header.Vocabulary, m.Codec.Name(), m.Config.Vocabulary))
			}
			if _, err := set.Header.Split(split); err != nil {
				return usage(fmt.Errorf("--split: %w", err))
			}
			if windows == 0 {
				windows = defaultWindows(dir)
			}
			losses, counts, err := train.Evaluate(c.Context(), m.Model, set, split, windows, 0)
			if err != nil {
				return input(err)
			}
			mean, tokens := train.Mean(losses, counts), 0
			for _, n := range counts {
				tokens += n
			}
			bits := mean / math.Ln2 / unitsPerToken(set, split)
			if a.json {
				return a.printJSON(struct {
					Loss   float64 `json:"loss"`
					Bits   float64 `json:"bits"`
					Unit   string  `json:"unit"`
					Tokens int     `json:"tokens"`
					Split  string  `json:"split"`
				}{mean, bits, set.Header.Unit, tokens, split})
			}
			per := "token"
			if set.Header.Unit == "event" { // which is a token
				per = "event"
			}
			_, err = fmt.Fprintf(a.Stdout, "%s: %.4f nats per %s, %.4f bits per %s, over %d tokens in %d windows that do not overlap\n",
				split, mean, per, bits, set.Header.Unit, tokens, len(losses))
			return err
		},
	}
	c.Flags().StringVar(&dir, "run", "", "directory of a run, or a model folder")
	c.Flags().StringVar(&data, "data", "", "prepared set (default: the run's)")
	c.Flags().StringVar(&split, "split", dataset.Validation, "train, validation or test")
	c.Flags().IntVar(&windows, "windows", 0, "windows of context tokens, at most (default: the run's eval.windows)")
	return c
}

// openModel opens a model, and warns where it is not the newest of its run.
func (a *App) openModel(dir string) (*run.Model, error) {
	m, err := run.OpenModel(dir)
	if err != nil {
		return nil, input(err)
	}
	a.passedOver(m.Damaged, m.Path)
	return m, nil
}

// passedOver warns of newer checkpoints that are damaged.
func (a *App) passedOver(damaged []error, taken string) {
	for _, err := range damaged {
		a.logf("warning: %s; taking %s", oneLine(err), taken)
	}
}

// modelData opens the data of a run or, for a model folder, what --data names.
func modelData(dir, data string) (*dataset.Set, error) {
	if !run.Exists(dir) && data == "" {
		return nil, usage(fmt.Errorf("%s is a model folder without data; name a prepared set with --data", dir))
	}
	if !run.Exists(dir) {
		return openSet(data)
	}
	r, err := run.Open(dir)
	if err != nil {
		return nil, input(err)
	}
	return runData(r, data)
}

// defaultWindows is eval.windows of a run, or of the presets.
func defaultWindows(dir string) int {
	if r, err := run.Open(dir); err == nil {
		return r.Config.Eval.Windows
	}
	return 128
}
