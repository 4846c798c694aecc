package gpt

import (
	"fmt"
	"strings"

	"github.com/waveletgpt/waveletgpt/internal/kernel"
	"github.com/waveletgpt/waveletgpt/wavelet"
)

// A family is the form of a model: what differs between families beside sizes and
// settings. The rest of the package reads it here, in the layers that its functions
// make, or in the file of its model folders, and asks for no family by name.
type family struct {
	// before and after add the tensors in front of the blocks and behind them, and
	// block those of block i. They set the layers of the model.
	before, after func(l layout)
	block         func(l layout, i int)

	activation

	// Of rotary positions, if the model has them: the direction in which they turn, and
	// whether an RMSNorm of every head of queries and keys follows.
	direction float32
	headNorm  bool

	softCap float32 // largest magnitude of logits, approached smoothly; 0 is no limit

	// ownScale tells whether the family's own initial values divide those of a
	// projection into the residual stream by sqrt(2 layers), as GPT-2 does with all.
	ownScale func(projection string) bool

	// Of model folders: the classes of the code that they carry, the prefix of the names of all tensors but the head, which a file
	// of the bare model does not have, the embedding, and config.json.
	classes           map[string]string
	prefix, embedding string
	config            func(c Config) any
}

// An activation is what stands between the two layers of the MLP: y [rows, hidden] of x
// [rows, hidden] or, with gates, [rows, 2 hidden]. y may be the array of x. The gradient
// computes dx from dy, and y again; dx may be the array of dy without gates.
type activation struct {
	forward  func(y, x []float32, hidden int)
	gradient func(dx, y, dy, x []float32, hidden int)
	gated    bool
}

// families are all, by model.family.
var families = map[string]*family{"gpt2": &gpt2, "nanochat": &nanochat, "llama": &llama}

// gpt2 is GPT2LMHeadModel of transformers (Radford et al., "Language Models are
// Unsupervised Multitask Learners", 2019), whose weights are [in, out].
var gpt2 = family{
	before: func(l layout) {
		l.m.wte = l.table(l.m.family.embedding, l.Vocabulary)
		if l.Position == "learned" {
			l.m.wpe = l.table("transformer.wpe.weight", l.Context)
		}
	},
	block: func(l layout, i int) {
		h, b := fmt.Sprintf("transformer.h.%d.", i), &l.m.blocks[i]
		b.ln1 = l.layerNorm(h + "ln_1")
		b.attn = l.conv1D(matrix, h+"attn.c_attn", l.Width, l.Width, l.Width, l.Width)
		b.attnProj = l.conv1D(projection, h+"attn.c_proj", l.Width, l.Width)
		b.ln2 = l.layerNorm(h + "ln_2")
		b.fc = l.conv1D(matrix, h+"mlp.c_fc", l.Width, l.Hidden)
		b.mlpProj = l.conv1D(projection, h+"mlp.c_proj", l.Hidden, l.Width)
	},
	after: func(l layout) {
		if l.m.preNorm {
			l.m.lnF = l.layerNorm("transformer.ln_f")
		}
		l.m.head = l.linear(head, l.Width, named{"lm_head.weight", l.Vocabulary})
	},
	activation: activation{
		forward:  func(y, x []float32, _ int) { kernel.GELU(y, x) },
		gradient: func(dx, y, dy, x []float32, _ int) { kernel.GELUGradient(dx, y, dy, x) },
	},
	direction: 1,
	ownScale:  func(string) bool { return true },
	classes:   gpt2Classes,
	prefix:    "transformer.",
	embedding: "transformer.wte.weight",
	config:    gpt2Config,
}

// nanochat is NanoChatForCausalLM of transformers (Karpathy, "nanochat", 2025), whose
// weights are [out, in]. Its norms have no parameters, its layers no biases. It turns
// queries and keys the other way round than Llama does.
var nanochat = family{
	before: func(l layout) {
		l.m.wte = l.table(l.m.family.embedding, l.Vocabulary)
		norm := l.rmsNorm()
		l.m.embedNorm = &norm
	},
	block: func(l layout, i int) {
		h, b := fmt.Sprintf("model.layers.%d.", i), &l.m.blocks[i]
		b.ln1, b.ln2 = l.rmsNorm(), l.rmsNorm()
		l.selfAttention(h+"self_attn.", b)
		b.fc = l.linear(matrix, l.Width, named{h + "mlp.fc1.weight", l.Hidden})
		b.mlpProj = l.linear(projection, l.Hidden, named{h + "mlp.fc2.weight", l.Width})
	},
	after: func(l layout) {
		l.m.lnF = l.rmsNorm()
		l.m.head = l.linear(head, l.Width, named{"lm_head.weight", l.Vocabulary})
	},
	activation: activation{
		forward:  func(y, x []float32, _ int) { kernel.ReLU2(y, x) },
		gradient: func(dx, y, dy, x []float32, _ int) { kernel.ReLU2Gradient(dx, y, dy, x) },
	},
	direction: -1, headNorm: true,
	softCap:  nanochatSoftCap,
	ownScale: func(projection string) bool { return strings.HasSuffix(projection, ".self_attn.o_proj.weight") },
	classes:  rotaryClasses,
	prefix:   "model.", embedding: "model.embed_tokens.weight",
	config: func(c Config) any { return nanochatType.config(c) },
}

// llama is LlamaForCausalLM of transformers (Touvron et al., "LLaMA", 2023), whose weights
// are [out, in]. Its norms have gains, its layers no biases.
var llama = family{
	before: func(l layout) { l.m.wte = l.table(l.m.family.embedding, l.Vocabulary) },
	block: func(l layout, i int) {
		h, b := fmt.Sprintf("model.layers.%d.", i), &l.m.blocks[i]
		b.ln1 = l.gainNorm(h + "input_layernorm.weight")
		l.selfAttention(h+"self_attn.", b)
		b.ln2 = l.gainNorm(h + "post_attention_layernorm.weight")
		b.fc = l.linear(matrix, l.Width, named{h + "mlp.gate_proj.weight", l.Hidden}, named{h + "mlp.up_proj.weight", l.Hidden})
		b.mlpProj = l.linear(projection, l.Hidden, named{h + "mlp.down_proj.weight", l.Width})
	},
	after: func(l layout) {
		l.m.lnF = l.gainNorm("model.norm.weight")
		l.m.head = l.linear(head, l.Width, named{"lm_head.weight", l.Vocabulary})
	},
	activation: activation{forward: swiGLU, gradient: swiGLUGradient, gated: true},
	direction:  1,
	ownScale:   func(string) bool { return false },
	classes:    rotaryClasses,
	prefix:     "model.", embedding: "model.embed_tokens.weight",
	config: func(c Config) any { return llamaType.config(c) },
}

// selfAttention adds the layers of attention under the names of many families.
func (l layout) selfAttention(h string, b *block) {
	kv, _ := l.Row(wavelet.AtKey)
	b.attn = l.linear(matrix, l.Width, named{h + "q_proj.weight", l.Width}, named{h + "k_proj.weight", kv}, named{h + "v_proj.weight", kv})
	b.attnProj = l.linear(projection, l.Width, named{h + "o_proj.weight", l.Width})
}

// swiGLU has in every row of x first the gates, then what they let through.
func swiGLU(y, x []float32, hidden int) {
	for from := 0; from < len(y); from += hidden {
		row := x[2*from:]
		kernel.SwiGLU(y[from:from+hidden], row[:hidden], row[hidden:2*hidden])
	}
}

func swiGLUGradient(dx, y, dy, x []float32, hidden int) {
	for from := 0; from < len(dx)/2; from += hidden {
		row, d := x[2*from:], dx[2*from:]
		kernel.SwiGLUGradient(d[:hidden], d[hidden:2*hidden], y[from:from+hidden], dy[from:], row, row[hidden:])
	}
}
