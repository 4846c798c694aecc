package gpt

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"

	"github.com/waveletgpt/waveletgpt/internal/versioned"
)

// python is the model in PyTorch: what lets transformers open a folder of
// model_type waveletgpt. It is written, compared and never executed.
//
//go:embed pytorch/modeling_waveletgpt.py pytorch/wavelet_operator.py
var python embed.FS

// codeFiles are the names of that code in a model folder.
var codeFiles = []string{"modeling_waveletgpt.py", "wavelet_operator.py"}

// gpt2Classes and rotaryClasses are auto_map of config.json: which class of the code
// transformers uses for what.
var (
	gpt2Classes = map[string]string{
		"AutoConfig":           "modeling_waveletgpt.WaveletGPTConfig",
		"AutoModelForCausalLM": "modeling_waveletgpt.WaveletGPTLMHeadModel",
	}
	rotaryClasses = map[string]string{
		"AutoConfig":           "modeling_waveletgpt.WaveletRotaryConfig",
		"AutoModelForCausalLM": "modeling_waveletgpt.WaveletRotaryForCausalLM",
	}
)

// codeKeys are keys of the config.json of model_type waveletgpt: the classes, and keys
// that are read and not written. transformers adds these when it saves, and none
// changes the logits.
type codeKeys struct {
	AutoMap             map[string]string `json:"auto_map,omitempty"`
	TransformersVersion json.RawMessage   `json:"transformers_version,omitempty"`
	UseCache            json.RawMessage   `json:"use_cache,omitempty"`
	PadToken            json.RawMessage   `json:"pad_token_id,omitempty"`
}

// checkClasses refuses an auto_map with other classes than those of the code: such a
// folder says that it is another model.
func checkClasses(raw json.RawMessage, classes map[string]string) error {
	var got map[string]string
	if err := json.Unmarshal(raw, &got); err != nil || !maps.Equal(got, classes) {
		return errors.New("auto_map names code other than waveletgpt's, which may define another model; remove the key to read the weights without it")
	}
	return nil
}

// A File is a file of a model folder.
type File struct {
	Name  string
	Write func(w io.Writer) error
}

// Files are those of the model's folder: configuration and weights, and the model in
// PyTorch if it is one that transformers does not know.
func (m *Model) Files() []File {
	files := []File{{ConfigFile, m.WriteConfig}, {WeightsFile, m.WriteWeights}}
	if m.Config.plain() {
		return files
	}
	return append(files, CodeFiles()...)
}

// CodeFiles are the model in PyTorch. They are one Python package with any __init__.py.
func CodeFiles() (files []File) {
	for _, name := range codeFiles {
		files = append(files, File{name, func(w io.Writer) error {
			_, err := w.Write(code(name))
			return err
		}})
	}
	return files
}

// plain reports whether a model is its family to the letter.
func (c Config) plain() bool {
	own := c.Model
	own.Position = ""
	return c.Mixer == "none" && c.Norm == "pre" && c.Resolved().Position == own.Resolved().Position
}

// code is a file of the model in PyTorch.
func code(name string) []byte {
	text, err := python.ReadFile("pytorch/" + name)
	if err != nil {
		panic(err) // it is embedded
	}
	return text
}

// CheckCode returns an error if the model folder at the root of a file system carries
// code that [Model.Files] would not write: from the same weights transformers may then
// compute something else than this program. It is compared, and never executed. A
// folder without code is good.
func CheckCode(fsys fs.FS) error {
	for _, name := range codeFiles {
		want := code(name)
		got, err := versioned.ReadFile(fsys, name, int64(2*len(want)))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil || !bytes.Equal(got, want) {
			return fmt.Errorf("%s is not what this version of waveletgpt writes: transformers may compute something else from this folder; replace it with the file of a folder that this version has written", name)
		}
	}
	return nil
}
