package gpt

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

// placed are operators at every place, alone and together, with and without parameters.
var placed = []string{
	"shift:at=input", "window:3:at=attention", "shift:at=mlp", "shift:at=qkv", "window:2:at=kv", "shift:at=q", "shift:at=k", "shift:at=v", "shift:at=embedding",
	"shift:at=block+input", "window:2:at=input+kv+embedding", "shift:fraction=1:at=kv", "shift:at=input:layers=1", "shift:at=block+mlp:layers=first1",
	"shift:at=kv:mix=gate", "window:3:at=input:mix=add", "shift:at=block+embedding:mix=gate:gate=0.25", "window:2:at=v+attention:mix=gate", "shift:at=qkv:mix=add:last=off",
}

// plainGPT computes logits in float64 from the definitions of GPT-2, nanochat or Llama, with
// an operator that is one delay or one window wherever its spec says. It shares no code with the
// model.
type plainGPT struct {
	*testing.T
	Config
	tensors map[string][]float32

	delay, window int
	mix           string // add, gate or empty
	fraction      float64
	at            []string
	on            func(layer int) bool
}

type rows [][]float64

func newPlain(t *testing.T, m *Model, spec string) *plainGPT {
	p := &plainGPT{T: t, Config: m.Config, tensors: map[string][]float32{}, fraction: 0.5, at: []string{"block"}, on: func(int) bool { return true }}
	for _, tensor := range m.Tensors() {
		p.tensors[tensor.Name] = tensor.Of(m.Params)
	}
	for _, word := range strings.Split(spec, ":") {
		key, value, _ := strings.Cut(word, "=")
		switch {
		case word == "shift":
			p.delay, p.window = 1, 1
		case word == "window":
		case p.window == 0:
			fmt.Sscan(word, &p.window)
		case key == "fraction":
			fmt.Sscan(value, &p.fraction)
		case key == "at":
			p.at = nil
			for _, at := range strings.Split(value, "+") {
				p.at = append(p.at, map[string][]string{"input": {"attention", "mlp"}, "qkv": {"q", "k", "v"}, "kv": {"k", "v"}}[at]...)
				p.at = append(p.at, at)
			}
		case key == "mix":
			p.mix = value
		case word == "layers=1":
			p.on = func(layer int) bool { return layer == 1 }
		case word == "layers=first1":
			p.on = func(layer int) bool { return layer == 0 }
		case word == "last=off":
			p.on = func(layer int) bool { return layer < m.Config.Layers-1 }
		case key == "gate":
		default:
			t.Fatalf("the definition does not know %q", word)
		}
	}
	return p
}

// mixed applies the operator to columns of x if it stands at a place; tensor is the name
// of its gate.
func (p *plainGPT) mixed(x rows, at, tensor string, layer int) rows {
	if !slices.Contains(p.at, at) || layer >= 0 && !p.on(layer) {
		return x
	}
	width, heads := len(x[0]), p.Heads
	if at == "k" || at == "v" {
		heads = p.keyHeads()
	}
	act := make([]bool, width)
	switch head := width / heads; {
	case !strings.Contains("qkv", at):
		for c := width - int(math.Round(p.fraction*float64(width))); c < width; c++ {
			act[c] = true
		}
	case heads > 1:
		for c := (heads - int(math.Round(p.fraction*float64(heads)))) * head; c < width; c++ {
			act[c] = true
		}
	default:
		for c := head/2 - int(math.Round(p.fraction*float64(head/2))); c < head/2; c++ {
			act[c], act[c+head/2] = true, true
		}
	}
	y := make(rows, len(x))
	for t := range x {
		y[t] = slices.Clone(x[t])
		for c, acts := range act {
			if !acts {
				continue
			}
			sum := 0.0
			for j := t - p.delay - p.window + 1; j <= t-p.delay; j++ {
				if j >= 0 {
					sum += x[j][c] / float64(p.window)
				}
			}
			switch p.mix {
			case "":
				y[t][c] = sum
			case "add":
				y[t][c] += sum
			case "gate":
				g := p.tensors[tensor]
				if len(g) != 1 {
					p.Fatalf("%s has %d gates, want 1", tensor, len(g))
				}
				y[t][c] += float64(g[0]) * (sum - x[t][c])
			}
		}
	}
	return y
}

// keyHeads is the number of heads of keys and values.
func (p *plainGPT) keyHeads() int {
	if p.KVHeads > 0 {
		return p.KVHeads
	}
	return p.Heads
}

// product is a layer without bias, with weights [out, in].
func (p *plainGPT) product(x rows, name string, out int) rows {
	w := p.tensors[name+".weight"]
	y := make(rows, len(x))
	for t := range x {
		y[t] = make([]float64, out)
		for o := range out {
			for i, v := range x[t] {
				y[t][o] += v * float64(w[o*len(x[t])+i])
			}
		}
	}
	return y
}

// rootNorm is an RMSNorm of every size channels.
func rootNorm(x rows, size int) rows {
	y := make(rows, len(x))
	for t := range x {
		for from := 0; from < len(x[t]); from += size {
			square := 0.0
			for _, v := range x[t][from : from+size] {
				square += v * v / float64(size)
			}
			for _, v := range x[t][from : from+size] {
				y[t] = append(y[t], v/math.Sqrt(square+1e-6))
			}
		}
	}
	return y
}

func (p *plainGPT) linear(x rows, name string, out int) rows {
	w, bias := p.tensors[name+".weight"], p.tensors[name+".bias"]
	y := make(rows, len(x))
	for t := range x {
		y[t] = make([]float64, out)
		for o := range out {
			y[t][o] = float64(bias[o])
			for i, v := range x[t] {
				y[t][o] += v * float64(w[i*out+o])
			}
		}
	}
	return y
}

func (p *plainGPT) norm(x rows, name string) rows {
	gain, bias := p.tensors[name+".weight"], p.tensors[name+".bias"]
	y := make(rows, len(x))
	for t, row := range x {
		mean, square := 0.0, 0.0
		for _, v := range row {
			mean += v / float64(len(row))
		}
		for _, v := range row {
			square += (v - mean) * (v - mean) / float64(len(row))
		}
		for i, v := range row {
			y[t] = append(y[t], (v-mean)/math.Sqrt(square+1e-5)*float64(gain[i])+float64(bias[i]))
		}
	}
	return y
}

func sum(a, b rows) rows {
	y := make(rows, len(a))
	for t := range a {
		for i := range a[t] {
			y[t] = append(y[t], a[t][i]+b[t][i])
		}
	}
	return y
}

func columns(x rows, from, n int) rows {
	y := make(rows, len(x))
	for t := range x {
		y[t] = x[t][from : from+n]
	}
	return y
}

// rotated turns the pairs (i, i + size/2) of every head, the other way round in nanochat.
func (p *plainGPT) rotated(x rows) rows {
	if p.Position != "rope" {
		return x
	}
	size, sign := p.Width/p.Heads, 1.0
	if p.Family == "nanochat" {
		sign = -1
	}
	y := make(rows, len(x))
	for t := range x {
		y[t] = slices.Clone(x[t])
		for h := 0; h < len(x[t]); h += size {
			for i := range size / 2 {
				a := sign * float64(t) / math.Pow(10000, float64(2*i)/float64(size))
				u, v := x[t][h+i], x[t][h+i+size/2]
				y[t][h+i], y[t][h+i+size/2] = u*math.Cos(a)-v*math.Sin(a), v*math.Cos(a)+u*math.Sin(a)
			}
		}
	}
	return y
}

func (p *plainGPT) attention(x rows, h string, layer int) rows {
	x = p.mixed(x, "attention", fmt.Sprintf("mixer.%d.attention.weight", layer), layer)
	size := p.Width / p.Heads
	part := func(i int, at, name string) rows {
		var x1 rows
		if p.Family != "gpt2" {
			x1 = p.product(x, h+"self_attn."+at+"_proj", []int{p.Width, p.keyHeads() * size, p.keyHeads() * size}[i])
		} else {
			x1 = columns(p.linear(x, h+"attn.c_attn", 3*p.Width), i*p.Width, p.Width)
		}
		return p.mixed(x1, at, fmt.Sprintf("mixer.%d.%s.weight", layer, name), layer)
	}
	q, k, v := p.rotated(part(0, "q", "query")), p.rotated(part(1, "k", "key")), part(2, "v", "value")
	if p.Family == "nanochat" {
		q, k = rootNorm(q, size), rootNorm(k, size)
	}
	group := p.Heads / p.keyHeads()
	out := make(rows, len(x))
	for t := range x {
		for from := 0; from < p.Width; from += size {
			weights, total, shared := make([]float64, t+1), 0.0, from/size/group*size
			for j := range weights {
				for i := range size {
					weights[j] += q[t][from+i] * k[j][shared+i] / math.Sqrt(float64(size))
				}
				weights[j] = math.Exp(weights[j])
				total += weights[j]
			}
			for i := range size {
				o := 0.0
				for j, w := range weights {
					o += w / total * v[j][shared+i]
				}
				out[t] = append(out[t], o)
			}
		}
	}
	if p.Family != "gpt2" {
		return p.product(out, h+"self_attn.o_proj", p.Width)
	}
	return p.linear(out, h+"attn.c_proj", p.Width)
}

func (p *plainGPT) mlp(x rows, h string, layer int) rows {
	x = p.mixed(x, "mlp", fmt.Sprintf("mixer.%d.mlp.weight", layer), layer)
	if p.Family == "llama" {
		gate, up := p.product(x, h+"mlp.gate_proj", p.Hidden), p.product(x, h+"mlp.up_proj", p.Hidden)
		for t, row := range up {
			for i, v := range gate[t] {
				row[i] *= v / (1 + math.Exp(-v))
			}
		}
		return p.product(up, h+"mlp.down_proj", p.Width)
	}
	if p.Family == "nanochat" {
		hidden := p.product(x, h+"mlp.fc1", p.Hidden)
		for _, row := range hidden {
			for i, v := range row {
				row[i] = math.Pow(max(v, 0), 2)
			}
		}
		return p.product(hidden, h+"mlp.fc2", p.Width)
	}
	hidden := p.linear(x, h+"mlp.c_fc", p.Hidden)
	for _, row := range hidden {
		for i, v := range row {
			row[i] = v / 2 * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(v+0.044715*v*v*v)))
		}
	}
	return p.linear(hidden, h+"mlp.c_proj", p.Width)
}

func (p *plainGPT) logits(ids []uint16) rows {
	if p.Family != "gpt2" {
		return p.modernLogits(ids)
	}
	wte, wpe := p.tensors["transformer.wte.weight"], p.tensors["transformer.wpe.weight"]
	x := make(rows, len(ids))
	for t, id := range ids {
		for i := range p.Width {
			v := float64(wte[int(id)*p.Width+i])
			if p.Position == "learned" {
				v += float64(wpe[t*p.Width+i])
			}
			x[t] = append(x[t], v)
		}
	}
	x = p.mixed(x, "embedding", "mixer.embedding.weight", -1)
	for layer := range p.Layers {
		h := fmt.Sprintf("transformer.h.%d.", layer)
		if p.Norm == "pre" {
			x = sum(x, p.attention(p.norm(x, h+"ln_1"), h, layer))
			x = sum(x, p.mlp(p.norm(x, h+"ln_2"), h, layer))
		} else {
			n := p.norm(sum(x, p.attention(x, h, layer)), h+"ln_1")
			x = p.norm(sum(n, p.mlp(n, h, layer)), h+"ln_2")
		}
		x = p.mixed(x, "block", fmt.Sprintf("mixer.%d.weight", layer), layer)
	}
	if p.Norm == "pre" {
		x = p.norm(x, "transformer.ln_f")
	}
	head := p.tensors["lm_head.weight"]
	out := make(rows, len(x))
	for t := range x {
		for v := range p.Vocabulary {
			logit := 0.0
			for i, a := range x[t] {
				logit += a * float64(head[v*p.Width+i])
			}
			out[t] = append(out[t], logit)
		}
	}
	return out
}

// gained is an RMSNorm with the gain of that name, if there is one.
func (p *plainGPT) gained(x rows, name string) rows {
	y := rootNorm(x, p.Width)
	for _, row := range y {
		for i, v := range p.tensors[name+".weight"] {
			row[i] *= float64(v)
		}
	}
	return y
}

func (p *plainGPT) modernLogits(ids []uint16) rows {
	x := make(rows, len(ids))
	for t, id := range ids {
		for _, v := range p.tensors["model.embed_tokens.weight"][int(id)*p.Width:][:p.Width] {
			x[t] = append(x[t], float64(v))
		}
	}
	if p.Family == "nanochat" {
		x = rootNorm(x, p.Width)
	}
	x = p.mixed(x, "embedding", "mixer.embedding.weight", -1)
	for layer := range p.Layers {
		h := fmt.Sprintf("model.layers.%d.", layer)
		x = sum(x, p.attention(p.gained(x, h+"input_layernorm"), h, layer))
		x = sum(x, p.mlp(p.gained(x, h+"post_attention_layernorm"), h, layer))
		x = p.mixed(x, "block", fmt.Sprintf("mixer.%d.weight", layer), layer)
	}
	out := p.product(p.gained(x, "model.norm"), "lm_head", p.Vocabulary)
	if p.Family == "llama" {
		return out
	}
	for _, row := range out {
		for i, v := range row {
			row[i] = 15 * math.Tanh(v/15)
		}
	}
	return out
}

// The model agrees with the definitions, wherever the operator stands.
func TestPlacesAreTheDefinition(t *testing.T) {
	for _, spec := range append([]string{"shift", "window:3:last=off"}, placed...) {
		for _, c := range []Config{
			tiny(nil), tiny(func(c *Config) { c.Position, c.Norm = "rope", "post" }), tiny(func(c *Config) { c.Position, c.Heads = "rope", 1 }),
			tiny(func(c *Config) { c.Heads = 3 }), nano(0, nil), nano(1, nil), nano(2, func(c *Config) { c.Width, c.Heads = 16, 4 }), lama(nil),
		} {
			c.Mixer = spec
			t.Run(fmt.Sprintf("%s/%s-%s-%s-%d-%d", spec, c.Family, c.Position, c.Norm, c.Heads, c.KVHeads), func(t *testing.T) {
				m, ids := newModel(t, c), tokens(9, c.Vocabulary)
				got, want := m.NewWorkspace().Logits(ids), newPlain(t, m, spec).logits(ids)
				for i, v := range slices.Concat(want...) {
					if math.Abs(float64(got[i])-v) > 1e-4*(1+math.Abs(v)) {
						t.Fatalf("logit %d is %v, want %v", i, got[i], v)
					}
				}
			})
		}
	}
}
