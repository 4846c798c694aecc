package run

import (
	"errors"
	"fmt"
	"strings"
)

// Prompt returns the tokens of a text that the model is to continue. Generation
// needs at least one token: for an empty text it is a line break, or a space if
// the codec has no line break, or else token 0.
func (m *Model) Prompt(text string) ([]uint16, error) {
	if text != "" {
		ids, err := m.encode(text)
		if err == nil && len(ids) == 0 {
			err = errors.New("the text has no tokens")
		}
		if err != nil {
			return nil, fmt.Errorf("prompt: %w", err)
		}
		return ids, nil
	}
	for _, start := range []string{"\n", " "} {
		if ids, err := m.encode(start); err == nil && len(ids) > 0 {
			return ids, nil
		}
	}
	return []uint16{0}, nil
}

func (m *Model) encode(text string) (ids []uint16, err error) {
	_, err = m.Codec.Encode(strings.NewReader(text), func(run []uint16) error {
		ids = append(ids, run...)
		return nil
	})
	return ids, err
}
