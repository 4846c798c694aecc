package compare

import (
	"context"
	"path/filepath"
	"strings"

	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/gpt"
	"github.com/waveletgpt/waveletgpt/run"
)

// Samples continue the beginning of the test split, all from one seed, so that
// variants can be read side by side.
const (
	promptTokens = 64
	sampleTokens = 320
	sampleSeed   = 1
)

var sampling = gpt.Sampling{Temperature: 0.8, TopP: 1}

// Samples lets the first finished run of every variant continue one prompt, and
// keeps the text with the run.
func Samples(ctx context.Context, dir string, p Plan, set *dataset.Set, results []Result) ([]Sample, error) {
	jobs, err := p.jobs(set.Header.Hash)
	if err != nil {
		return nil, err
	}
	prompt := make([]uint16, min(promptTokens, p.Config.Model.Context))
	if err := set.Read(prompt, dataset.Test, 0); err != nil {
		return nil, err
	}
	var samples []Sample
	done := map[string]bool{}
	for i, r := range results {
		if r.Status != Finished || done[r.Label()] {
			continue
		}
		done[r.Label()] = true
		runDir := filepath.Join(dir, jobs[i].dir)
		ids, err := continuation(ctx, runDir, prompt)
		if err != nil {
			return nil, err
		}
		sample := Sample{
			Variant: r.Variant, Set: r.Set, Seed: r.Seed,
			Prompt: decode(set, prompt), Text: decode(set, ids),
		}
		if err := run.WriteSample(runDir, "final.txt", []byte(sample.Prompt+sample.Text)); err != nil {
			return nil, err
		}
		samples = append(samples, sample)
	}
	return samples, nil
}

func continuation(ctx context.Context, dir string, prompt []uint16) ([]uint16, error) {
	m, err := run.OpenModel(dir)
	if err != nil {
		return nil, err
	}
	var text []uint16
	err = m.Generate(ctx, prompt, sampleTokens, sampling, sampleSeed, func(token uint16) error {
		text = append(text, token)
		return nil
	})
	return text, err
}

func decode(set *dataset.Set, ids []uint16) string {
	var text strings.Builder
	// Ids of the codec's own vocabulary into memory: there is nothing to fail.
	_ = set.Codec.Decode(&text, ids)
	return strings.ToValidUTF8(text.String(), "\uFFFD")
}
