package media

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// findPattern returns the documents of the files that a slash pattern matches,
// named relative to the folder before its first wildcard.
func findPattern(pattern string) ([]Document, error) {
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
			return nil, fmt.Errorf("pattern %s: %w", pattern, err)
		}
	}
	files := map[string]fs.FileInfo{} // by name: two ** can match a file twice
	if err := match(root, "", segments, files); err != nil {
		return nil, fmt.Errorf("pattern %s: %w", pattern, err)
	}
	var docs []Document
	for name, info := range files {
		found, err := fileDocuments(filepath.Join(root, filepath.FromSlash(name)), info)
		if err != nil {
			return nil, err
		}
		place(found, name)
		docs = append(docs, found...)
	}
	switch {
	case len(files) == 0:
		return nil, fmt.Errorf("no file matches the pattern %s", pattern)
	case len(docs) == 0:
		return nil, fmt.Errorf("all files that match the pattern %s are empty", pattern)
	}
	return docs, nil
}

// match adds the files below root/folder that match the segments.
func match(root, folder string, segments []string, files map[string]fs.FileInfo) error {
	dir := filepath.Join(root, filepath.FromSlash(folder))
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	segment, rest := segments[0], segments[1:]
	if segment == "**" {
		if err := match(root, folder, rest, files); err != nil {
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
		switch {
		case len(rest) > 0 && entry.IsDir():
			if err := match(root, name, rest, files); err != nil {
				return err
			}
		case len(rest) == 0:
			info, err := regular(filepath.Join(dir, entry.Name()), entry)
			if err != nil {
				return err
			}
			if info != nil {
				files[name] = info
			}
		}
	}
	return nil
}
