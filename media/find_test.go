package media

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// write makes files below a new folder.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		writeIn(t, root, name, content)
	}
	return root
}

// writeIn writes a file in a folder.
func writeIn(t *testing.T, root, name, content string) {
	t.Helper()
	path := filepath.Join(root, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
}

func gzipped(t testing.TB, content string) string {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	io.WriteString(w, content)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// zipped returns an archive of pairs of name and content.
func zipped(t testing.TB, members ...string) string {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for i := 0; i < len(members); i += 2 {
		m, err := w.Create(members[i])
		if err == nil {
			_, err = io.WriteString(m, members[i+1])
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

// zippedAs returns an archive made on a host (APPNOTE 6.3.10, section 4.4.2).
func zippedAs(t testing.TB, host byte, members ...string) string {
	t.Helper()
	out := []byte(zipped(t, members...))
	for at := 0; ; {
		next := bytes.Index(out[at:], []byte("PK\x01\x02"))
		if next < 0 {
			return string(out)
		}
		at += next + 4
		out[at+1] = host
	}
}

func contentOf(t *testing.T, d Document) string {
	t.Helper()
	r, err := d.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// documents returns what Find found.
func documents(found *Found, err error) ([]Document, error) {
	if err != nil {
		return nil, err
	}
	return found.Documents, nil
}

// listing returns name=content of documents in their order.
func listing(t *testing.T, docs []Document) []string {
	t.Helper()
	var list []string
	for _, d := range docs {
		c := contentOf(t, d)
		if d.Size >= 0 && d.Size != int64(len(c)) {
			t.Errorf("%s: size %d, but %d bytes", d.Name, d.Size, len(c))
		}
		if contentOf(t, d) != c {
			t.Errorf("%s: opened again it is something else", d.Name)
		}
		list = append(list, d.Name+"="+c)
	}
	return list
}

func TestFind(t *testing.T) {
	root := write(t, map[string]string{
		"one.txt":            "one",
		"[odd].txt":          "odd",
		"text.txt.gz":        gzipped(t, "unpacked"),
		"TWO.GZ":             gzipped(t, "1") + gzipped(t, "2"),
		"single.zip":         zipped(t, "text8", " as it is"),
		"many.zip":           zipped(t, "b10.txt", "ten", "b9.txt", "nine", "d/", "", "x.png", "\x89PNG\x00", ".hidden", "h", "__MACOSX/a", "m", "empty", ""),
		"tree/part10.txt":    "10",
		"tree/part9.txt":     "9",
		"tree/empty.txt":     "",
		"tree/latin1.txt":    "gr\xfc\xdfe",
		"tree/image.png":     "\x89PNG\r\n\x1a\n\x00",
		"tree/.git/config":   "hidden",
		"tree/.hidden":       "hidden",
		"tree/sub/a.txt":     "a",
		"tree/sub/b.go":      "b",
		"tree/sub/deep/c.go": "c",
		"tree/z.txt.gz":      gzipped(t, "z"),
		"tree/y.zip":         zipped(t, "in/side.txt", "side"),
	})
	tests := []struct {
		path string
		want []string
	}{
		{"one.txt", []string{"one.txt=one"}},
		{"[odd].txt", []string{"[odd].txt=odd"}},
		{"text.txt.gz", []string{"text.txt=unpacked"}},
		{"TWO.GZ", []string{"TWO=12"}},
		{"single.zip", []string{"text8= as it is"}},
		{"many.zip", []string{"b9.txt=nine", "b10.txt=ten"}},
		{"tree", []string{"latin1.txt=gr\xfc\xdfe", "part9.txt=9", "part10.txt=10", "sub/a.txt=a", "sub/b.go=b",
			"sub/deep/c.go=c", "y/in/side.txt=side", "z.txt=z"}},
		{"tree/part*.txt", []string{"part9.txt=9", "part10.txt=10"}},
		{"tree/**/*.go", []string{"sub/b.go=b", "sub/deep/c.go=c"}},
		{"**/s?b/**", []string{"tree/sub/a.txt=a", "tree/sub/b.go=b", "tree/sub/deep/c.go=c"}},
		{"tree/**/**/c.go", []string{"sub/deep/c.go=c"}},
		{"tree/*/a.txt", []string{"sub/a.txt=a"}},
		{"tree/.h*", []string{".hidden=hidden"}},
		{"t*/y.zip", []string{"tree/y/in/side.txt=side"}},
	}
	for _, test := range tests {
		t.Run(test.path, func(t *testing.T) {
			docs, err := documents(Find(t.Context(), filepath.Join(root, filepath.FromSlash(test.path)), Any))
			if err != nil {
				t.Fatal(err)
			}
			if got := listing(t, docs); !slices.Equal(got, test.want) {
				t.Errorf("found %q, want %q", got, test.want)
			}
			for _, d := range docs {
				if d.Split != "" || d.Modified.IsZero() {
					t.Errorf("%s: split %q, modified %v", d.Name, d.Split, d.Modified)
				}
			}
		})
	}
	t.Run("relative", func(t *testing.T) {
		t.Chdir(root)
		docs, err := documents(Find(t.Context(), "*.txt", Any))
		if got := listing(t, docs); err != nil || !slices.Equal(got, []string{"[odd].txt=odd", "one.txt=one"}) {
			t.Errorf("found %q, %v", got, err)
		}
	})
}

func TestFindFollowsLinksToFiles(t *testing.T) {
	root := write(t, map[string]string{"real/a.txt": "a", "folder/b.txt": "b"})
	for link, target := range map[string]string{
		"folder/file": "../real/a.txt", "folder/loop": "../folder", "folder/nowhere": "absent", "link": "folder",
	} {
		if err := os.Symlink(filepath.FromSlash(target), filepath.Join(root, filepath.FromSlash(link))); err != nil {
			t.Skip("no symbolic links here:", err)
		}
	}
	if err := os.Symlink("self", filepath.Join(root, "folder", "self")); err != nil {
		t.Fatal(err)
	}
	found, err := Find(t.Context(), filepath.Join(root, "link"), Any)
	if err != nil {
		t.Fatal(err)
	}
	if got := listing(t, found.Documents); !slices.Equal(got, []string{"b.txt=b", "file=a"}) {
		t.Errorf("found %q", got)
	}
	for _, want := range []string{"1 link to a folder (loop)", "2 unreadable (nowhere: "} {
		if got := Summary(found.Left); !strings.Contains(got, want) {
			t.Errorf("left out %s, want %s", got, want)
		}
	}
}

func TestFindRefuses(t *testing.T) {
	z := zipped(t, "a.txt", strings.Repeat("some text ", 1000), "b.txt", "more")
	encrypted := []byte(zipped(t, "a.txt", "secret"))
	encrypted[bytes.Index(encrypted, []byte("PK\x01\x02"))+8] |= 1
	root := write(t, map[string]string{
		"empty.txt":         "",
		"none/x.png":        "\x89PNG\x00",
		"none/.hidden":      "text",
		"cut.zip":           z[:len(z)-10],
		"front.zip":         z[20:],
		"no.zip":            "this is no archive",
		"binary.zip":        zipped(t, "a", "\x00", "b", "\x01"),
		"encrypted.zip":     string(encrypted),
		"damaged/x.txt.gz":  "no gzip",
		"empties/empty.txt": "",
		"binary.bin":        "\x00\x01",
		"hidden/.a.txt":     "text",
	})
	if err := os.Mkdir(filepath.Join(root, "nothing"), 0o777); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		path string
		want []string
	}{
		{"absent", []string{"absent", "not exist"}},
		{"empty.txt", []string{"empty.txt is empty"}},
		{"none", []string{"none", "no text"}},
		{"empties", []string{"empties", "no text", "; name other data"}},
		{"nothing", []string{"nothing is empty; name a folder"}},
		{"hidden", []string{"hidden", "1 hidden (.a.txt)"}},
		{"*.flac", []string{"*.flac", "no file"}},
		{"absent/*.txt", []string{"absent", "*.txt"}},
		{"empt[y.txt", []string{"empt[y.txt", "syntax"}},
		{"empties/*", []string{"empties/*", "no text", "1 empty (empty.txt)"}},
		{"binary.bin", []string{"binary.bin is binary", "codec bytes"}},
		{"cut.zip", []string{"cut.zip", "damaged"}},
		{"no.zip", []string{"no.zip is named like zip, but holds text; rename it"}},
		{"front.zip", []string{"front.zip is named like zip, but holds binary", "copy it again"}},
		{"binary.zip", []string{"binary.zip", "no text"}},
		{"encrypted.zip", []string{"encrypted.zip", "a.txt", "encrypted", "unpack"}},
		{"damaged", []string{"x.txt.gz", "damaged"}},
	}
	for _, test := range tests {
		t.Run(test.path, func(t *testing.T) {
			docs, err := documents(Find(t.Context(), filepath.Join(root, filepath.FromSlash(test.path)), Any))
			if err == nil {
				t.Fatalf("found %d documents", len(docs))
			}
			for _, s := range test.want {
				if !strings.Contains(err.Error(), s) {
					t.Errorf("%q does not name %q", err, s)
				}
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("%q has several lines", err)
			}
		})
	}
	if _, err := Find(t.Context(), filepath.Join(root, "absent"), Any); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an absent file is %v", err)
	}
}

func TestFindUnreadable(t *testing.T) {
	root := write(t, map[string]string{"a.txt": "a", "b.txt": "b"})
	file := filepath.Join(root, "a.txt")
	if err := os.Chmod(file, 0); err != nil {
		t.Fatal(err)
	}
	if f, err := os.Open(file); err == nil {
		f.Close()
		t.Skip("this user may read everything")
	}
	found, err := Find(t.Context(), root, Any)
	if err != nil || len(found.Documents) != 1 || Summary(found.Left) != "1 unreadable (a.txt: permission denied)" {
		t.Errorf("found %v, %v", found, err)
	}
	if _, err := Find(t.Context(), file, Any); !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), "a.txt") {
		t.Errorf("error %v", err)
	}
}

// A file that is cut off or changed anywhere is an error or what it was, never
// something else.
func TestDamagedArchives(t *testing.T) {
	text := strings.Repeat("the text of an archive. ", 50)
	for name, archive := range map[string]string{
		"x.zip": zipped(t, "a.txt", text), "x.gz": gzipped(t, text),
	} {
		root := t.TempDir()
		path := filepath.Join(root, name)
		try := func(damaged string) {
			t.Helper()
			if err := os.WriteFile(path, []byte(damaged), 0o666); err != nil {
				t.Fatal(err)
			}
			docs, err := documents(Find(t.Context(), path, Any))
			if err != nil {
				return
			}
			for _, d := range docs {
				r, err := d.Open()
				if err != nil {
					continue
				}
				b, err := io.ReadAll(r)
				r.Close()
				if err == nil && string(b) != text {
					t.Errorf("%s is read as %d other bytes without an error", name, len(b))
				}
				if err != nil && !strings.Contains(err.Error(), path) {
					t.Errorf("%q does not name %s", err, path)
				}
			}
		}
		for i := range archive {
			if i > 0 {
				try(archive[:i])
			}
			b := []byte(archive)
			b[i] ^= 0x55
			try(string(b))
		}
	}
}

// Documents of an archive can be open at the same time, and none keeps the file
// open when it is closed.
func TestArchiveIsShared(t *testing.T) {
	root := write(t, map[string]string{"x.zip": zipped(t, "a", "first", "b", "second")})
	path := filepath.Join(root, "x.zip")
	docs, err := documents(Find(t.Context(), path, Any))
	if err != nil {
		t.Fatal(err)
	}
	a, errA := docs[0].Open()
	b, errB := docs[1].Open()
	if err := errors.Join(errA, errB); err != nil {
		t.Fatal(err)
	}
	first, errA := io.ReadAll(a)
	a.Close()
	second, errB := io.ReadAll(b)
	b.Close()
	if err := errors.Join(errA, errB); err != nil || string(first) != "first" || string(second) != "second" {
		t.Errorf("read %q and %q, %v", first, second, err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := docs[0].Open(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a member of a removed archive: %v", err)
	}
}
