package summary

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/waveletgpt/waveletgpt/internal/versioned"
	"github.com/waveletgpt/waveletgpt/internal/vfs"
)

// FileName is the name of a summary in the directory of its comparison.
const FileName = "summary.json"

// maxFileSize bounds what Read takes into memory. The losses of 2,000 windows are 30 kB a
// run, so it has room for thousands of runs.
const maxFileSize = 512 << 20

// Read reads summary.json in dir. An error says how to get the document; it wraps
// [fs.ErrNotExist] if there is none.
func Read(dir string) (*Summary, error) {
	path := filepath.Join(dir, FileName)
	file, err := os.Open(path)
	if err != nil {
		return nil, absent(dir, err)
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil && info.IsDir() {
		return nil, fmt.Errorf("summary %s: it is a directory; name a directory that compare wrote", path)
	}
	s, err := Decode(file)
	if err != nil {
		return nil, damaged(dir, err)
	}
	s.Dirs = []string{dir}
	for i := range s.Samples {
		if s.Samples[i].File != "" {
			s.Samples[i].Dir = dir
		}
	}
	return s, nil
}

// Decode reads one summary, of this format version or an older one. It refuses a
// newer version by its number, unknown keys, and curves that are out of order.
// Outcomes and verdicts are those of this build, from the numbers of the document:
// the words of an older one could contradict what this build says beside them.
func Decode(r io.Reader) (*Summary, error) {
	document, err := io.ReadAll(io.LimitReader(r, maxFileSize+1))
	if err != nil {
		return nil, err
	}
	if len(document) > maxFileSize {
		return nil, fmt.Errorf("larger than %d MiB, which no summary is", maxFileSize>>20)
	}
	s := new(Summary)
	if err := versioned.Decode(document, FormatVersion, s); err != nil {
		return nil, err
	}
	if err := s.validate(); err != nil {
		return nil, err
	}
	s.relabel()
	if err := s.consistent(); err != nil {
		return nil, err
	}
	for _, runs := range [][]Run{s.Runs, s.Shorter} {
		for i := range runs {
			r := &runs[i]
			r.WindowLosses = eachWindow(r.WindowLosses, s.WindowDocuments)
			s.keep(r) // an older document has more
		}
	}
	if s.FormatVersion == 1 {
		s.deriveModels()
		s.FormatVersion = FormatVersion
	}
	s.Judge()
	return s, nil
}

// Encode returns the document, the same bytes for the same summary.
func (s *Summary) Encode() ([]byte, error) {
	if err := s.validate(); err != nil {
		return nil, fmt.Errorf("summary: %w", err)
	}
	filled := *s
	filled.FormatVersion = FormatVersion
	filled.fillEmpty()
	onceADocument(filled.Runs, s.WindowDocuments)
	onceADocument(filled.Shorter, s.WindowDocuments)
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
