package media

import (
	"io"

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
	// Unit is what losses are reported per: character, byte, token, sample or
	// event.
	Unit() string
	// Vocabulary is the number of token ids, at most 65,536.
	Vocabulary() int
	// Encode reads r to its end and calls emit with one run of tokens after
	// another. The slice is valid until emit returns. An error from emit stops
	// the encoding. Errors name the place in r. Remarks say what was repaired,
	// left out or assumed, once each and in the same words for every file.
	Encode(r io.Reader, emit func(ids []uint16) error) (remarks []string, err error)
	// Decode writes any sequence of ids, as a model samples it. A codec of text
	// writes text, which a further call can continue; a [FileCodec] writes a
	// whole file. An id of Vocabulary or above is an error.
	Decode(w io.Writer, ids []uint16) error
	// Units is the number of units that begin in ids, all of which are below
	// Vocabulary. The mean loss per unit is the sum of the losses of ids
	// divided by it.
	Units(ids []uint16) int
}

// A FileCodec is a codec of sound or music. Each document is a whole file, and
// its tokens take time.
type FileCodec interface {
	Codec
	// Extension is the extension of the files that Decode writes, with its dot.
	Extension() string
	// Seconds is the playing time of ids.
	Seconds(ids []uint16) float64
	// Start is the token that stands before a document that begins from
	// nothing.
	Start() uint16
}

// A SoundCodec is a codec of sound: each token is one sample.
type SoundCodec interface {
	FileCodec
	// Rate is the number of samples per second.
	Rate() int
}

// A NoteCodec is a codec of music: its tokens describe notes.
type NoteCodec interface {
	FileCodec
	// Notes returns the notes that ids describe, sorted by start.
	Notes(ids []uint16) ([]music.Note, error)
	// Onsets is the number of notes that begin in ids.
	Onsets(ids []uint16) int
}

// A Transposer is a codec whose tokens have pitches that can be shifted.
type Transposer interface {
	// Room returns how many semitones ids can be transposed down and up.
	Room(ids []uint16) (down, up int)
	// Transpose transposes ids in place. semitones is between -down and up.
	Transpose(ids []uint16, semitones int)
}

// The packages of the codecs cannot import this one, so the proofs are here.
var (
	_ Codec      = text.Text8{}
	_ Codec      = text.Bytes{}
	_ Codec      = (*text.Chars)(nil)
	_ Codec      = text.IDs{}
	_ SoundCodec = (*audio.Codec)(nil)
	_ NoteCodec  = music.Performance{}
	_ Transposer = music.Performance{}
)
