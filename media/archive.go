package media

import (
	"archive/zip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path"
	"strings"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// maxMember is the largest plausible size of a member of a zip file, in bytes.
const maxMember = 1 << 50

// zipDocuments returns the members of a zip archive, without folders. If it is
// more than an archive, name says what.
func (f *finder) zipDocuments(file string, info fs.FileInfo) (docs []Document, name string, err error) {
	a := &archive{path: file}
	members, err := a.members(info.Size())
	if err != nil {
		return nil, "", err
	}
	if name := zipDocument(members); name != "" {
		return nil, name, nil
	}
	for _, m := range members {
		name := m.Name
		if m.CreatorVersion>>8 == 0 { // older .NET writes the paths of Windows
			name = slashed(name)
		}
		name = memberName(name)
		switch {
		case m.FileInfo().IsDir():
			continue
		case hidden(name):
			f.leave("hidden", name)
			continue
		case !m.Mode().IsRegular():
			f.leave("links and sparse files in archives", name)
			continue
		case m.Flags&1 != 0:
			return nil, "", fmt.Errorf("%s: member %q is encrypted; unpack the archive and name the folder", file, m.Name)
		case m.UncompressedSize64 > maxMember:
			return nil, "", damaged(file, fmt.Errorf("member %q claims %d bytes", m.Name, m.UncompressedSize64))
		}
		docs = append(docs, Document{
			Name: name, Size: int64(m.UncompressedSize64), Modified: info.ModTime(),
			Open: func() (io.ReadCloser, error) { return a.open(m) },
		})
	}
	return f.latest(docs), "", nil
}

// memberName returns the name of a member as a slash path below the archive,
// without "./" and "..".
func memberName(name string) string { return strings.TrimPrefix(path.Clean("/"+name), "/") }

// latest returns the last of the members of each name: what unpacking leaves.
func (f *finder) latest(docs []Document) []Document {
	last := map[string]int{}
	for i, d := range docs {
		last[d.Name] = i
	}
	var kept []Document
	for i, d := range docs {
		if last[d.Name] == i {
			kept = append(kept, d)
		} else {
			f.leave("replaced later in their archive", d.Name)
		}
	}
	return kept
}

// concatenated reports whether another archive stands before the one whose
// directory ends the file (APPNOTE 6.3.10, section 4.3.16): readers differ in which
// of the two they see.
func (a *archive) concatenated(size int64) bool {
	const end = 22 // bytes of the end of a directory without comment
	var head [4]byte
	var tail [end]byte
	if size < end {
		return false
	}
	_, errHead := a.ReadAt(head[:], 0)
	_, errTail := a.ReadAt(tail[:], size-end)
	if errHead != nil || errTail != nil || string(head[:]) != "PK\x03\x04" || string(tail[:4]) != "PK\x05\x06" {
		return false
	}
	length, offset := binary.LittleEndian.Uint32(tail[12:]), binary.LittleEndian.Uint32(tail[16:])
	return offset != math.MaxUint32 && int64(offset)+int64(length)+end < size
}

// zipDocument names what a zip archive is, by its members, if it is more than an archive.
func zipDocument(members []*zip.File) string {
	has, arrays := map[string]bool{}, len(members) > 0
	for _, m := range members {
		has[m.Name] = true
		arrays = arrays && path.Ext(m.Name) == ".npy"
	}
	switch {
	case has["[Content_Types].xml"]:
		return "an Office document"
	case has["mimetype"]:
		return "an OpenDocument or EPUB document"
	case has["META-INF/MANIFEST.MF"]:
		return "a Java archive"
	case has["META-INF/container.xml"]:
		return "a compressed document"
	case arrays:
		return "an archive of NumPy arrays"
	}
	for name := range has { // the folder of a PyTorch file has the name of the file
		if folder, is := strings.CutSuffix(name, "/data.pkl"); is && has[folder+"/version"] {
			return "a PyTorch file"
		}
	}
	return ""
}

// hidden reports whether a part of a slash path begins with a dot, or the path
// is in the folder that macOS adds to archives.
func hidden(name string) bool {
	return strings.HasPrefix(name, ".") || strings.Contains(name, "/.") || strings.HasPrefix(name, "__MACOSX/")
}

// An archive is a zip file that is open only while one of its members is.
type archive struct {
	path  string
	mu    sync.Mutex
	file  *os.File
	users int
}

// ReadAt reads from the file that acquire opened.
func (a *archive) ReadAt(p []byte, offset int64) (int, error) { return a.file.ReadAt(p, offset) }

func (a *archive) acquire() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.users == 0 {
		file, err := os.Open(a.path)
		if err != nil {
			return err
		}
		a.file = file
	}
	a.users++
	return nil
}

// Close undoes one call of acquire.
func (a *archive) Close() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.users--; a.users > 0 {
		return nil
	}
	return a.file.Close()
}

func (a *archive) members(size int64) ([]*zip.File, error) {
	if err := a.acquire(); err != nil {
		return nil, err
	}
	defer a.Close()
	r, err := zip.NewReader(a, size)
	if err != nil {
		return nil, damaged(a.path, err)
	}
	if a.concatenated(size) {
		return nil, fmt.Errorf("%s holds several zip archives one behind another; unpack them and name the folder", a.path)
	}
	return r.File, nil
}

func (a *archive) open(m *zip.File) (io.ReadCloser, error) {
	if err := a.acquire(); err != nil {
		return nil, err
	}
	content, err := m.Open()
	if err != nil {
		a.Close()
		return nil, damaged(a.path, err)
	}
	return &unpacked{a.path, content, []io.Closer{content, a}}, nil
}

// unpacked is the content of a compressed file. Its errors name the file, and
// Close closes everything that was opened for it.
type unpacked struct {
	file    string
	content io.Reader
	closers []io.Closer
}

func (u *unpacked) Read(p []byte) (int, error) {
	n, err := u.content.Read(p)
	if err != nil && err != io.EOF {
		err = damaged(u.file, err)
	}
	return n, err
}

func (u *unpacked) Close() error {
	var first error
	for _, c := range u.closers {
		if err := c.Close(); first == nil {
			first = err
		}
	}
	return first
}

// damaged is the error for an archive that cannot be read.
func damaged(file string, err error) error {
	if errors.Is(err, errWindow) || errors.Is(err, zstd.ErrWindowSizeExceeded) {
		return fmt.Errorf("archive %s cannot be read: %w; unpack it and name the content", file, errWindow)
	}
	return fmt.Errorf("archive %s is damaged, incomplete or of a kind that is not read: %w; copy it again, or unpack it and name the content", file, err)
}
