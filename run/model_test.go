package run

import (
	"archive/zip"
	"bytes"
	"os"
	"testing"
	"testing/fstest"

	"github.com/waveletgpt/waveletgpt/gpt"
)

const manifestFile = "manifest.json" // of package checkpoint

// A checkpoint opens from any file system, and is compared with its manifest.
func TestOpenFS(t *testing.T) {
	r := create(t)
	save(t, r, 3, 0.5)
	disk := os.DirFS(r.store().Path(3))
	memory := fstest.MapFS{}
	for _, name := range []string{gpt.ConfigFile, gpt.WeightsFile, CodecFile, manifestFile} {
		data, err := os.ReadFile(r.store().Path(3) + "/" + name)
		if err != nil {
			t.Fatal(err)
		}
		memory[name] = &fstest.MapFile{Data: data}
	}
	var archive bytes.Buffer
	w := zip.NewWriter(&archive)
	if err := w.AddFS(disk); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	zipped, err := zip.NewReader(bytes.NewReader(archive.Bytes()), int64(archive.Len()))
	if err != nil {
		t.Fatal(err)
	}
	check := func(m *Model, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		if !SameCodec(m.Codec, r.Codec) || m.Params[0] != 0.5 || m.Path != "" {
			t.Errorf("codec %v, parameter %v, path %q", m.Codec, m.Params[0], m.Path)
		}
	}
	check(OpenFS(disk))
	check(OpenFS(memory))
	check(OpenFS(zipped)) // its files have no random access

	weights := memory[gpt.WeightsFile].Data
	weights[len(weights)-1] ^= 1
	_, err = OpenFS(memory)
	says(t, err, "damaged", gpt.WeightsFile)
	delete(memory, CodecFile)
	delete(memory, manifestFile)
	_, err = OpenFS(memory)
	says(t, err, "no "+CodecFile)
	_, err = OpenFS(fstest.MapFS{})
	says(t, err, "not a model folder", gpt.ConfigFile)
}
