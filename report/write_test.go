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
