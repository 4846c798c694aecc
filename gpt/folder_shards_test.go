package gpt

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/waveletgpt/waveletgpt/safetensors"
)

// sharded gives a folder its weights in three files with an index, which change may
// alter: it maps names to files.
func sharded(change func(where map[string]string)) spoiler {
	return func(t *testing.T, dir string) {
		where := make(map[string]string)
		parts := make([][]safetensors.Tensor, 3)
		tensors(func(all []safetensors.Tensor) []safetensors.Tensor {
			for i, tensor := range all {
				parts[i%3] = append(parts[i%3], tensor)
				where[tensor.Name] = shardName(i % 3)
			}
			return all
		})(t, dir)
		for i, part := range parts {
			var out bytes.Buffer
			if err := safetensors.Write(&out, part, nil); err != nil {
				t.Fatal(err)
			}
			write(shardName(i), out.String())(t, dir)
		}
		if change != nil {
			change(where)
		}
		index, err := json.Marshal(map[string]any{"metadata": map[string]any{"total_size": 1}, "weight_map": where})
		if err != nil {
			t.Fatal(err)
		}
		write(IndexFile, string(index))(t, dir)
		remove(WeightsFile)(t, dir)
	}
}

func shardName(i int) string { return fmt.Sprintf("model-%05d-of-00003.safetensors", i+1) }

func TestLoadShards(t *testing.T) {
	m := newModel(t, tiny(nil))
	dir := saveFolder(t, m)
	sharded(nil)(t, dir)
	got, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got.Params, m.Params) {
		t.Error("the weights differ")
	}
	// Like transformers, one file is taken before several.
	other := newModel(t, tiny(func(c *Config) { c.Mixer = "none" }))
	for i := range other.Params {
		other.Params[i] /= 2
	}
	var out bytes.Buffer
	if err := other.WriteWeights(&out); err != nil {
		t.Fatal(err)
	}
	write(WeightsFile, out.String())(t, dir)
	if got, err = Load(dir); err != nil || !slices.Equal(got.Params, other.Params) {
		t.Errorf("beside one file: %v, or the weights are not that file's", err)
	}
}

func TestLoadShardsRefuses(t *testing.T) {
	const wpe = "transformer.wpe.weight" // the second tensor
	move := func(file string) spoiler {
		return sharded(func(where map[string]string) { where[wpe] = file })
	}
	for _, test := range []struct {
		name  string
		spoil spoiler
		want  []string
	}{
		{"a missing file", all(sharded(nil), remove(shardName(1))), []string{IndexFile, "no file", shardName(1)}},
		{"a directory as a file", all(sharded(nil), directory(shardName(1))), []string{shardName(1), "directory"}},
		{"a truncated file", all(sharded(nil), truncate(shardName(2), 2000)), []string{shardName(2), "truncated"}},
		{"a tensor in another file", move(shardName(2)), []string{IndexFile, shardName(2), "no tensor", wpe}},
		{"a tensor in no file", sharded(func(where map[string]string) { where["more"] = shardName(0) }), []string{IndexFile, shardName(0), "no tensor", "more"}},
		{"a tensor that is not listed", sharded(func(where map[string]string) { delete(where, wpe) }), []string{IndexFile, wpe, shardName(1), "not listed"}},
		{"another file's bytes", all(sharded(nil), func(t *testing.T, dir string) {
			data, err := os.ReadFile(filepath.Join(dir, shardName(1)))
			if err != nil {
				t.Fatal(err)
			}
			write(shardName(0), string(data))(t, dir)
		}), []string{IndexFile, shardName(0), "no tensor"}},
		{"the folder above", move("../secret.safetensors"), []string{IndexFile, wpe, "../secret.safetensors", "not the name"}},
		{"a folder below", move("a/b.safetensors"), []string{IndexFile, "not the name"}},
		{"an absolute path", move("/etc/secret.safetensors"), []string{IndexFile, "not the name"}},
		{"a path of Windows", move(`..\secret.safetensors`), []string{IndexFile, "not the name"}},
		{"a drive", move("c:secret.safetensors"), []string{IndexFile, "not the name"}},
		{"another kind of file", move("pytorch_model-00001-of-00002.bin"), []string{IndexFile, "not the name"}},
		{"no name", move(""), []string{IndexFile, "not the name"}},
		{"lines in a name", move("a\nb\x00" + strings.Repeat("c", 1000)), []string{IndexFile, `a\nb`}},
		{"too many files", sharded(func(where map[string]string) {
			for i := range maxShards {
				where[fmt.Sprint(i)] = fmt.Sprintf("%d.safetensors", i)
			}
		}), []string{IndexFile, "1003 files", "1000"}},
		{"an endless index", all(sharded(nil), truncate(IndexFile, maxIndexFile+1)), []string{IndexFile, "larger"}},
		{"no map", all(sharded(nil), write(IndexFile, `{}`)), []string{IndexFile, "weight_map"}},
		{"a map by another key", all(sharded(nil), write(IndexFile, `{"Weight_Map": {"a": "b.safetensors"}}`)), []string{IndexFile, "weight_map"}},
		{"a list as a map", all(sharded(nil), write(IndexFile, `{"weight_map": ["a"]}`)), []string{IndexFile, "weight_map"}},
		{"numbers as files", all(sharded(nil), write(IndexFile, `{"weight_map": {"a": 1}}`)), []string{IndexFile, "weight_map"}},
		{"no JSON", all(sharded(nil), write(IndexFile, "version https://git-lfs")), []string{IndexFile, "not JSON"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := saveFolder(t, newModel(t, tiny(nil)))
			test.spoil(t, dir)
			_, err := Load(dir)
			isRefused(t, err, test.want...)
		})
	}
}

// A fileSystem counts the files that are open and remembers every name.
type fileSystem struct {
	fs.FS
	open  int
	names []string
}

type countedFile struct {
	fs.File
	of *fileSystem
}

func (f *fileSystem) Open(name string) (fs.File, error) {
	f.names = append(f.names, name)
	file, err := f.FS.Open(name)
	if err != nil {
		return nil, err
	}
	f.open++
	return countedFile{file, f}, nil
}

func (f countedFile) Close() error {
	f.of.open--
	return f.File.Close()
}

// Whatever an index says, only names in the folder are opened, all are closed, and
// every tensor that is accepted can be read.
func FuzzIndex(f *testing.F) {
	file := func(name string) []byte {
		var out bytes.Buffer
		if err := safetensors.Write(&out, []safetensors.Tensor{{Name: name, Shape: []int{2}, Data: []float32{1, 2}}}, nil); err != nil {
			f.Fatal(err)
		}
		return out.Bytes()
	}
	a, b := file("a"), file("b")
	for _, index := range []string{
		`{"metadata": {}, "weight_map": {"a": "a.safetensors", "b": "b.safetensors"}}`,
		`{"weight_map": {"a": "a.safetensors", "a": "../b.safetensors"}}`,
		`{"weight_map": {"a": "b.safetensors"}}`,
		`{"weight_map": null}`,
	} {
		f.Add([]byte(index))
	}
	f.Fuzz(func(t *testing.T, index []byte) {
		fsys := &fileSystem{FS: fstest.MapFS{IndexFile: {Data: index}, "a.safetensors": {Data: a}, "b.safetensors": {Data: b}}}
		s, err := openShards(fsys)
		for _, name := range fsys.names {
			if strings.ContainsAny(name, `/\:`) || name != IndexFile && !strings.HasSuffix(name, ".safetensors") {
				t.Errorf("%q is opened", name)
			}
		}
		if err != nil {
			if text := err.Error(); strings.ContainsAny(text, "\n\r") || len(text) > 1000 {
				t.Errorf("error of %d letters: %q", len(text), text)
			}
		} else {
			for _, name := range s.Names() {
				if tensor, err := s.Tensor(name); err != nil || len(tensor.Data) != 2 {
					t.Errorf("tensor %q: %v", name, err)
				}
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
		if fsys.open != 0 {
			t.Errorf("%d files stay open", fsys.open)
		}
	})
}
