package demo

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"github.com/waveletgpt/waveletgpt/media/audio"
	"github.com/waveletgpt/waveletgpt/media/music"
)

// Sizes of the data that is written.
const (
	StoryCount = 2000
	TuneCount  = 32
	CanonCount = 160
	TuneRate   = 8000 // Hz
	tuneBars   = 3
	canonBars  = 24
)

// WriteStories writes stories to a file.
func WriteStories(path string) error { return write(path, []byte(Stories(StoryCount, 1))) }

// WriteTunes writes tunes of one voice, 6 seconds each, as WAV files into a directory.
func WriteTunes(dir string) error {
	return each(dir, "tune-%03d.wav", TuneCount, func(file *bytes.Buffer, seed uint64) error {
		return audio.WriteWAV(file, TuneRate, Play(Melody(tuneBars, seed), TuneRate))
	})
}

// WriteCanons writes canons, 50 seconds each, as MIDI files into a directory.
func WriteCanons(dir string) error {
	return each(dir, "canon-%03d.mid", CanonCount, func(file *bytes.Buffer, seed uint64) error {
		return music.Write(file, Canon(canonBars, seed))
	})
}

// each writes n files with names of a pattern.
func each(dir, pattern string, n int, encode func(file *bytes.Buffer, seed uint64) error) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	for i := range n {
		var file bytes.Buffer
		if err := encode(&file, uint64(i+1)); err != nil {
			return err
		}
		if err := write(filepath.Join(dir, fmt.Sprintf(pattern, i+1)), file.Bytes()); err != nil {
			return err
		}
	}
	return nil
}

// write writes a file, unless it is there with this content: its time then stays.
func write(path string, content []byte) error {
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, content) {
		return nil
	}
	return os.WriteFile(path, content, 0o666)
}
