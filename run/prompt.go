package run

import (
	"fmt"
	"strings"
)

// Prompt returns the tokens of a text for the model to go on with. A stream
// starts with a token: without a text it is a line break, where the codec has
// none a space, else the first symbol.
func (m *Model) Prompt(text string) ([]uint16, error) {
	if text != "" {
		ids, err := m.encode(text)
		if err == nil && len(ids) == 0 {
			err = fmt.Errorf("there are no tokens in it")
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
	err = m.Codec.Encode(strings.NewReader(text), func(run []uint16) error {
		ids = append(ids, run...)
		return nil
	})
	return ids, err
}
