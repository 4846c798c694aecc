package media

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// pattern adds the files that a slash pattern matches, named relative to the
// folder before its first wildcard.
func (f *finder) pattern(pattern string) error {
	segments := strings.Split(pattern, "/")
	fixed := slices.IndexFunc(segments, func(s string) bool { return strings.ContainsAny(s, `*?[`) })
	root := strings.Join(segments[:fixed], "/")
	switch {
	case fixed == 0:
		root = "."
	case root == "":
		root = "/"
	}
	segments = slices.Compact(segments[fixed:]) // ** twice is ** once
	if segments[len(segments)-1] == "**" {
		segments = append(segments, "*")
	}
	for _, s := range segments {
		if _, err := path.Match(s, ""); err != nil {
			return fmt.Errorf("pattern %s: %w", pattern, err)
		}
	}
	files := map[string]fs.DirEntry{} // by name: two ** can match a file twice
	if err := f.match(root, "", segments, files); err != nil {
		return fmt.Errorf("pattern %s: %w", pattern, err)
	}
	if len(files) == 0 {
		return fmt.Errorf("no file matches the pattern %s", pattern)
	}
	f.roots, f.partial = absolute(root), true
	// In the order of WalkDir: x/y comes before x.zip, which may hold it too.
	order := func(a, b string) int { return slices.Compare(strings.Split(a, "/"), strings.Split(b, "/")) }
	for _, name := range slices.SortedFunc(maps.Keys(files), order) {
		file := filepath.Join(root, filepath.FromSlash(name))
		if path.Base(name) != segments[len(segments)-1] && ownFile(file) { // which the pattern does not name
			f.leave(reportFiles, name)
			continue
		}
		if err := f.entry(file, name, files[name]); err != nil {
			return err
		}
	}
	return nil
}

// match adds the files below root/folder that match the segments.
func (f *finder) match(root, folder string, segments []string, files map[string]fs.DirEntry) error {
	dir := filepath.Join(root, filepath.FromSlash(folder))
	entries, err := os.ReadDir(dir)
	if err != nil && folder != "" {
		f.leave("unreadable", folder+": "+reason(err))
		return nil
	}
	if err != nil {
		return err
	}
	segment, rest := segments[0], segments[1:]
	anyFolder := segment == "**"
	if anyFolder {
		if err := f.match(root, folder, rest, files); err != nil {
			return err
		}
		segment, rest = "*", segments
	}
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), ".") && !strings.HasPrefix(segment, ".") {
			continue
		}
		if ok, _ := path.Match(segment, entry.Name()); !ok {
			continue
		}
		name := path.Join(folder, entry.Name())
		own := ""
		if anyFolder && entry.IsDir() { // which the pattern does not name
			own = ownOutput(filepath.Join(dir, entry.Name()))
		}
		switch {
		case own != "":
			f.leave(own, name)
		case len(rest) > 0 && entry.IsDir():
			if err := f.match(root, name, rest, files); err != nil {
				return err
			}
		case len(rest) == 0 && !entry.IsDir():
			files[name] = entry
		}
	}
	return nil
}
