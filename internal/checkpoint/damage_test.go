package checkpoint

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// small saves a checkpoint of a few hundred bytes and returns its directory and
// the content of its files.
func small(t *testing.T) (dir string, data map[string][]byte) {
	t.Helper()
	s := New(t.TempDir())
	var list []File
	for _, name := range []string{"model.bin", "state.json"} {
		list = append(list, File{name, func(w io.Writer) error {
			_, err := io.WriteString(w, strings.Repeat(name, 5))
			return err
		}})
	}
	if err := s.Save(7, labels, list); err != nil {
		t.Fatal(err)
	}
	data = map[string][]byte{}
	for _, name := range []string{"model.bin", "state.json", manifestName} {
		content, err := os.ReadFile(filepath.Join(s.Path(7), name))
		if err != nil {
			t.Fatal(err)
		}
		data[name] = content
	}
	return s.Path(7), data
}

// wantDamage writes a changed file, demands that it is found, and restores it.
func wantDamage(t *testing.T, dir, name string, good, bad []byte, what string, place int) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, bad, 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Verify(dir); !errors.Is(err, ErrDamaged) {
		t.Errorf("%s, %s %d: %v", name, what, place, err)
	}
	if err := os.WriteFile(path, good, 0o666); err != nil {
		t.Fatal(err)
	}
}

func TestVerifyFindsEveryChangedByte(t *testing.T) {
	dir, data := small(t)
	for name, good := range data {
		for i := range good {
			for _, mask := range []byte{0xff, 1 << (i % 8), 0x20} { // 0x20: the case of a letter
				bad := append([]byte(nil), good...)
				bad[i] ^= mask
				wantDamage(t, dir, name, good, bad, "changed byte", i)
			}
		}
	}
	if _, err := Verify(dir); err != nil {
		t.Error(err)
	}
}

func TestVerifyFindsEveryOtherLength(t *testing.T) {
	dir, data := small(t)
	for name, good := range data {
		for n := range good {
			wantDamage(t, dir, name, good, good[:n], "truncation to", n)
		}
		wantDamage(t, dir, name, good, append(good[:len(good):len(good)], '\n'), "length", len(good)+1)
		wantDamage(t, dir, name, good, make([]byte, maxManifest+1), "length", maxManifest+1)
	}
}

func TestVerifyFindsMissingFiles(t *testing.T) {
	tests := []struct {
		name   string
		change func(dir string) error
		want   string
	}{
		{"missing file", func(dir string) error { return os.Remove(filepath.Join(dir, "model.bin")) }, "model.bin is missing"},
		{"missing manifest", func(dir string) error { return os.Remove(filepath.Join(dir, manifestName)) }, "manifest.json is missing"},
		{"short file", func(dir string) error { return os.Truncate(filepath.Join(dir, "model.bin"), 5) }, "model.bin has 5 bytes instead of 45"},
		{"directory for a file", func(dir string) error {
			return errors.Join(os.Remove(filepath.Join(dir, "model.bin")), os.Mkdir(filepath.Join(dir, "model.bin"), 0o777))
		}, "model.bin is not a regular file"},
	}
	for _, test := range tests {
		dir, _ := small(t)
		if err := test.change(dir); err != nil {
			t.Fatal(err)
		}
		_, err := Verify(dir)
		if !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want %q", test.name, err, test.want)
		}
	}
}

// Files that others add to a checkpoint are named and left alone. They do not hide
// damage, and no save or pruning removes them.
func TestAddedFilesAreIgnored(t *testing.T) {
	add := map[string]func(path string) error{
		"generation_config.json": func(path string) error { return os.WriteFile(path, []byte("{}"), 0o666) },
		"README.md":              func(path string) error { return os.WriteFile(path, nil, 0o666) },
		".DS_Store":              func(path string) error { return os.WriteFile(path, nil, 0o666) },
		"onnx":                   func(path string) error { return os.Mkdir(path, 0o777) },
		"link":                   func(path string) error { return os.Symlink("nowhere", path) },
	}
	for name, write := range add {
		dir, data := small(t)
		if err := write(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
		c, err := Verify(dir)
		if err != nil || len(c.Ignored) != 1 || c.Ignored[0] != name {
			t.Errorf("%s: ignored %v, %v", name, c.Ignored, err)
		}
		for listed, good := range data {
			bad := append([]byte(nil), good...)
			bad[len(bad)/2] ^= 1
			wantDamage(t, dir, listed, good, bad, "with "+name+", changed byte", len(bad)/2)
		}
		s := New(filepath.Dir(dir))
		found, damaged, err := s.Latest(true)
		if err != nil || found == nil || found.Step != 7 || len(damaged) > 0 {
			t.Errorf("%s: the latest is %v, damaged %v, %v", name, found, damaged, err)
		}
		content := File{"model.bin", func(w io.Writer) error { _, err := io.WriteString(w, "newer"); return err }}
		for _, step := range []int{7, 8} { // 7 is there and stays
			if err := s.Save(step, labels, []File{content}); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Prune(1, -1); err != nil {
			t.Fatal(err)
		}
		_, err = os.Lstat(filepath.Join(dir, name))
		if pruned := name == ".DS_Store"; errors.Is(err, os.ErrNotExist) != pruned {
			t.Errorf("%s: after pruning %v", name, err)
		}
	}
}

func TestVerifyFindsAnotherStepsName(t *testing.T) {
	dir, _ := small(t)
	other := filepath.Join(filepath.Dir(dir), "step-00000008")
	if err := os.Rename(dir, other); err != nil {
		t.Fatal(err)
	}
	if _, err := Verify(other); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "is of step 7") {
		t.Error(err)
	}
}

// A sealed manifest is still input from outside.
func TestManifestContentIsChecked(t *testing.T) {
	for _, body := range []string{
		"",
		"[",
		"{\n  \"format_version\": \"1\",\n",
		"{\n  \"format_version\": 0,\n",
		"{\n  \"step\": 1,\n",
		"{\n  \"format_version\": 1,\n  \"step\": -1,\n",
		"{\n  \"format_version\": 1,\n  \"step\": 1e99,\n",
		"{\n  \"format_version\": 1,\n  \"files\": [{\"name\": \"../../etc/passwd\"}],\n",
		"{\n  \"format_version\": 1,\n  \"files\": [{\"name\": \"manifest.json\"}],\n",
		"{\n  \"format_version\": 1,\n  \"files\": [{\"name\": \"a\"}, {\"name\": \"a\"}],\n",
		"{\n  \"format_version\": 1,\n  \"files\": 5,\n",
		"{\n  \"format_version\": 1,\n  \"extra\": 1,\n",
	} {
		if m, err := decodeManifest(seal([]byte(body))); !errors.Is(err, ErrDamaged) {
			t.Errorf("%q gives %v, %v", body, m, err)
		}
	}
}

func TestVerifyOfNothing(t *testing.T) {
	_, err := Verify(filepath.Join(t.TempDir(), "step-00000001"))
	if !errors.Is(err, os.ErrNotExist) || errors.Is(err, ErrDamaged) {
		t.Error(err)
	}
}

// A copy may lack files; those that are named must be what was saved.
func TestCheck(t *testing.T) {
	dir, data := small(t)
	if err := os.Remove(filepath.Join(dir, "state.json")); err != nil {
		t.Fatal(err)
	}
	fsys := os.DirFS(dir)
	if _, err := Check(fsys, "model.bin", "state.json"); err != nil {
		t.Error(err)
	}
	model := filepath.Join(dir, "model.bin")
	bad := append([]byte(nil), data["model.bin"]...)
	bad[7] ^= 1
	if err := os.WriteFile(model, bad, 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Check(fsys, "model.bin"); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "model.bin") {
		t.Errorf("a changed byte: %v", err)
	}
	if _, err := Check(fsys, "state.json"); err != nil {
		t.Errorf("a file that was not named: %v", err)
	}
	if err := os.Remove(filepath.Join(dir, manifestName)); err != nil {
		t.Fatal(err)
	}
	if _, err := Check(fsys, "model.bin"); err != nil {
		t.Errorf("without a manifest: %v", err)
	}
}
