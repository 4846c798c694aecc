package compare

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
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
	return s, nil
}

// Decode reads one summary. It refuses a newer format version by its number,
// unknown keys, and runs whose curves are not in order.
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

// validate checks what a reader of the summary relies on.
func (s *Summary) validate() error {
	for i := range s.Runs {
		r := &s.Runs[i]
		name := fmt.Sprintf("run %d (%s, seed %d)", i, r.Label(), r.Seed)
		if r.Variant == "" {
			return fmt.Errorf("run %d has no variant", i)
		}
		switch r.Status {
		case Finished, Diverged, Unfinished:
		default:
			return fmt.Errorf("%s has unknown status %q", name, r.Status)
		}
		for j, p := range r.Curve {
			if j > 0 && p.Step <= r.Curve[j-1].Step {
				return fmt.Errorf("%s: step %d follows step %d in the curve", name, p.Step, r.Curve[j-1].Step)
			}
			if !finite(p.Loss) || !finite(p.Seconds) || !finite(p.FLOPs) {
				return fmt.Errorf("%s: a number at step %d is not finite", name, p.Step)
			}
		}
	}
	for i := range s.Comparisons {
		c := &s.Comparisons[i]
		complete := (c.Gain == nil || c.BaselineLoss != nil) && c.Difference.complete() &&
			(c.PValueHolm == nil || c.PValue != nil) &&
			(c.StepsSaved == nil || c.StepsToBaselineLoss.Mean != nil && c.BaselineSteps != nil) &&
			len(c.StepsSavedPerSeed) == len(c.Seeds) && len(c.StepsToBaselineLoss.PerSeed) == len(c.Seeds)
		for j := range c.Controls {
			complete = complete && c.Controls[j].Gain != nil && c.Controls[j].complete()
		}
		if !complete {
			return fmt.Errorf("comparison %d (%s) lacks numbers that others in it rest on", i, c.Label())
		}
	}
	return nil
}

// complete says whether a tested difference has its mean and its interval.
func (d *Difference) complete() bool {
	return d.PValue == nil || d.Gain != nil && d.CI95 != nil
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
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(&filled); err != nil {
		return nil, fmt.Errorf("summary: %w", err)
	}
	return document.Bytes(), nil
}

// fillEmpty makes lists and objects that are nil empty, in copies: a reader in
// another language then meets [] and {}, never null.
func (s *Summary) fillEmpty() {
	s.Runs = copied(s.Runs)
	for i := range s.Runs {
		r := &s.Runs[i]
		r.Curve, r.Set = copied(r.Curve), object(r.Set)
	}
	s.Comparisons = copied(s.Comparisons)
	for i := range s.Comparisons {
		c := &s.Comparisons[i]
		c.Set, c.Seeds, c.Controls = object(c.Set), copied(c.Seeds), copied(c.Controls)
		c.StepsToBaselineLoss.PerSeed = copied(c.StepsToBaselineLoss.PerSeed)
		c.StepsSavedPerSeed = copied(c.StepsSavedPerSeed)
	}
	s.Samples = copied(s.Samples)
	for i := range s.Samples {
		s.Samples[i].Set = object(s.Samples[i].Set)
	}
}

func copied[T any](list []T) []T { return append([]T{}, list...) }

func object(set map[string]any) map[string]any {
	if set == nil {
		return map[string]any{}
	}
	return set
}

// Write writes summary.json into dir, which must exist. A reader sees the old
// document or the new one, never a part.
func (s *Summary) Write(dir string) error {
	document, err := s.Encode()
	if err != nil {
		return err
	}
	path := filepath.Join(dir, FileName)
	if err := replaceFile(path, document); err != nil {
		return fmt.Errorf("summary %s: %w", path, err)
	}
	return nil
}

// replaceFile writes a temporary file beside path, syncs it, renames it and
// syncs the directory.
func replaceFile(path string, content []byte) (err error) {
	file, err := os.CreateTemp(filepath.Dir(path), ".tmp-"+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			file.Close()
			os.Remove(file.Name())
		}
	}()
	if _, err := file.Write(content); err != nil {
		return err
	}
	// CreateTemp makes files private; a summary is as readable as its runs.
	if err := file.Chmod(0o644); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return err
	}
	return vfs.OS{}.SyncDir(filepath.Dir(path))
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
