package compare

import (
	"runtime"

	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/internal/kernel"
	"github.com/waveletgpt/waveletgpt/internal/machine"
)

// Summarize returns the summary of what a plan's runs came to on this machine,
// by the command that was given.
func Summarize(p Plan, set *dataset.Set, results []Result, samples []Sample, command string) (*Summary, error) {
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
	s := &Summary{
		FormatVersion: FormatVersion,
		Program:       Program{Version: version, Commit: commit, Go: runtime.Version()},
		Command:       command,
		CPU:           machine.CPU(), Tier: kernel.Tier(), Threads: threads,
		Data: Data{
			Name: h.Provenance.Path, Hash: h.Hash, Codec: h.Codec, Unit: h.Unit, Vocabulary: h.Vocabulary,
			Tokens:        Tokens{h.Splits.Train.Length, h.Splits.Validation.Length, h.Splits.Test.Length},
			Entropy:       Entropy{Unigram: &h.Entropy.Unigram, Bigram: &h.Entropy.Bigram},
			UnitsPerToken: float64(h.Splits.Validation.Units) / float64(h.Splits.Validation.Length),
		},
		Windows:       Windows{Number: len(windows), Length: length},
		Configuration: string(p.Config.TOML()),
		Samples:       samples,
	}
	return s, s.Compare(results)
}
