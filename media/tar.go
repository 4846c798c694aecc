package media

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
)

// tarDocuments returns the members of a tar archive, without folders and
// links. open opens the archive, which is not compressed; file is what the user
// named.
func (f *finder) tarDocuments(file string, d Document, open func() (io.ReaderAt, io.Closer, error)) ([]Document, error) {
	content, closer, err := open()
	if err != nil {
		return nil, err
	}
	defer closer.Close()
	// Reading by Seek tells where the content of a member begins.
	archive := io.NewSectionReader(content, 0, 1<<62)
	var docs []Document
	var next int64 // the least offset of the next header
	for r := tar.NewReader(archive); ; {
		h, err := r.Next()
		if err == io.EOF {
			if err := ended(archive, next); err != nil {
				return nil, damaged(file, err)
			}
			// Archives that were put one behind another are one.
			if begun, err := nextArchive(archive); err != nil || begun {
				if err != nil {
					return nil, damaged(file, err)
				}
				r = tar.NewReader(archive)
				continue
			}
			return f.latest(docs), nil
		}
		if err != nil {
			return nil, damaged(file, err)
		}
		start, err := archive.Seek(0, io.SeekCurrent)
		if err != nil {
			return nil, err
		}
		next = start
		if h.Typeflag == tar.TypeReg && h.PAXRecords["GNU.sparse.major"] == "" && h.PAXRecords["GNU.sparse.map"] == "" {
			next += (h.Size + 511) &^ 511
		}
		name := memberName(h.Name)
		switch {
		case h.Typeflag == tar.TypeDir || h.Typeflag == tar.TypeXGlobalHeader:
			continue
		case h.Typeflag != tar.TypeReg || h.PAXRecords["GNU.sparse.major"] != "" || h.PAXRecords["GNU.sparse.map"] != "":
			f.leave("links and sparse files in archives", name)
			continue
		case hidden(name):
			f.leave("hidden", name)
			continue
		}
		docs = append(docs, Document{
			Name: name, Size: h.Size, Modified: d.Modified,
			Open: func() (io.ReadCloser, error) {
				content, closer, err := open()
				if err != nil {
					return nil, err
				}
				member := &whole{io.NewSectionReader(content, start, h.Size), h.Size}
				return &unpacked{file, member, []io.Closer{closer}}, nil
			},
		})
	}
}

// ended returns an error unless a block of zeros ends an archive behind its last member,
// which ends at next: an archive that is cut off between two members has none.
func ended(archive *io.SectionReader, next int64) error {
	at, err := archive.Seek(0, io.SeekCurrent)
	if err != nil {
		return err
	}
	block := make([]byte, 512)
	if n, _ := archive.ReadAt(block, max(0, at-512)); at < next+512 || n < len(block) || slices.Max(block) > 0 {
		return errors.New("it ends without the blocks of zeros that end an archive")
	}
	return nil
}

// nextArchive passes over the zeros at the end of an archive and reports whether
// another begins there.
func nextArchive(archive io.ReadSeeker) (bool, error) {
	block := make([]byte, 512)
	for {
		_, err := io.ReadFull(archive, block)
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		if slices.Max(block) > 0 {
			_, err := archive.Seek(-512, io.SeekCurrent)
			return true, err
		}
	}
}

// whole is a reader for which an early end is an error.
type whole struct {
	content io.Reader
	left    int64
}

func (w *whole) Read(p []byte) (int, error) {
	n, err := w.content.Read(p)
	if w.left -= int64(n); err == io.EOF && w.left > 0 {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// openFile opens a file for tarDocuments.
func openFile(path string) func() (io.ReaderAt, io.Closer, error) {
	return func() (io.ReaderAt, io.Closer, error) {
		file, err := os.Open(path)
		return file, file, err
	}
}

// spool writes a compressed tar archive to a temporary file, because its members
// are not read in their order. [Found.Close] removes it.
func (f *finder) spool(file string, d Document) (func() (io.ReaderAt, io.Closer, error), error) {
	content, err := d.Open()
	if err != nil {
		return nil, err
	}
	defer content.Close()
	temporary, err := os.CreateTemp("", "waveletgpt-*.tar")
	if err != nil {
		return nil, fmt.Errorf("unpack %s to a temporary file: %w; set TMPDIR to a folder with more room", file, err)
	}
	f.temporary = append(f.temporary, temporary)
	// Where the system allows it, the file has no name from now on, and so
	// survives no crash.
	_ = os.Remove(temporary.Name())
	if _, err := io.Copy(temporary, whileAlive{f.ctx, content}); err != nil {
		if failed := (*fs.PathError)(nil); !errors.As(err, &failed) || failed.Path != temporary.Name() {
			return nil, err // of reading
		}
		return nil, fmt.Errorf("unpack %s to a temporary file: %w; set TMPDIR to a folder with more room", file, err)
	}
	return func() (io.ReaderAt, io.Closer, error) { return temporary, io.NopCloser(nil), nil }, nil
}

// whileAlive reads until a context ends.
type whileAlive struct {
	ctx     context.Context
	content io.Reader
}

func (w whileAlive) Read(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.content.Read(p)
}

// closeAll closes temporary files and removes them where that was not possible
// before.
func closeAll(files []*os.File) error {
	var first error
	for _, f := range files {
		err := f.Close()
		if removed := os.Remove(f.Name()); removed != nil && !errors.Is(removed, os.ErrNotExist) {
			err = errors.Join(err, removed)
		}
		if first == nil {
			first = err
		}
	}
	return first
}
