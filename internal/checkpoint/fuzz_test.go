package checkpoint

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/waveletgpt/waveletgpt/internal/versioned"
)

// A manifest, sealed or not, is refused or says the same when it is written again.
func FuzzManifest(f *testing.F) {
	good, err := manifest{FormatVersion: 1, Step: 250, Labels: labels, Files: []entry{{"model.safetensors", 8, "00"}, {"state.json", 0, ""}}}.encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	s := New(f.TempDir())
	if err := s.Save(250, labels, files(250)); err != nil {
		f.Fatal(err)
	}
	saved, err := os.ReadFile(filepath.Join(s.Path(250), manifestName))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(saved)
	f.Add(good[:len(good)-lastLine])
	f.Add([]byte("{\n  \"format_version\": 2,\n"))
	f.Add([]byte("{\"format_version\": 1, \"files\": [{\"name\": \"a\", \"size\": -1}],\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, doc := range [][]byte{data, seal(data)} {
			m, err := decodeManifest(doc)
			if err != nil {
				if errors.Is(err, ErrDamaged) == errors.Is(err, versioned.ErrNewer) {
					t.Fatalf("damage and a newer format are mixed up: %v", err)
				}
				continue
			}
			again, err := m.encode()
			if err != nil {
				t.Fatal(err)
			}
			if n, err := decodeManifest(again); err != nil || !reflect.DeepEqual(m, n) {
				t.Fatalf("%+v is written as %+v, %v", m, n, err)
			}
		}
	})
}
