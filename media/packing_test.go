package media

import (
	"archive/tar"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// tarred returns an archive of pairs of name and content.
func tarred(t testing.TB, members ...string) string {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for i := 0; i < len(members); i += 2 {
		h := &tar.Header{Name: members[i], Size: int64(len(members[i+1])), Mode: 0o644, Typeflag: tar.TypeReg}
		if strings.HasSuffix(members[i], "/") {
			h.Typeflag = tar.TypeDir
		}
		err := w.WriteHeader(h)
		if err == nil {
			_, err = io.WriteString(w, members[i+1])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func compressed(t testing.TB, content string, open func(io.Writer) (io.WriteCloser, error)) string {
	t.Helper()
	var out bytes.Buffer
	w, err := open(&out)
	if err == nil {
		_, err = io.WriteString(w, content)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func xzipped(t testing.TB, content string) string {
	return compressed(t, content, func(w io.Writer) (io.WriteCloser, error) { return xz.NewWriter(w) })
}

func zstandard(t testing.TB, content string) string {
	return compressed(t, content, func(w io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(w) })
}

// Written by bzip2, which the standard library only reads: "the text of it", and
// a tar archive of in/a.txt and in/b.txt.
const (
	bzip2Text = "QlpoOTFBWSZTWSGEglYAAAWRgEAAA2CEQCAAIhtQyEMCB5o11REfi7kinChIEMJBKwA="
	bzip2Tar  = "QlpoOTFBWSZTWRlMsZ8AAJJ7gMqAQABAAf2AAEB/YZ5ADAggAHISlAAaaaAAY1AqkUG1MhptQ2oAD96Xk05Az0xEIbsfKShjltYKIQkJR0X528KriLkiFk0JsKs4srk4NdFEi33YlyaeD3UnK/PIcQkJq/Yil6OoiKNNBED8XckU4UJAZTLGfA=="
)

func unbase64(t testing.TB, s string) string {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// However a text or an archive is packed, and whatever its name, the documents
// are the same.
func TestPackings(t *testing.T) {
	members := []string{"in/", "", "in/a.txt", "the first", "in/b.txt", "and the second"}
	archive := tarred(t, members...)
	packed := map[string]string{
		"a.tar": archive, "a.tar.gz": gzipped(t, archive), "a.tgz": gzipped(t, archive), "a.tar.bz2": unbase64(t, bzip2Tar),
		"a.tar.xz": xzipped(t, archive), "a.tar.zst": zstandard(t, archive), "a.zip": zipped(t, members...),
		"a": gzipped(t, archive), "a.bin": archive,
	}
	for name, content := range packed {
		root := write(t, map[string]string{name: content, "folder/" + name: content})
		found, err := Find(t.Context(), filepath.Join(root, name), Any)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got, want := listing(t, found.Documents), []string{"in/a.txt=the first", "in/b.txt=and the second"}; !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
		if err := found.Close(); err != nil {
			t.Error(err)
		}
		found, err = Find(t.Context(), filepath.Join(root, "folder"), Any)
		if err != nil {
			t.Errorf("%s in a folder: %v", name, err)
			continue
		}
		prefix := "a/"
		if name == "a.bin" {
			prefix = "a.bin/"
		}
		if got, want := listing(t, found.Documents), []string{prefix + "in/a.txt=the first", prefix + "in/b.txt=and the second"}; !slices.Equal(got, want) {
			t.Errorf("%s in a folder: %q, want %q", name, got, want)
		}
		found.Close()
	}
	const text = "the text of it"
	for name, content := range map[string]string{
		"t.txt.gz": gzipped(t, text), "t.txt.bz2": unbase64(t, bzip2Text), "t.txt.xz": xzipped(t, text), "t.txt.zst": zstandard(t, text),
	} {
		found, err := Find(t.Context(), filepath.Join(write(t, map[string]string{name: content}), name), Any)
		if err != nil || !slices.Equal(listing(t, found.Documents), []string{"t.txt=" + text}) {
			t.Errorf("%s: %v, %v", name, found, err)
		}
	}
}

// An archive in an archive, hidden members and links are left out and counted.
func TestLeftInArchives(t *testing.T) {
	inner := zipped(t, "c.txt", "c")
	for name, content := range map[string]string{
		"x.zip": zipped(t, "a.txt", "a", "inner.zip", inner, ".hidden", "h", "b.txt.gz", gzipped(t, "b"), "empty.txt", ""),
		"x.tar": tarred(t, "a.txt", "a", "inner.zip", inner, ".hidden", "h", "b.txt.gz", gzipped(t, "b"), "empty.txt", ""),
	} {
		found, err := Find(t.Context(), filepath.Join(write(t, map[string]string{name: content}), name), Any)
		if err != nil || len(found.Documents) != 1 {
			t.Errorf("%s: %v, %v", name, found, err)
			continue
		}
		if got, want := Summary(found.Left), "2 archives in archives (inner.zip), 1 empty (empty.txt), 1 hidden (.hidden)"; got != want {
			t.Errorf("%s: left out %s, want %s", name, got, want)
		}
	}
}

// What is named as packed and is not is an error, or in a folder left out, but
// the codec bytes takes it.
func TestFalselyPacked(t *testing.T) {
	for _, name := range []string{"x.gz", "x.tgz", "x.bz2", "x.xz", "x.zst", "x.tar", "x.zip"} {
		root := write(t, map[string]string{name: "only a text", "y.txt": "another"})
		for _, wanted := range []Medium{Any, Text} {
			if _, err := Find(t.Context(), filepath.Join(root, name), wanted); err == nil || !strings.Contains(err.Error(), name+" is named like ") {
				t.Errorf("%s as %q: %v", name, wanted, err)
			}
			found, err := Find(t.Context(), root, wanted)
			if err != nil || len(found.Documents) != 1 || !strings.HasPrefix(Summary(found.Left), "1 unreadable ("+name+": it is named like ") {
				t.Errorf("%s in a folder as %q: %v, %v", name, wanted, found, err)
			}
		}
		found, err := Find(t.Context(), root, Bytes)
		if err != nil || len(found.Documents) != 2 {
			t.Errorf("%s as bytes: %v, %v", name, found, err)
		}
	}
}

// Good files of unusual makers are not called damaged.
func TestUnusualPackings(t *testing.T) {
	root := write(t, map[string]string{
		"zeros.gz":  gzipped(t, "te") + gzipped(t, "xt") + strings.Repeat("\x00", 1000),
		"empty.tar": strings.Repeat("\x00", 10240),
		"git.tar":   gitArchive(t),
		"a.txt":     "text",
	})
	found, err := Find(t.Context(), root, Any)
	if err != nil || len(found.Left) > 0 {
		t.Fatalf("%v, %v", found, err)
	}
	if got, want := listing(t, found.Documents), []string{"a.txt=text", "git/a.txt=text", "zeros=text"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	// A dictionary of 3 GiB: the property byte of LZMA2 after the stream's header.
	hungry := []byte(xzipped(t, "text"))
	hungry[bytes.Index(hungry, []byte("\x21\x01"))+2] = 39
	found, err = Find(t.Context(), filepath.Join(write(t, map[string]string{"x.xz": string(hungry)}), "x.xz"), Any)
	if err == nil {
		_, err = found.Documents[0].Open()
	}
	if err == nil || !strings.Contains(err.Error(), "needs more than 128 MB of memory") {
		t.Errorf("a dictionary of 3 GiB: %v", err)
	}
}

// gitArchive is an archive as git writes it, with a global header.
func gitArchive(t *testing.T) string {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeXGlobalHeader, Name: "pax_global_header", PAXRecords: map[string]string{"comment": "0123"}})
	if err == nil {
		err = w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "a.txt", Size: 4, Mode: 0o644})
	}
	if err == nil {
		_, err = w.Write([]byte("text"))
	}
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// FuzzPacked: the content tells how a file is packed, so one target has all.
func FuzzPacked(f *testing.F) {
	archive := tarred(f, "a.txt", "text", "b/c.txt", "more", "d/", "")
	for _, seed := range []string{
		zipped(f, "a.txt", "text", "b/c.txt", "more"), zipped(f, "../a", "text", "../a", "text"), zipped(f, "only", strings.Repeat("x", 10000)),
		gzipped(f, "text"), gzipped(f, strings.Repeat("x", 100000)) + gzipped(f, ""), gzipped(f, archive), archive, tarred(f, "../a", "text"),
		xzipped(f, "text"), xzipped(f, archive), zstandard(f, "text"), zstandard(f, archive), unbase64(f, bzip2Text), unbase64(f, bzip2Tar),
		wide("text", binary.LittleEndian), wider("text", binary.BigEndian),
	} {
		f.Add([]byte(seed))
	}
	path := filepath.Join(f.TempDir(), "x")
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
		found, err := Find(t.Context(), path, Any)
		if err != nil {
			return
		}
		defer found.Close()
		for _, d := range found.Documents {
			if r, err := d.Open(); err == nil {
				n, err := io.Copy(io.Discard, io.LimitReader(r, 1<<20))
				if err == nil && d.Size >= 0 && n != min(d.Size, 1<<20) {
					t.Errorf("%q: %d bytes, not %d", d.Name, n, d.Size)
				}
				r.Close()
			}
		}
	})
}
