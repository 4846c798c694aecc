package cli

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"math"
	"os"

	"github.com/spf13/cobra"

	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/gpt"
	"github.com/waveletgpt/waveletgpt/internal/typeset"
	"github.com/waveletgpt/waveletgpt/media"
	"github.com/waveletgpt/waveletgpt/run"
	"github.com/waveletgpt/waveletgpt/train"
)

func (a *App) evalCommand() *cobra.Command {
	var dir, data, split string
	var windows int
	c := &cobra.Command{
		Use:   "eval RUN",
		Short: "Measure the loss of a trained model",
		Long: `Measure the loss of a trained model on windows of its data that do not overlap,
in nats per token and in bits per unit: character, byte, audio sample or event.
RUN is a run, of which the newest good checkpoint is taken, or a model
directory, which needs --data. The hold-out of the data is not read.`,
		Example: `  waveletgpt eval runs/book
  waveletgpt eval runs/book --split test --json
  waveletgpt eval model/ --data prepared/`,
		Args: numArgs(0, 1, "one run or model directory"),
		RunE: func(c *cobra.Command, args []string) error {
			if err := a.modelArgument(c, args, &dir); err != nil {
				return err
			}
			if err := a.expect(c, data, asSet); err != nil {
				return err
			}
			split, err := splitNamed(split)
			if err != nil {
				return err
			}
			if windows < 0 {
				return usage(fmt.Errorf("--windows %d: must not be negative; 0 takes the run's eval.windows", windows))
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
				return input(fmt.Errorf("the data has codec %s with %s, but the model has codec %s with %s%s; use --data with data prepared for this model",
					set.Header.Codec, typeset.Counted(set.Header.Vocabulary, "symbol"), m.Codec.Name(), typeset.Counted(m.Config.Vocabulary, "symbol"), codecDifference(set.Codec, m.Codec)))
			}
			if _, err := set.Header.Split(split); err != nil {
				return usage(fmt.Errorf("--split: %w", err))
			}
			if m.DataHash != "" && m.DataHash != set.Header.Hash { // with --data, or a run without data.hash
				a.logText("note: %s (%.12s) is not the data that the model was trained on (%.12s)", cmp.Or(data, "the data of "+dir), set.Header.Hash, m.DataHash)
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
			if set.Header.Unit == "event" { // every token is one
				per = "event"
			}
			_, err = fmt.Fprintf(a.Stdout, "%s: %.4f nats per %s, %.4f bits per %s (%s in %s without overlap)\n",
				split, mean, per, bits, set.Header.Unit, typeset.Counted(tokens, "token"), typeset.Counted(len(losses), "window"))
			return err
		},
	}
	c.Flags().StringVar(&dir, "run", "", runUsage)
	c.Flags().StringVar(&data, "data", "", "`directory` of a prepared set (default: that of the run)")
	c.Flags().StringVar(&split, "split", dataset.Validation, "`name` of the split: train, validation or test")
	complete(c, "run", completeDir(math.MaxInt, asModel.takes...))
	complete(c, "data", completeDir(math.MaxInt, preparedSet))
	complete(c, "split", completeWords(dataset.Train, dataset.Validation, dataset.Test))
	c.ValidArgsFunction = completeDir(1, asModel.takes...)
	c.Flags().IntVar(&windows, "windows", 0, "maximum number of windows, each as long as the context (default: the run's eval.windows)")
	return c
}

// codecDifference names the first symbol in which two codecs of text differ.
func codecDifference(data, model media.Codec) string {
	if _, file := data.(media.FileCodec); file {
		return ""
	}
	for id := range min(data.Vocabulary(), model.Vocabulary()) {
		var a, b bytes.Buffer
		one := []uint16{uint16(id)}
		if err := errors.Join(data.Decode(&a, one), model.Decode(&b, one)); err != nil {
			return ""
		}
		if a.String() != b.String() {
			return fmt.Sprintf(": symbol %d is %q in the data and %q in the model", id, a.String(), b.String())
		}
	}
	return ""
}

// modelArgument takes the run or model of a command from its argument or --run.
func (a *App) modelArgument(c *cobra.Command, args []string, dir *string) error {
	if err := argumentOrFlag(c, args, "run", dir); err != nil {
		return err
	}
	if *dir == "" {
		return usage(fmt.Errorf("no model given; name a run or model directory, as in %s", a.hint(c.Name(), "runs/book")))
	}
	return a.expect(c, *dir, asModel)
}

// openModel opens a model and warns if newer checkpoints of its run are damaged, or if
// its folder carries other code than ours.
func (a *App) openModel(dir string) (*run.Model, error) {
	m, err := run.OpenModel(dir)
	if err != nil {
		return nil, input(err)
	}
	a.warnDamaged(m.Damaged, m.Path)
	a.warnCode(m.Path)
	return m, nil
}

// warnCode warns if a model folder carries code for PyTorch that this program would not
// write.
func (a *App) warnCode(folder string) {
	if err := gpt.CheckCode(os.DirFS(folder)); err != nil {
		a.logf("warning: %s: %s", folder, oneLine(err))
	}
}

// warnDamaged warns of damaged checkpoints that are newer than the one used.
func (a *App) warnDamaged(damaged []error, used string) {
	for _, err := range damaged {
		a.logf("warning: %s; using %s instead", oneLine(err), used)
	}
}

// modelData opens the data of a run or, for a model directory, that of --data.
func modelData(dir, data string) (*dataset.Set, error) {
	if !run.Exists(dir) && data == "" {
		return nil, usage(fmt.Errorf("%s is a model without data; name a prepared set with --data", dir))
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

// defaultWindows is eval.windows of a run, or the presets' value without one.
func defaultWindows(dir string) int {
	if r, err := run.Open(dir); err == nil {
		return r.Config.Eval.Windows
	}
	return 128
}
