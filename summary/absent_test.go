package summary

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What is wrong with a summary, or is there instead of one, is said in a line with
// what to do about it.
func TestReadSaysWhatToDo(t *testing.T) {
	valid, err := example(t).Encode()
	if err != nil {
		t.Fatal(err)
	}
	const finished = "none-seed1-00000000/"
	runs := map[string]string{
		finished + "config.toml": "", finished + "metrics.jsonl": strings.Repeat("{}\n", 1000) + `{"step":9,"test_loss":3}` + "\n",
		"haar-seed1-00000000/config.toml": "", "haar-seed1-00000000/metrics.jsonl": `{"step":9}` + "\n",
	}
	with := func(name, text string) map[string]string {
		files := map[string]string{name: text}
		for path, text := range runs {
			files[path] = text
		}
		return files
	}
	below := func(dir string, files map[string]string) map[string]string {
		moved := map[string]string{}
		for path, text := range files {
			moved[dir+path] = text
		}
		return moved
	}
	const again = "delete it and run its compare command again with --out DIR, which reuses the 1 finished run there"
	for _, test := range []struct {
		name   string
		files  map[string]string
		read   string // below DIR
		want   string
		absent bool
	}{
		{"truncated", with(FileName, string(valid[:len(valid)/2])), "", "the document is truncated; it is damaged or no summary of waveletgpt: " + again, false},
		{"truncated, without runs", map[string]string{FileName: string(valid[:99])}, "", "truncated; it is damaged or no summary of waveletgpt: restore it from a copy", false},
		{"empty", with(FileName, ""), "", "the document is empty; it is damaged or no summary of waveletgpt: " + again, false},
		{"of another tool", with(FileName, `{"total": 3}`), "", "format_version is missing; it is damaged or no summary", false},
		{"newer", with(FileName, `{"format_version": 99}`), "", "use a newer waveletgpt", false},
		{"a directory of that name", map[string]string{FileName + "/x": ""}, "", "it is a directory; name a directory that compare wrote", false},
		{"unfinished", runs, "", "the comparison has no summary yet, only 2 runs, 1 of them finished; run its compare command again with --out DIR to resume", true},
		{"an unfinished part", below("part-2-of-3/", runs), "part-2-of-3", "run its compare command again with --out DIR --part 2/3 to resume", true},
		{"a truncated part", below("part-2-of-3/", with(FileName, "{")), "part-2-of-3", "run its compare command again with --out DIR --part 2/3, which reuses the 1 finished run", false},
		{"like a part", below("part-2-of-3-old/", runs), "part-2-of-3-old", "run its compare command again with --out DIR/part-2-of-3-old to resume", true},
		{"a run", map[string]string{"config.toml": ""}, "", "the directory is a run, not a comparison", true},
		{"several comparisons", map[string]string{"a/" + FileName: "", "b/" + FileName: ""}, "", "it holds other comparisons; name them: DIR/a DIR/b", true},
		{"another directory", map[string]string{"x": ""}, "", "name a directory that compare wrote", true},
		{"nothing", nil, "absent", "there is no directory DIR/absent; name a directory that compare wrote", true},
		{"the summary itself", map[string]string{FileName: ""}, FileName, "it is a file; name its directory, DIR", false},
		{"another file", map[string]string{"a.txt": ""}, "a.txt", "it is a file; name a directory that compare wrote, or a table of curves that ends in .csv", false},
	} {
		dir := t.TempDir()
		for name, text := range test.files {
			path := filepath.Join(dir, filepath.FromSlash(name))
			if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		_, err := Read(filepath.Join(dir, test.read))
		if err == nil {
			t.Errorf("%s: no error", test.name)
			continue
		}
		text := filepath.ToSlash(strings.ReplaceAll(err.Error(), dir, "DIR"))
		if !strings.Contains(text, test.want) || !strings.HasPrefix(text, "summary DIR") || strings.Contains(text, "\n") || errors.Is(err, fs.ErrNotExist) != test.absent {
			t.Errorf("%s: %s\nwant %s", test.name, text, test.want)
		}
	}
	marked, err := Decode(strings.NewReader("\ufeff" + string(valid)))
	if err != nil || len(marked.Runs) != 4 {
		t.Errorf("with a byte order mark: %v", err)
	}
}
