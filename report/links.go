package report

import (
	"cmp"
	"net/url"
	"os"
	"path/filepath"

	"github.com/waveletgpt/waveletgpt/summary"
)

// links makes the links of a page to what lies on the same disk. The page of no
// directory has none.
type links struct {
	dir string // of the page
	s   *summary.Summary
}

// run is the address of the directory of a run, or of a file in it, empty if it is not
// there.
func (l links) run(r *summary.Run, file string) string {
	folder := r.Folder()
	if l.dir == "" || filepath.Base(folder) != folder {
		return ""
	}
	for _, dir := range append([]string{l.dir}, l.s.Dirs...) {
		if address := l.to(filepath.Join(dir, folder, file)); address != "" {
			return address
		}
	}
	return ""
}

// text is the address of the text that the run of a sample ended with.
func (l links) text(x *summary.Sample) string {
	for _, r := range l.s.RunsOf(x.Label()) {
		if r.Seed == x.Seed {
			return l.run(r, summary.FinalText)
		}
	}
	return ""
}

// file is the address of a file of a sample.
func (l links) file(x *summary.Sample, name string) string {
	if l.dir == "" || name == "" {
		return ""
	}
	name = filepath.FromSlash(name)
	return cmp.Or(l.to(filepath.Join(l.dir, name)), l.to(filepath.Join(x.Dir, name)))
}

// to is the address of a file or directory from the page, empty if there is none.
func (l links) to(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return ""
	}
	from, err := filepath.Abs(l.dir)
	if err != nil {
		return ""
	}
	path, err = filepath.Abs(path)
	if err != nil {
		return ""
	}
	path, err = filepath.Rel(from, path)
	if err != nil {
		return ""
	}
	if info.IsDir() {
		path += "/"
	}
	return (&url.URL{Path: filepath.ToSlash(path)}).String() // a first part with a colon is no scheme
}
