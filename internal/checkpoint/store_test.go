package checkpoint

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// content is the text of a file at a step. It is written in pieces, and is larger
// than the buffer of Save, so that there are states between the pieces.
func content(step int, name string) string {
	return strings.Repeat(fmt.Sprintf("%s at %d\n", name, step), 8000)
}

var labels = map[string]string{"data": "abc", "precision": "float32"}

// files are the files of a step.
func files(step int) []File {
	var list []File
	for _, name := range []string{"model.bin", "state.bin", "empty"} {
		list = append(list, File{name, func(w io.Writer) error {
			if name == "empty" {
				return nil
			}
			text := content(step, name)
			if _, err := io.WriteString(w, text[:100]); err != nil {
				return err
			}
			_, err := io.WriteString(w, text[100:])
			return err
		}})
	}
	return list
}

// saved returns a store on disk with the checkpoints of the steps.
func saved(t *testing.T, steps ...int) *Store {
	t.Helper()
	s := New(filepath.Join(t.TempDir(), "checkpoints"))
	for _, step := range steps {
		if err := s.Save(step, labels, files(step)); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// list returns the names in the directory of a store.
func list(t *testing.T, s *Store) []string {
	t.Helper()
	entries, err := s.fs.ReadDir(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// spoil changes a byte in the middle of a file.
func spoil(t *testing.T, path string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 0x10
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
}

func TestSaveAndLatest(t *testing.T) {
	s := saved(t, 5, 10)
	c, damaged, err := s.Latest(false)
	if err != nil || len(damaged) > 0 {
		t.Fatal(damaged, err)
	}
	want := &Checkpoint{Dir: s.Path(10), Step: 10, Labels: labels}
	if diff := cmp.Diff(want, c, cmpopts.IgnoreUnexported(Checkpoint{})); diff != "" {
		t.Error(diff)
	}
	for _, name := range []string{"model.bin", "state.bin"} {
		got, err := os.ReadFile(filepath.Join(c.Dir, name))
		if err != nil || string(got) != content(10, name) {
			t.Errorf("%s: %v, or other content", name, err)
		}
	}
	if want := []string{"step-00000005", "step-00000010"}; !slices.Equal(list(t, s), want) {
		t.Errorf("store holds %v, want %v", list(t, s), want)
	}
}

func TestEmptyStore(t *testing.T) {
	s := New(filepath.Join(t.TempDir(), "none"))
	if c, damaged, err := s.Latest(true); c != nil || damaged != nil || err != nil {
		t.Error(c, damaged, err)
	}
	if err := errors.Join(s.RemoveStale(), s.Prune(1, -1)); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(s.dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("reading made the directory: %v", err)
	}
}

func TestCheckpointsCanBeCopied(t *testing.T) {
	s := saved(t, 5)
	elsewhere := filepath.Join(t.TempDir(), "best")
	if err := os.CopyFS(elsewhere, os.DirFS(s.Path(5))); err != nil {
		t.Fatal(err)
	}
	if c, err := Verify(elsewhere); err != nil || c.Step != 5 {
		t.Error(c, err)
	}
}

func TestSaveKeepsAGoodCheckpoint(t *testing.T) {
	s := saved(t, 5)
	called := false
	err := s.Save(5, nil, []File{{"other", func(io.Writer) error { called = true; return nil }}})
	if err != nil || called {
		t.Errorf("error %v, written again: %v", err, called)
	}
}

func TestSaveReplacesADamagedCheckpoint(t *testing.T) {
	s := saved(t, 5)
	for _, broken := range []string{"step-00000005.broken", "step-00000005.broken2"} {
		spoil(t, filepath.Join(s.Path(5), "model.bin"))
		if err := s.Save(5, labels, files(5)); err != nil {
			t.Fatal(err)
		}
		if _, err := Verify(s.Path(5)); err != nil {
			t.Error(err)
		}
		if !slices.Contains(list(t, s), broken) {
			t.Errorf("store holds %v, want %s", list(t, s), broken)
		}
	}
}

func TestSaveRefusesBadNames(t *testing.T) {
	s := saved(t, 5)
	nothing := func(io.Writer) error { return nil }
	for _, name := range []string{"", ".", "..", "../escape", "a/b", `a\b`, "Upper", ".hidden", "manifest.json", "é"} {
		if err := s.Save(6, nil, []File{{name, nothing}}); err == nil {
			t.Errorf("%q was saved", name)
		}
	}
	if err := s.Save(6, nil, []File{{"a", nothing}, {"a", nothing}}); err == nil {
		t.Error("two files of one name were saved")
	}
	if err := s.Save(-1, nil, nil); err == nil {
		t.Error("a negative step was saved")
	}
	if want := []string{"step-00000005"}; !slices.Equal(list(t, s), want) {
		t.Errorf("store holds %v, want %v", list(t, s), want)
	}
}

func TestSaveReportsTheWritersError(t *testing.T) {
	s := saved(t, 5)
	failed := errors.New("no weights")
	err := s.Save(6, nil, []File{{"model.bin", func(io.Writer) error { return failed }}})
	if !errors.Is(err, failed) || !strings.Contains(err.Error(), "step-00000006: model.bin: no weights") {
		t.Error(err)
	}
	if want := []string{"step-00000005"}; !slices.Equal(list(t, s), want) {
		t.Errorf("store holds %v, want %v", list(t, s), want)
	}
}

func TestLatestSkipsDamage(t *testing.T) {
	s := saved(t, 5, 10, 15)
	spoil(t, filepath.Join(s.Path(15), "manifest.json"))
	spoil(t, filepath.Join(s.Path(10), "state.bin"))
	before := list(t, s)

	c, damaged, err := s.Latest(false)
	if err != nil || c == nil || c.Step != 5 || len(damaged) != 2 {
		t.Fatal(c, damaged, err)
	}
	if !slices.Equal(list(t, s), before) {
		t.Errorf("reading changed the store: %v", list(t, s))
	}
	c, damaged, err = s.Latest(true)
	if err != nil || c == nil || c.Step != 5 || len(damaged) != 2 {
		t.Fatal(c, damaged, err)
	}
	want := []string{"step-00000005", "step-00000010.broken", "step-00000015.broken"}
	if !slices.Equal(list(t, s), want) {
		t.Errorf("store holds %v, want %v", list(t, s), want)
	}
	for i, part := range []string{"step-00000015 is damaged: manifest.json is truncated or changed; set aside as step-00000015.broken",
		"step-00000010 is damaged: state.bin has SHA-256 "} {
		if !errors.Is(damaged[i], ErrDamaged) || !strings.Contains(damaged[i].Error(), part) {
			t.Errorf("%v does not say %q", damaged[i], part)
		}
	}
	spoil(t, filepath.Join(s.Path(5), "state.bin"))
	if c, damaged, err = s.Latest(true); c != nil || len(damaged) != 1 || err != nil {
		t.Error("nothing good is left, but:", c, damaged, err)
	}
}

// A manifest of a newer format may be good: it is named, not passed over.
func TestLatestStopsAtANewerFormat(t *testing.T) {
	s := saved(t, 5, 10)
	body := []byte("{\n  \"format_version\": 2,\n  \"future\": [1],\n")
	if err := os.WriteFile(filepath.Join(s.Path(10), manifestName), seal(body), 0o666); err != nil {
		t.Fatal(err)
	}
	before := list(t, s)
	c, _, err := s.Latest(true)
	if c != nil || err == nil || errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "format_version is 2, newer") {
		t.Error(c, err)
	}
	if err := s.Save(10, labels, files(10)); err == nil {
		t.Error("a checkpoint of a newer format was replaced")
	}
	if !slices.Equal(list(t, s), before) {
		t.Errorf("store holds %v, want %v", list(t, s), before)
	}
}

func TestPrune(t *testing.T) {
	tests := []struct {
		keep, best int
		want       []int
	}{
		{2, -1, []int{20, 25}},
		{2, 5, []int{5, 20, 25}},
		{1, 25, []int{25}},
		{1, 15, []int{15, 25}},
		{0, -1, []int{25}},
		{9, 5, []int{5, 10, 15, 20, 25}},
	}
	for _, test := range tests {
		s := saved(t, 5, 10, 15, 20, 25)
		if err := s.Prune(test.keep, test.best); err != nil {
			t.Error(err)
		}
		if got, err := s.Steps(); err != nil || !slices.Equal(got, test.want) {
			t.Errorf("keep %d, best %d: %v are left (%v), want %v", test.keep, test.best, got, err, test.want)
		}
		if got := list(t, s); len(got) != len(test.want) {
			t.Errorf("keep %d, best %d: store holds %v", test.keep, test.best, got)
		}
	}
}

// A checkpoint with a label to keep it outlives every later save.
func TestPruneKeeps(t *testing.T) {
	s := saved(t, 5)
	for _, step := range []int{10, 15, 20, 25} {
		with := maps.Clone(labels)
		if step == 10 || step == 15 {
			with[KeepLabel] = "x"
		}
		if err := errors.Join(s.Save(step, with, files(step)), s.Prune(1, 20)); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := s.Steps(); err != nil || !slices.Equal(got, []int{10, 15, 20, 25}) {
		t.Errorf("%v are left, %v", got, err)
	}
}

// A checkpoint is saved elsewhere as it was verified, or not at all.
func TestFilesOfCheckpoint(t *testing.T) {
	s, other := saved(t, 5), saved(t)
	c, err := Verify(s.Path(5))
	if err != nil {
		t.Fatal(err)
	}
	spoil(t, filepath.Join(c.Dir, "state.bin"))
	if err := other.Save(5, labels, c.Files()); !errors.Is(err, ErrDamaged) || len(list(t, other)) > 0 {
		t.Errorf("changed after it was verified: %v, the store holds %v", err, list(t, other))
	}
	spoil(t, filepath.Join(c.Dir, "state.bin")) // back
	if err := other.Save(5, c.Labels, c.Files()); err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(filepath.Join(c.Dir, manifestName))
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(other.Path(5), manifestName))
	if _, verified := Verify(other.Path(5)); err != nil || verified != nil || !bytes.Equal(got, want) {
		t.Errorf("%v, %v, manifest\n%s\nwant\n%s", err, verified, got, want)
	}
}

func TestRemoveStaleTouchesNothingElse(t *testing.T) {
	s := saved(t, 5)
	for _, dir := range []string{".tmp-step-00000010", ".tmp-x", "step-00000003.broken", "notes", "step-7", ".hidden"} {
		if err := os.MkdirAll(filepath.Join(s.dir, dir, "inside"), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.RemoveStale(); err != nil {
		t.Fatal(err)
	}
	want := []string{".hidden", "notes", "step-00000003.broken", "step-00000005", "step-7"}
	if !slices.Equal(list(t, s), want) {
		t.Errorf("store holds %v, want %v", list(t, s), want)
	}
	if steps, err := s.Steps(); err != nil || !slices.Equal(steps, []int{5}) {
		t.Errorf("steps %v, %v", steps, err)
	}
}
