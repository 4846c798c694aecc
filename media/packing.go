package media

import (
	"archive/tar"
	"bufio"
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

// packings are the extensions and first bytes of each packing.
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
// it.
func packingOf(head []byte) (packing, string) {
	for _, p := range packings {
		if p.begins == "" || !bytes.HasPrefix(head, []byte(p.begins)) {
			continue
		}
		// The level is followed by the mark of a block, or of the end.
		if p.packing == bzip2Packing && (len(head) < 10 || string(head[4:10]) != "1AY&SY" && string(head[4:10]) != "\x17\x72\x45\x38\x50\x90") {
			continue
		}
		return p.packing, "a " + string(p.packing) + " file"
	}
	if len(head) > 4 && head[0]&0xf0 == 0x50 && string(head[1:4]) == "\x2a\x4d\x18" { // a frame to skip
		return zstdPacking, "a zstd file"
	}
	if len(head) >= 512 && string(head[257:262]) == "ustar" {
		return tarPacking, "a tar archive"
	}
	if len(head) >= 512 {
		// The header of the first member has a checksum.
		if h, err := tar.NewReader(bytes.NewReader(head)).Next(); err == nil && h.Name != "" {
			return tarPacking, "a tar archive"
		}
	}
	return "", ""
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

// maxWindow bounds the memory for unpacking xz and zstd, in bytes: twice what
// their strongest levels need.
const maxWindow = 1 << 27

// errWindow says that a file needs more.
var errWindow = fmt.Errorf("it needs more than %d MB of memory", maxWindow>>20)

// checkDictionary refuses an xz file whose first block needs more than maxWindow
// (xz file format 1.2.0, sections 3.1 and 5.3.1: the only filter is LZMA2).
func checkDictionary(in *bufio.Reader) error {
	const header, filter, size = 12, "\x21\x01", 3 // of the stream; LZMA2 with one byte of properties
	head, _ := in.Peek(header + 32)
	if at := bytes.Index(head, []byte(filter)); at > header && at+size <= len(head) {
		if bits := head[at+2] & 63; bits > 40 || (2|int64(bits)&1)<<(bits/2+11) > maxWindow {
			return errWindow
		}
	}
	return nil
}

// A gzipReader reads the members of a gzip file and passes over zeros after the
// last, which tapes and some tools add; gzip does so too.
type gzipReader struct {
	in *bufio.Reader
	*gzip.Reader
}

func newGzip(r io.Reader) (*gzipReader, error) {
	in := bufio.NewReader(r)
	content, err := gzip.NewReader(in)
	if err != nil {
		return nil, err
	}
	content.Multistream(false)
	return &gzipReader{in, content}, nil
}

func (g *gzipReader) Read(p []byte) (int, error) {
	for {
		n, err := g.Reader.Read(p)
		if err != io.EOF || n > 0 {
			if err == io.EOF {
				err = nil // it comes again
			}
			return n, err
		}
		for {
			b, err := g.in.Peek(1)
			if len(b) == 0 {
				return 0, err // at the end of the file io.EOF
			}
			if b[0] != 0 {
				break
			}
			if _, err := g.in.Discard(1); err != nil {
				return 0, err
			}
		}
		if err := g.Reset(g.in); err != nil {
			return 0, err
		}
		g.Multistream(false)
	}
}

// reader returns the content of a compressed stream.
func (p packing) reader(r io.Reader) (io.ReadCloser, error) {
	switch p {
	case gzipPacking:
		return newGzip(r)
	case bzip2Packing:
		return io.NopCloser(bzip2.NewReader(r)), nil
	case xzPacking:
		in := bufio.NewReader(r)
		if err := checkDictionary(in); err != nil {
			return nil, err
		}
		content, err := xz.NewReader(in)
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
