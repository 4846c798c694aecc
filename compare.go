package waveletgpt

import (
	"context"
	"fmt"

	"github.com/waveletgpt/waveletgpt/compare"
	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/internal/kernel"
	"github.com/waveletgpt/waveletgpt/report"
	"github.com/waveletgpt/waveletgpt/summary"
	"github.com/waveletgpt/waveletgpt/train"
)

// CompareOptions say what to compare. The zero value compares a plain model, the
// operator of the paper and its cheapest control, with one seed.
type CompareOptions struct {
	// Variants are operators, each with the settings in which it differs and a
	// name if it needs one: "haar", "haar{train.lr=2e-3}",
	// "wide=none{model.width=128,model.hidden=512}", see [compare.ParseVariant].
	// The baseline is "none", or else the first. Empty means none, shift, haar.
	Variants []string
	Seeds    int // runs of each variant, with seeds from train.seed up; 0 means 1
	// Horizons are lengths of training in steps, each with a separate, whole
	// schedule: [compare.AtHorizon]. Two or more make the verdict one about how many
	// steps a variant needs to end as low as the baseline. Empty means train.steps.
	Horizons []int
	Watch    compare.Watch // receives the progress
}

// Compare trains every variant from the same start on the same batches, and
// returns how much sooner each reaches the baseline's loss, with a verdict in
// words. c holds the settings that all variants share, such as train.steps.
//
// dir receives the runs, summary.json and the page report.html. Call Compare
// again to resume after ctx ended; finished runs are reused. For sweeps, larger
// baselines and probes use [compare.Study].
func Compare(ctx context.Context, dir string, c config.Config, set *dataset.Set, o CompareOptions) (*summary.Summary, error) {
	if err := train.Fits(c, set); err != nil {
		return nil, err
	}
	study, err := o.study(c)
	if err != nil {
		return nil, err
	}
	if err := study.Resume(dir, set.Header.Hash); err != nil {
		return nil, err
	}
	if o.Watch.Warning != nil {
		for _, warning := range kernel.Warnings() {
			o.Watch.Warning(warning)
		}
	}
	s, err := study.Run(ctx, dir, set, o.Watch, "")
	if err != nil {
		return nil, err
	}
	if err := s.Write(dir); err != nil {
		return nil, err
	}
	return s, report.Write(dir, s)
}

func (o CompareOptions) study(c config.Config) (s compare.Study, err error) {
	if o.Seeds < 0 {
		return s, fmt.Errorf("compare with %d seeds: give 0 (means 1) or more", o.Seeds)
	}
	if len(o.Variants) == 0 {
		o.Variants = []string{"none", "shift", "haar"}
	}
	s.Plan, s.Horizons = compare.Plan{Config: c}, o.Horizons
	for _, text := range o.Variants {
		v, err := compare.ParseVariant(text)
		if err != nil {
			return s, err
		}
		s.Variants = append(s.Variants, v)
	}
	for i := range max(o.Seeds, 1) {
		s.Seeds = append(s.Seeds, uint64(c.Train.Seed)+uint64(i))
	}
	return s, s.Validate()
}
