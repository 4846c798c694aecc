package report

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

func TestWrite(t *testing.T) {
	s, dir := example(t), t.TempDir()
	if err := Write(dir, s); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(dir, PageName))
	if err != nil {
		t.Fatal(err)
	}
	if string(page) != render(t, s) {
		t.Error("the written page is not the rendered one")
	}
	curves, err := os.ReadFile(filepath.Join(dir, curvesName))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(curves)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	points := 0
	for i := range s.Runs {
		points += len(s.Runs[i].Curve)
	}
	if len(rows) != points+1 {
		t.Fatalf("%d rows, want a heading and %d points", len(rows), points)
	}
	last := s.Runs[len(s.Runs)-1]
	want := last.Curve[len(last.Curve)-1].Loss
	if got, err := strconv.ParseFloat(rows[points][8], 64); err != nil || got != want {
		t.Errorf("%s in %s is %v, want %v", rows[0][8], curvesName, rows[points][8], want)
	}
	picture, err := os.ReadFile(filepath.Join(dir, pictureName))
	if err != nil {
		t.Fatal(err)
	}
	_, drawn, _ := strings.Cut(string(picture), "</style>\n")
	if text := string(picture); wellFormed(t, text) != 1 || !strings.Contains(string(page), strings.TrimSpace(drawn)) || !strings.Contains(text, `class="mean s0"`) || !strings.Contains(text, "--card: #ffffff") {
		t.Errorf("%s is not the picture of the curves with its style", pictureName)
	}
	if err := Write(filepath.Join(dir, "absent"), s); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("writing into an absent directory: %v", err)
	}
}

// Whoever reads the page while several write it, as compare and two watches do, finds a
// whole one. Nothing else is left beside it, also where it cannot be written.
func TestPageIsWhole(t *testing.T) {
	dir, s := t.TempDir(), example(t)
	path := filepath.Join(dir, PageName)
	if err := WriteLive(dir, 0, LivePart{SoFar: s}); err != nil {
		t.Fatal(err)
	}
	var writers sync.WaitGroup
	for range 3 {
		writers.Go(func() {
			for range 20 {
				if err := WriteLive(dir, 0, LivePart{SoFar: s}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	over := make(chan struct{})
	go func() { writers.Wait(); close(over) }()
	for reading := true; reading; {
		select {
		case <-over:
			reading = false
		default:
		}
		if page, err := os.ReadFile(path); err != nil || !bytes.HasSuffix(page, []byte("</html>\n")) {
			t.Fatalf("half a page of %d bytes, %v", len(page), err)
		}
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(path, "in the way"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := WriteLive(dir, 0, LivePart{SoFar: s}); err == nil {
		t.Error("a page is written over a directory")
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("beside the page there are %v, %v", entries, err)
	}
}
