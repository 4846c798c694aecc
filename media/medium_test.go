package media

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// described returns name:split of documents, which must be of the medium.
func described(t *testing.T, docs []Document, medium Medium) []string {
	t.Helper()
	var list []string
	for _, d := range docs {
		if d.Medium != medium {
			t.Errorf("%s is %q, want %q", d.Name, d.Medium, medium)
		}
		list = append(list, d.Name+":"+d.Split)
	}
	return list
}

func TestFindMedium(t *testing.T) {
	const index = "file,split,title\nb10.wav,test,x\nb9.wav,train,\"a, b\"\nsub/c.flac,validation,\n\n"
	const maestro = "\ufeffsplit,midi_filename,audio_filename\ntrain,a.midi,a.wav\nvalidation,b.MID,b.wav\n"
	root := write(t, map[string]string{
		"sound/b10.wav":       "10",
		"sound/b9.wav":        "9",
		"sound/sub/c.flac":    "c",
		"sound/README.md":     "about it",
		"sound/index.csv":     index,
		"maestro/list.csv":    maestro,
		"maestro/a.midi":      "a",
		"maestro/b.MID":       "b",
		"folders/train/a.ogg": "a", "folders/val/b.mp3": "b",
		"empties/a.wav": "", "empties/b.wav": "b", "empties/c.txt": "",
		"mostly/a.txt": "a", "mostly/b.txt": "b", "mostly/c.wav": "c",
		"packed.zip": zipped(t, "in/index.csv", "file,split\nx.wav,train\ny.wav,valid\n", "in/x.wav", "\x00", "in/y.wav", "", "in/LICENSE", "free"),
		"one.wav":    "1",
		"table.csv":  "a,b\n1,2\n",
		"bare.csv":   "split\ntrain\n",
	})
	for _, test := range []struct {
		path   string
		medium Medium
		of     Medium
		want   []string
	}{
		{"sound", Any, Audio, []string{"b9.wav:train", "b10.wav:test", "sub/c.flac:validation"}},
		{"sound", Text, Text, []string{"README.md:", "index.csv:"}},
		{"sound/*.wav", Any, Audio, []string{"b9.wav:", "b10.wav:"}},
		{"sound/*.wav", Bytes, Text, []string{"b9.wav:", "b10.wav:"}},
		{"sound", Bytes, Text, []string{"README.md:", "b9.wav:", "b10.wav:", "index.csv:", "sub/c.flac:"}},
		{"sound/*", Audio, Audio, []string{"b9.wav:train", "b10.wav:test"}},
		{"maestro", Any, Music, []string{"a.midi:train", "b.MID:validation"}},
		{"maestro/list.csv", Any, Music, []string{"a.midi:train", "b.MID:validation"}},
		{"maestro/list.csv", Music, Music, []string{"a.midi:train", "b.MID:validation"}},
		{"maestro/list.csv", Text, Text, []string{"list.csv:"}},
		{"folders", Any, Audio, []string{"train/a.ogg:train", "val/b.mp3:validation"}},
		{"empties", Any, Audio, []string{"a.wav:", "b.wav:"}},
		{"mostly", Any, Audio, []string{"c.wav:"}},
		{"mostly", Text, Text, []string{"a.txt:", "b.txt:"}},
		{"mostly", Audio, Audio, []string{"c.wav:"}},
		{"packed.zip", Any, Audio, []string{"in/x.wav:train", "in/y.wav:validation"}},
		{"one.wav", Any, Audio, []string{"one.wav:"}},
		{"one.wav", Text, Text, []string{"one.wav:"}},
		{"table.csv", Any, Text, []string{"table.csv:"}},
		{"bare.csv", Any, Text, []string{"bare.csv:"}},
	} {
		docs, err := documents(Find(t.Context(), filepath.Join(root, filepath.FromSlash(test.path)), test.medium))
		if got := described(t, docs, test.of); err != nil || !slices.Equal(got, test.want) {
			t.Errorf("%s as %q: found %q, %v; want %q", test.path, test.medium, got, err, test.want)
		}
	}
}

func TestListsRefuse(t *testing.T) {
	root := write(t, map[string]string{
		"word/index.csv": "file,split\na.wav,train\nb.wav,other\n", "word/a.wav": "a", "word/b.wav": "b",
		"quote/index.csv": "file,split\na.wav,\"train\n", "quote/a.wav": "a",
		"absent.csv": "split,file\ntrain,one.wav\ntest,two.wav\n", "one.wav": "1",
		"twice.csv": "split,file\ntrain,one.wav\ntest,one.wav\n",
		"short.csv": "split,file\ntrain,one.wav\ntest\n",
	})
	for path, want := range map[string][]string{
		"word":       {"index.csv", "row 3", "validation", "holdout"},
		"word/*":     {"index.csv", "row 3"},
		"quote":      {"index.csv", "line 2"},
		"absent.csv": {"absent.csv", "row 3", "two.wav"},
		"twice.csv":  {"twice.csv", "rows 2 and 3", "one.wav"},
		"short.csv":  {"short.csv", "row 3", "no file"},
	} {
		_, err := Find(t.Context(), filepath.Join(root, filepath.FromSlash(path)), Any)
		for _, w := range want {
			if err == nil || !strings.Contains(err.Error(), w) {
				t.Errorf("%s: %v does not name %q", path, err, w)
			}
		}
	}
	for _, test := range []struct {
		path   string
		medium Medium
	}{{"word", Music}, {"one.wav", Any}} {
		if _, err := Find(t.Context(), filepath.Join(root, test.path), test.medium); (err == nil) != (test.medium == Any) {
			t.Errorf("%s as %q: %v", test.path, test.medium, err)
		}
	}
}

// Codec files of sound: what they hold, and that nothing else passes.
func TestSoundCodecFile(t *testing.T) {
	const good = `{"format_version":1,"codec":"mulaw:sashimi","vocabulary":256,"rate":16000,"level":"as-is","window":131072}` + "\n"
	c, err := OpenCodec([]byte(good))
	if err != nil {
		t.Fatal(err)
	}
	if again, err := MarshalCodec(c); err != nil || string(again) != good {
		t.Errorf("%s becomes %s, %v", good, again, err)
	}
	for old, changed := range map[string]string{
		`"rate":16000`:       `"rate":12`,
		`"level":"as-is"`:    `"level":"loud"`,
		`"window":131072`:    `"window":131071`,
		`,"window":131072`:   ``,
		`:sashimi`:           ``,
		`"vocabulary":256`:   `"vocabulary":255`,
		`"mulaw:sashimi"`:    `"bytes"`,
		`"rate":16000,`:      `"rate":16000,"bytes":[1],`,
		`"mulaw:sashimi","v`: `"performance:7","v`,
	} {
		if _, err := OpenCodec([]byte(strings.Replace(good, old, changed, 1))); err == nil {
			t.Errorf("%s for %s passes", changed, old)
		}
	}
}
