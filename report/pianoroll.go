package report

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html/template"
	"path"
	"slices"
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
	Link         string       // of the file; empty if it is not there
	Missing      string       // why there is no picture

	notes []music.Note
}

// Rendering returns the name of the WAV file that a MIDI file of a sample is
// rendered to.
func Rendering(name string) string { return strings.TrimSuffix(name, path.Ext(name)) + ".wav" }

// rolls returns the continuation of the prompt in the data, and that of each
// variant. All pictures have the same scales.
func rolls(s *summary.Summary, all []series, at links) []roll {
	var list []roll
	prompt := 0 // its steps
	for i := range s.Samples {
		x := &s.Samples[i]
		if path.Ext(x.File) != ".mid" {
			continue
		}
		if list == nil {
			// Without a prompt nothing is shaded. One that cannot be read is
			// reported with its continuation, which begins with it.
			notes, err := score(x, x.PromptFile)
			if err == nil {
				prompt = last(notes)
			}
			list = append(list, newRoll(x, at, x.RealFile, "prompt and its continuation in the data", ""))
		}
		label := fmt.Sprintf("prompt and %s, seed %d", x.Label(), x.Seed)
		list = append(list, newRoll(x, at, x.File, label, classOf(all, x.Label())))
	}
	f := frame(prompt, list)
	for i := range list {
		list[i].Picture = f.draw(&list[i])
	}
	return list
}

func newRoll(x *summary.Sample, at links, name, label, class string) roll {
	r := roll{Label: label, Class: class, Link: at.file(x, name)}
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
// and of the longest piece, and the range of pitches. Notes outside the range are
// drawn at its edges, and the labels there name the farthest.
type rollFrame struct {
	prompt, end, low, high int
	lowest, highest        int // of all notes
}

// frame returns the frame of pieces. A few notes that are far from the others do
// not squeeze the music: its range is that of the middle 96 % of the notes, and
// an octave more to each side where there are notes.
func frame(prompt int, list []roll) rollFrame {
	f := rollFrame{prompt: prompt}
	var pitches []int
	for _, r := range list {
		f.end = max(f.end, last(r.notes))
		for _, n := range r.notes {
			pitches = append(pitches, int(n.Pitch))
		}
	}
	if len(pitches) == 0 {
		return f
	}
	slices.Sort(pitches)
	few := (len(pitches) + 49) / 50
	few = min(few, (len(pitches)-1)/2)
	f.lowest, f.highest = pitches[0], pitches[len(pitches)-1]
	f.low, f.high = f.highest, f.lowest
	for _, p := range pitches {
		if p >= pitches[few]-12 && p <= pitches[len(pitches)-1-few]+12 {
			f.low, f.high = min(f.low, p), max(f.high, p)
		}
	}
	return f
}

// row returns the height at which a pitch is drawn, in semitones.
func (f rollFrame) row(pitch int) int { return min(max(pitch, f.low-2), f.high+2) }

// A lane is the part of a pitch's height that a note has where notes of the pitch
// overlap: part index of count, from below.
type lane struct{ index, count int }

// lanes returns the lanes of notes, sorted by start.
func lanes(notes []music.Note) []lane {
	list := make([]lane, len(notes))
	type cluster struct {
		notes []int
		ends  []int // of the last note of each lane
	}
	var open [128]cluster
	close := func(c *cluster) {
		for _, i := range c.notes {
			list[i].count = len(c.ends)
		}
		*c = cluster{}
	}
	for i, n := range notes {
		c := &open[n.Pitch]
		if len(c.ends) > 0 && slices.Max(c.ends) <= n.Start {
			close(c)
		}
		at := slices.IndexFunc(c.ends, func(end int) bool { return end <= n.Start })
		if at < 0 {
			at = len(c.ends)
			c.ends = append(c.ends, 0)
		}
		c.ends[at] = n.End
		c.notes = append(c.notes, i)
		list[i].index = at
	}
	for i := range open {
		close(&open[i])
	}
	return list
}

// loudness returns the class of a velocity: four shades.
func loudness(velocity uint8) string { return fmt.Sprintf("v%d", 1+(max(velocity, 1)-1)/32) }

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
	if f.lowest < f.low || f.highest > f.high {
		pitch = svg.NewScale(float64(f.low)-3, float64(f.high)+3, bottom, 0, false)
	}
	joint := time.At(seconds(f.prompt))
	if f.prompt > 0 {
		d.Rect("prompt", rollLeft, 0, joint-rollLeft, bottom, "prompt")
	}
	above, below := f.highest > f.high, f.lowest < f.low
	for c := 0; c <= f.high; c += 12 {
		y := pitch.At(float64(c))
		if c < f.low {
			continue
		}
		d.Line("grid", rollLeft, y, rollWidth-8, y)
		if !(above && y < 20) && !(below && y > bottom-14) { // room for the labels of the edges
			d.Text("tick", svg.End, rollLeft-6, y+4, pitchName(c))
		}
	}
	if above {
		d.Text("tick", svg.End, rollLeft-6, 10, "▲"+pitchName(f.highest))
	}
	if below {
		d.Text("tick", svg.End, rollLeft-6, bottom, "▼"+pitchName(f.lowest))
	}
	ticks := time.Ticks(6)
	for i, label := range svg.Labels(ticks) {
		d.Text("tick", svg.Middle, time.At(ticks[i]), rollHeight-6, label+" s")
	}
	lanes := lanes(r.notes)
	for i, n := range r.notes {
		class := "note " + loudness(n.Velocity)
		if n.Start < f.prompt {
			class += " prompt"
		}
		row := f.row(int(n.Pitch))
		if row != int(n.Pitch) {
			class += " far"
		}
		thick := (pitch.At(0) - pitch.At(1)) / float64(lanes[i].count)
		top := pitch.At(float64(row)-0.5) - thick*float64(lanes[i].index+1)
		from, to := time.At(seconds(n.Start)), time.At(seconds(n.End))
		title := fmt.Sprintf("%s, %.2f to %.2f s, velocity %d", pitchName(int(n.Pitch)), seconds(n.Start), seconds(n.End), n.Velocity)
		d.Rect(class, from, top, max(to-from-0.5, 0.8), max(thick-0.4, 0.6), title)
	}
	d.Line("joint", joint, 0, joint, bottom)
	return d.Finish()
}

// pitchName names a pitch as MIDI numbers octaves: 60 is C4.
func pitchName(pitch int) string {
	return fmt.Sprintf("%s%d", [...]string{"C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B"}[pitch%12], pitch/12-1)
}
