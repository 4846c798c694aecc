package media

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/waveletgpt/waveletgpt/internal/typeset"
)

// Found is what [Find] finds at a path.
type Found struct {
	Documents []Document
	Left      []Left   // what was left out, the largest groups first
	Lists     []string // what set the splits: lists, or names
	// Unfollowed says that folders or files are called like splits, but so deep in
	// the names, or beside others, that they set none.
	Unfollowed bool
	temporary  []*os.File
}

// Left counts files that were left out for one reason.
type Left struct {
	What  string `json:"what"` // the extension, or the reason; follows the number
	Files int    `json:"files"`
	First string `json:"first"` // the name of one
}

// Close removes what was unpacked to temporary files. No document can be opened
// after that.
func (f *Found) Close() error { return closeAll(f.temporary) }

// Find returns the documents of a medium at a path, sorted by name in natural
// order (part2 before part10). The content of a file decides its medium; only
// what is not recognized has that of its extension. For Any the medium is that
// of the sound or MIDI files, if there are any; it is an error if there are
// both. The medium Bytes takes any file, whatever it holds, but unpacks archives.
// The caller must close what is found. The path is one of
//
//   - a file; one compressed with gzip, bzip2, xz or zstd is decompressed, and
//     each member of a zip or tar archive is a document;
//   - a folder, with everything below it but hidden files; links to folders are
//     not followed;
//   - a pattern of path.Match, where ** matches any folders, as in
//     "src/**/*.txt"; hidden files match only if the pattern names them;
//   - a table (CSV, TSV, JSON or lines of JSON) with a column that names sound or MIDI files by
//     slash paths relative to the table.
//
// Files of another medium, empty ones, archives in archives, and in a folder
// those that cannot be read are left out and counted. See [Found] for the lists
// that set the splits; without one, folders or files named train, validation (or
// valid, val, dev), test and holdout do. It is an error to find no documents.
func Find(ctx context.Context, name string, medium Medium) (*Found, error) {
	f := &finder{ctx: ctx, medium: medium}
	found, err := f.find(name)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("find data: %w", err), closeAll(f.temporary))
	}
	if !slices.ContainsFunc(found.Documents, func(d Document) bool { return d.Split != "" }) && nameSplits(found.Documents) {
		found.Lists, found.Unfollowed = []string{"the names of folders and files"}, false
		found.Documents = f.inSplits(found.Documents, "in no split")
		found.Left = f.groups()
	} else if len(found.Lists) > 0 {
		found.Unfollowed = false
	} else {
		found.Unfollowed = found.Unfollowed || namedDeeper(found.Documents)
	}
	return found, nil
}

// inSplits returns the documents that are in a split, and leaves out the others.
func (f *finder) inSplits(docs []Document, what string) []Document {
	return slices.DeleteFunc(docs, func(d Document) bool {
		if d.Split == "" {
			f.leave(what, d.Name)
		}
		return d.Split == ""
	})
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
	ctx        context.Context
	medium     Medium
	candidates []candidate
	left       map[string]*Left
	pointers   []string // names of files of which only a pointer of Git LFS is there
	roots      []string // absolute paths of the folder that was named
	partial    bool     // a pattern was named, so that lists may name other files
	temporary  []*os.File
}

// leave counts a file that is left out.
func (f *finder) leave(what, name string) {
	if f.left == nil {
		f.left = map[string]*Left{}
	}
	what, name = typeset.Printable(what), typeset.Printable(name)
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
		if err == nil && len(f.candidates) == 1 && len(f.left)+len(f.pointers) == 0 {
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
	case has == Any || want == Text && c.content.medium == Any:
		return nil, fmt.Errorf("%s is %s, not text, sound or music; use --codec bytes for the bytes of any file", name, c.content.name)
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
	if n := len(f.pointers); n > 0 {
		return nil, fmt.Errorf("%s: %s in the place of data (%s); fetch the data with git lfs pull, or name other files, by a pattern if they are in one folder", name, typeset.Counted(n, "Git LFS pointer"), typeset.Printable(f.pointers[0]))
	}
	count := map[Medium]int{}
	for _, c := range f.candidates {
		count[c.medium()]++
	}
	medium := f.medium
	switch {
	case medium != Any:
	case count[Audio] > 0 && count[Music] > 0:
		sounds, pieces := typeset.Counted(count[Audio], "sound file"), typeset.Counted(count[Music], "MIDI file")
		if n := count[Text]; n > 0 {
			return nil, fmt.Errorf("%s holds %s, %s and %s; choose with --medium text, audio or music", name, typeset.Counted(n, "text file"), sounds, pieces)
		}
		return nil, fmt.Errorf("%s holds %s and %s; choose with --medium audio or music", name, sounds, pieces)
	case count[Audio] > 0:
		medium = Audio
	case count[Music] > 0:
		medium = Music
	default:
		medium = Text
	}
	found := &Found{temporary: f.temporary}
	var others []Document
	names := map[string]string{} // of contents
	taken := map[string]bool{}   // extensions
	for _, c := range f.candidates {
		switch c.Medium = c.medium(); {
		case medium == Bytes:
			c.Medium = Text
			found.Documents = append(found.Documents, c.Document)
		case c.Medium == medium:
			found.Documents = append(found.Documents, c.Document)
			taken[extensionOf(c.Name)] = true
		default:
			others = append(others, c.Document)
			names[c.Name] = c.content.name
		}
	}
	sortDocuments(found.Documents)
	found.Documents = f.once(found.Documents)
	isList := func(d Document) bool { return slices.Contains(found.Lists, d.Name) }
	if len(found.Documents) > 0 && medium != Bytes {
		lists := others
		if medium == Text { // a table may be one of the documents
			lists = slices.DeleteFunc(slices.Clone(found.Documents), func(d Document) bool { return !isTable(d.Name) })
		}
		found.Unfollowed = medium != Text && namedDeeper(others)
		if err := f.listSplits(found, lists); err != nil {
			return nil, err
		}
		found.Documents = slices.DeleteFunc(found.Documents, isList)
	}
	for _, d := range others {
		if !isList(d) { // which is no file that was left out
			what := extensionOf(d.Name)
			if taken[what] { // another reason than the kind of file
				what += " that hold " + names[d.Name]
			}
			f.leave(what, d.Name)
		}
	}
	found.Left = f.groups()
	data := func(l Left) bool { return l.What != "hidden" && l.What != "empty" }
	if medium == Text && len(found.Documents) > 0 && !slices.ContainsFunc(found.Documents, notAbout) && slices.ContainsFunc(found.Left, data) {
		return nil, fmt.Errorf("%s has no text but %s%s; name that file if you mean it, or other data", name, found.Documents[0].Name, leftOut(found.Left))
	}
	if len(found.Documents)+len(found.Left) == 0 {
		return nil, fmt.Errorf("%s is empty; name a folder or archive that holds files", name)
	}
	if len(found.Documents) == 0 {
		kind := map[Medium]string{Text: "text", Audio: "sound", Music: "MIDI", Bytes: "usable"}[medium]
		remedy := "name other data"
		if len(f.candidates) > 0 && (f.medium == Any || f.medium == Text) {
			remedy += ", or use --codec bytes for the bytes of any file"
		}
		return nil, fmt.Errorf("%s has no %s files%s; %s", name, kind, leftOut(found.Left), remedy)
	}
	return found, nil
}

// once leaves out what an archive, or a compressed file, holds beside the same unpacked:
// both have one name and, where it is known, one size, and the unpacked one comes first.
func (f *finder) once(sorted []Document) []Document {
	return slices.CompactFunc(sorted, func(a, b Document) bool {
		if a.Name != b.Name || a.Size >= 0 && b.Size >= 0 && a.Size != b.Size {
			return false
		}
		f.leave("there unpacked too", b.Name)
		return true
	})
}
