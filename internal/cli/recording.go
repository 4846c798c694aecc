package cli

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/waveletgpt/waveletgpt/media"
	"github.com/waveletgpt/waveletgpt/run"
)

// mostStanding is how many tokens of a stream may take no time together: a model
// that has learned nothing need not come to the seconds that are asked for.
const mostStanding = 4096

// defaultSeconds are generated where neither seconds nor tokens are asked for.
const defaultSeconds = 4

// generateRecordings writes a file for each stream: the prompt, and what follows.
func (a *App) generateRecordings(ctx context.Context, m *run.Model, codec media.FileCodec, g generation) error {
	if g.out == "" {
		return usage(fmt.Errorf("generate: name a file with --out, as in --out generated%s", codec.Extension()))
	}
	if !strings.EqualFold(filepath.Ext(g.out), codec.Extension()) {
		return usage(fmt.Errorf("--out %s: codec %s writes %s files; name one", g.out, codec.Name(), codec.Extension()))
	}
	notes, ok := codec.(media.NoteCodec)
	if g.soundFont != "" && !ok {
		return usage(fmt.Errorf("--soundfont renders music, and codec %s is sound already; leave it out", codec.Name()))
	}
	if g.soundFont != "" { // before minutes of generating
		if _, err := os.Stat(g.soundFont); err != nil {
			return input(fmt.Errorf("--soundfont: %w", err))
		}
	}
	if g.seconds == 0 && !g.countsTokens {
		g.seconds = defaultSeconds
	}
	prompt, err := readPrompt(codec, g.prompt)
	if err != nil {
		return input(fmt.Errorf("--prompt %s: %w", g.prompt, err))
	}
	start := prompt
	if len(prompt) == 0 {
		start = []uint16{codec.Start()}
	}
	p := a.newProgress("generating", "tokens")
	takes := newTakes(codec, g, prompt)
	err = m.GenerateStreams(ctx, start, g.streams, g.sampling, g.seed, func(stream int, token uint16) (bool, error) {
		more := takes[stream].add(token)
		if taken := takes.tokens(); taken%256 == 0 {
			done, total := takes.progress()
			p.describe(done, total, "generating at %.2f x real time", takes.factor())
		}
		return more, nil
	})
	p.finish()
	if err != nil {
		return err
	}
	factor := takes.factor()
	for i, name := range g.files() {
		if err := writeRecording(name, codec, takes[i].ids); err != nil {
			return err
		}
		a.logf("wrote %s: %.2f s after a prompt of %.2f s", name, takes[i].seconds, codec.Seconds(prompt))
		if takes[i].standing >= mostStanding {
			a.logf("  it ends there: the model lets no time pass for %d tokens", takes[i].standing)
		}
		if g.soundFont != "" {
			if err := a.renderMusic(g.soundFont, name, notes, takes[i].ids); err != nil {
				return err
			}
		}
	}
	a.logf("%.2f x real time, all streams together", factor)
	if !a.json {
		return nil
	}
	var seconds []float64
	for _, t := range takes {
		seconds = append(seconds, math.Round(1e6*t.seconds)/1e6)
	}
	return a.printJSON(struct {
		Files          []string  `json:"files"`
		Seconds        []float64 `json:"seconds"`
		Tokens         int       `json:"tokens"`
		Seed           uint64    `json:"seed"`
		RealTimeFactor float64   `json:"real_time_factor"`
	}{g.files(), seconds, takes.tokens(), g.seed, factor})
}

// A take is what one stream has come to.
type take struct {
	codec    media.FileCodec
	g        generation
	began    time.Time
	ids      []uint16 // with the prompt
	tokens   int      // without it
	seconds  float64  // without it
	standing int      // tokens since time went on
}

type takes []*take

func newTakes(codec media.FileCodec, g generation, prompt []uint16) takes {
	var all takes
	for range g.streams {
		all = append(all, &take{codec: codec, g: g, began: time.Now(), ids: slices.Clone(prompt)})
	}
	return all
}

// add appends a token and tells whether the take goes on.
func (t *take) add(token uint16) (more bool) {
	t.ids = append(t.ids, token)
	t.tokens++
	took := t.codec.Seconds(t.ids[len(t.ids)-1:])
	t.seconds += took
	if t.standing++; took > 0 {
		t.standing = 0
	}
	if t.g.seconds == 0 {
		return t.tokens < t.g.tokens
	}
	// Sums of many small numbers fall short of their sum by rounding.
	return t.seconds < t.g.seconds-1e-6 && t.standing < mostStanding
}

func (all takes) tokens() (n int) {
	for _, t := range all {
		n += t.tokens
	}
	return n
}

// factor is the seconds made in a second of work.
func (all takes) factor() float64 {
	made := 0.0
	for _, t := range all {
		made += t.seconds
	}
	return made / time.Since(all[0].began).Seconds()
}

// progress is how much there is of what was asked for: tokens, or milliseconds.
func (all takes) progress() (done, total int64) {
	for _, t := range all {
		if t.g.seconds == 0 {
			done, total = done+int64(t.tokens), total+int64(t.g.tokens)
		} else {
			done, total = done+int64(1e3*t.seconds), total+int64(1e3*t.g.seconds)
		}
	}
	return done, total
}

// readPrompt returns the tokens of a file, none without one.
func readPrompt(codec media.Codec, path string) (ids []uint16, err error) {
	if path == "" {
		return nil, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	err = codec.Encode(f, func(some []uint16) error {
		ids = append(ids, some...)
		return nil
	})
	if err == nil && len(ids) == 0 {
		err = fmt.Errorf("there are no tokens in it")
	}
	return ids, err
}

func writeRecording(path string, codec media.Codec, ids []uint16) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	err = codec.Decode(f, ids)
	if closing := f.Close(); err == nil {
		err = closing
	}
	return err
}
