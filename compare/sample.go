package compare

import (
	"bytes"
	"context"
	"errors"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/gpt"
	"github.com/waveletgpt/waveletgpt/media"
	"github.com/waveletgpt/waveletgpt/run"
	"github.com/waveletgpt/waveletgpt/summary"
)

// Samples continue the beginning of the test split, or of the validation split if
// there is none, all from one seed, so that
// variants can be read or heard side by side. Text and events are counted in
// tokens, sound in seconds: what all samples and the real continuation take
// together is bounded, so that a page can hold them.
const (
	promptTokens  = 64
	sampleTokens  = 320
	promptEvents  = 256 // of music
	sampleEvents  = 640
	promptSeconds = 0.5
	sampleSeconds = 1.5
	allSounds     = 160_000 // samples
	sampleSeed    = 1
)

// Names of the files of the prompt and of its real continuation, beside those of the
// variants.
const (
	samplePrompt = "prompt"
	sampleReal   = "real"
)

// sampling is that of text. Sound is drawn as the model has it: the likeliest
// samples alone are silence.
func sampling(set *dataset.Set) gpt.Sampling {
	if _, ok := set.Codec.(media.FileCodec); ok {
		return gpt.Sampling{Temperature: 1, TopP: 1}
	}
	return gpt.Sampling{Temperature: 0.8, TopP: 1}
}

// makeSamples lets the first finished run of every variant continue one prompt. Text
// is kept with the run; files are kept in the directory samples of the comparison,
// beside the prompt and its real continuation. A run without a checkpoint has no
// sample.
func makeSamples(ctx context.Context, dir string, p Plan, jobs []job, set *dataset.Set, results []summary.Result) ([]summary.Sample, error) {
	var first []int // results of the first finished run of each variant
	for i, r := range results {
		same := func(j int) bool { return results[j].Label() == r.Label() }
		if r.Status == summary.Finished && !slices.ContainsFunc(first, same) {
			first = append(first, i)
		}
	}
	split, length := dataset.Test, set.Header.Splits.Test.Length
	if length == 0 {
		split, length = dataset.Validation, set.Header.Splits.Validation.Length
	}
	prompt, n := sizes(set, p.Config.Model.Context, len(p.Variants))
	actual := make([]uint16, min(int64(prompt+n), length))
	if err := set.Read(actual, split, 0); err != nil {
		return nil, err
	}
	prompt = min(prompt, len(actual))
	var samples []summary.Sample
	for _, i := range first {
		r := results[i]
		runDir := filepath.Join(dir, jobs[i].dir)
		if !run.Exists(runDir) {
			continue // only a summary has the run
		}
		ids, err := continuation(ctx, runDir, actual[:prompt], n, sampling(set))
		if errors.Is(err, run.ErrNoCheckpoint) {
			continue
		}
		if err != nil {
			return nil, err
		}
		sample := summary.Sample{Name: r.Name, Variant: r.Variant, Set: r.Set, Seed: r.Seed}
		if codec, ok := set.Codec.(media.FileCodec); ok {
			err = writeFiles(&sample, dir, codec, actual, prompt, ids)
		} else {
			sample.Prompt, sample.Text = decode(set, actual[:prompt]), decode(set, ids)
			err = run.WriteSample(runDir, path.Base(summary.FinalText), []byte(sample.Prompt+sample.Text))
		}
		if err != nil {
			return nil, err
		}
		samples = append(samples, sample)
	}
	return samples, nil
}

// sizes returns the tokens of the prompt and of what follows it.
func sizes(set *dataset.Set, context, variants int) (prompt, n int) {
	codec, ok := set.Codec.(media.SoundCodec)
	if _, notes := set.Codec.(media.FileCodec); notes && !ok {
		return min(promptEvents, context), sampleEvents
	}
	if !ok {
		return min(promptTokens, context), sampleTokens
	}
	const both = promptSeconds + sampleSeconds
	seconds := min(both, allSounds/float64(codec.Rate())/float64(variants+1))
	all := int(seconds * float64(codec.Rate()))
	prompt = int(float64(all) * promptSeconds / both)
	return max(1, prompt), max(1, all-prompt)
}

// writeFiles writes the files of a sample and names them.
func writeFiles(s *summary.Sample, dir string, codec media.FileCodec, actual []uint16, prompt int, ids []uint16) error {
	ext := codec.Extension()
	s.Dir = dir
	s.File = path.Join(run.SamplesDir, summary.SafeLabel(s.Label())+ext)
	s.PromptFile = path.Join(run.SamplesDir, samplePrompt+ext)
	s.RealFile = path.Join(run.SamplesDir, sampleReal+ext)
	for name, ids := range map[string][]uint16{
		s.File:       slices.Concat(actual[:prompt], ids),
		s.PromptFile: actual[:prompt],
		s.RealFile:   actual,
	} {
		var file bytes.Buffer
		if err := codec.Decode(&file, ids); err != nil {
			return err
		}
		if err := run.WriteSample(dir, path.Base(name), file.Bytes()); err != nil {
			return err
		}
	}
	return nil
}

func continuation(ctx context.Context, dir string, prompt []uint16, n int, s gpt.Sampling) ([]uint16, error) {
	m, err := run.OpenModel(dir)
	if err != nil {
		return nil, err
	}
	var ids []uint16
	err = m.Generate(ctx, prompt, n, s, sampleSeed, func(token uint16) error {
		ids = append(ids, token)
		return nil
	})
	return ids, err
}

func decode(set *dataset.Set, ids []uint16) string {
	var text strings.Builder
	// Ids of the codec's own vocabulary into memory: there is nothing to fail.
	_ = set.Codec.Decode(&text, ids)
	return strings.ToValidUTF8(text.String(), "\uFFFD")
}
