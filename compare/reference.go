package compare

import (
	"context"
	"fmt"
	"slices"

	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/reference"
	"github.com/waveletgpt/waveletgpt/summary"
)

// references measures the reference line on the windows of the final losses and on
// those of the test losses. It keeps what the earlier summary has of them.
func (s Study) references(ctx context.Context, p Plan, set *dataset.Set, held *heldOut, watch Watch) ([]summary.Reference, error) {
	split, starts, err := finalPlaces(p.Config, set, held)
	if err != nil {
		return nil, err
	}
	windows := []reference.Windows{{Split: split, Starts: starts}}
	if held == nil && set.Header.Splits.Test.Length > 0 {
		if starts, err = set.Windows(dataset.Test, p.Config.Eval.Final(), p.Config.Model.Context+1); err != nil {
			return nil, err
		}
		windows = append(windows, reference.Windows{Split: dataset.Test, Starts: starts})
	}
	if s.Earlier != nil && slices.EqualFunc(s.Earlier.References, windows, func(r summary.Reference, w reference.Windows) bool {
		return r.Split == w.Split && r.Windows == len(w.Starts)
	}) {
		return s.Earlier.References, nil
	}
	watch.part("measuring a reference line")
	line, err := reference.Measure(ctx, set, p.Config.Model.Context+1, windows...)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		watch.warn(fmt.Errorf("no reference line: %w", err))
		return nil, nil
	}
	var all []summary.Reference
	for _, loss := range line.Losses {
		all = append(all, summary.Reference{
			Name: line.Name, Order: line.Order, Loss: loss.Mean, Split: loss.Split, Windows: len(loss.Windows),
			Trained: line.Trained, Capped: line.Capped,
		})
	}
	return all, nil
}
