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

// Found is what [Find] finds at a path.
type Found struct {
	Documents []Document
	Left      []Left   // what was left out, the largest groups first
	Lists     []string // the files that set the splits
	temporary []*os.File
}

// Left counts files that were left out for one reason.
type Left struct {
	What  string // the extension, or the reason; follows the number
	Files int
	First string // the name of one
}

// Close removes what was unpacked to temporary files. No document can be opened
// after that.
func (f *Found) Close() error { return closeAll(f.temporary) }

// Find returns the documents of a medium at a path, sorted by name in natural
// order (part2 before part10). The content of a file decides its medium; only
// what is not recognized has that of its extension. For Any the medium is that
// of the sound or MIDI files, if there are any; it is an error if there are
// both. The medium Bytes takes every file as it is. The path is one of
//
//   - a file; one compressed with gzip, bzip2, xz or zstd is decompressed, and
//     each member of a zip or tar archive is a document;
//   - a folder, with everything below it; links to folders are not followed;
//   - a pattern of path.Match, where ** matches any folders, as in
//     "src/**/*.txt"; hidden files match only if the pattern names them;
//   - a table (CSV, TSV or JSON) with a column that names sound or MIDI files by
//     slash paths relative to the table.
//
// Files of another medium, hidden and empty ones, and those that cannot be read
// are left out and counted. See [Found] for the lists that set the splits;
// without one, folders or files named train, validation (or valid, val, dev)
// and test do. It is an error to find no documents.
func Find(name string, medium Medium) (*Found, error) {
	f := &finder{medium: medium}
	found, err := f.find(name)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("find data: %w", err), closeAll(f.temporary))
	}
	if !slices.ContainsFunc(found.Documents, func(d Document) bool { return d.Split != "" }) {
		nameSplits(found.Documents)
	}
	return found, nil
}

// A candidate is a file that may be a document.
type candidate struct {
	Document
	content content
}

// medium returns the medium of the content, or else of the name: reading the
// file says what is wrong with it then.
func (c candidate) medium() Medium {
	if c.content.medium == Audio || c.content.medium == Music {
		return c.content.medium
	}
	if m := mediumOf(c.Name); m != Text {
		return m
	}
	return c.content.medium
}

// A finder collects candidates.
type finder struct {
	medium     Medium
	candidates []candidate
	left       map[string]*Left
	roots      []string // absolute paths of the folder that was named
	partial    bool     // a pattern was named, so that lists may name other files
	temporary  []*os.File
}

// leave counts a file that is left out.
func (f *finder) leave(what, name string) {
	if f.left == nil {
		f.left = map[string]*Left{}
	}
	l := f.left[what]
	if l == nil {
		l = &Left{What: what, First: name}
		f.left[what] = l
	}
	l.Files++
}

func (f *finder) find(name string) (*Found, error) {
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist) && strings.ContainsAny(name, `*?[`):
		err = f.pattern(filepath.ToSlash(name))
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%s: %w; name an existing file, folder, pattern or archive", name, fs.ErrNotExist)
	case err != nil:
	case info.IsDir():
		err = f.folder(name)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is neither a file nor a folder; save it to a file first", name)
	case info.Size() == 0:
		return nil, fmt.Errorf("%s is empty", name)
	default:
		if found, err := f.list(name); found != nil || err != nil {
			return found, err
		}
		err = f.file(name, "", info)
		if err == nil && len(f.candidates) == 1 && len(f.left) == 0 {
			return f.single(name)
		}
	}
	if err != nil {
		return nil, err
	}
	return f.choose(name)
}

// single returns the one file that was named, if it holds what is wanted.
func (f *finder) single(name string) (*Found, error) {
	c := f.candidates[0]
	has, want := c.medium(), f.medium
	switch {
	case want == Bytes:
		has = Text
	case has == Any || want == Text && c.content.medium != Text:
		return nil, fmt.Errorf("%s is %s, not text, sound or music; use codec bytes for the bytes of any file", name, c.content.name)
	case want != Any && has != want && c.content.medium != Text:
		return nil, fmt.Errorf("%s is %s, not %s; name other data, or take it as %s", name, c.content.name, want, has)
	case want != Any:
		has = want // reading it says what is wrong
	}
	c.Medium = has
	return &Found{Documents: []Document{c.Document}, temporary: f.temporary}, nil
}

// choose returns the candidates of the medium that is wanted.
func (f *finder) choose(name string) (*Found, error) {
	count := map[Medium]int{}
	for _, c := range f.candidates {
		count[c.medium()]++
	}
	medium := f.medium
	switch {
	case medium != Any:
	case count[Audio] > 0 && count[Music] > 0:
		return nil, fmt.Errorf("%s holds %d sound files and %d MIDI files; choose with --medium audio or --medium music", name, count[Audio], count[Music])
	case count[Audio] > 0:
		medium = Audio
	case count[Music] > 0:
		medium = Music
	default:
		medium = Text
	}
	found := &Found{temporary: f.temporary}
	var others []Document
	for _, c := range f.candidates {
		switch c.Medium = c.medium(); {
		case medium == Bytes:
			c.Medium = Text
			found.Documents = append(found.Documents, c.Document)
		case c.Medium == medium:
			found.Documents = append(found.Documents, c.Document)
		default:
			others = append(others, c.Document)
		}
	}
	sortDocuments(found.Documents)
	if len(found.Documents) > 0 && (medium == Audio || medium == Music) {
		// A list is no file that was left out.
		if err := f.listSplits(found, others); err != nil {
			return nil, err
		}
	}
	for _, d := range others {
		if !slices.Contains(found.Lists, d.Name) {
			f.leave(extensionOf(d.Name), d.Name)
		}
	}
	found.Left = f.groups()
	if len(found.Documents) == 0 {
		return nil, fmt.Errorf("%s has no %s files%s; name other data, or use codec bytes for the bytes of any file", name, medium, leftOut(found.Left))
	}
	return found, nil
}

// file adds what a regular file holds. name is its slash path in the folder that
// the user named, or empty for the file that the user named.
func (f *finder) file(file, name string, info fs.FileInfo) error {
	alone := name == ""
	d := Document{
		Name: filepath.Base(file), Size: info.Size(), Modified: info.ModTime(),
		Open: func() (io.ReadCloser, error) { return os.Open(file) },
	}
	folder := ""
	if !alone {
		d.Name, folder = name, unpackedName(name)+"/"
	}
	if info.Size() == 0 {
		f.add(candidate{Document: d})
		return nil
	}
	c, err := d.sniff()
	if err != nil {
		if alone {
			return err
		}
		f.leave("unreadable", d.Name+": "+reason(err))
		return nil
	}
	if p := packedName(d.Name); p != "" && c.packing == "" {
		return damaged(file, fmt.Errorf("it is named as %s, but it is %s", p, c.name))
	}
	var members []Document
	switch c.packing {
	case "":
		f.add(candidate{d, c})
		return nil
	case zipPacking:
		if ext := path.Ext(d.Name); !alone && ext != "" && packedName(d.Name) != zipPacking {
			f.add(candidate{d, content{name: "a zip archive"}}) // of a program
			return nil
		}
		members, err = f.zipDocuments(file, info)
	case tarPacking:
		members, err = f.tarDocuments(file, d, openFile(file))
	default:
		d = d.unpack(file, c.packing)
		if c, err = d.sniff(); err != nil { // so does reading it
			f.add(candidate{d, content{medium: Text, name: "damaged"}})
			return nil
		}
		if c.packing != tarPacking {
			f.add(candidate{d, c})
			return nil
		}
		var open func() (io.ReaderAt, io.Closer, error)
		if open, err = f.spool(file, d); err == nil {
			members, err = f.tarDocuments(file, d, open)
		}
	}
	if err != nil {
		return err
	}
	for _, m := range members {
		m.Name = folder + m.Name
		if m.Size == 0 {
			f.add(candidate{Document: m})
		} else if c, err := m.sniff(); err != nil {
			f.add(candidate{m, content{medium: Text, name: "damaged"}})
		} else {
			f.add(candidate{m, c})
		}
	}
	return nil
}

// add adds a candidate, unless it is empty or packed.
func (f *finder) add(c candidate) {
	switch {
	case c.content == content{} && mediumOf(c.Name) == Text:
		f.leave("empty", c.Name)
		return
	case c.content.packing != "":
		f.leave("archives in archives", c.Name)
		return
	case f.medium != Bytes:
		c.Document = c.in(c.content.charset)
	}
	f.candidates = append(f.candidates, c)
}
