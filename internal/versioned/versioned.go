// Package versioned reads JSON documents that carry a format_version.
//
// [Decode] looks at the version before anything else. A document of a newer
// version is refused by its number, because its other keys may be unknown here;
// the error wraps [ErrNewer]. A document of a known version is then read
// strictly: unknown keys and data behind the end are errors.
//
// Errors are one line that starts with the line of the document, names no Go
// types and leaves the file's name to the caller.
//
// [Text] is for every document that a person may have edited: editors put a byte
// order mark in front, or save in UTF-16.
package versioned

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
)

// ErrNewer is wrapped by the error for a version newer than this build reads.
// Such a document may be good: it is not damage.
var ErrNewer = errors.New("newer than this build reads")

// mark is the byte order mark in UTF-8.
const mark = "\ufeff"

// maxQuoted bounds what an error repeats of a document, in characters.
const maxQuoted = 200

// Decode reads the versioned JSON document in data into v, a pointer to a
// struct. newest is the newest version that the caller reads; the first is 1.
func Decode(data []byte, newest int, v any) error {
	var header struct {
		Version *int `json:"format_version"`
	}
	if err := decode(data, &header, false); err != nil {
		return err
	}
	if header.Version == nil {
		return errors.New("format_version is missing")
	}
	if err := Check(*header.Version, newest); err != nil {
		return err
	}
	return decode(data, v, true)
}

// ReadFile reads a document of at most limit bytes. The limit bounds the memory
// that a damaged or foreign file can take.
func ReadFile(fsys fs.FS, path string, limit int64) ([]byte, error) {
	file, err := fsys.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("%s is larger than %d bytes; it is damaged, or another kind of file", path, limit)
	}
	return data, err
}

// Text returns a document in UTF-8 without its byte order mark. It refuses UTF-16
// and UTF-32, which are told by their marks; UTF-16 also by the zero bytes of
// its first two characters.
func Text(data []byte) ([]byte, error) {
	has := func(marks ...string) bool {
		return slices.ContainsFunc(marks, func(m string) bool { return bytes.HasPrefix(data, []byte(m)) })
	}
	unmarked := len(data) >= 4 && (data[0] == 0) == (data[2] == 0) && (data[1] == 0) == (data[3] == 0) && (data[0] == 0) != (data[1] == 0)
	switch {
	case has("\xff\xfe\x00\x00", "\x00\x00\xfe\xff"):
		return nil, errors.New("the document is UTF-32; save it as UTF-8")
	case has("\xff\xfe", "\xfe\xff") || unmarked:
		return nil, errors.New("the document is UTF-16; save it as UTF-8")
	}
	return bytes.TrimPrefix(data, []byte(mark)), nil
}

// Check returns an error for a version that is not 1 to newest. It is for
// formats other than JSON; [Decode] calls it itself.
func Check(version, newest int) error {
	switch {
	case version > newest:
		return fmt.Errorf("format_version is %d, %w (up to %d); use a newer waveletgpt", version, ErrNewer, newest)
	case version < 1:
		return fmt.Errorf("format_version is %d; the first is 1", version)
	}
	return nil
}

// Unmarshal reads a JSON document without a version of ours, such as one that
// another program wrote. Unknown keys are ignored. Its errors are worded as
// those of [Decode].
func Unmarshal(data []byte, v any) error { return decode(data, v, false) }

func decode(data []byte, v any, strict bool) error {
	data, err := Text(data)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(data))
	if strict {
		d.DisallowUnknownFields()
	}
	if err := d.Decode(v); err != nil {
		return explain(data, err)
	}
	if _, err := d.Token(); err != io.EOF {
		return at(data, d.InputOffset()+1, "data after the end of the document")
	}
	return nil
}

// explain rewords an error of package encoding/json.
func explain(data []byte, err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case err == io.EOF:
		return errors.New("the document is empty")
	case err == io.ErrUnexpectedEOF:
		return at(data, int64(len(data)), "the document is truncated")
	case errors.As(err, &syntax):
		return at(data, syntax.Offset, "not JSON: "+syntax.Error())
	case errors.As(err, &kind) && kind.Field == "":
		return at(data, kind.Offset, fmt.Sprintf("the document is a JSON %.40s, not an object", kind.Value))
	case errors.As(err, &kind):
		key := kind.Field[strings.LastIndex(kind.Field, ".")+1:] // before it may be names of Go's types
		return at(data, kind.Offset, fmt.Sprintf("key %s has the wrong type: %.40s", key, kind.Value))
	}
	// encoding/json has no type for this error.
	if key, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return fmt.Errorf("unknown key %.*s", maxQuoted, key)
	}
	return fmt.Errorf("%.*s", maxQuoted, err.Error())
}

// at puts before a message the line of the last of the first offset bytes.
func at(data []byte, offset int64, message string) error {
	offset = min(max(offset-1, 0), int64(len(data)))
	return fmt.Errorf("line %d: %s", 1+bytes.Count(data[:offset], []byte("\n")), message)
}
