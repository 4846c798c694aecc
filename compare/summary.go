package compare

import (
	"runtime"
	"slices"
	"strings"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/internal/kernel"
	"github.com/waveletgpt/waveletgpt/internal/machine"
	"github.com/waveletgpt/waveletgpt/summary"
)

// newSummary returns the summary of the results of a plan, and of its shorter
// horizons, on this machine.
func newSummary(p Plan, set *dataset.Set, results []summary.Result, samples []summary.Sample, held *heldOut, command string) (*summary.Summary, error) {
	s, err := heading(p, set, held, command)
	if err != nil {
		return nil, err
	}
	s.Samples = samples
	if p.Config.Train.Engine == "torch" {
		s.Tier = strings.Join(enginesOf(results), " and ")
	}
	return s, s.Compare(results)
}

// enginesOf lists what trained the runs of PyTorch.
func enginesOf(results []summary.Result) (all []string) {
	for _, r := range results {
		if r.Engine != "" && !slices.Contains(all, r.Engine) {
			all = append(all, r.Engine)
		}
	}
	return all
}

// heading is a summary without runs.
func heading(p Plan, set *dataset.Set, held *heldOut, command string) (*summary.Summary, error) {
	h := set.Header
	threads := 0
	for _, n := range p.Ranks.Threads(p.Config.Train.Threads) {
		threads += n
	}
	length := p.Config.Model.Context
	windows, err := set.Windows(dataset.Validation, p.Config.Eval.Windows, length+1)
	if err != nil {
		return nil, err
	}
	final, documents, err := finalWindows(p.Config, set, held)
	if err != nil {
		return nil, err
	}
	s := &summary.Summary{
		FormatVersion: summary.FormatVersion,
		Program:       build(),
		Command:       command,
		CPU:           machine.CPU(), Tier: kernel.Tier(), Threads: threads,
		Data: summary.Data{
			Name: h.Provenance.Path, Hash: h.Hash, Codec: h.Codec, Unit: h.Unit, Vocabulary: h.Vocabulary,
			Tokens:        summary.Tokens{Train: h.Splits.Train.Length, Validation: h.Splits.Validation.Length, Test: h.Splits.Test.Length},
			Entropy:       summary.Entropy{Unigram: &h.Entropy.Unigram, Bigram: &h.Entropy.Bigram},
			UnitsPerToken: float64(h.Splits.Validation.Units) / float64(h.Splits.Validation.Length),
		},
		Windows:       summary.Windows{Number: len(windows), Length: length, Final: final},
		Configuration: string(p.Config.TOML()),
		Primary:       p.Primary, WindowDocuments: documents,
	}
	if held != nil {
		s.HoldOut = &held.HoldOut
	}
	s.Models, err = modelsOf(p)
	return s, err
}

// build is that of this process.
func build() summary.Program {
	version, commit := machine.Build()
	return summary.Program{Version: version, Commit: commit, Go: runtime.Version()}
}

// modelsOf describes the models of the variants.
func modelsOf(p Plan) (models []summary.Model, err error) {
	for _, v := range p.Variants {
		c, err := v.Configure(p.Config)
		if err != nil {
			return nil, err
		}
		m, err := summary.NewModel(v.Label(), c.Model)
		if err != nil {
			return nil, err
		}
		models = append(models, m)
	}
	return models, nil
}

// finalPlaces returns the split and the places of the windows of the final losses.
func finalPlaces(c config.Config, set *dataset.Set, held *heldOut) (split string, starts []int64, err error) {
	if held != nil && held.Windows > 0 {
		return held.Split, held.starts, nil
	}
	starts, err = set.Windows(dataset.Validation, c.Eval.Final(), c.Model.Context+1)
	return dataset.Validation, starts, err
}

// finalWindows returns the number of windows of the final losses, 0 if they are those
// of the curves, and the document of each where windows keep to documents.
func finalWindows(c config.Config, set *dataset.Set, held *heldOut) (number int, documents []int, err error) {
	split, starts, err := finalPlaces(c, set, held)
	if err != nil {
		return 0, nil, err
	}
	if held != nil && held.Windows > 0 || c.Eval.FinalWindows > 0 {
		number = len(starts)
	}
	if set.Header.Windows != dataset.WindowsInDocuments {
		return number, nil, nil
	}
	for _, start := range starts {
		document, err := set.Document(split, start)
		if err != nil {
			return 0, nil, err
		}
		documents = append(documents, document)
	}
	return number, documents, nil
}
