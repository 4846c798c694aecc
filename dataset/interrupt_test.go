package dataset

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waveletgpt/waveletgpt/media"
)

// stopping is a context that ends at its n-th look.
type stopping struct {
	context.Context
	left atomic.Int64
}

func (c *stopping) Err() error {
	if c.left.Add(-1) < 0 {
		return context.Canceled
	}
	return nil
}

// Wherever Prepare is interrupted, it leaves what was there.
func TestInterrupted(t *testing.T) {
	docs := []media.Document{document("a", "", text(100_000)), document("b", "", text(200_000)[100_000:])}
	old, dir := prepared(t, Options{}, document("old", "", text(500)))
	leftover := filepath.Join(dir, ".tmp-tokens.bin-123")
	other := filepath.Join(dir, ".tmp-step-1")
	for _, name := range []string{leftover, other} {
		if err := os.WriteFile(name, []byte("x"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	fresh := filepath.Join(t.TempDir(), "fresh")
	for n := int64(0); ; n++ {
		if n > 1000 {
			t.Fatal("Prepare never ends")
		}
		ctx := &stopping{Context: t.Context()}
		ctx.left.Store(n)
		s, err := Prepare(ctx, fresh, "source", docs, Options{}, nil)
		if err == nil {
			s.Close()
			if n < 10 {
				t.Errorf("Prepare looks at its context %d times", n)
			}
			break
		}
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		if _, err := os.Stat(fresh); !errors.Is(err, os.ErrNotExist) {
			t.Fatalf("interrupted at look %d, it leaves its folder", n)
		}
		ctx.left.Store(n)
		if _, err := Prepare(ctx, dir, "source", docs, Options{}, nil); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		again, err := Open(dir)
		if err != nil {
			t.Fatalf("interrupted at look %d: %v", n, err)
		}
		if err := again.Verify(); err != nil || again.Header.Hash != old.Header.Hash {
			t.Fatalf("interrupted at look %d, the set is another: %v", n, err)
		}
		again.Close()
	}
	var names []string
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if want := []string{".tmp-step-1", media.CodecFile, HeaderFile, TokensFile}; !cmp.Equal(names, want) {
		t.Errorf("the folder holds %q, want %q", names, want)
	}
}

// A commit that fails half way leaves no set: the older header is gone before
// anything is exchanged.
func TestCommitFails(t *testing.T) {
	_, dir := prepared(t, Options{}, document("old", "", text(500)))
	tokens := filepath.Join(dir, TokensFile)
	if err := os.Remove(tokens); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(tokens, "occupied"), 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := Prepare(t.Context(), dir, "source", []media.Document{document("new", "", text(600))}, Options{}, nil); err == nil {
		t.Fatal("prepared over a folder")
	}
	if _, err := os.Stat(filepath.Join(dir, HeaderFile)); !errors.Is(err, os.ErrNotExist) {
		t.Error("a header stands beside tokens that are not its own")
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".tmp-*")); len(left) > 0 {
		t.Errorf("temporary files are left: %q", left)
	}
}
