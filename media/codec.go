package media

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/waveletgpt/waveletgpt/media/text"
)

// A Codec maps the bytes of a medium to token ids in [0, Vocabulary) and back.
// Its methods may be called concurrently.
type Codec interface {
	// Name is the codec's name in files: text8, chars, bytes, ids.
	Name() string
	// Unit is what losses are reported per: character, byte, token.
	Unit() string
	// Vocabulary is the number of token ids, 65,536 at most.
	Vocabulary() int
	// Encode reads r to its end and calls emit for one run of tokens after the
	// other. The slice is valid until emit returns, and an error of emit ends
	// the encoding. Errors name the byte offset in r.
	Encode(r io.Reader, emit func(ids []uint16) error) error
	// Decode writes any sequence of ids, as models sample it. An id that is not
	// below Vocabulary is an error.
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
)

// DefaultMinCount is how often a character occurs at least to be a token of the
// codec chars, where nothing else is asked for.
const DefaultMinCount = 5

// maxVocabulary is the number of values of a token.
const maxVocabulary = 1 << 16

// maxChosenSymbols bounds the vocabulary that Choose takes chars for by itself.
// Alphabets stay below it; for texts in Chinese or with many scripts a small
// model is better off with bytes.
const maxChosenSymbols = 512

// Choose returns the codec called name for the documents. It reads all of them
// for chars and where name is "", when it takes the first of these that suits:
// text8 if they hold only a to z and space; chars if they are UTF-8 and give at
// most 512 symbols; bytes. minCount is how often a character occurs at least to
// be a token of chars, 0 for [DefaultMinCount]. Tokens that were made elsewhere
// have a codec with their number in its name, "ids:512" for 0 to 511.
func Choose(docs []Document, name string, minCount int) (Codec, error) {
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
		return nil, fmt.Errorf("data.codec %q is unknown; it is one of text8, chars, bytes, ids:N", name)
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
