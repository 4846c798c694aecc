package run

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/gpt"
	"github.com/waveletgpt/waveletgpt/internal/checkpoint"
	"github.com/waveletgpt/waveletgpt/internal/vfs"
	"github.com/waveletgpt/waveletgpt/media"
	"github.com/waveletgpt/waveletgpt/media/text"
)

// characters is a codec of its own vocabulary.
func characters(t *testing.T, symbols string) media.Codec {
	t.Helper()
	c, err := text.NewChars(symbols, []byte{0x80, 0xc3})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func configuration(t *testing.T) config.Config {
	t.Helper()
	c, err := config.Preset("tiny")
	if err != nil {
		t.Fatal(err)
	}
	c.Model.Mixer = "haar:min=2"
	return c
}

func create(t *testing.T) *Run {
	t.Helper()
	r, err := Create(filepath.Join(t.TempDir(), "runs", "a"), configuration(t), characters(t, "abc"))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// save writes a checkpoint as a training does, of a model with constant
// parameters.
func save(t *testing.T, r *Run, step int, value float32) {
	t.Helper()
	m, err := gpt.New(gpt.Config{Model: r.Config.Model, Vocabulary: r.Codec.Vocabulary()})
	if err != nil {
		t.Fatal(err)
	}
	for _, tensor := range m.Tensors() {
		p := tensor.Of(m.Params)
		for i := range p {
			p[i] = value
		}
	}
	codec, err := media.MarshalCodec(r.Codec)
	if err != nil {
		t.Fatal(err)
	}
	err = r.store().Save(step, nil, []checkpoint.File{
		{Name: gpt.ConfigFile, Write: m.WriteConfig},
		{Name: gpt.WeightsFile, Write: m.WriteWeights},
		{Name: CodecFile, Write: func(w io.Writer) error { _, err := w.Write(codec); return err }},
	})
	if err != nil {
		t.Fatal(err)
	}
}

func says(t *testing.T, err error, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %q", err, want)
		}
	}
}

func TestCreateOpen(t *testing.T) {
	r := create(t)
	if !Exists(r.Dir) || Exists(filepath.Dir(r.Dir)) {
		t.Error("Exists takes a folder for a run, or a run for none")
	}
	got, err := Open(r.Dir)
	if err != nil {
		t.Fatal(err)
	}
	if got.Config != r.Config || !SameCodec(got.Codec, r.Codec) {
		t.Errorf("opened %+v with codec %v", got.Config, got.Codec)
	}
	entries, err := os.ReadDir(r.Dir)
	if err != nil || len(entries) != 3 {
		t.Errorf("a new run holds %v, %v", entries, err)
	}
	if _, err = Create(r.Dir, r.Config, r.Codec); !errors.Is(err, vfs.ErrLocked) {
		t.Errorf("made again while it is in use: %v", err)
	}
	if err := got.Lock(); !errors.Is(err, vfs.ErrLocked) {
		t.Errorf("locked twice: %v", err)
	}
	if err := r.Unlock(); err != nil {
		t.Fatal(err)
	}
	if entries, err = os.ReadDir(r.Dir); err != nil || len(entries) != 2 {
		t.Errorf("a run that nobody changes holds %v, %v", entries, err)
	}
	_, err = Create(r.Dir, r.Config, r.Codec)
	says(t, err, r.Dir, "already holds a run", "--resume")
}

func TestOpenRefuses(t *testing.T) {
	for _, test := range []struct {
		name, file, content string
		want                []string
	}{
		{"no run", ConfigFile, "", []string{"is not a run", ConfigFile}},
		{"a newer format", ConfigFile, "format_version = 2\n[future]\n", []string{ConfigFile, "format_version is 2", "newer"}},
		{"an unknown key", ConfigFile, "format_version = 1\n[train]\nstep = 3\n", []string{ConfigFile + ":3", "train.steps"}},
		{"a value out of range", ConfigFile, "format_version = 1\n", []string{ConfigFile, "model.layers"}},
		{"no codec", CodecFile, "", []string{CodecFile}},
		{"a damaged codec", CodecFile, "{", []string{CodecFile}},
		{"a newer codec", CodecFile, `{"format_version":2}`, []string{CodecFile, "format_version is 2", "newer"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := create(t)
			err := os.Remove(r.Path(test.file))
			if test.content != "" {
				err = os.WriteFile(r.Path(test.file), []byte(test.content), 0o644)
			}
			if err != nil {
				t.Fatal(err)
			}
			_, err = Open(r.Dir)
			says(t, err, append(test.want, r.Dir)...)
		})
	}
}

func TestSameCodec(t *testing.T) {
	a, b, c := characters(t, "abc"), characters(t, "abc"), characters(t, "abd")
	if !SameCodec(a, b) || SameCodec(a, c) || SameCodec(a, text.Bytes{}) || !SameCodec(text.Text8{}, text.Text8{}) {
		t.Error("codecs are told apart by something else than their vocabulary")
	}
}

func TestOpenModel(t *testing.T) {
	r := create(t)
	if _, err := OpenModel(r.Dir); err == nil || !strings.Contains(err.Error(), "no checkpoint is there") {
		t.Errorf("a run without a checkpoint: %v", err)
	}
	save(t, r, 20, 0.25)
	save(t, r, 40, 0.5)
	open := func(dir string) *Model {
		t.Helper()
		m, err := OpenModel(dir)
		if err != nil {
			t.Fatal(err)
		}
		if !SameCodec(m.Codec, r.Codec) || m.Config.Mixer != "haar:min=2" {
			t.Errorf("%s: codec %v, mixer %s", dir, m.Codec, m.Config.Mixer)
		}
		return m
	}
	m := open(r.Dir)
	if m.Path != r.store().Path(40) || m.Params[0] != 0.5 || len(m.Damaged) > 0 {
		t.Errorf("opened %s with %v, past %v", m.Path, m.Params[0], m.Damaged)
	}
	// A checkpoint stands for itself, where it is and elsewhere.
	if m := open(r.store().Path(20)); m.Params[0] != 0.25 {
		t.Errorf("the checkpoint of step 20 has %v", m.Params[0])
	}
	elsewhere := filepath.Join(t.TempDir(), "model")
	if err := os.CopyFS(elsewhere, os.DirFS(r.store().Path(20))); err != nil {
		t.Fatal(err)
	}
	if m := open(elsewhere); m.Params[0] != 0.25 || m.Path != elsewhere {
		t.Errorf("the copy of step 20 at %s has %v", m.Path, m.Params[0])
	}

	// A damaged checkpoint is passed over, with its reason, and stays.
	weights := filepath.Join(r.store().Path(40), gpt.WeightsFile)
	if err := os.Truncate(weights, 100); err != nil {
		t.Fatal(err)
	}
	m = open(r.Dir)
	if m.Params[0] != 0.25 || len(m.Damaged) != 1 {
		t.Errorf("past a damaged checkpoint: %v, %v", m.Params[0], m.Damaged)
	}
	says(t, errors.Join(m.Damaged...), "step-00000040", gpt.WeightsFile)
	if steps, err := r.store().Steps(); err != nil || !slices.Equal(steps, []int{20, 40}) {
		t.Errorf("checkpoints %v, %v after reading", steps, err)
	}
	if err := os.Truncate(filepath.Join(r.store().Path(20), gpt.WeightsFile), 100); err != nil {
		t.Fatal(err)
	}
	_, err := OpenModel(r.Dir)
	says(t, err, r.Dir, "no checkpoint is good", gpt.WeightsFile)
}

func TestOpenModelRefuses(t *testing.T) {
	for _, test := range []struct {
		name  string
		spoil func(t *testing.T, dir string)
		want  []string
	}{
		{"no folder", func(t *testing.T, dir string) { remove(t, dir, gpt.ConfigFile) }, []string{"neither a run", ConfigFile, gpt.ConfigFile}},
		{"no weights", func(t *testing.T, dir string) { remove(t, dir, gpt.WeightsFile) }, []string{gpt.WeightsFile}},
		{"no codec", func(t *testing.T, dir string) { remove(t, dir, CodecFile) }, []string{CodecFile}},
		{"another codec", func(t *testing.T, dir string) {
			remove(t, dir, manifestFile)
			data, err := media.MarshalCodec(text.Text8{})
			if err == nil {
				err = os.WriteFile(filepath.Join(dir, CodecFile), data, 0o644)
			}
			if err != nil {
				t.Fatal(err)
			}
		}, []string{"27 tokens", "the model 5", "do not belong together"}},
		{"another bit", func(t *testing.T, dir string) {
			weights, err := os.ReadFile(filepath.Join(dir, gpt.WeightsFile))
			if err == nil {
				weights[len(weights)-1] ^= 1
				err = os.WriteFile(filepath.Join(dir, gpt.WeightsFile), weights, 0o644)
			}
			if err != nil {
				t.Fatal(err)
			}
		}, []string{"damaged", gpt.WeightsFile}},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := create(t)
			save(t, r, 1, 0.5)
			dir := r.store().Path(1)
			test.spoil(t, dir)
			_, err := OpenModel(dir)
			says(t, err, append(test.want, dir)...)
		})
	}
	// A run of a newer format is refused, though its checkpoints can be read.
	r := create(t)
	save(t, r, 1, 0.5)
	document := bytes.Replace(r.Config.TOML(), []byte("format_version = 1"), []byte("format_version = 2"), 1)
	if err := os.WriteFile(r.Path(ConfigFile), document, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := OpenModel(r.Dir)
	says(t, err, ConfigFile, "format_version is 2", "newer")
}

func remove(t *testing.T, dir, name string) {
	t.Helper()
	if err := os.Remove(filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
}

// What a process left that was killed while it wrote a small file goes with the
// next lock, and nothing else does.
func TestLockRemovesTemporaries(t *testing.T) {
	r := create(t)
	if err := r.Unlock(); err != nil {
		t.Fatal(err)
	}
	stale := r.Path(vfs.TemporaryPrefix + "12345")
	if err := os.WriteFile(stale, []byte("half a configurat"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := r.Lock(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(stale); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s is still there: %v", stale, err)
	}
	if _, err := Open(r.Dir); err != nil {
		t.Error(err)
	}
}

// A configuration of a time before a key existed says what was done then.
func TestOpenEarlierConfiguration(t *testing.T) {
	r := create(t)
	document := string(r.Config.TOML())
	for _, key := range []string{"on_nonfinite = 'stop'\n", "on_full_disk = 'stop'\n"} {
		if !strings.Contains(document, key) {
			t.Fatalf("no %q in\n%s", key, document)
		}
		document = strings.Replace(document, key, "", 1)
	}
	if err := os.WriteFile(r.Path(ConfigFile), []byte(document), 0o644); err != nil {
		t.Fatal(err)
	}
	got, err := Open(r.Dir)
	if err != nil || got.Config != r.Config {
		t.Errorf("%+v, %v", got, err)
	}
}
