package report

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html/template"
	"path"
	"strings"

	"github.com/waveletgpt/waveletgpt/internal/svg"
	"github.com/waveletgpt/waveletgpt/media/music"
	"github.com/waveletgpt/waveletgpt/summary"
)

// roll is a piece of music on the page: its notes and, if there is one, a rendering
// as sound.
type roll struct {
	Label, Class string
	Picture      template.HTML
	Data         template.URL // empty without a rendering
	Missing      string       // why there is no picture

	notes []music.Note
}

// Rendering returns the name of the WAV file that a MIDI file of a sample is
// rendered to.
func Rendering(name string) string { return strings.TrimSuffix(name, path.Ext(name)) + ".wav" }

// rolls returns the continuation of the prompt in the data, and that of each
// variant. All pictures have the same scales.
func rolls(s *summary.Summary, all []series) []roll {
	var list []roll
	prompt := 0 // its steps
	for i := range s.Samples {
		x := &s.Samples[i]
		if path.Ext(x.File) != ".mid" {
			continue
		}
		if list == nil {
			notes, _ := score(x, x.PromptFile)
			prompt = last(notes)
			list = append(list, newRoll(x, x.RealFile, "prompt and its continuation in the data", ""))
		}
		label := fmt.Sprintf("prompt and %s, seed %d", x.Label(), x.Seed)
		list = append(list, newRoll(x, x.File, label, classOf(all, x.Label())))
	}
	f := rollFrame{prompt: prompt, low: 127}
	for _, r := range list {
		f.end = max(f.end, last(r.notes))
		for _, n := range r.notes {
			f.low, f.high = min(f.low, int(n.Pitch)), max(f.high, int(n.Pitch))
		}
	}
	for i := range list {
		list[i].Picture = f.draw(&list[i])
	}
	return list
}

func newRoll(x *summary.Sample, name, label, class string) roll {
	r := roll{Label: label, Class: class}
	notes, err := score(x, name)
	if err != nil {
		r.Missing = err.Error()
		return r
	}
	r.notes = notes
	if file, err := x.ReadFile(Rendering(name)); err == nil && file != nil {
		r.Data = template.URL("data:audio/wav;base64," + base64.StdEncoding.EncodeToString(file))
	}
	return r
}

// score reads a MIDI file of a sample.
func score(x *summary.Sample, name string) ([]music.Note, error) {
	file, err := x.ReadFile(name)
	if err != nil {
		return nil, err
	}
	if file == nil {
		return nil, fmt.Errorf("%s is no longer there", name)
	}
	notes, _, err := music.Read(bytes.NewReader(file))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return notes, nil
}

// last returns the step at which all notes have ended.
func last(notes []music.Note) (step int) {
	for _, n := range notes {
		step = max(step, n.End)
	}
	return step
}

// rollFrame is what the pictures of one comparison share: the steps of the prompt
// and of the longest piece, and the range of pitches.
type rollFrame struct{ prompt, end, low, high int }

// Sizes of a piano roll, in units of its viewBox.
const (
	rollWidth  = 520.0
	rollHeight = 240.0
	rollLeft   = 34.0
	rollBottom = 22.0
)

// draw draws time to the right and pitch upward, with a line where the prompt
// ends.
func (f rollFrame) draw(r *roll) template.HTML {
	if r.Missing != "" || f.end == 0 {
		return ""
	}
	d := svg.New(rollWidth, rollHeight, "roll "+r.Class, "Piano roll of "+r.Label)
	seconds := func(step int) float64 { return float64(step) * music.StepMilliseconds / 1000 }
	time := svg.NewScale(0, seconds(f.end), rollLeft, rollWidth-8, false)
	bottom := rollHeight - rollBottom
	pitch := svg.NewScale(float64(f.low)-1, float64(f.high)+1, bottom, 0, false)
	for c := 0; c <= f.high; c += 12 {
		if c >= f.low {
			d.Line("grid", rollLeft, pitch.At(float64(c)), rollWidth-8, pitch.At(float64(c)))
			d.Text("tick", svg.End, rollLeft-6, pitch.At(float64(c))+4, pitchName(c))
		}
	}
	ticks := time.Ticks(6)
	for i, label := range svg.Labels(ticks) {
		d.Text("tick", svg.Middle, time.At(ticks[i]), rollHeight-6, label+" s")
	}
	thick := pitch.At(0) - pitch.At(1)
	for _, n := range r.notes {
		class := "note"
		if n.Start < f.prompt {
			class += " prompt"
		}
		from, to := time.At(seconds(n.Start)), time.At(seconds(n.End))
		title := fmt.Sprintf("%s, %.2f to %.2f s, velocity %d", pitchName(int(n.Pitch)), seconds(n.Start), seconds(n.End), n.Velocity)
		d.Rect(class, from, pitch.At(float64(n.Pitch))-thick/2, max(to-from-0.5, 0.8), thick, title)
	}
	joint := time.At(seconds(f.prompt))
	d.Line("joint", joint, 0, joint, bottom)
	return d.Finish()
}

// pitchName names a pitch as MIDI numbers octaves: 60 is C4.
func pitchName(pitch int) string {
	return fmt.Sprintf("%s%d", [...]string{"C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B"}[pitch%12], pitch/12-1)
}
