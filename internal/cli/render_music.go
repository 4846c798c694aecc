package cli

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"

	"github.com/waveletgpt/waveletgpt/media/audio"
	"github.com/waveletgpt/waveletgpt/media/music"
	"github.com/waveletgpt/waveletgpt/report"
	"github.com/waveletgpt/waveletgpt/run"
	"github.com/waveletgpt/waveletgpt/summary"
)

// Sample rates in Hz of rendered music: in files, and in the smaller ones of a
// report.
const (
	renderRate       = 44_100
	reportRenderRate = 24_000
)

// openSoundFont opens the file of --soundfont.
func openSoundFont(name string) (*music.SoundFont, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, input(fmt.Errorf("--soundfont: %w", notThere(name, "a file", err)))
	}
	defer file.Close()
	font, err := music.OpenSoundFont(file)
	if err != nil {
		return nil, input(fmt.Errorf("--soundfont %s: %w", name, err))
	}
	return font, nil
}

// renderMusic plays notes with a SoundFont and writes a WAV file beside the MIDI
// file name.
func (a *App) renderMusic(font *music.SoundFont, name string, notes []music.Note) error {
	wave, seconds, err := renderWAV(font, notes, renderRate)
	if err != nil {
		return err
	}
	name = report.Rendering(name)
	if err := writeOutput(name, wave); err != nil {
		return err
	}
	a.logf("wrote %s: %.2f s", name, seconds)
	return nil
}

// renderWAV returns a WAV file of notes played with a SoundFont, and its duration.
func renderWAV(font *music.SoundFont, notes []music.Note, rate int) (wave []byte, seconds float64, err error) {
	samples, err := font.Render(notes, rate)
	if err != nil {
		return nil, 0, input(fmt.Errorf("--soundfont: %w", err))
	}
	var file bytes.Buffer
	err = audio.WriteWAV(&file, rate, samples)
	return file.Bytes(), float64(len(samples)) / float64(rate), err
}

// renderSamples renders the MIDI files among the samples, so that the report can
// play them.
func renderSamples(soundFont string, summaries []*summary.Summary) error {
	font, err := openSoundFont(soundFont)
	if err != nil {
		return err
	}
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
				notes, _, err := music.Read(bytes.NewReader(file))
				if err != nil {
					return input(fmt.Errorf("%s: %w", filepath.Join(x.Dir, name), err))
				}
				wave, _, err := renderWAV(font, notes, reportRenderRate)
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
		return usage(errors.New("--soundfont is for music, but the samples have none; remove the flag"))
	}
	return nil
}
