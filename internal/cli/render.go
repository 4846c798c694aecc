package cli

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"

	"github.com/waveletgpt/waveletgpt/media"
	"github.com/waveletgpt/waveletgpt/media/audio"
	"github.com/waveletgpt/waveletgpt/media/music"
	"github.com/waveletgpt/waveletgpt/report"
	"github.com/waveletgpt/waveletgpt/run"
	"github.com/waveletgpt/waveletgpt/summary"
)

// Samples a second of renderings: of files, and of those that a page holds.
const (
	renderRate     = 44_100
	pageRenderRate = 24_000
)

// renderMusic plays what ids say on a SoundFont, into a WAV file beside the MIDI
// file of a name.
func (a *App) renderMusic(soundFont, name string, codec media.NoteCodec, ids []uint16) error {
	notes, err := codec.Notes(ids)
	if err != nil {
		return err
	}
	wave, seconds, err := rendered(soundFont, notes, renderRate)
	if err != nil {
		return err
	}
	name = report.Rendering(name)
	if err := os.WriteFile(name, wave, 0o666); err != nil {
		return err
	}
	a.logf("wrote %s: %.2f s", name, seconds)
	return nil
}

// rendered returns a WAV file of notes played on a SoundFont.
func rendered(soundFont string, notes []music.Note, rate int) (wave []byte, seconds float64, err error) {
	font, err := os.Open(soundFont)
	if err != nil {
		return nil, 0, input(fmt.Errorf("--soundfont: %w", err))
	}
	defer font.Close()
	samples, err := music.Render(font, notes, rate)
	if err != nil {
		return nil, 0, input(fmt.Errorf("--soundfont %s: %w", soundFont, err))
	}
	var file bytes.Buffer
	err = audio.WriteWAV(&file, rate, samples)
	return file.Bytes(), float64(len(samples)) / float64(rate), err
}

// renderSamples renders the music among samples, so that the page plays it.
func renderSamples(soundFont string, summaries []*summary.Summary) error {
	count := 0
	for _, s := range summaries {
		for i := range s.Samples {
			x := &s.Samples[i]
			for _, name := range []string{x.File, x.RealFile} {
				if path.Ext(name) != ".mid" {
					continue
				}
				file, err := os.ReadFile(filepath.Join(x.Dir, filepath.FromSlash(name)))
				if err != nil {
					return input(fmt.Errorf("samples: %w", err))
				}
				notes, err := music.Read(bytes.NewReader(file))
				if err != nil {
					return input(fmt.Errorf("%s: %w", filepath.Join(x.Dir, name), err))
				}
				wave, _, err := rendered(soundFont, notes, pageRenderRate)
				if err != nil {
					return err
				}
				if err := run.WriteSample(x.Dir, path.Base(report.Rendering(name)), wave); err != nil {
					return err
				}
				count++
			}
		}
	}
	if count == 0 {
		return usage(errors.New("--soundfont renders music, and there is none among the samples; leave it out"))
	}
	return nil
}
