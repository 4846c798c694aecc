package media

import (
	"io"
	"time"
)

// The splits of a data set.
const (
	Train      = "train"
	Validation = "validation"
	Test       = "test"
)

// A Document is one text, recording or piece: a stream with a name.
type Document struct {
	// Name is a slash path, relative to what the user named, so that it is the
	// same on every machine.
	Name string
	// Split is Train, Validation or Test where the source says it, otherwise
	// empty.
	Split string
	// Medium says which codecs read it; Any is Text.
	Medium Medium
	// Size is in bytes, -1 where only reading tells (.gz).
	Size int64
	// Modified is when the file or archive was last changed.
	Modified time.Time
	// Open returns the content from its beginning. It may be called again.
	Open func() (io.ReadCloser, error)
}
