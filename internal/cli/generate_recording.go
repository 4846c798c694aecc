package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/waveletgpt/waveletgpt/internal/typeset"
	"github.com/waveletgpt/waveletgpt/media"
	"github.com/waveletgpt/waveletgpt/media/music"
	"github.com/waveletgpt/waveletgpt/run"
)

// maxTokensWithoutTime ends a stream of music that emits no time shift for this
// many tokens: an untrained model may never reach the requested seconds.
const maxTokensWithoutTime = 4096

// defaultSeconds is the duration to generate without --seconds and --tokens.
const defaultSeconds = 4

// generateRecordings writes one file per stream: the prompt and its continuation.
func (a *App) generateRecordings(ctx context.Context, m *run.Model, codec media.FileCodec, g generation) error {
	if g.out == "" {
		return usage(fmt.Errorf("no --out given; name a file, such as --out generated%s", codec.Extension()))
	}
	var font *music.SoundFont // opened now: an error after minutes of generating is late
	if g.soundFont != "" {
		var err error
		if font, err = openSoundFont(g.soundFont); err != nil {
			return err
		}
	}
	if g.seconds == 0 && !g.tokensGiven {
		g.seconds = defaultSeconds
	}
	prompt, remarks, err := readPrompt(codec, g.prompt)
	if err != nil {
		return input(err)
	}
	for _, r := range remarks {
		a.logf("--prompt %s: %s", g.prompt, r)
	}
	if whole := codec.Seconds(prompt); g.promptSeconds > 0 {
		prompt = firstSeconds(codec, prompt, g.promptSeconds)
		taken, why := codec.Seconds(prompt), ""
		switch {
		case taken == whole:
			why = ", which is all of it"
		case taken < g.promptSeconds-0.005:
			why = fmt.Sprintf("; the next event ends after %v s", g.promptSeconds)
		}
		a.logf("--prompt %s: the first %.2f s of %.2f s%s", g.prompt, taken, whole, why)
	}
	a.notePrompt(m, prompt)
	start := prompt
	if len(prompt) == 0 {
		start = []uint16{codec.Start()}
	}
	p := a.newProgress("generating")
	takes := newTakes(codec, g, prompt)
	err = m.GenerateStreams(ctx, start, g.streams, g.sampling, g.seed, func(stream int, token uint16) (bool, error) {
		more := takes[stream].add(token)
		if taken := takes.tokens(); taken%256 == 0 {
			done, total := takes.progress()
			p.describe(done, total, "generating at %.2fx real time", takes.factor())
		}
		return more, nil
	})
	p.finish()
	if err != nil {
		return err
	}
	factor := takes.factor()
	for i, name := range g.files() {
		if err := a.writeTake(name, codec, takes[i], codec.Seconds(prompt), font); err != nil {
			return err
		}
	}
	over := ""
	if g.streams > 1 {
		over = " over all streams"
	}
	a.logf("generated at %.2fx real time%s", factor, over)
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

// A take is one stream so far.
type take struct {
	codec             media.FileCodec
	g                 generation
	start             time.Time
	ids               []uint16 // including the prompt
	tokens            int      // without the prompt
	seconds           float64  // without the prompt
	tokensWithoutTime int      // since the last token with a duration
}

type takes []*take

func newTakes(codec media.FileCodec, g generation, prompt []uint16) takes {
	var all takes
	for range g.streams {
		all = append(all, &take{codec: codec, g: g, start: time.Now(), ids: slices.Clone(prompt)})
	}
	return all
}

// add appends a token and reports whether the take needs more.
func (t *take) add(token uint16) (more bool) {
	t.ids = append(t.ids, token)
	t.tokens++
	duration := t.codec.Seconds(t.ids[len(t.ids)-1:])
	t.seconds += duration
	if t.tokensWithoutTime++; duration > 0 {
		t.tokensWithoutTime = 0
	}
	if t.g.seconds == 0 {
		return t.tokens < t.g.tokens
	}
	// The sum of many short durations can fall short by rounding.
	return t.seconds < t.g.seconds-1e-6 && t.tokensWithoutTime < maxTokensWithoutTime
}

func (all takes) tokens() (n int) {
	for _, t := range all {
		n += t.tokens
	}
	return n
}

// factor is the seconds generated per second of computation.
func (all takes) factor() float64 {
	generated := 0.0
	for _, t := range all {
		generated += t.seconds
	}
	return generated / time.Since(all[0].start).Seconds()
}

// progress returns how much is done of what was requested, in tokens or
// milliseconds.
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

// readPrompt returns the tokens of a file, none for an empty path.
func readPrompt(codec media.Codec, path string) (ids []uint16, remarks []string, err error) {
	if path == "" {
		return nil, nil, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, fmt.Errorf("--prompt: %w", notThere(path, "a file", err))
	}
	defer f.Close()
	remarks, err = codec.Encode(f, func(some []uint16) error {
		ids = append(ids, some...)
		return nil
	})
	if err == nil && len(ids) == 0 {
		err = errors.New("the file has no tokens")
	}
	if err != nil {
		err = fmt.Errorf("--prompt %s: %w", path, err)
	}
	return ids, remarks, err
}

// firstSeconds returns the tokens of the first seconds of a recording: those that
// begin and end there.
func firstSeconds(codec media.FileCodec, ids []uint16, seconds float64) []uint16 {
	const rounding = 1e-6
	total := 0.0
	for i := range ids {
		if total += codec.Seconds(ids[i : i+1]); total > seconds+rounding {
			return ids[:i]
		}
	}
	return ids
}

// writes reports whether a codec writes files of a name's extension.
func writes(codec media.FileCodec, name string) bool {
	ext := strings.ToLower(filepath.Ext(name))
	other := map[string]string{".midi": ".mid", ".wave": ".wav"}
	return ext == codec.Extension() || other[ext] == codec.Extension()
}

// writeTake writes the file of a take and, with a SoundFont, its sound.
func (a *App) writeTake(name string, codec media.FileCodec, t *take, prompt float64, font *music.SoundFont) error {
	var notes []music.Note
	shortened := 0
	write := func(w io.Writer) error { return codec.Decode(w, t.ids) }
	if c, ok := codec.(media.NoteCodec); ok {
		var err error
		if notes, err = c.Notes(t.ids); err != nil {
			return err
		}
		if t.g.longestNote > 0 {
			steps := func(seconds float64) int { return int(math.Round(1000 * seconds / music.StepMilliseconds)) }
			shortened = music.Shorten(notes, steps(t.g.longestNote), steps(prompt))
		}
		write = func(w io.Writer) error { return music.Write(w, notes) }
	}
	var file bytes.Buffer
	if err := write(&file); err != nil {
		return err
	}
	if err := writeOutput(name, file.Bytes()); err != nil {
		return err
	}
	a.logf("wrote %s: %.2f s generated after a prompt of %.2f s", name, t.seconds, prompt)
	if t.tokensWithoutTime >= maxTokensWithoutTime {
		a.logf("  stopped early: the last %d tokens have no duration", t.tokensWithoutTime)
	}
	if shortened > 0 {
		a.logf("  %s ended after %v s (--longest-note)", typeset.Counted(shortened, "note"), t.g.longestNote)
	}
	if font == nil {
		return nil
	}
	return a.renderMusic(font, name, notes)
}
