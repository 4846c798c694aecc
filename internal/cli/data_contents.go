package cli

import (
	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/internal/typeset"
	"github.com/waveletgpt/waveletgpt/media"
)

// tokenContents are counts over the tokens of a prepared set.
type tokenContents struct {
	Used   int                      `json:"vocabulary_used"` // token ids that occur
	Splits map[string]splitContents `json:"splits"`
}

// splitContents are counts over one split. Text has neither.
type splitContents struct {
	Hours float64 `json:"hours,omitempty"`
	Notes int     `json:"notes,omitempty"`
}

// countContents reads all tokens of a set.
func countContents(set *dataset.Set) (tokenContents, error) {
	c := tokenContents{Splits: map[string]splitContents{}}
	seen := make([]bool, set.Header.Vocabulary)
	sound, takesTime := set.Codec.(media.FileCodec)
	music, hasNotes := set.Codec.(media.NoteCodec)
	buffer := make([]uint16, 1<<16)
	for _, name := range []string{dataset.Train, dataset.Validation, dataset.Test} {
		r, err := set.Header.Split(name)
		if err != nil {
			return c, err
		}
		var of splitContents
		for at := int64(0); at < r.Length; at += int64(len(buffer)) {
			ids := buffer[:min(int64(len(buffer)), r.Length-at)]
			if err := set.Read(ids, name, at); err != nil {
				return c, input(err)
			}
			for _, id := range ids {
				seen[id] = true
			}
			if takesTime {
				of.Hours += sound.Seconds(ids) / 3600
			}
			if hasNotes {
				of.Notes += music.Onsets(ids)
			}
		}
		c.Splits[name] = of
	}
	for _, s := range seen {
		if s {
			c.Used++
		}
	}
	return c, nil
}

// String returns the counts that are not zero, each after a comma.
func (c splitContents) String() (s string) {
	if c.Notes > 0 {
		s += ", " + typeset.Counted(c.Notes, "note")
	}
	if c.Hours > 0 {
		s += ", " + typeset.Seconds(3600*c.Hours)
	}
	return s
}
