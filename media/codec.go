package media

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/waveletgpt/waveletgpt/media/audio"
	"github.com/waveletgpt/waveletgpt/media/music"
	"github.com/waveletgpt/waveletgpt/media/text"
)

// A Codec maps the bytes of a medium to token ids in [0, Vocabulary) and back.
// Its methods may be called concurrently.
type Codec interface {
	// Name is the codec's name in files: text8, chars, bytes, ids, mulaw,
	// mulaw:sashimi, linear, performance, performance:88.
	Name() string
	// Unit is what losses are reported per: character, byte, token, sample, event.
	Unit() string
	// Vocabulary is the number of token ids, 65,536 at most.
	Vocabulary() int
	// Encode reads r to its end and calls emit for one run of tokens after the
	// other. The slice is valid until emit returns, and an error of emit ends
	// the encoding. Errors name the place in r.
	Encode(r io.Reader, emit func(ids []uint16) error) error
	// Decode writes any sequence of ids, as models sample it: text, which may go
	// on in another call, or a whole file of the medium. An id that is not below
	// Vocabulary is an error.
	Decode(w io.Writer, ids []uint16) error
	// Units is the number of units that begin in ids, all of them below
	// Vocabulary. The mean loss per unit is the sum of the losses of ids by it.
	Units(ids []uint16) int
}

var (
	_ Codec = text.Text8{}
	_ Codec = text.Bytes{}
	_ Codec = (*text.Chars)(nil)
	_ Codec = text.IDs{}
	_ Codec = (*audio.Codec)(nil)
	_ Codec = music.Performance{}
)

// Options say which codec [Choose] returns. Zero values are the defaults.
type Options struct {
	// Codec is its name, as in the configuration.
	Codec string
	// MinCount is how often a character occurs at least to be a token of chars;
	// 0 is [DefaultMinCount].
	MinCount int
	// Rate is what audio is resampled to, in samples a second; 0 is the rate of
	// the first document that can be read.
	Rate int
	// Level is how that of audio is treated: audio.AsIs, which is "" too, or
	// audio.Peak.
	Level string
}

// ErrUnknownCodec is wrapped by the error of [Choose] for a name that no codec
// has.
var ErrUnknownCodec = errors.New("is unknown")

// DefaultMinCount is how often a character occurs at least to be a token of the
// codec chars, where nothing else is asked for.
const DefaultMinCount = 5

// maxVocabulary is the number of values of a token.
const maxVocabulary = 1 << 16

// maxChosenSymbols bounds the vocabulary that Choose takes chars for by itself.
// Alphabets stay below it; for texts in Chinese or with many scripts a small
// model is better off with bytes.
const maxChosenSymbols = 512

// Choose returns the codec that options name for the documents, or that of their
// medium: for audio mulaw, for music performance, for text the first of these that suits: text8 if they
// hold only a to z and space; chars if they are UTF-8 and give at most 512
// symbols; bytes. All documents are read for that, and for chars. Tokens that
// were made elsewhere have a codec with their number in its name, "ids:512" for
// 0 to 511.
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
		return nil, fmt.Errorf("no document can be read; the first, %w", first)
	} else if o.Rate == 0 {
		return nil, errors.New("there is nothing in it; name sound files")
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
			return nil, fmt.Errorf("data.codec %q: give the number of tokens, 1 to %d, as in ids:512", name, maxVocabulary)
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
