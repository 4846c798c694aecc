package media

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/waveletgpt/waveletgpt/media/audio"
	"github.com/waveletgpt/waveletgpt/media/music"
	"github.com/waveletgpt/waveletgpt/media/text"
)

// Options tell [Choose] which codec is wanted. Zero values are the defaults.
type Options struct {
	// Codec is the codec's name, as in the configuration; empty lets Choose
	// decide.
	Codec string
	// MinCount is how often a character must occur to be a token of chars; 0 is
	// [DefaultMinCount].
	MinCount int
	// Rate is the rate that audio is resampled to, in samples per second; 0 is
	// the rate of the first document that can be read.
	Rate int
	// Level is how the level of audio is treated: audio.AsIs, the default, or
	// audio.Peak.
	Level string
	// Skip passes over documents that cannot be read, if others can.
	Skip bool
}

// ErrUnknownCodec is wrapped by the error of [Choose] for a name that no codec
// has.
var ErrUnknownCodec = errors.New("is unknown")

// DefaultMinCount is the default of [Options].MinCount.
const DefaultMinCount = 5

// maxVocabulary is the number of values of a token.
const maxVocabulary = 1 << 16

// maxChosenSymbols is the largest vocabulary of chars that Choose takes
// unasked. Alphabets stay below it. For Chinese, or a text in many scripts,
// bytes suit a small model better.
const maxChosenSymbols = 512

// Choose returns the codec that o names, or else the default for the medium of
// the documents: mulaw for audio, performance for music. For text it is the
// first of these that fits:
//
//   - text8, if the text has only a to z and space;
//   - chars, if the text is UTF-8 and needs at most 512 symbols;
//   - bytes.
//
// To decide, and to make the vocabulary of chars, it reads all documents. If
// some are UTF-8 and some are not, that is an error that names the first of
// these, unless they are skipped. The reason for bytes is why, or empty. The
// codec of tokens that were made elsewhere must be named with the size of its
// vocabulary: "ids:512" for tokens 0 to 511.
func Choose(docs []Document, o Options) (codec Codec, why string, err error) {
	medium := MediumOf(o.Codec)
	if medium == Any && len(docs) > 0 {
		medium = docs[0].Medium
	}
	switch medium {
	case Audio:
		codec, err = chooseAudio(docs, o)
		return codec, "", err
	case Music:
		return music.Performance{Piano: o.Codec == "performance:88"}, "", nil
	}
	return chooseText(docs, o)
}

func chooseAudio(docs []Document, o Options) (Codec, error) {
	if o.Codec == "" {
		o.Codec = audio.MuLaw
	}
	if o.Level == "" {
		o.Level = audio.AsIs
	}
	var first error // of the documents whose rate cannot be read
	for i := 0; i < len(docs) && o.Rate == 0; i++ {
		var err error
		if o.Rate, err = rateOf(docs[i]); err != nil && first == nil {
			first = fmt.Errorf("%s: %w", docs[i].Name, err)
		}
	}
	if o.Rate == 0 && first != nil {
		return nil, fmt.Errorf("no document can be read; first error: %w", first)
	} else if o.Rate == 0 {
		return nil, errors.New("there are no documents; name sound files")
	}
	return audio.New(o.Codec, o.Rate, o.Level)
}

func rateOf(d Document) (int, error) {
	r, err := d.Open()
	if err != nil {
		return 0, err
	}
	defer r.Close()
	return audio.Rate(r)
}

func chooseText(docs []Document, o Options) (codec Codec, why string, err error) {
	if size, ok := strings.CutPrefix(o.Codec, "ids:"); ok {
		n, err := strconv.Atoi(size)
		if err != nil || n < 1 || n > maxVocabulary {
			return nil, "", fmt.Errorf("data.codec %q: write ids:N, where N is the number of tokens, 1 to %d", o.Codec, maxVocabulary)
		}
		return text.IDs{Size: n}, "", nil
	}
	switch o.Codec {
	case "text8":
		return text.Text8{}, "", nil
	case "bytes":
		return text.Bytes{}, "", nil
	case "chars", "":
	default:
		return nil, "", fmt.Errorf("data.codec %q %w; it is one of text8, chars, bytes, ids:N, mulaw, mulaw:sashimi, linear, performance, performance:88", o.Codec, ErrUnknownCodec)
	}
	census, foreign, err := count(docs, o.Skip)
	switch {
	case err != nil:
		return nil, "", err
	case len(foreign) == len(docs) && len(docs) > 0 && o.Codec == "":
		return text.Bytes{}, "it is not UTF-8", nil
	case len(foreign) > 0 && !o.Skip:
		return nil, "", notUTF8(foreign, len(docs))
	case o.Codec == "" && !census.Empty() && census.Text8():
		return text.Text8{}, "", nil
	}
	if o.MinCount == 0 {
		o.MinCount = DefaultMinCount
	}
	chars, err := text.Fit(census, o.MinCount)
	if err != nil {
		return nil, "", fmt.Errorf("codec chars: %w", err)
	}
	if o.Codec == "" && chars.Vocabulary() > maxChosenSymbols {
		return text.Bytes{}, fmt.Sprintf("it has more than %d different characters", maxChosenSymbols), nil
	}
	return chars, "", nil
}

// count counts the characters of documents. For each that is not UTF-8 it
// returns an error; the characters before the fault count only without skip.
func count(docs []Document, skip bool) (census *text.Census, foreign []error, err error) {
	census = text.NewCensus()
	var read []Document
	for _, d := range docs {
		err := scan(census, d)
		fault := (*text.EncodingError)(nil)
		switch {
		case err == nil:
			read = append(read, d)
		case errors.As(err, &fault):
			foreign = append(foreign, fmt.Errorf("%s: %w", d.Name, fault))
		case !skip:
			return nil, nil, fmt.Errorf("%s: %w", d.Name, err)
		}
	}
	if skip && len(read) < len(docs) && len(foreign) < len(docs) {
		return count(read, skip)
	}
	return census, foreign, nil
}

// notUTF8 names the first document that is not UTF-8 among others.
func notUTF8(foreign []error, documents int) error {
	if documents == 1 {
		return foreign[0]
	}
	return fmt.Errorf("%w; %d of %d files are not UTF-8, --on-error skip leaves them out", foreign[0], len(foreign), documents)
}

func scan(census *text.Census, d Document) error {
	r, err := d.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	return census.Scan(r)
}
