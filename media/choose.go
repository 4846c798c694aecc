package media

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/waveletgpt/waveletgpt/internal/typeset"
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

// A Choice is what [Choose] found out.
type Choice struct {
	Codec Codec
	// Why says why there is no better codec of text than bytes, or is empty.
	Why string
	// Faults are the errors of documents that are to be skipped, by their
	// indices.
	Faults map[int]error
}

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
// these, unless they are skipped. The codec of tokens that were made elsewhere must be named with the size of its
// vocabulary: "ids:512" for tokens 0 to 511.
func Choose(docs []Document, o Options) (Choice, error) {
	medium := MediumOf(o.Codec)
	if medium == Any && len(docs) > 0 {
		medium = docs[0].Medium
	}
	switch medium {
	case Audio:
		codec, err := chooseAudio(docs, o)
		if err != nil { // not a nil *audio.Codec
			return Choice{}, err
		}
		return Choice{Codec: codec}, nil
	case Music:
		return Choice{Codec: music.Performance{Piano: o.Codec == "performance:88"}}, nil
	}
	return chooseText(docs, o)
}

func chooseAudio(docs []Document, o Options) (*audio.Codec, error) {
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

// Mended reports whether a document that was skipped for a reason may be read now: it
// needed ffmpeg, which has been installed since.
func Mended(reason string) bool { return audio.Mended(reason) }

func rateOf(d Document) (int, error) {
	r, err := d.Open()
	if err != nil {
		return 0, err
	}
	defer r.Close()
	return audio.Rate(r)
}

func chooseText(docs []Document, o Options) (Choice, error) {
	if size, ok := strings.CutPrefix(o.Codec, "ids:"); ok {
		n, err := strconv.Atoi(size)
		if err != nil || n < 1 || n > maxVocabulary {
			return Choice{}, fmt.Errorf("data.codec %q: write ids:N, where N is the number of tokens, 1 to %d", o.Codec, maxVocabulary)
		}
		return Choice{Codec: text.IDs{Size: n}}, nil
	}
	switch o.Codec {
	case "text8":
		return Choice{Codec: text.Text8{}}, nil
	case "bytes":
		return Choice{Codec: text.Bytes{}}, nil
	case "chars", "":
	default:
		return Choice{}, fmt.Errorf("data.codec %q %w; it is one of text8, chars, bytes, ids:N, mulaw, mulaw:sashimi, linear, performance, performance:88", o.Codec, ErrUnknownCodec)
	}
	census, faults, foreign, err := count(docs, o.Skip)
	c := Choice{Faults: faults}
	switch {
	case err != nil:
		return Choice{}, err
	case foreign == len(docs) && len(docs) > 0 && o.Codec == "":
		var first *text.EncodingError
		errors.As(faults[0], &first)
		return Choice{Codec: text.Bytes{}, Why: fmt.Sprintf("the text is not UTF-8 (byte %d is 0x%02x); convert it to UTF-8 for losses per character", first.Offset, first.Byte)}, nil
	case foreign == 0 && len(faults) == len(docs) && len(docs) > 0:
		return Choice{}, fmt.Errorf("no document can be read; first error: %s: %w", docs[0].Name, faults[0])
	case foreign > 0 && !o.Skip:
		return Choice{}, notUTF8(docs, faults, foreign)
	case o.Codec == "" && !census.Empty() && census.Text8():
		c.Codec = text.Text8{}
		return c, nil
	}
	if o.MinCount == 0 {
		o.MinCount = DefaultMinCount
	}
	chars, err := text.Fit(census, o.MinCount)
	if err != nil {
		return Choice{}, fmt.Errorf("codec chars: %w", err)
	}
	if c.Codec = chars; o.Codec == "" && chars.Vocabulary() > maxChosenSymbols {
		return Choice{Codec: text.Bytes{}, Why: fmt.Sprintf("the text has more than %d different characters", maxChosenSymbols)}, nil
	}
	return c, nil
}

// count counts the characters of documents and returns the errors of those that
// cannot be read, by their indices, and how many of these are not UTF-8. With
// skip, only documents without error count; without, an error of another kind
// ends it.
func count(docs []Document, skip bool) (census *text.Census, faults map[int]error, foreign int, err error) {
	census, faults = text.NewCensus(), map[int]error{}
	for i, d := range docs {
		if err := scan(census, d); err != nil {
			faults[i] = err
		}
		if errors.As(faults[i], new(*text.EncodingError)) {
			foreign++
		} else if faults[i] != nil && !skip {
			return nil, nil, 0, fmt.Errorf("%s: %w", d.Name, faults[i])
		}
	}
	if skip && len(faults) > 0 && len(faults) < len(docs) {
		census = text.NewCensus() // without the characters before the faults
		for i, d := range docs {
			if faults[i] == nil {
				if err := scan(census, d); err != nil {
					return nil, nil, 0, fmt.Errorf("%s: %w", d.Name, err)
				}
			}
		}
	}
	return census, faults, foreign, nil
}

// notUTF8 names the first document that is not UTF-8.
func notUTF8(docs []Document, faults map[int]error, foreign int) error {
	first := slices.Min(slices.Collect(maps.Keys(faults)))
	err := fmt.Errorf("%s: %w", docs[first].Name, faults[first])
	if len(docs) > 1 {
		err = fmt.Errorf("%w; %d of %s %s not UTF-8, --on-error skip leaves such files out", err, foreign, typeset.Counted(len(docs), "file"), typeset.Are(foreign))
	}
	return err
}

// scan counts the characters of a document. It is an error if it has control
// characters, also behind a character that is not UTF-8: many binary files begin
// with text.
func scan(census *text.Census, d Document) error {
	r, err := d.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	in := &textReader{in: r}
	err = census.Scan(in)
	if errors.As(err, new(*text.EncodingError)) {
		if _, rest := io.Copy(io.Discard, in); rest != nil {
			return rest
		}
	}
	return err
}

// A textReader ends with an error at a control character.
type textReader struct {
	in     io.Reader
	offset int64
}

func (r *textReader) Read(p []byte) (int, error) {
	n, err := r.in.Read(p)
	if i := slices.IndexFunc(p[:n], control); i >= 0 {
		return i, fmt.Errorf("it is no text: byte %d is 0x%02x, a control character; use --codec bytes for the bytes of any file", r.offset+int64(i), p[i])
	}
	r.offset += int64(n)
	return n, err
}
