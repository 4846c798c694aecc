package media

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Members have clean names, the last of a name counts, archives one behind
// another are one, and links are no text.
func TestMembersOfArchives(t *testing.T) {
	var links bytes.Buffer
	w := zip.NewWriter(&links)
	h := &zip.FileHeader{Name: "link.txt"}
	h.SetMode(fs.ModeSymlink | 0o777)
	m, err := w.CreateHeader(h)
	if err == nil {
		_, err = io.WriteString(m, "/etc/passwd")
	}
	if err == nil {
		m, err = w.Create("./a.txt")
	}
	if err == nil {
		_, err = io.WriteString(m, "a")
	}
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		archive string
		want    []string
		left    string
	}{
		"dots":       {tarred(t, "./", "", "./a.txt", "a", "../b.txt", "b", "/c/../d.txt", "d"), []string{"a.txt=a", "b.txt=b", "d.txt=d"}, ""},
		"hidden":     {tarred(t, "./.a", "a", "x/.git/b", "b", "c", "c"), []string{"c=c"}, "2 hidden (.a)"},
		"updated":    {tarred(t, "a.txt", "old", "b.txt", "b", "./a.txt", "new"), []string{"a.txt=new", "b.txt=b"}, "1 replaced later in their archive (a.txt)"},
		"two":        {tarred(t, "a.txt", "a") + tarred(t, "b.txt", "b"), []string{"a.txt=a", "b.txt=b"}, ""},
		"two packed": {gzipped(t, tarred(t, "a.txt", "a")) + gzipped(t, tarred(t, "b.txt", "b")), []string{"a.txt=a", "b.txt=b"}, ""},
		"links":      {links.String(), []string{"a.txt=a"}, "1 link or sparse file in an archive (link.txt)"},
		"zip dots":   {zipped(t, "./a.txt", "a", "b/../../c.txt", "c"), []string{"a.txt=a", "c.txt=c"}, ""},
		"arrays":     {zipped(t, "a.txt", "a", "b.npy", "\x93NUMPY\x01"), []string{"a.txt=a"}, "1 .npy"},
		"pickles":    {zipped(t, "a.txt", "a", "d/data.pkl", "\x80\x02"), []string{"a.txt=a"}, "1 .pkl"},
		"of Windows": {zippedAs(t, 0, `d\a.txt`, "a", `__MACOSX\d\b`, "b", `.c\d.txt`, "d"), []string{"d/a.txt=a"}, "2 hidden (__MACOSX/d/b)"},
		"of Unix":    {zippedAs(t, 3, `d\a.txt`, "a"), []string{`d\a.txt=a`}, ""},
	} {
		found, err := Find(t.Context(), filepath.Join(write(t, map[string]string{"x": test.archive}), "x"), Any)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := listing(t, found.Documents); !slices.Equal(got, test.want) || Summary(found.Left) != test.left {
			t.Errorf("%s: %q, left out %q; want %q, %q", name, got, Summary(found.Left), test.want, test.left)
		}
		found.Close()
	}
	for _, second := range []string{zipped(t, "b.txt", "b"), zipped(t, "b.txt", "b", "c.txt", "c")} {
		two := zipped(t, "a.txt", "a") + second
		if _, err := Find(t.Context(), filepath.Join(write(t, map[string]string{"x.zip": two}), "x.zip"), Any); err == nil || !strings.Contains(err.Error(), "several zip archives") {
			t.Errorf("two zip archives: %v", err)
		}
	}
	junk := tarred(t, "a.txt", "a") + strings.Repeat("junk ", 500)
	if _, err := Find(t.Context(), filepath.Join(write(t, map[string]string{"x.tar": junk}), "x.tar"), Any); !errors.Is(err, tar.ErrHeader) {
		t.Errorf("junk behind an archive: %v", err)
	}
}

// A tar archive that is cut off is an error, wherever that is.
func TestCutTar(t *testing.T) {
	whole := tarred(t, "a.txt", strings.Repeat("a", 700), "b.txt", "b", "c.txt", strings.Repeat("c", 512))
	for n := 128; n < len(whole)-512; n += 128 {
		for name, cut := range map[string]string{"x.tar": whole[:n], "x.tgz": gzipped(t, whole[:n])} {
			if _, err := Find(t.Context(), filepath.Join(write(t, map[string]string{name: cut}), name), Any); err == nil {
				t.Errorf("%s cut to %d of %d bytes: no error", name, n, len(whole))
			}
		}
	}
	silent := tarred(t, "a.txt", strings.Repeat("\x00", 1024), "b.txt", "b")
	if _, err := Find(t.Context(), filepath.Join(write(t, map[string]string{"x.tar": silent[:1536]}), "x.tar"), Bytes); err == nil {
		t.Error("cut behind zeros of a member: no error")
	}
	packed := gzipped(t, tarred(t, "a", strings.Repeat("some words ", 1000), "b", wav(t)))
	for n := 20; n < len(packed); n += 10 {
		found, err := Find(t.Context(), filepath.Join(write(t, map[string]string{"x.tgz": packed[:n]}), "x.tgz"), Any)
		if err == nil {
			_, err = found.Documents[0].Open()
		}
		if err == nil || !strings.Contains(err.Error(), "damaged, incomplete") || strings.Contains(err.Error(), "TMPDIR") {
			t.Errorf("packed, cut to %d of %d bytes: %v", n, len(packed), err)
		}
	}
}

// A pointer of Git LFS is no data, wherever it lies and whatever is wanted.
func TestPointers(t *testing.T) {
	lfs := "version https://git-lfs.github.com/spec/v1\noid sha256:" + strings.Repeat("0", 64) + "\nsize 9\n"
	list := map[string]string{"list.csv": "file,split\na.wav,train\nb.wav,test\n", "a.wav": wav(t), "b.wav": lfs}
	for name, files := range map[string]map[string]string{
		"x.txt": {"x.txt": lfs}, "x.wav": {"x.wav": lfs}, "x.mid": {"x.mid": lfs}, "x.csv": {"x.csv": lfs}, "x.zip": {"x.zip": zipped(t, "a", "a", "b", lfs)}, "x.gz": {"x.gz": gzipped(t, lfs)},
		".": {"README.md": "about it", "data/train.parquet": lfs}, "list.csv": list, "..": {"README.md": "about it", "x.zip": lfs, "y.jsonl.gz": lfs},
	} {
		for _, medium := range []Medium{Any, Text, Audio, Music, Bytes} {
			if _, err := Find(t.Context(), filepath.Join(write(t, files), strings.TrimLeft(name, ".")), medium); (err == nil || !strings.Contains(err.Error(), "git lfs pull")) && !(name == "list.csv" && medium != Any && medium != Audio) {
				t.Errorf("%s as %s: %v", name, medium, err)
			}
		}
	}
	about := write(t, map[string]string{"x.txt": "Git LFS begins its pointers with\n" + lfs})
	if _, err := Find(t.Context(), about, Any); err != nil {
		t.Errorf("a text about pointers: %v", err)
	}
}

// A file about the others is no text to learn if the others are not read.
func TestOnlyAbout(t *testing.T) {
	parquet := "PAR1\x15\x04\x15\x00\x00"
	for name, test := range map[string]struct {
		files map[string]string
		want  string
	}{
		"a table":     {map[string]string{"README.md": "about it", "LICENSE": "MIT", "data/train.parquet": parquet}, "has no text but LICENSE (left out: 1 .parquet)"},
		"with a text": {map[string]string{"README.md": "about it", "a.txt": "text", "data/train.parquet": parquet}, ""},
		"an archive":  {map[string]string{"README.md": "about it", "x.zip": zipped(t, "y.zip", zipped(t, "a.txt", "a"), "z.zip", zipped(t, "b.txt", "b"))}, "has no text but README.md (left out: 2 archives in archives"},
		"alone":       {map[string]string{"README.md": "about it"}, ""},
	} {
		if _, err := Find(t.Context(), write(t, test.files), Any); (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What begins as text and is none is told when it is read, wherever the fault is.
func TestTextHeadOfBinary(t *testing.T) {
	for name, content := range map[string]string{
		"NUL":     strings.Repeat("text ", 5000) + "\x00" + strings.Repeat("text ", 5000),
		"Latin-1": "gr\xfc\xdfe " + strings.Repeat("text ", 5000) + "\x01",
		"wide":    wide(strings.Repeat("text ", 9000)+"\x02", binary.LittleEndian),
	} {
		root := write(t, map[string]string{"x.txt": content, "y.txt": "some text"})
		found, err := Find(t.Context(), root, Any)
		if err != nil {
			t.Fatal(err)
		}
		for _, codec := range []string{"", "chars"} {
			_, err := Choose(found.Documents, Options{Codec: codec, MinCount: 1})
			if err == nil || !strings.Contains(err.Error(), "x.txt: ") || !strings.Contains(err.Error(), "a control character") {
				t.Errorf("%s, codec %q: %v", name, codec, err)
			}
		}
		c, err := Choose(found.Documents, Options{MinCount: 1, Skip: true})
		if err != nil || c.Faults[0] == nil || c.Faults[1] != nil {
			t.Errorf("%s, skipped: %v, %v", name, c, err)
		}
		if c, err := Choose(found.Documents, Options{Codec: "bytes"}); err != nil || len(c.Faults) > 0 {
			t.Errorf("%s as bytes: %v, %v", name, c, err)
		}
	}
}

// The runs and prepared sets of this program in a folder of texts are no texts.
func TestOwnOutput(t *testing.T) {
	files := map[string]string{
		"a.txt": "text", "set/dataset.json": "{}", "set/tokens.bin": "\x00", "runs/x/config.toml": "", "runs/x/codec.json": "{}", "runs/x/metrics.jsonl": "{}",
		"runs/c/summary.json": "{}", "runs/c/report.html": "<html>", "runs/c/none-seed1/config.toml": "x",
	}
	found, err := Find(t.Context(), write(t, files), Any)
	if err != nil || len(found.Documents) != 1 {
		t.Fatalf("%v, %v", found, err)
	}
	if got, want := Summary(found.Left), "1 comparison (runs/c), 1 prepared set (set), 1 run (runs/x)"; got != want {
		t.Errorf("left out %s, want %s", got, want)
	}
}

// However far this program came, and wherever it wrote, what it wrote is no text; what
// people have with such names is.
func TestOwnFiles(t *testing.T) {
	const ours, curves = `{ "format_version": 2 }`, "variant,seed"
	for name, test := range map[string]struct {
		files map[string]string
		want  []string
		left  string
	}{
		"interrupted":   {map[string]string{"runs/c/turns.json": ours, "runs/c/x-seed1/config.toml": "x", "runs/c/notes.txt": "x"}, nil, "1 comparison (runs/c)"},
		"published":     {map[string]string{"c/summary.json": ours, "c/samples/x.txt": "x"}, nil, "1 comparison (c)"},
		"several":       {map[string]string{"runs/plan/report.html": "<html>", "runs/plan/curves.csv": curves, "runs/plan/a/turns.json": ours}, nil, "1 comparison (runs/plan)"},
		"parts":         {map[string]string{"c/part-1-of-2/turns.json": ours, "c/part-2-of-2/summary.json": ours}, nil, "2 comparisons (c/part-1-of-2)"},
		"report":        {map[string]string{"r/report.html": "<html>", "r/report.svg": "<svg>", "r/curves.csv": curves, "r/b.txt": "b"}, []string{"r/b.txt"}, "3 files of comparisons and reports (r/curves.csv)"},
		"watched":       {map[string]string{"runs/report.html": "<html>", "runs/a/config.toml": "", "runs/a/codec.json": "{}"}, nil, "1 file of a comparison or report (runs/report.html), 1 run (runs/a)"},
		"watched deep":  {map[string]string{"runs/report.html": "<html>", "runs/p/a/config.toml": "", "runs/p/a/codec.json": "{}"}, nil, "1 file of a comparison or report (runs/report.html), 1 run (runs/p/a)"},
		"in the folder": {map[string]string{"turns.json": ours, "summary.json": ours, "report.html": "<html>", "losses.csv": curves}, nil, "4 files of comparisons and reports (losses.csv)"},
		"demo":          {map[string]string{"d/stories.txt": "x", "d/generated.txt": "x", "d/comparison/turns.json": ours}, nil, "1 demonstration (d)"},
		"model":         {map[string]string{"m/config.json": ours, "m/model.safetensors": "x"}, nil, "1 model (m)"},
		"of people": {map[string]string{"summary.json": `{"a": 1}`, "turns.json": "[]", "report.html": "<html>", "x/windows.csv": curves, "x/comparison/b.txt": "b", "x/stories.txt": "c"},
			[]string{"report.html", "summary.json", "turns.json", "x/comparison/b.txt", "x/stories.txt", "x/windows.csv"}, ""},
	} {
		test.files["a.txt"] = "text"
		root := write(t, test.files)
		for _, path := range []string{root, filepath.Join(root, "**")} {
			found, err := Find(t.Context(), path, Text)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			var got []string
			for _, d := range found.Documents {
				got = append(got, d.Name)
			}
			if want := append([]string{"a.txt"}, test.want...); !slices.Equal(got, want) || Summary(found.Left) != test.left {
				t.Errorf("%s: %q, left out %q; want %q, %q", strings.Replace(path, root, name, 1), got, Summary(found.Left), want, test.left)
			}
		}
	}
}

// What is left out of a folder for its content, not for its extension, says so,
// and no name reaches the terminal with control characters.
func TestReasons(t *testing.T) {
	found, err := Find(t.Context(), write(t, map[string]string{"a.txt": "text", "b.txt": "\x00\x01", "c.png": "\x89PNG\r\n\x1a\n"}), Any)
	if err != nil || Summary(found.Left) != "1 .png, 1 .txt that hold binary, with many zero bytes" {
		t.Errorf("%v, %v", found, err)
	}
	f := &finder{}
	f.leave("hidden", "\x1b[2J\n")
	if got := Summary(f.groups()); strings.ContainsAny(got, "\x1b\n") {
		t.Errorf("%q", got)
	}
	f.leave(extensionOf("x.\x1b[2J\u202e"), "x")
	if got := Summary(f.groups()); strings.ContainsAny(got, "\x1b\u202e") {
		t.Errorf("%q", got)
	}
	for range 7 {
		f.leave(strings.Repeat("x", len(f.left)), "y")
	}
	if got := Summary(f.groups()); !strings.HasSuffix(got, ", 4 others") {
		t.Errorf("%q does not count the rest", got)
	}
}

// A bad half of a pair is an error at once, not at the end of the file.
func TestBadSurrogateEndsReading(t *testing.T) {
	r := marked[4].reader(io.MultiReader(strings.NewReader("\xfe\xff\x00a\xd8\x00\x00a"+strings.Repeat("\x00a", 1<<15)), failing{t}))
	if _, err := io.ReadAll(r); err == nil || !strings.Contains(err.Error(), "byte 4") {
		t.Errorf("error %v", err)
	}
}

// failing must not be read.
type failing struct{ t *testing.T }

func (f failing) Read([]byte) (int, error) {
	f.t.Error("it is read to the end")
	return 0, io.EOF
}
