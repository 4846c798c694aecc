package media

import (
	"context"
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestGoSource(t *testing.T) {
	docs, err := GoSource(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var total int64
	last := ""
	for _, d := range docs {
		hash := sha256.Sum256([]byte(d.Name))
		if string(hash[:]) <= last {
			t.Fatalf("%s is not in the order of hashes", d.Name)
		}
		last = string(hash[:])
		if !strings.HasSuffix(d.Name, ".go") || strings.HasPrefix(d.Name, "/") || d.Split != "" {
			t.Errorf("document %q, split %q", d.Name, d.Split)
		}
		total += d.Size
	}
	if total > goSourceBytes || total < goSourceBytes*9/10 {
		t.Errorf("%d bytes in %d files, want nearly %d", total, len(docs), goSourceBytes)
	}
	if c := contentOf(t, docs[0]); int64(len(c)) != docs[0].Size {
		t.Errorf("%s has %d bytes, not %d", docs[0].Name, len(c), docs[0].Size)
	}
}

func TestGoFilesStopAtTheLimit(t *testing.T) {
	root := write(t, map[string]string{
		"a/a.go": "aaaaaaaaaa", "b.go": "bbbbbbbbbb", "c.go": "cccccccccc", "d.txt": "dddddddddd",
	})
	link := filepath.Join(t.TempDir(), "src")
	if err := os.Symlink(root, link); err != nil {
		link = root // no symbolic links here
	}
	for limit, want := range map[int64]int{9: 0, 10: 1, 29: 2, 1000: 3} {
		docs, err := goFiles(t.Context(), link, limit)
		if len(docs) != want || (err == nil) != (want > 0) {
			t.Errorf("limit %d: %d files, %v; want %d", limit, len(docs), err, want)
		}
	}
	// The variable comes first.
	t.Setenv("GOROOT", filepath.Dir(link))
	if filepath.Base(link) == "src" {
		if docs, err := GoSource(t.Context()); err != nil || len(docs) != 3 {
			t.Errorf("%d files, %v", len(docs), err)
		}
	}
}

func TestGoSourceIsAbsent(t *testing.T) {
	_, err := goFiles(t.Context(), t.TempDir(), goSourceBytes)
	if err == nil {
		t.Error("found sources in an empty folder")
	}
	empty := t.TempDir()
	if err := os.Mkdir(filepath.Join(empty, "src"), 0o777); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOROOT", empty)
	if _, err := GoSource(t.Context()); err == nil || !strings.Contains(err.Error(), "--data") || !strings.Contains(err.Error(), empty) {
		t.Errorf("error %v does not name the folder and the flag", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := goFiles(ctx, empty, goSourceBytes); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled search ends with %v", err)
	}
}
