package cli

import (
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/waveletgpt/waveletgpt/internal/bench"
)

// larger is a model for which the products are most of a step, as assignments
// over the preset.
var larger = []string{
	"model.layers=8", "model.width=512", "model.heads=8", "model.hidden=2048", "model.context=1024", "train.batch=4",
}

func (a *App) benchCommand() *cobra.Command {
	var flags configFlags
	var large, quick bool
	c := &cobra.Command{
		Use:   "bench",
		Short: "Measure how fast this machine trains and decodes, as a share of its peak",
		Args:  noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			if large {
				flags.set = append(append([]string(nil), larger...), flags.set...)
			}
			config, err := flags.resolve()
			if err != nil {
				return err
			}
			if config.Model.Mixer != "none" {
				return usage(errors.New("bench measures none, haar and shift; leave model.mixer out"))
			}
			effort := bench.Full()
			if quick {
				effort = bench.Quick()
			}
			p := a.newProgress("measuring", "s")
			result, err := bench.Run(c.Context(), config, effort, func(done, total time.Duration) {
				p.bytes(int64(done.Seconds()), int64(total.Seconds()))
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
	c.Flags().StringVar(&flags.preset, "preset", "paper", "sizes of model and batch")
	c.Flags().StringArrayVar(&flags.set, "set", nil, "one setting, over the preset: --set train.threads=1 (may be repeated)")
	c.Flags().BoolVar(&large, "large", false, "25 million parameters: 8 layers of 512 channels, context 1024, batch 4")
	c.Flags().BoolVar(&quick, "quick", false, "seconds in place of a minute, with less certain figures")
	return c
}
