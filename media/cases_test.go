package media

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/internal/realdata"
)

// Paths that were once taken for something else, with what they hold.
func TestCases(t *testing.T) {
	cases := realdata.Cases(t)
	for _, test := range []struct {
		path      string
		medium    Medium
		documents int
		left      string
	}{
		{"music/folder-mostly-txt", Music, 2, "3 .txt"},
		{"music/lmd.tar.gz", Music, 5, ""},
		{"music/karonly", Music, 1, ""},
		{"music/karonly/x.kar", Music, 1, ""},
		{"text/t.txt.bz2", Text, 1, ""},
		{"text/utf16le_bom.txt", Text, 1, ""},
		{"text/utf16-and-readme", Text, 3, ""},
		{"text/loop", Text, 1, ""},
		{"text/skipdir", Text, 4, ""},
		{"audio/files/32-train-takes-it-for-bytes.m4a", Audio, 1, ""},
	} {
		found, err := Find(t.Context(), filepath.Join(cases, filepath.FromSlash(test.path)), Any)
		if err != nil {
			t.Errorf("%s: %v", test.path, err)
			continue
		}
		if d := found.Documents; len(d) != test.documents || d[0].Medium != test.medium || Summary(found.Left) != test.left {
			t.Errorf("%s: %s as %s, left out %q", test.path, fmt.Sprint(len(d)), d[0].Medium, Summary(found.Left))
		}
		found.Close()
	}
	for path, want := range map[string]string{
		"music/csv":                   `row 2 names "2004/missing.midi"`,
		"music/csv/first-missing.csv": `row 2 names "2004/missing.midi"`,
	} {
		if _, err := Find(t.Context(), filepath.Join(cases, filepath.FromSlash(path)), Any); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", path, err, want)
		}
	}
}

// The lists of the same recordings, each copied beside them.
func TestCasesOfLists(t *testing.T) {
	lists := filepath.Join(realdata.Cases(t), "audio", "files", "lists")
	tables, err := filepath.Glob(filepath.Join(lists, "*.csv"))
	if err != nil || len(tables) < 4 {
		t.Fatal(tables, err)
	}
	root := t.TempDir()
	if err := os.CopyFS(filepath.Join(root, "wavs"), os.DirFS(filepath.Join(lists, "wavs"))); err != nil {
		t.Fatal(err)
	}
	var want []string
	slices.SortFunc(tables, func(a, b string) int { // the right one first
		return strings.Compare(strings.Replace(filepath.Base(a), "good", "", 1), strings.Replace(filepath.Base(b), "good", "", 1))
	})
	for _, table := range tables {
		text, err := os.ReadFile(table)
		if err != nil {
			t.Fatal(err)
		}
		writeIn(t, root, "index.csv", strings.ReplaceAll(string(text), "@DIR@", filepath.ToSlash(root)))
		got, _, err := splitsOf(t, root, Any)
		if strings.Contains(table, "missing") {
			if err == nil || !strings.Contains(err.Error(), "row 2") {
				t.Errorf("%s: %v", filepath.Base(table), err)
			}
			continue
		}
		if want == nil {
			want = got
		}
		if err != nil || len(got) != 24 || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v; want %q", filepath.Base(table), got, err, want)
		}
	}
}
