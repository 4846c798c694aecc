package media

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/waveletgpt/waveletgpt/internal/typeset"
)

// folder adds the files below a folder.
func (f *finder) folder(named string) error {
	// WalkDir does not follow a root that is a link.
	root, err := filepath.EvalSymlinks(named)
	if err != nil {
		return err
	}
	f.roots = absolute(named, root)
	return filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		if file == root {
			return err
		}
		rel, relErr := filepath.Rel(root, file)
		if relErr != nil {
			return relErr
		}
		name := filepath.ToSlash(rel)
		switch {
		case err != nil:
			f.leave("unreadable", name+": "+reason(err))
			return fs.SkipDir
		case strings.HasPrefix(entry.Name(), "."):
			f.leave("hidden", name)
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if entry.IsDir() {
			if own := ownOutput(file); own != "" {
				f.leave(own, name)
				return fs.SkipDir
			}
		} else if ownFile(file) {
			f.leave(reportFiles, name)
			return nil
		}
		return f.entry(file, name, entry)
	})
}

// absolute returns the absolute paths of folders.
func absolute(folders ...string) (paths []string) {
	for _, folder := range folders {
		if path, err := filepath.Abs(folder); err == nil {
			paths = append(paths, path)
		}
	}
	return paths
}

// entry adds an entry of a folder, if it is a file or a link to one.
func (f *finder) entry(file, name string, entry fs.DirEntry) error {
	if err := f.ctx.Err(); err != nil {
		return err
	}
	if entry.IsDir() {
		return nil
	}
	info, err := os.Stat(file) // follows links
	switch {
	case err != nil:
		f.leave("unreadable", name+": "+reason(err))
	case info.IsDir():
		f.leave("links to folders", name)
	case !info.Mode().IsRegular():
		f.leave("not plain files", name)
	default:
		return f.file(file, name, info)
	}
	return nil
}

// reason is an error without the path that it names.
func reason(err error) string {
	if p := (*fs.PathError)(nil); errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}

// extensionOf is what files with the extension of a name are called.
func extensionOf(name string) string {
	if ext := path.Ext(name); ext != "" && !strings.ContainsAny(ext, " \t") {
		return strings.ToLower(ext)
	}
	return "without an extension"
}

// groups returns what was left out, the largest groups first.
func (f *finder) groups() []Left {
	var all []Left
	for _, l := range f.left {
		all = append(all, *l)
	}
	slices.SortFunc(all, func(a, b Left) int { return cmp.Or(b.Files-a.Files, strings.Compare(a.What, b.What)) })
	return all
}

// String is the group in words: "4,545 .txt", or "1 unreadable (a.txt:
// permission denied)".
func (l Left) String() string {
	what := l.What
	if one, ok := single[what]; ok && l.Files == 1 {
		what = one
	}
	s := typeset.Count(float64(l.Files)) + " " + what
	if !strings.HasPrefix(l.What, ".") {
		s += fmt.Sprintf(" (%s)", l.First)
	}
	return s
}

// single are the reasons for one file where the words differ.
var single = map[string]string{
	"links to folders": "link to a folder", "not plain files": "not a plain file", "runs": "run", "prepared sets": "prepared set", "comparisons": "comparison",
	"demonstrations": "demonstration", "models": "model", reportFiles: "file of a comparison or report",
	"archives in archives": "archive in an archive", "links and sparse files in archives": "link or sparse file in an archive",
}

// leftOut lists groups in brackets, for an error.
func leftOut(groups []Left) string {
	if len(groups) == 0 {
		return ""
	}
	return " (left out: " + Summary(groups) + ")"
}

// Summary lists the largest groups and counts the rest.
func Summary(groups []Left) string {
	const most = 5
	var parts []string
	rest := 0
	for i, l := range groups {
		if i < most {
			parts = append(parts, l.String())
		} else {
			rest += l.Files
		}
	}
	if rest > 0 {
		parts = append(parts, fmt.Sprintf("%s others", typeset.Count(float64(rest))))
	}
	return strings.Join(parts, ", ")
}
