package media

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Find returns the documents of a medium at a path, sorted by name in natural
// order (part2 before part10). For Any it uses the medium of the most
// documents, by their extensions. The path is one of
//
//   - a file; .gz is decompressed, and each member of a .zip is a document;
//   - a folder, with everything below it; hidden files are skipped, and so are
//     files that are not text when the medium is text; links to folders are not
//     followed;
//   - a pattern of path.Match, where ** matches any folders, as in
//     "src/**/*.txt"; hidden files match only if the pattern names them;
//   - a CSV table with a column "split" and a column that names sound or MIDI
//     files by slash paths relative to the table.
//
// Such a table sets the splits of the documents; it may also lie in the folder
// or archive. Without one, folders or files named train, validation (or valid,
// val) and test do. It is an error to find no documents.
func Find(name string, medium Medium) ([]Document, error) {
	docs, err := find(name, medium)
	if err != nil {
		return nil, fmt.Errorf("find data: %w", err)
	}
	sortDocuments(docs)
	if !slices.ContainsFunc(docs, func(d Document) bool { return d.Split != "" }) {
		nameSplits(docs)
	}
	return docs, nil
}

func find(name string, medium Medium) ([]Document, error) {
	var all []Document
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist) && strings.ContainsAny(name, `*?[`):
		if all, err = findPattern(filepath.ToSlash(name)); medium == Text {
			for i := range all {
				all[i].Medium = Text // whatever its name
			}
			return all, err
		}
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%s: %w; name an existing file, folder, pattern or archive", name, fs.ErrNotExist)
	case err != nil:
	case info.IsDir():
		all, err = findFolder(name)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is neither a file nor a folder; save it to a file first", name)
	case info.Size() == 0:
		return nil, fmt.Errorf("%s is empty", name)
	default:
		if all, err = findFile(name, info, medium); len(all) == 1 {
			return all, err
		}
	}
	if err != nil {
		return nil, err
	}
	if medium == Any {
		medium = most(all)
	}
	docs := only(all, medium)
	if len(docs) == 0 {
		return nil, fmt.Errorf("%s has no %s files; name other data, or a single file to use it regardless of its name", name, medium)
	}
	if medium == Text {
		return docs, nil
	}
	return docs, listSplits(docs, all)
}

// findFile returns the documents of one file: those that it lists, its members,
// or the file as a document of the medium.
func findFile(name string, info fs.FileInfo, medium Medium) ([]Document, error) {
	if isList(name) && medium != Text {
		docs, err := findList(name, medium)
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", name, err)
		}
		if docs != nil {
			return docs, nil
		}
	}
	docs, err := fileDocuments(name, info)
	if len(docs) == 1 {
		if docs[0].Medium = medium; medium == Any {
			docs[0].Medium = mediumOf(docs[0].Name)
		}
	}
	return docs, err
}

// fileDocuments returns the documents of a regular file: none if it is an empty
// text, the members if it is an archive. They have the names of the file or the
// members.
func fileDocuments(file string, info fs.FileInfo) ([]Document, error) {
	if info.Size() == 0 && mediumOf(file) == Text {
		return nil, nil
	}
	d := Document{
		Name: filepath.Base(file), Size: info.Size(), Modified: info.ModTime(),
		Open: func() (io.ReadCloser, error) { return os.Open(file) },
	}
	switch strings.ToLower(filepath.Ext(file)) {
	case ".gz":
		return []Document{gzipDocument(file, d)}, nil
	case ".zip":
		docs, err := zipDocuments(file, info)
		if len(docs) > 1 {
			docs, err = readable(docs)
		}
		return docs, err
	}
	return []Document{d}, nil
}

// place puts the slash path of their file before the names of documents. An
// archive becomes a folder.
func place(docs []Document, name string) {
	folder, base := path.Split(name)
	if ext := path.Ext(base); strings.EqualFold(ext, ".zip") {
		folder += strings.TrimSuffix(base, ext) + "/"
	}
	for i := range docs {
		docs[i].Name = folder + docs[i].Name
	}
}

func findFolder(root string) ([]Document, error) {
	// WalkDir does not follow a root that is a link.
	root, err := filepath.EvalSymlinks(root)
	if err != nil {
		return nil, err
	}
	var docs []Document
	err = filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || file == root {
			return err
		}
		if strings.HasPrefix(entry.Name(), ".") {
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		info, err := regular(file, entry)
		if err != nil || info == nil {
			return err
		}
		found, err := fileDocuments(file, info)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		place(found, filepath.ToSlash(rel))
		found, err = readable(found)
		docs = append(docs, found...)
		return err
	})
	return docs, err
}

// regular follows links and returns the info of an entry, or nil if it is not a
// regular file.
func regular(file string, entry fs.DirEntry) (fs.FileInfo, error) {
	switch {
	case entry.Type().IsRegular():
		return entry.Info()
	case entry.Type()&fs.ModeSymlink != 0:
		info, err := os.Stat(file)
		if errors.Is(err, fs.ErrNotExist) || err == nil && !info.Mode().IsRegular() {
			return nil, nil // a broken link or one to a folder
		}
		return info, err
	}
	return nil, nil
}

// sniffed is how many bytes decide whether a file is text, as in git.
const sniffed = 8000

// readable returns the documents that are text, or whose names suggest another
// medium.
func readable(docs []Document) ([]Document, error) {
	var kept []Document
	for _, d := range docs {
		other := mediumOf(d.Name) != Text
		ok, err := other, error(nil)
		if !other {
			ok, err = isText(d)
		}
		if err != nil {
			return nil, err
		}
		if ok {
			kept = append(kept, d)
		}
	}
	return kept, nil
}

// isText reports whether the beginning of a document has no control characters
// other than white space, backspace and escape. So Latin-1 is text, UTF-16 is
// not.
func isText(d Document) (bool, error) {
	r, err := d.Open()
	if err != nil {
		return false, err
	}
	defer r.Close()
	head, err := io.ReadAll(io.LimitReader(r, sniffed))
	if err != nil {
		return false, err
	}
	for _, c := range head {
		const allowed = 1<<'\b' | 1<<'\t' | 1<<'\n' | 1<<'\v' | 1<<'\f' | 1<<'\r' | 1<<0x1b
		if c < ' ' && allowed>>c&1 == 0 {
			return false, nil
		}
	}
	return true, nil
}
