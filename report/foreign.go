package report

import (
	"bytes"
	"os"
	"path/filepath"

	"github.com/waveletgpt/waveletgpt/summary"
)

// FileNames lists the files that [Write] makes or removes.
func FileNames() []string {
	names := []string{PageName, pictureName}
	for _, table := range csvTables() {
		names = append(names, table.name)
	}
	return names
}

// Foreign returns the first file in dir that [Write] would replace or remove and that is not
// known to be this program's, empty if there is none. A directory that has a summary or a
// page of this program is its own, with all tables in it.
func Foreign(dir string) (path string) {
	if _, err := os.Stat(filepath.Join(dir, summary.FileName)); err == nil || isPage(filepath.Join(dir, PageName)) {
		return ""
	}
	for _, name := range FileNames() {
		path = filepath.Join(dir, name)
		if _, err := os.Lstat(path); err == nil {
			return path
		}
	}
	return ""
}

// isPage reports whether a file is a page of any version of this program. All have these
// marks.
func isPage(path string) bool {
	text, err := os.ReadFile(path)
	return err == nil && bytes.Contains(text, []byte(`<meta http-equiv="Content-Security-Policy" content="default-src `)) &&
		bytes.Contains(text, []byte(`<p class="kicker">`))
}
