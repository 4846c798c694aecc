package media

import (
	"os"
	"path/filepath"
	"testing"
)

// Whatever a table says, documents are those that are there, in splits that are.
func FuzzList(f *testing.F) {
	f.Add([]byte("file,split\na.wav,train\nb.wav,test\n"))
	f.Add([]byte("\ufeffsplit,midi,audio\nvalid,\"x\ny\",a.wav\n"))
	f.Add([]byte("split\n\n,,\n../a.wav\n"))
	f.Add([]byte("fLaC\x00\x00\x00\x22"))
	root := f.TempDir()
	for _, name := range []string{"a.wav", "b.wav"} {
		if err := os.WriteFile(filepath.Join(root, name), []byte(name), 0o666); err != nil {
			f.Fatal(err)
		}
	}
	table := filepath.Join(root, "index.csv")
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(table, data, 0o666); err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{root, table} {
			docs, err := documents(Find(t.Context(), path, Audio))
			if err != nil {
				continue
			}
			want := 2
			if sniff(data[:min(len(data), sniffed)]).medium == Audio {
				want++ // content decides: the table is a recording itself
			}
			if len(docs) == 0 || path == root && len(docs) != want {
				t.Errorf("%d documents and no error", len(docs))
			}
			for _, d := range docs {
				if s := splitNamed(d.Split); d.Split != "" && s != d.Split {
					t.Errorf("split %q", d.Split)
				}
				r, err := d.Open()
				if err != nil {
					t.Fatal(err)
				}
				r.Close()
			}
		}
	})
}
