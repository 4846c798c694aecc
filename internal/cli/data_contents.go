package cli

import (
	"fmt"
	"math"

	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/internal/typeset"
	"github.com/waveletgpt/waveletgpt/media"
	"github.com/waveletgpt/waveletgpt/media/audio"
)

// tokenContents are counts over the tokens of a prepared set.
type tokenContents struct {
	Used   int                      `json:"vocabulary_used"` // token ids that occur
	Sound  *soundContents           `json:"sound,omitempty"`
	Splits map[string]splitContents `json:"splits"`
}

// soundContents describes sound as its tokens have it.
type soundContents struct {
	Rate      int     `json:"rate"`      // samples per second
	Level     string  `json:"level"`     // of the codec
	Peak      float64 `json:"peak"`      // the largest magnitude, 1 is full scale
	Outermost float64 `json:"outermost"` // share of the lowest and the highest token; clipped sound has many
	scaled    bool    // each window to its range, so that peaks say nothing
}

// splitContents are counts over one split. Text has neither.
type splitContents struct {
	Seconds float64 `json:"seconds,omitempty"`
	Hours   float64 `json:"hours,omitempty"`
	Notes   int     `json:"notes,omitempty"`
}

// countContents reads all tokens of a set but the hold-out, which has no counts.
func countContents(set *dataset.Set) (tokenContents, error) {
	c := tokenContents{Splits: map[string]splitContents{}}
	times := make([]int64, set.Header.Vocabulary)
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
				times[id]++
			}
			if takesTime {
				of.Seconds += sound.Seconds(ids)
			}
			if hasNotes {
				of.Notes += music.Onsets(ids)
			}
		}
		of.Hours = of.Seconds / 3600
		c.Splits[name] = of
	}
	for _, n := range times {
		if n > 0 {
			c.Used++
		}
	}
	if codec, ok := set.Codec.(*audio.Codec); ok {
		c.Sound = describeSound(codec, times)
	}
	return c, nil
}

// String returns the counts that are not zero, each after a comma.
func (c splitContents) String() (s string) {
	if c.Notes > 0 {
		s += ", " + typeset.Counted(c.Notes, "note")
	}
	if c.Seconds > 0 {
		s += ", " + typeset.Seconds(c.Seconds)
	}
	return s
}

// describeSound describes sound by how often each token occurs.
func describeSound(codec *audio.Codec, times []int64) *soundContents {
	s := &soundContents{Rate: codec.Rate(), Level: codec.Level(), scaled: codec.Name() == audio.SaShiMi}
	all := int64(0)
	for id, n := range times {
		if all += n; n > 0 {
			s.Peak = max(s.Peak, math.Abs(codec.Amplitude(uint16(id))))
		}
	}
	s.Outermost = float64(times[0]+times[len(times)-1]) / float64(max(all, 1))
	return s
}

func (s *soundContents) String() string {
	if s.scaled {
		return fmt.Sprintf("%s Hz, each window of %s scaled to its range", typeset.Count(float64(s.Rate)), typeset.Counted(audio.Window, "sample"))
	}
	return fmt.Sprintf("%s Hz, level %s, peak %.2f of full scale, %s of the samples have one of the outermost two values",
		typeset.Count(float64(s.Rate)), s.Level, s.Peak, typeset.Percent(s.Outermost))
}
