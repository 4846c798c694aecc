package media

import (
	"io"
	"time"
)

// The splits of a data set. Holdout is for data that nothing is chosen by: not
// even a test loss of it is looked at before the last comparison.
const (
	Train      = "train"
	Validation = "validation"
	Test       = "test"
	Holdout    = "holdout"
)

// A Document is one text, recording or piece: a stream with a name.
type Document struct {
	// Name is a slash path relative to what the user named. So it is the same
	// on every machine.
	Name string
	// Split is Train, Validation, Test or Holdout, or empty if the source does not say.
	Split string
	// Medium decides which codecs can read the document; Any means Text.
	Medium Medium
	// Size is in bytes, or -1 if it is unknown before reading: the content is
	// decompressed or converted.
	Size int64
	// Modified is the time of the last change of the file or archive.
	Modified time.Time
	// Remark says what was assumed or converted to read the document, or is
	// empty.
	Remark string
	// Open returns the content from its beginning. It may be called repeatedly.
	Open func() (io.ReadCloser, error)
}
