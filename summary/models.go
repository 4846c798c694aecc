package summary

import (
	"fmt"
	"slices"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/wavelet"
)

// A Model has what a report needs to know of a variant's model: positions, norm
// and the levels of the operator.
type Model struct {
	Variant  string `json:"variant"`  // label
	Position string `json:"position"` // as in the key model.position
	Norm     string `json:"norm"`     // as in the key model.norm
	// Levels are the levels of the operator, at the first of its places. They cover
	// all channels; those with a window of 1 pass.
	Levels []Level `json:"levels"`
}

// maxWidth bounds the channels of a model that a damaged summary claims.
const maxWidth = 1 << 14

// NewModel describes the model of a configuration whose variant has a label.
func NewModel(label string, m config.Model) (Model, error) {
	spec, err := wavelet.Parse(m.Mixer)
	if err != nil {
		return Model{}, err
	}
	out := Model{Variant: label, Position: m.Resolved().Position, Norm: m.Norm}
	width, heads := m.Row(spec.At)
	for _, l := range wavelet.Levels(spec.WindowsAt(spec.At, width, heads, m.Context)) {
		out.Levels = append(out.Levels, Level(l))
	}
	return out, nil
}

// ModelOf returns the model of a variant, nil if it is not known.
func (s *Summary) ModelOf(label string) *Model {
	at := slices.IndexFunc(s.Models, func(m Model) bool { return m.Variant == label })
	if at < 0 {
		return nil
	}
	return &s.Models[at]
}

// configuration parses the configuration of the baseline.
func (s *Summary) configuration() (config.Config, error) {
	c := config.Earlier()
	err := c.Merge("configuration", []byte(s.Configuration))
	return c, err
}

// deriveModels fills in the models of a document of version 1, which has none. A
// variant whose configuration cannot be read has no model.
func (s *Summary) deriveModels() {
	base, err := s.configuration()
	if err != nil {
		return
	}
	for i := range s.Runs {
		r := &s.Runs[i]
		if s.ModelOf(r.Label()) != nil {
			continue
		}
		if m, err := r.model(base); err == nil {
			s.Models = append(s.Models, m)
		}
	}
}

// model describes the model of a run whose baseline has a configuration.
func (r *Run) model(c config.Config) (Model, error) {
	c.Model.Mixer = r.Variant
	for _, assignment := range slices.Concat(config.Assignments(r.Set), config.Assignments(r.Tuned)) {
		if err := c.Set(assignment); err != nil {
			return Model{}, err
		}
	}
	if c.Model.Width > maxWidth {
		return Model{}, fmt.Errorf("%d channels", c.Model.Width)
	}
	if err := c.Model.Validate(); err != nil {
		return Model{}, err
	}
	return NewModel(r.Label(), c.Model)
}
