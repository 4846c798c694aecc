package cli

import (
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/internal/bench"
)

// largeModel overrides a preset with a model whose step time is dominated by
// matrix products.
var largeModel = []string{
	"model.layers=8", "model.width=512", "model.heads=8", "model.hidden=2048", "model.context=1024", "train.batch=4",
}

func (a *App) benchCommand() *cobra.Command {
	var flags configFlags
	var large, quick bool
	c := &cobra.Command{
		Use:   "bench",
		Short: "Measure training and decoding speed on this machine",
		Long: `Measure how fast this machine trains and decodes, in tokens per second and as
a share of its peak float32 rate, and where the time of a training step goes.
It measures the operators none, haar and shift, and takes about a minute.`,
		Example: `  waveletgpt bench --quick
  waveletgpt bench --large --set train.threads=1`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if large {
				flags.set = append(append([]string(nil), largeModel...), flags.set...)
			}
			conf, err := flags.resolve()
			if err != nil {
				return err
			}
			if conf.Model.Mixer != "none" {
				return usage(errors.New("bench always measures none, haar and shift; remove model.mixer from --set"))
			}
			effort := bench.Full()
			if quick {
				effort = bench.Quick()
			}
			p := a.newProgress("measuring")
			result, err := bench.Run(c.Context(), conf, effort, func(done, total time.Duration) {
				p.describe(int64(done.Seconds()), int64(total.Seconds()), "measuring")
			})
			p.finish()
			if err != nil {
				return err
			}
			if a.json {
				return a.printJSON(result)
			}
			return bench.WriteTable(a.Stdout, result)
		},
	}
	c.Flags().StringVar(&flags.preset, "preset", "paper", presetUsage)
	c.Flags().StringArrayVar(&flags.set, "set", nil, setUsage)
	complete(c, "preset", completeWords(config.Presets()...))
	complete(c, "set", completeSetting)
	c.Flags().BoolVar(&large, "large", false, "measure a model of 25 million parameters: 8 layers, width 512, context 1024, batch 4")
	c.Flags().BoolVar(&quick, "quick", false, "take seconds instead of a minute, with less precise results")
	return c
}
