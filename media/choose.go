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
// To decide, and to make the vocabulary of chars, it reads all documents. The
// codec of tokens that were made elsewhere must be named with the size of its
// vocabulary: "ids:512" for tokens 0 to 511.
func Choose(docs []Document, o Options) (Codec, error) {
	medium := MediumOf(o.Codec)
	if medium == Any && len(docs) > 0 {
		medium = docs[0].Medium
	}
	switch medium {
	case Audio:
		return chooseAudio(docs, o)
	case Music:
		return music.Performance{Piano: o.Codec == "performance:88"}, nil
	}
	return chooseText(docs, o.Codec, o.MinCount)
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

func chooseText(docs []Document, name string, minCount int) (Codec, error) {
	if size, ok := strings.CutPrefix(name, "ids:"); ok {
		n, err := strconv.Atoi(size)
		if err != nil || n < 1 || n > maxVocabulary {
			return nil, fmt.Errorf("data.codec %q: write ids:N, where N is the number of tokens, 1 to %d", name, maxVocabulary)
		}
		return text.IDs{Size: n}, nil
	}
	switch name {
	case "text8":
		return text.Text8{}, nil
	case "bytes":
		return text.Bytes{}, nil
	case "chars", "":
	default:
		return nil, fmt.Errorf("data.codec %q %w; it is one of text8, chars, bytes, ids:N, mulaw, mulaw:sashimi, linear, performance, performance:88", name, ErrUnknownCodec)
	}
	if minCount == 0 {
		minCount = DefaultMinCount
	}
	census := text.NewCensus()
	for _, d := range docs {
		err := scan(census, d)
		if notUTF8 := (*text.EncodingError)(nil); name == "" && errors.As(err, &notUTF8) {
			return text.Bytes{}, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", d.Name, err)
		}
	}
	if name == "" && !census.Empty() && census.Text8() {
		return text.Text8{}, nil
	}
	chars, err := text.Fit(census, minCount)
	if err != nil {
		return nil, fmt.Errorf("codec chars: %w", err)
	}
	if name == "" && chars.Vocabulary() > maxChosenSymbols {
		return text.Bytes{}, nil
	}
	return chars, nil
}

func scan(census *text.Census, d Document) error {
	r, err := d.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	return census.Scan(r)
}
