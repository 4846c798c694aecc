package report

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/summary"
)

// A page links the runs and samples that lie on the disk, from wherever it was written,
// and nothing else.
func TestLinks(t *testing.T) {
	root := t.TempDir()
	comparison := filepath.Join(root, "runs", "a b:1")
	s := example(t)
	for i := range s.Runs {
		s.Runs[i].ConfigHash = strings.Repeat("0a1b", 16)
	}
	if err := s.Write(mkdir(t, comparison)); err != nil {
		t.Fatal(err)
	}
	s, err := summary.Read(comparison)
	if err != nil {
		t.Fatal(err)
	}
	page := func(dir string) string {
		if err := Write(mkdir(t, dir), s); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(filepath.Join(dir, PageName))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	const folder = "haar-seed1-0a1b0a1b"
	if strings.Contains(page(comparison), folder) {
		t.Error("the page links a run that is not there")
	}
	run := mkdir(t, filepath.Join(comparison, folder))
	if err := os.WriteFile(filepath.Join(mkdir(t, filepath.Join(run, "samples")), "final.txt"), []byte("the"), 0o644); err != nil {
		t.Fatal(err)
	}
	for dir, prefix := range map[string]string{comparison: "", filepath.Join(root, "out"): "../runs/a%20b:1/", filepath.Join(root, "runs"): "./a%20b:1/"} {
		text := page(dir)
		for _, want := range []string{`<a href="` + prefix + folder + `/">0a1b0a1b`, `<a href="` + prefix + folder + `/samples/final.txt">text file</a>`} {
			if strings.Count(text, want) != 1 {
				t.Errorf("from %s the page does not say %s once", dir, want)
			}
		}
	}
	// A name of a damaged document leads to no other directory.
	s.Runs[0].Variant = "../../" + s.Runs[0].Variant
	mkdir(t, filepath.Join(comparison, s.Runs[0].Folder()))
	if at := (links{comparison, s}); at.run(&s.Runs[0], ".") != "" {
		t.Errorf("the page links %q", at.run(&s.Runs[0], "."))
	}
	if strings.Contains(render(t, s), "0a1b0a1b</a>") {
		t.Error("a page of no directory links a run")
	}
}

func mkdir(t *testing.T, dir string) string {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}
