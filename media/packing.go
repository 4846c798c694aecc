package media

import (
	"archive/tar"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// A packing is how a file is packed: compressed, which unpacks to one file, or
// an archive of several. The zero value is a file that is not packed.
type packing string

const (
	zipPacking   packing = "zip"
	tarPacking   packing = "tar"
	gzipPacking  packing = "gzip"
	bzip2Packing packing = "bzip2"
	xzPacking    packing = "xz"
	zstdPacking  packing = "zstd"
)

// packings are the extensions and first bytes of each packing. The last two
// bytes of bzip2's are those of a stream with content.
var packings = []struct {
	packing packing
	begins  string
	names   []string
}{
	{zipPacking, "PK\x03\x04", []string{".zip"}},
	{zipPacking, "PK\x05\x06", nil}, // without members
	{gzipPacking, "\x1f\x8b\x08", []string{".gz", ".tgz"}},
	{bzip2Packing, "BZh", []string{".bz2", ".tbz2", ".tbz"}},
	{xzPacking, "\xfd7zXZ\x00", []string{".xz", ".txz"}},
	{zstdPacking, "\x28\xb5\x2f\xfd", []string{".zst", ".tzst"}},
	{tarPacking, "", []string{".tar"}},
}

// packingOf says how a file that begins with head is packed, and what to call
// it. A zip archive that is a document or a program of its own is not unpacked
// and has only a name.
func packingOf(head []byte) (packing, string) {
	for _, p := range packings {
		if p.begins == "" || !bytes.HasPrefix(head, []byte(p.begins)) {
			continue
		}
		if name := zipDocument(head); p.packing == zipPacking && name != "" {
			return "", name
		}
		if p.packing != bzip2Packing || bytes.Contains(head[:min(len(head), 10)], []byte("1AY&SY")) || len(head) == 14 {
			return p.packing, "a " + string(p.packing) + " file"
		}
	}
	if len(head) >= 512 {
		// The header of the first member has a checksum.
		if h, err := tar.NewReader(bytes.NewReader(head)).Next(); err == nil && h.Name != "" {
			return tarPacking, "a tar archive"
		}
	}
	return "", ""
}

// zipDocument names what a zip archive is when it is more than an archive, by
// its first member, or returns "".
func zipDocument(head []byte) string {
	const header = 30 // bytes before the name of a member
	if len(head) < header {
		return ""
	}
	first := string(head[header:min(len(head), header+int(head[26])+int(head[27])<<8)])
	switch {
	case first == "[Content_Types].xml" || strings.HasPrefix(first, "_rels/"):
		return "an Office document"
	case first == "mimetype":
		return "an OpenDocument or EPUB document"
	case strings.HasPrefix(first, "META-INF/"):
		return "a Java archive"
	case path.Ext(first) == ".npy":
		return "an archive of NumPy arrays"
	case path.Base(first) == "data.pkl":
		return "a PyTorch file"
	}
	return ""
}

// packedName reports whether a file is named as a packed one, and how.
func packedName(name string) packing {
	for _, p := range packings {
		for _, ext := range p.names {
			if strings.EqualFold(path.Ext(name), ext) {
				return p.packing
			}
		}
	}
	return ""
}

// unpackedName returns the name without the extensions of its packing: the file
// that it unpacks to, or the folder of its members.
func unpackedName(name string) string {
	if packedName(name) == "" {
		return name
	}
	name = strings.TrimSuffix(name, path.Ext(name))
	if packedName(name) == tarPacking {
		name = strings.TrimSuffix(name, path.Ext(name))
	}
	return name
}

// maxWindow bounds the memory for unpacking zstd, in bytes: what its strongest
// level needs.
const maxWindow = 1 << 27

// reader returns the content of a compressed stream.
func (p packing) reader(r io.Reader) (io.ReadCloser, error) {
	switch p {
	case gzipPacking:
		return gzip.NewReader(r)
	case bzip2Packing:
		return io.NopCloser(bzip2.NewReader(r)), nil
	case xzPacking:
		content, err := xz.NewReader(r)
		return io.NopCloser(content), err
	case zstdPacking:
		content, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, err
		}
		return content.IOReadCloser(), nil
	}
	return nil, fmt.Errorf("%s is not a compression", p)
}

// unpack returns the decompressed content of the file d.
func (d Document) unpack(file string, p packing) Document {
	open := d.Open
	d.Name = unpackedName(d.Name)
	d.Size = -1
	d.Open = func() (io.ReadCloser, error) {
		f, err := open()
		if err != nil {
			return nil, err
		}
		content, err := p.reader(f)
		if err != nil {
			f.Close()
			return nil, damaged(file, err)
		}
		return &unpacked{file, content, []io.Closer{content, f}}, nil
	}
	return d
}
