package summary

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/waveletgpt/waveletgpt/internal/vfs"
)

// FileName is the name of a summary in the directory of its comparison.
const FileName = "summary.json"

// maxFileSize bounds what Read takes into memory. Fifteen runs need well under
// one megabyte.
const maxFileSize = 64 << 20

// Read reads summary.json in dir.
func Read(dir string) (*Summary, error) {
	path := filepath.Join(dir, FileName)
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("summary %s: %w; name a directory that compare wrote", path, fs.ErrNotExist)
	}
	if err != nil {
		return nil, fmt.Errorf("summary: %w", err)
	}
	defer file.Close()
	s, err := Decode(file)
	if err != nil {
		return nil, fmt.Errorf("summary %s: %w", path, err)
	}
	for i := range s.Samples {
		if s.Samples[i].File != "" {
			s.Samples[i].Dir = dir
		}
	}
	return s, nil
}

// Decode reads one summary, of this format version or an older one. It refuses a
// newer version by its number, unknown keys, and curves that are out of order.
func Decode(r io.Reader) (*Summary, error) {
	document, err := io.ReadAll(io.LimitReader(r, maxFileSize+1))
	if err != nil {
		return nil, err
	}
	if len(document) > maxFileSize {
		return nil, fmt.Errorf("larger than %d MiB, which no summary is", maxFileSize>>20)
	}
	// The version first: a newer document may have keys unknown here.
	var header struct {
		FormatVersion *int `json:"format_version"`
	}
	if err := json.Unmarshal(document, &header); err != nil {
		return nil, place(document, err)
	}
	switch v := header.FormatVersion; {
	case v == nil:
		return nil, errors.New("no format_version: not a summary")
	case *v > FormatVersion:
		return nil, fmt.Errorf("format_version %d is newer than %d, the newest known here; use a newer waveletgpt", *v, FormatVersion)
	case *v < 1:
		return nil, fmt.Errorf("format_version %d does not exist", *v)
	}
	s := new(Summary)
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(s); err != nil {
		return nil, place(document, err)
	}
	if err := s.validate(); err != nil {
		return nil, err
	}
	if s.FormatVersion == 1 {
		s.deriveModels()
		s.FormatVersion = FormatVersion
	}
	return s, nil
}

// place adds line numbers to the errors of encoding/json that know an offset.
func place(document []byte, err error) error {
	var offset int64
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		offset = syntax.Offset
	case errors.As(err, &kind):
		offset = kind.Offset
	default:
		return err
	}
	offset = min(max(offset, 0), int64(len(document)))
	return fmt.Errorf("line %d: %w", 1+bytes.Count(document[:offset], []byte("\n")), err)
}

// Encode returns the document, the same bytes for the same summary.
func (s *Summary) Encode() ([]byte, error) {
	if err := s.validate(); err != nil {
		return nil, fmt.Errorf("summary: %w", err)
	}
	filled := *s
	filled.FormatVersion = FormatVersion
	filled.fillEmpty()
	var document bytes.Buffer
	encoder := json.NewEncoder(&document)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	if err := encoder.Encode(&filled); err != nil {
		return nil, fmt.Errorf("summary: %w", err)
	}
	return document.Bytes(), nil
}

// Write writes summary.json into dir, which must exist. A reader sees the old
// document or the new one, never a part.
func (s *Summary) Write(dir string) error {
	document, err := s.Encode()
	if err != nil {
		return err
	}
	if err := s.copySamples(dir); err != nil {
		return fmt.Errorf("summary: %w", err)
	}
	return vfs.ReplaceFile(filepath.Join(dir, FileName), document)
}
