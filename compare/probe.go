package compare

import (
	"context"
	"errors"
	"path/filepath"
	"slices"

	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/gpt"
	"github.com/waveletgpt/waveletgpt/run"
	"github.com/waveletgpt/waveletgpt/summary"
	"github.com/waveletgpt/waveletgpt/train"
	"github.com/waveletgpt/waveletgpt/wavelet"
)

// probe looks into the first finished run of every variant; jobs are those of the runs
// of the summary. It keeps the probes of the earlier summary. A run without its directory
// has no model to probe.
func probe(ctx context.Context, dir string, p Plan, jobs []job, set *dataset.Set, earlier, s *summary.Summary, watch Watch) error {
	for i := range s.Runs {
		r, runDir := &s.Runs[i], filepath.Join(dir, jobs[i].dir)
		if r.Status != summary.Finished || slices.ContainsFunc(s.Probes, func(own summary.Probe) bool { return own.Variant == r.Label() }) {
			continue
		}
		if known := earlier.ProbeOf(r); known != nil {
			s.Probes = append(s.Probes, *known)
			continue
		}
		if !run.Exists(runDir) {
			watch.leftOut("probe", r, run.ErrNoCheckpoint)
			continue
		}
		watch.part("probing %s", r.Label())
		m, err := run.OpenModel(runDir)
		if errors.Is(err, run.ErrNoCheckpoint) {
			watch.leftOut("probe", r, err)
			continue
		}
		if err != nil {
			return &RunError{r.Label(), r.Seed, err}
		}
		x := &prober{model: m.Model, set: set, windows: p.Config.Eval.Windows, threads: p.Config.Train.Threads}
		out := summary.Probe{Variant: r.Label(), Seed: r.Seed}
		if err := x.probe(ctx, &out); err != nil {
			return err
		}
		s.Probes = append(s.Probes, out)
	}
	return nil
}

type prober struct {
	model   *gpt.Model
	set     *dataset.Set
	windows int
	threads int
}

func (x *prober) probe(ctx context.Context, out *summary.Probe) (err error) {
	if out.Loss, out.Positions, err = x.losses(ctx); err != nil {
		return err
	}
	c := x.model.Config
	spec, err := wavelet.Parse(c.Mixer)
	if err != nil {
		return err
	}
	if spec.Stands(wavelet.AtEmbedding, 0, c.Layers) {
		out.Blocks = append(out.Blocks, gpt.Embedding)
	}
	for block := range c.Layers {
		if spec.Stands(^wavelet.AtEmbedding, block, c.Layers) {
			out.Blocks = append(out.Blocks, block)
		}
	}
	width, heads := c.Row(spec.At)
	n, starts := spec.Channels(spec.At, width, heads)
	learned := spec.Acting(n, c.Context).ParamShape() != nil
	for _, l := range wavelet.Levels(spec.WindowsAt(spec.At, width, heads, c.Context)) {
		// In a single head the other channels move with the first ones of their pairs.
		l.From, l.To = max(l.From, starts[0]), min(l.To, starts[0]+n)
		// A channel that sees one position passes, unless it has a factor.
		if l.From < l.To && (l.Window != 1 || learned) {
			out.Levels = append(out.Levels, summary.Level(l))
		}
	}
	if len(out.Levels) == 0 {
		out.Blocks = nil
	}
	rise := func(levels []summary.Level, blocks []int) float64 {
		var bypassed []gpt.Bypassed
		for _, block := range blocks {
			for _, l := range levels {
				bypassed = append(bypassed, gpt.Bypassed{Block: block, From: l.From, To: l.To})
			}
		}
		loss, _, failed := x.losses(ctx, bypassed...)
		if failed != nil {
			err = failed
		}
		return loss - out.Loss
	}
	out.Rise = make([][]float64, len(out.Levels))
	for i := range out.Levels {
		for j := range out.Blocks {
			out.Rise[i] = append(out.Rise[i], rise(out.Levels[i:i+1], out.Blocks[j:j+1]))
		}
		out.LevelRise = append(out.LevelRise, rise(out.Levels[i:i+1], out.Blocks))
	}
	for j := range out.Blocks {
		out.BlockRise = append(out.BlockRise, rise(out.Levels, out.Blocks[j:j+1]))
	}
	return err
}

// losses returns the mean loss of all windows and that at each position.
func (x *prober) losses(ctx context.Context, bypassed ...gpt.Bypassed) (mean float64, positions []float64, err error) {
	starts, err := x.set.Windows(dataset.Validation, x.windows, x.model.Config.Context+1)
	if err != nil {
		return 0, nil, err
	}
	all, err := train.TokenLosses(ctx, x.model, x.set, dataset.Validation, starts, x.threads, bypassed...)
	if err != nil {
		return 0, nil, err
	}
	mean, positions = train.ByPosition(all)
	return mean, positions, nil
}
