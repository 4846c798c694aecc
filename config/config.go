package config

import (
	"reflect"

	"github.com/waveletgpt/waveletgpt/wavelet"
)

// FormatVersion is the version of the document that this package writes, and the
// newest that it reads.
const FormatVersion = 1

// Config is a complete configuration. It holds no pointers, so an assignment copies
// it.
type Config struct {
	Model Model `toml:"model"`
	Data  Data  `toml:"data"`
	Train Train `toml:"train"`
	Eval  Eval  `toml:"eval"`
}

// Model is the shape of the network.
type Model struct {
	Family   string  `toml:"family"`   // "gpt2", "nanochat", "llama": as transformers' GPT2LMHeadModel, NanoChatForCausalLM, LlamaForCausalLM; "gpt2"
	Layers   int     `toml:"layers"`   // decoder blocks; 10
	Width    int     `toml:"width"`    // channels of an embedding; 128; a multiple of heads
	Heads    int     `toml:"heads"`    // attention heads of a block; 8
	KVHeads  int     `toml:"kv_heads"` // not gpt2: heads of keys and values, each for a group of attention heads; 0 is heads; 0
	Hidden   int     `toml:"hidden"`   // channels between the two layers of an MLP; 512
	Context  int     `toml:"context"`  // tokens that the model sees at once; 512
	Position string  `toml:"position"` // positions: "learned", a table of context rows; "sinusoidal"; "rope"; "" is the family's own
	Norm     string  `toml:"norm"`     // place of LayerNorm in a block: "pre" (GPT-2) or "post" (the first GPT)
	Mixer    string  `toml:"mixer"`    // operator and its place, a spec of package wavelet; "none"
	Dropout  float64 `toml:"dropout"`  // probability, at embeddings and residual branches; 0
	Init     string  `toml:"init"`     // initial weights: "gpt2", "width", "zero"; "" is the family's own
}

// ownPosition is that of each family.
var ownPosition = map[string]string{"gpt2": "learned", "nanochat": "rope", "llama": "rope"}

// Resolved returns the model in the one form of all that mean the same: with the
// family's own positions instead of "", kv_heads = 0 instead of as many as heads, and
// the canonical spelling of the operator.
func (m Model) Resolved() Model {
	if m.Position == "" {
		m.Position = ownPosition[m.Family]
	}
	if m.KVHeads == m.Heads {
		m.KVHeads = 0
	}
	m.canonicalize()
	return m
}

// Row is what an operator finds at a place, of several at the first one: the channels
// of a row and the heads that they belong to. Those of keys and values may be fewer.
func (m Model) Row(at wavelet.Place) (width, heads int) {
	if at &= -at; m.KVHeads > 0 && at&(wavelet.AtKey|wavelet.AtValue) != 0 {
		return m.Width / m.Heads * m.KVHeads, m.KVHeads
	}
	return m.Width, m.Heads
}

// canonicalize replaces the mixer by the canonical spelling of its operator. It
// leaves a mixer that is no valid spec: [Model.Validate] refuses it.
func (m *Model) canonicalize() {
	if spec, err := wavelet.Parse(m.Mixer); err == nil {
		m.Mixer = spec.String()
	}
}

// Data is where tokens come from. The configuration hash covers the hash of the
// prepared data instead of these keys.
type Data struct {
	Path     string `toml:"path"`      // file, folder, glob, archive or prepared set; "-" is standard input, "" the Go standard library's source
	Codec    string `toml:"codec"`     // how bytes become tokens, a codec of package media; "" chooses
	Medium   string `toml:"medium"`    // what to take from data of several media: "text", "audio", "music", or "" for what is there
	MinCount int    `toml:"min_count"` // codec chars: occurrences below which a character gets no token; 5
	Rate     int    `toml:"rate"`      // audio: samples a second that recordings are resampled to; 0 is the rate of the first; 16000
	Level    string `toml:"level"`     // audio: "as-is", or "peak" to make the largest sample of each recording 1; "as-is"
	OnError  string `toml:"on_error"`  // a document that cannot be read: "stop", "skip", or "" to stop for text and skip for other media
	Windows  string `toml:"windows"`   // where sequences lie: "document", in one document each; "any"; "" is in one for music and anywhere for other media
	Hash     string `toml:"hash"`      // hash that the prepared data must have; "" accepts any; a run has that of its own data
}

// Train is how the model is trained.
type Train struct {
	Steps      int     `toml:"steps"`        // optimizer updates; 1500
	Batch      int     `toml:"batch"`        // sequences of context tokens in one forward and backward pass; 8
	Accumulate int     `toml:"accumulate"`   // passes whose gradients one update averages; 1
	LR         float64 `toml:"lr"`           // highest learning rate, reached after warmup; 1e-3
	MinLR      float64 `toml:"min_lr"`       // learning rate at the last step of a falling schedule; 1e-4
	Warmup     int     `toml:"warmup"`       // steps of linear rise to lr; 100
	Schedule   string  `toml:"schedule"`     // after warmup: "cosine", "constant", "linear" or "wsd" (warm-up, stable, decay)
	Cooldown   float64 `toml:"cooldown"`     // schedule wsd: share of the steps in which the rate falls; 0.2
	Beta1      float64 `toml:"beta1"`        // AdamW, decay of the first moment; 0.9
	Beta2      float64 `toml:"beta2"`        // AdamW, decay of the second moment; 0.95
	Eps        float64 `toml:"eps"`          // AdamW, added to the root of the second moment; 1e-8
	Decay      float64 `toml:"weight_decay"` // decoupled, on matrices of the blocks and the head; 0.1
	Clip       float64 `toml:"clip"`         // largest global norm of the gradient; 0 does not clip; 1
	Seed       int64   `toml:"seed"`         // of initial weights, windows and dropout; 0 or more; 1
	Precision  string  `toml:"precision"`    // arithmetic of matrix products: "float32"; torch: "tf32", "bfloat16"
	Threads    int     `toml:"threads"`      // sequences computed at the same time, without effect on results; 0 is one for each processor
	Lanes      int     `toml:"lanes"`        // sums of gradients of a step: sequence i is in sum i mod lanes; a power of two; 8
	SaveEvery  int     `toml:"save_every"`   // steps between checkpoints; the last step is always saved; 250
	Keep       int     `toml:"keep"`         // newest checkpoints to keep, in addition to the best; 2
	EvalEvery  int     `toml:"eval_every"`   // steps between evaluations on the validation split, in addition to a few early ones; 50

	Optimizer    string  `toml:"optimizer"`     // "adamw", or "muon" for the matrices of the blocks and AdamW for the rest
	MuonLR       float64 `toml:"muon_lr"`       // Muon, highest learning rate, which rises and falls as lr does; 0.02
	MuonMomentum float64 `toml:"muon_momentum"` // Muon, decay of Nesterov's momentum; 0.95

	Engine  string `toml:"engine"`  // what computes: "native", this program; "torch", PyTorch in a separate process
	Compile string `toml:"compile"` // torch: mode of torch.compile, "off", "default", "reduce-overhead", "max-autotune"
	Device  string `toml:"device"`  // torch: a name as in torch.device, without effect on what is computed but for rounding; "" is the first of cuda, mps, xpu and cpu that is there
	Python  string `toml:"python"`  // torch: an interpreter with PyTorch, without effect on results; "" looks for one

	Transpose int `toml:"transpose"` // music: largest number of semitones by which training sequences are transposed, up or down; 0

	OnNonFinite string `toml:"on_nonfinite"` // a loss or gradient that is not finite: "stop" the run, or "skip" the update
	OnFullDisk  string `toml:"on_full_disk"` // no room for a checkpoint or the log: "stop" the run, or "continue" without
}

// Eval is how a loss is measured.
type Eval struct {
	Windows int `toml:"windows"` // windows of context tokens, fixed and spread over the split; 128, tiny 32
	// FinalWindows is the largest number of windows on which the final weights are
	// evaluated once more, and tested. 0 is no such evaluation, and a test on Windows.
	FinalWindows int `toml:"final_windows"`
}

// Final is the number of windows of the final evaluation.
func (e Eval) Final() int {
	if e.FinalWindows > 0 {
		return e.FinalWindows
	}
	return e.Windows
}

// field is one key of the document and the place that holds its value.
type field struct {
	key   string // as in "train.lr"
	value reflect.Value
}

// fields lists all keys, in the order of the document.
func (c *Config) fields() []field {
	var list []field
	root := reflect.ValueOf(c).Elem()
	for i := range root.NumField() {
		section := root.Field(i)
		name := root.Type().Field(i).Tag.Get("toml")
		for j := range section.NumField() {
			list = append(list, field{name + "." + section.Type().Field(j).Tag.Get("toml"), section.Field(j)})
		}
	}
	return list
}

// sections lists the tables of the document.
func (c *Config) sections() []string {
	var list []string
	root := reflect.TypeOf(*c)
	for i := range root.NumField() {
		list = append(list, root.Field(i).Tag.Get("toml"))
	}
	return list
}
