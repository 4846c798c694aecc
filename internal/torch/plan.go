package torch

import (
	"bytes"
	"encoding/json"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/gpt"
)

// A plan is the request "open": the model and how to train it.
type plan struct {
	Request  string          `json:"request"`
	Protocol int             `json:"protocol"`
	Model    json.RawMessage `json:"model"` // config.json
	Tensors  []tensor        `json:"tensors"`

	Device    string `json:"device"`
	Precision string `json:"precision"`
	Compile   string `json:"compile"`
	Threads   int    `json:"threads"` // 0: PyTorch's own number

	Rows    int     `json:"rows"` // of a pass
	Context int     `json:"context"`
	Width   int     `json:"width"`
	Layers  int     `json:"layers"`
	Dropout float64 `json:"dropout"`
	Seed    uint64  `json:"seed"`

	Beta1        float64 `json:"beta1"`
	Beta2        float64 `json:"beta2"`
	Eps          float64 `json:"eps"`
	WeightDecay  float64 `json:"weight_decay"`
	Clip         float64 `json:"clip"`
	MuonMomentum float64 `json:"muon_momentum"`
}

// A tensor is a parameter of the model. Muon trains those with columns, the widths of
// the matrices that stand side by side in it.
type tensor struct {
	Name       string `json:"name"`
	Shape      []int  `json:"shape"`
	Decay      bool   `json:"decay"`
	Columns    []int  `json:"columns"`
	Transposed bool   `json:"transposed"`
}

func planOf(c config.Train, m *gpt.Model) (plan, error) {
	var file bytes.Buffer
	if err := m.WriteConfig(&file); err != nil {
		return plan{}, err
	}
	p := plan{
		Request: "open", Protocol: Protocol, Model: file.Bytes(),
		Device: c.Device, Precision: c.Precision, Compile: c.Compile, Threads: c.Threads,
		Rows: c.Batch, Context: m.Config.Context, Width: m.Config.Width, Layers: m.Config.Layers, Dropout: m.Config.Dropout, Seed: uint64(c.Seed),
		Beta1: c.Beta1, Beta2: c.Beta2, Eps: c.Eps, WeightDecay: c.Decay, Clip: c.Clip, MuonMomentum: c.MuonMomentum,
	}
	for _, t := range m.Tensors() {
		out := tensor{Name: t.Name, Shape: t.Shape, Decay: t.Decay, Transposed: t.Transposed}
		if c.Optimizer == "muon" {
			out.Columns = t.Columns
		}
		p.Tensors = append(p.Tensors, out)
	}
	return p, nil
}
