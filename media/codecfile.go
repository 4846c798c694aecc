package media

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"reflect"

	"github.com/waveletgpt/waveletgpt/internal/versioned"
	"github.com/waveletgpt/waveletgpt/media/audio"
	"github.com/waveletgpt/waveletgpt/media/music"
	"github.com/waveletgpt/waveletgpt/media/text"
)

// CodecFile is the name of the file that describes a codec.
const CodecFile = "codec.json"

// codecVersion is the format_version that this package writes, and the newest
// that it reads.
const codecVersion = 1

// MaxCodecFile is the maximum size of a codec.json, in bytes.
const MaxCodecFile = 1 << 22

// ErrNewerFormat is wrapped by the error for a file whose format_version is
// newer than this build reads.
var ErrNewerFormat = versioned.ErrNewer

// codecDocument is codec.json. Keys that a codec does not use are absent.
type codecDocument struct {
	FormatVersion int     `json:"format_version"`
	Codec         string  `json:"codec"`
	Vocabulary    int     `json:"vocabulary"`
	Characters    *string `json:"characters,omitempty"` // chars: tokens from 0, by code point
	Bytes         []int   `json:"bytes,omitempty"`      // chars: the tokens after them
	Rate          int     `json:"rate,omitempty"`       // audio: samples per second
	Level         string  `json:"level,omitempty"`      // audio: as-is or peak
	Window        int     `json:"window,omitempty"`     // mulaw:sashimi: samples scaled together
}

// MarshalCodec returns the content of codec.json for a codec of this project.
// Equal codecs give equal bytes.
func MarshalCodec(c Codec) ([]byte, error) {
	doc, err := describe(c)
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", CodecFile, err)
	}
	return doc.marshal()
}

func describe(c Codec) (codecDocument, error) {
	doc := codecDocument{FormatVersion: codecVersion, Codec: c.Name(), Vocabulary: c.Vocabulary()}
	switch c := c.(type) {
	case text.Text8, text.Bytes, text.IDs, music.Performance:
	case *text.Chars:
		characters := c.Characters()
		doc.Characters = &characters
		for _, b := range c.Bytes() {
			doc.Bytes = append(doc.Bytes, int(b))
		}
	case *audio.Codec:
		doc.Rate, doc.Level = c.Rate(), c.Level()
		if c.Name() == audio.SaShiMi {
			doc.Window = audio.Window
		}
	default:
		return doc, fmt.Errorf("codec %s has no file format", c.Name())
	}
	return doc, nil
}

func (doc codecDocument) marshal() ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(doc); err != nil {
		return nil, fmt.Errorf("write %s: %w", CodecFile, err)
	}
	return out.Bytes(), nil
}

// OpenCodec returns the codec that the content of a codec.json describes. It is
// strict: unknown keys and codecs are errors, and so is a vocabulary that is
// unordered, repeats a symbol or differs in size from what the file says. The
// error for a newer format_version wraps [ErrNewerFormat].
func OpenCodec(data []byte) (Codec, error) {
	c, err := openCodec(data)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", CodecFile, err)
	}
	return c, nil
}

// ReadCodec is [OpenCodec] for a file.
func ReadCodec(fsys fs.FS, path string) (Codec, error) {
	data, err := versioned.ReadFile(fsys, path, MaxCodecFile)
	if err != nil {
		return nil, err
	}
	c, err := openCodec(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

func openCodec(data []byte) (Codec, error) {
	if len(data) > MaxCodecFile {
		return nil, fmt.Errorf("%d bytes are more than any codec needs; the file is damaged", len(data))
	}
	var doc codecDocument
	if err := versioned.Decode(data, codecVersion, &doc); err != nil {
		return nil, err
	}
	var c Codec
	switch doc.Codec {
	case "text8":
		c = text.Text8{}
	case "bytes":
		c = text.Bytes{}
	case "chars":
		if doc.Characters == nil {
			return nil, errors.New("codec chars needs the key characters")
		}
		if len(doc.Bytes) > 256 {
			return nil, fmt.Errorf("%d bytes in the vocabulary; there are 256", len(doc.Bytes))
		}
		values := make([]byte, len(doc.Bytes))
		for i, v := range doc.Bytes {
			if v < 0 || v > 255 {
				return nil, fmt.Errorf("%d in bytes is not a byte", v)
			}
			values[i] = byte(v)
		}
		chars, err := text.NewChars(*doc.Characters, values)
		if err != nil {
			return nil, err
		}
		c = chars
	case "ids":
		if doc.Vocabulary < 1 || doc.Vocabulary > maxVocabulary {
			return nil, fmt.Errorf("vocabulary is %d; it must be in 1 to %d", doc.Vocabulary, maxVocabulary)
		}
		c = text.IDs{Size: doc.Vocabulary}
	case audio.MuLaw, audio.SaShiMi, audio.Linear:
		sound, err := audio.New(doc.Codec, doc.Rate, doc.Level)
		if err != nil {
			return nil, err
		}
		c = sound
	case "performance", "performance:88":
		c = music.Performance{Piano: doc.Codec == "performance:88"}
	default:
		return nil, fmt.Errorf("codec %q is unknown; it must be one of text8, chars, bytes, ids, mulaw, mulaw:sashimi, linear, performance, performance:88", doc.Codec)
	}
	if doc.Codec != "chars" && (doc.Characters != nil || doc.Bytes != nil) {
		return nil, fmt.Errorf("codec %s has a fixed vocabulary, but the file lists characters or bytes", doc.Codec)
	}
	if doc.Vocabulary != c.Vocabulary() {
		return nil, fmt.Errorf("vocabulary is %d, but codec %s has %d symbols; the file is damaged", doc.Vocabulary, doc.Codec, c.Vocabulary())
	}
	if again, err := describe(c); err != nil || !reflect.DeepEqual(again, doc) {
		return nil, fmt.Errorf("the keys or values do not fit codec %s; the file is damaged", doc.Codec)
	}
	return c, nil
}
