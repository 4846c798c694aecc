package torch

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/internal/oracle"
	"github.com/waveletgpt/waveletgpt/media"
	"github.com/waveletgpt/waveletgpt/summary"
)

// prepared makes a set of some documents, of which every seventh has fewer tokens than a
// window.
func prepared(t *testing.T, windows string) (*dataset.Set, string) {
	t.Helper()
	var docs []media.Document
	for i := range 40 {
		text := strings.Repeat(fmt.Sprintf("document %d says %d. ", i, i*i), 1+i%7*3)
		docs = append(docs, media.Document{Name: fmt.Sprintf("%02d.txt", i), Size: int64(len(text)), Open: func() (io.ReadCloser, error) {
			return io.NopCloser(strings.NewReader(text)), nil
		}})
	}
	dir := filepath.Join(t.TempDir(), "set")
	set, err := dataset.Prepare(t.Context(), dir, "documents", docs, dataset.Options{Codec: "bytes", Windows: windows}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { set.Close() })
	return set, dir
}

// The loader of the Python package gives the windows that this program takes, and the
// curves of other loops are what report imports.
func TestTorchLoader(t *testing.T) {
	type expected struct {
		What      string                `json:"what"`
		Directory string                `json:"directory"`
		Context   int                   `json:"context"`
		Seed      uint64                `json:"seed"`
		Batch     int                   `json:"batch"`
		Count     int                   `json:"count"`
		Training  map[string][][]uint16 `json:"training"`
		Fixed     map[string][][]uint16 `json:"fixed"`
		Documents [][2]any              `json:"documents"`
	}
	var all []expected
	short := 0
	for _, windows := range []string{dataset.WindowsAnywhere, dataset.WindowsInDocuments} {
		set, dir := prepared(t, windows)
		for _, e := range []expected{{Context: 48, Seed: 1, Batch: 120, Count: 9}, {Context: 31, Seed: 1<<40 + 7, Batch: 5, Count: 1}, {Context: 16, Seed: 0, Batch: 2, Count: 1000}} {
			e.What, e.Directory, e.Training, e.Fixed = fmt.Sprintf("windows %s, context %d", windows, e.Context), dir, map[string][][]uint16{}, map[string][][]uint16{}
			for _, step := range []int{1, 2, 3, 70000, math.MaxUint32} {
				var rows [][]uint16
				for i := range e.Batch {
					row, err := set.Draw(make([]uint16, e.Context+1), e.Seed, step, i)
					if err != nil {
						t.Fatal(err)
					}
					if len(row) <= e.Context {
						short++
					}
					rows = append(rows, row)
				}
				e.Training[fmt.Sprint(step)] = rows
			}
			for _, split := range []string{dataset.Train, dataset.Validation, dataset.Test} {
				starts, err := set.Windows(split, e.Count, e.Context+1)
				if err != nil {
					t.Fatal(err)
				}
				for _, start := range starts {
					row, err := set.Window(make([]uint16, e.Context+1), split, start)
					if err != nil {
						t.Fatal(err)
					}
					e.Fixed[split] = append(e.Fixed[split], row)
				}
			}
			for _, d := range set.Header.Documents {
				e.Documents = append(e.Documents, [2]any{d.Name, d.Length})
			}
			all = append(all, e)
		}
	}
	if short == 0 {
		t.Error("no window is short")
	}
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	path, packages, out := filepath.Join(t.TempDir(), "expected.json"), t.TempDir(), t.TempDir()
	if err := os.WriteFile(path, text, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := WritePackage(packages); err != nil {
		t.Fatal(err)
	}
	page, err := filepath.Abs("../../docs/pytorch.md")
	if err != nil {
		t.Fatal(err)
	}
	oracle.Python(t, "testdata/loader.py", packages, path, out, page)
	curve := func(name string) *summary.Run {
		f, err := os.Open(filepath.Join(out, name))
		if err != nil {
			t.Skip(err)
		}
		defer f.Close()
		s, err := summary.Import(f, name)
		if err != nil {
			t.Fatal(err)
		}
		if len(s.Runs) != 1 || s.Data.Unit != "token" {
			t.Fatalf("%s: %d runs, losses per %s", name, len(s.Runs), s.Data.Unit)
		}
		return &s.Runs[0]
	}
	r := curve("mine.csv")
	if r.Variant != "my, loop" || r.Seed != 3 || len(r.Curve) != 2 || len(r.Notes) > 0 || r.SeedAssumed ||
		r.Curve[1] != (summary.Point{Step: 10, Tokens: 640, Seconds: 1.5, Loss: 2.5}) {
		t.Errorf("imported as %+v", r)
	}
	r = curve("trainer.csv")
	steps := []int{0, 1, 2, 4, 5, 10, 12}
	if r.Variant != "by the Trainer" || len(r.Curve) != len(steps) {
		t.Fatalf("imported as %+v", r)
	}
	for i, p := range r.Curve {
		if p.Step != steps[i] || p.Tokens != int64(8*48*p.Step) || p.Loss <= 0 {
			t.Errorf("point %d is %+v", i, p)
		}
	}
	if r.Curve[6].Loss > r.Curve[0].Loss-0.1 {
		t.Error("the Trainer trains nothing")
	}
}
