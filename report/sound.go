package report

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"html"
	"html/template"
	"path"
	"strings"

	"github.com/waveletgpt/waveletgpt/internal/svg"
	"github.com/waveletgpt/waveletgpt/media/audio"
	"github.com/waveletgpt/waveletgpt/summary"
)

// sound is a recording on the page: it plays without any other file.
type sound struct {
	Label, Class string
	Player       template.HTML // with the file in it
	Picture      template.HTML // empty for the prompt alone
	Link         string        // of the file; empty if it is not there
	Missing      string        // why there is no sound
}

// sounds returns the prompt, its continuation in the data, and that of each
// variant.
func sounds(s *summary.Summary, all []series, at links) []sound {
	var list []sound
	for i := range s.Samples {
		x := &s.Samples[i]
		if path.Ext(x.File) != ".wav" {
			continue
		}
		prompt, _ := heard(x, x.PromptFile)
		if list == nil {
			list = append(list,
				newSound(x, at, x.PromptFile, "prompt", "", 0),
				newSound(x, at, x.RealFile, "prompt and its continuation in the data", "", len(prompt.samples)))
		}
		label := fmt.Sprintf("prompt and %s, seed %d", x.Label(), x.Seed)
		list = append(list, newSound(x, at, x.File, label, classOf(all, x.Label()), len(prompt.samples)))
	}
	return list
}

// newSound shows a file of a sample, whose first samples are the prompt.
func newSound(x *summary.Sample, at links, name, label, class string, prompt int) sound {
	s := sound{Label: label, Class: class, Link: at.file(x, name)}
	w, err := heard(x, name)
	if err != nil {
		s.Missing = err.Error()
		return s
	}
	s.Player = template.HTML(`<audio controls aria-label="` + html.EscapeString(label) + `" preload="metadata" src="data:audio/wav;base64,` + base64.StdEncoding.EncodeToString(w.file) + `"></audio>`)
	if prompt > 0 {
		s.Picture = w.picture(label, class, prompt)
	}
	return s
}

// wave is a recording that was read.
type wave struct {
	file    []byte
	rate    int
	samples []float32
}

// heard reads a WAV file of a sample.
func heard(x *summary.Sample, name string) (wave, error) {
	file, err := x.ReadFile(name)
	if err != nil {
		return wave{}, err
	}
	if file == nil {
		return wave{}, fmt.Errorf("%s is no longer there", name)
	}
	w := wave{file: file}
	if w.rate, err = audio.Rate(bytes.NewReader(file)); err != nil {
		return wave{}, fmt.Errorf("%s: %w", name, err)
	}
	_, err = audio.Read(bytes.NewReader(file), 0, func(samples []float32) error {
		w.samples = append(w.samples, samples...)
		return nil
	})
	// A model may have generated nothing but silence: show that.
	if err != nil && !errors.Is(err, audio.ErrNothingToHear) {
		return wave{}, fmt.Errorf("%s: %w", name, err)
	}
	return w, nil
}

// Sizes of the picture of a sound, in units of its viewBox.
const (
	soundWidth     = 720.0
	soundLeft      = 44.0
	soundRight     = 8.0
	waveHeight     = 80.0
	spectrumHeight = 150.0
	soundGap       = 8.0
	soundBottom    = 22.0
)

// picture draws the waveform above the spectrogram, with the end of the prompt.
func (w wave) picture(label, class string, prompt int) template.HTML {
	height := waveHeight + soundGap + spectrumHeight + soundBottom
	d := svg.New(soundWidth, height, "sound "+class, "Waveform and spectrogram of "+label)
	left, right := soundLeft, soundWidth-soundRight
	seconds := float64(len(w.samples)) / float64(w.rate)
	time := svg.NewScale(0, seconds, left, right, false)

	middle := waveHeight / 2
	d.Line("grid", left, middle, right, middle)
	d.Path("wave", w.outline(left, right, middle))
	d.Text("tick", svg.End, left-6, middle+4, "0")

	top := waveHeight + soundGap
	d.Image(left, top, right-left, spectrumHeight, w.spectrogram())
	d.Text("tick", svg.End, left-6, top+10, kilohertz(w.rate/2))
	d.Text("tick", svg.End, left-6, top+spectrumHeight/2+4, kilohertz(w.rate/4))
	d.Text("tick", svg.End, left-6, top+spectrumHeight, "0 Hz")

	joint := time.At(float64(prompt) / float64(w.rate))
	d.Line("joint", joint, 0, joint, top+spectrumHeight)
	d.Text("tick", svg.Start, left, height-6, "0 s")
	d.Text("tick", middleOf(joint, left, right), joint, height-6, fmt.Sprintf("%.2f s", float64(prompt)/float64(w.rate)))
	d.Text("tick", svg.End, right, height-6, fmt.Sprintf("%.2f s", seconds))
	return d.Finish()
}

// middleOf anchors a label so that it does not run into those at the ends.
func middleOf(x, left, right float64) string {
	if x > (left+right)/2 {
		return svg.End
	}
	return svg.Middle
}

func kilohertz(hertz int) string {
	return strings.TrimSuffix(fmt.Sprintf("%.1f", float64(hertz)/1000), ".0") + " kHz"
}

// outline follows the highest samples, then the lowest ones back.
func (w wave) outline(left, right, middle float64) [][2]float64 {
	const columns = 360
	var above, below [][2]float64
	for c := range columns {
		from, to := c*len(w.samples)/columns, (c+1)*len(w.samples)/columns
		if from == to {
			continue
		}
		low, high := w.samples[from], w.samples[from]
		for _, x := range w.samples[from:to] {
			low, high = min(low, x), max(high, x)
		}
		x := left + (right-left)*(float64(c)+0.5)/columns
		above = append(above, [2]float64{x, middle * (1 - float64(high))})
		below = append([][2]float64{{x, middle * (1 - float64(low))}}, below...)
	}
	return append(above, below...)
}
