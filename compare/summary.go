package compare

import (
	"runtime"

	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/internal/kernel"
	"github.com/waveletgpt/waveletgpt/internal/machine"
	"github.com/waveletgpt/waveletgpt/summary"
)

// newSummary returns the summary of the results of a plan, and of its shorter
// horizons, on this machine.
func newSummary(p Plan, set *dataset.Set, results []summary.Result, samples []summary.Sample, command string) (*summary.Summary, error) {
	h := set.Header
	version, commit := machine.Build()
	threads := p.Config.Train.Threads
	if threads == 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	length := p.Config.Model.Context
	windows, err := set.Windows(dataset.Validation, p.Config.Eval.Windows, length+1)
	if err != nil {
		return nil, err
	}
	s := &summary.Summary{
		FormatVersion: summary.FormatVersion,
		Program:       summary.Program{Version: version, Commit: commit, Go: runtime.Version()},
		Command:       command,
		CPU:           machine.CPU(), Tier: kernel.Tier(), Threads: threads,
		Data: summary.Data{
			Name: h.Provenance.Path, Hash: h.Hash, Codec: h.Codec, Unit: h.Unit, Vocabulary: h.Vocabulary,
			Tokens:        summary.Tokens{Train: h.Splits.Train.Length, Validation: h.Splits.Validation.Length, Test: h.Splits.Test.Length},
			Entropy:       summary.Entropy{Unigram: &h.Entropy.Unigram, Bigram: &h.Entropy.Bigram},
			UnitsPerToken: float64(h.Splits.Validation.Units) / float64(h.Splits.Validation.Length),
		},
		Windows:       summary.Windows{Number: len(windows), Length: length},
		Configuration: string(p.Config.TOML()),
		Samples:       samples,
		Primary:       p.Primary,
	}
	for _, v := range p.Variants {
		c, err := v.Configure(p.Config)
		if err != nil {
			return nil, err
		}
		m, err := summary.NewModel(v.Label(), c.Model)
		if err != nil {
			return nil, err
		}
		s.Models = append(s.Models, m)
	}
	return s, s.Compare(results)
}
