package report

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/media/music"
	"github.com/waveletgpt/waveletgpt/summary"
)

// scored is a summary with a sample of music, whose files are written.
func scored(t *testing.T, prompt, rest []music.Note) *summary.Summary {
	t.Helper()
	s := example(t)
	s.Samples = []summary.Sample{{
		Variant: "haar", Seed: 1, Dir: t.TempDir(),
		File: "samples/haar.mid", PromptFile: "samples/prompt.mid", RealFile: "samples/real.mid",
	}}
	x := &s.Samples[0]
	if err := os.Mkdir(filepath.Join(x.Dir, "samples"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, notes := range map[string][]music.Note{x.PromptFile: prompt, x.RealFile: prompt, x.File: append(prompt, rest...)} {
		var file bytes.Buffer
		if err := music.Write(&file, notes); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(x.Dir, name), file.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

var noteRect = regexp.MustCompile(`<rect class="(note[^"]*)" x="([^"]+)" y="([^"]+)" width="([^"]+)" height="([^"]+)"><title>([^<]*)<`)

func TestRolls(t *testing.T) {
	prompt := []music.Note{{Start: 0, End: 50, Pitch: 60, Velocity: 1}, {Start: 50, End: 100, Pitch: 61, Velocity: 65}}
	s := scored(t, prompt, []music.Note{{Start: 100, End: 400, Pitch: 72, Velocity: 125}})
	list := rolls(s, collect(s), links{})
	if len(list) != 2 || list[0].Missing != "" || list[1].Class == "" || list[1].Data != "" {
		t.Fatalf("%+v", list)
	}
	var seen []string
	place := map[string][4]float64{}
	for _, m := range noteRect.FindAllStringSubmatch(string(list[1].Picture), -1) {
		seen = append(seen, m[1]+": "+m[6])
		var at [4]float64
		for i := range at {
			at[i], _ = strconv.ParseFloat(m[2+i], 64)
		}
		place[m[6][:2]] = at
	}
	want := []string{
		"note v1 prompt: C4, 0.00 to 0.50 s, velocity 1", "note v3 prompt: C♯4, 0.50 to 1.00 s, velocity 65",
		"note v4: C5, 1.00 to 4.00 s, velocity 125",
	}
	if fmt.Sprint(seen) != fmt.Sprint(want) {
		t.Errorf("notes %q, want %q", seen, want)
	}
	// A later note lies to the right, a higher one above, a longer one is wider.
	low, high := place["C4"], place["C5"]
	if low[0] >= high[0] || low[1] <= high[1] || high[2] < 5*low[2] || high[0]+high[2] > rollWidth {
		t.Errorf("C4 is drawn at %v, C5 at %v", low, high)
	}
	// The real continuation is shorter, in the same scale.
	if m := noteRect.FindStringSubmatch(string(list[0].Picture)); m == nil || m[4] != strconv.FormatFloat(low[2], 'f', -1, 64) {
		t.Errorf("the same note is drawn as %v", m)
	}
}

// A few notes that are far away do not squeeze the others: they are at the edges,
// and marked. A wide piece is not cut.
func TestFarNotes(t *testing.T) {
	var plainPiece []music.Note
	for i := range 60 {
		plainPiece = append(plainPiece, music.Note{Start: 10 * i, End: 10*i + 10, Pitch: uint8(55 + i%20), Velocity: 64})
	}
	draw := func(notes ...music.Note) (heights map[string]float64, far int, picture string) {
		s := scored(t, plainPiece, notes)
		picture = string(rolls(s, collect(s), links{})[1].Picture)
		heights = map[string]float64{}
		for _, m := range noteRect.FindAllStringSubmatch(picture, -1) {
			y, _ := strconv.ParseFloat(m[3], 64)
			heights[m[6][:strings.Index(m[6], ",")]] = y
			if strings.HasSuffix(m[1], " far") {
				far++
			}
		}
		return heights, far, picture
	}
	note := func(pitch uint8) music.Note {
		return music.Note{Start: 700, End: 710, Pitch: pitch, Velocity: 64}
	}
	plain, _, _ := draw()
	got, far, picture := draw(note(0), note(127))
	if far != 2 || !strings.Contains(picture, "▲G9") || !strings.Contains(picture, "▼C-1") {
		t.Errorf("%d notes are far", far)
	}
	if span, was := got["G3"]-got["D5"], plain["G3"]-plain["D5"]; span < 0.7*was {
		t.Errorf("the music is %.1f high, %.1f without the two notes", span, was)
	}
	if got["G9"] < -1 || got["G9"] >= got["D5"] || got["C-1"] <= got["G3"] || got["C-1"] > rollHeight-rollBottom {
		t.Errorf("the far notes are at %.1f and %.1f", got["G9"], got["C-1"])
	}
	if _, far, picture = draw(note(48), note(84)); far != 0 || strings.Contains(picture, "▲") {
		t.Errorf("%d notes within an octave are far", far)
	}
}

// Notes of one pitch that overlap are bars of their own; others have the whole
// height.
func TestOverlapsAreApart(t *testing.T) {
	var notes []music.Note
	for _, n := range [][3]int{{0, 100, 60}, {50, 300, 60}, {60, 90, 60}, {100, 150, 60}, {300, 400, 60}, {300, 400, 61}} {
		notes = append(notes, music.Note{Start: n[0], End: n[1], Pitch: uint8(n[2]), Velocity: 64})
	}
	want := []lane{{0, 3}, {1, 3}, {2, 3}, {0, 3}, {0, 1}, {0, 1}}
	if got := lanes(notes); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	s := scored(t, notes[:0], notes)
	type box struct{ left, top, right, bottom float64 }
	var boxes []box
	for _, m := range noteRect.FindAllStringSubmatch(string(rolls(s, collect(s), links{})[1].Picture), -1) {
		var x [4]float64
		for i := range x {
			x[i], _ = strconv.ParseFloat(m[2+i], 64)
		}
		boxes = append(boxes, box{x[0], x[1], x[0] + x[2], x[1] + x[3]})
	}
	if len(boxes) != len(notes) {
		t.Fatalf("%d bars", len(boxes))
	}
	for i, a := range boxes {
		for _, b := range boxes[:i] {
			if a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom {
				t.Errorf("bars %v and %v overlap", a, b)
			}
		}
	}
}

func TestRollsOnThePage(t *testing.T) {
	s := scored(t, []music.Note{{Start: 0, End: 50, Pitch: 60, Velocity: 1}}, nil)
	x := &s.Samples[0]
	if err := os.WriteFile(filepath.Join(x.Dir, "samples", "haar.wav"), []byte("RIFF"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(x.Dir, x.RealFile), []byte("MThd"), 0o644); err != nil {
		t.Fatal(err)
	}
	var page bytes.Buffer
	if err := Render(&page, s); err != nil {
		t.Fatal(err)
	}
	text := page.String()
	if n := strings.Count(text, "data:audio/wav;base64,UklGRg=="); n != 1 {
		t.Errorf("%d players, want one for the rendering that is there", n)
	}
	if strings.Count(text, `<audio controls aria-label="prompt and haar`) != 1 {
		t.Error("the player has no name")
	}
	if !strings.Contains(text, "samples/real.mid: byte 0") {
		t.Error("no word of a file that cannot be read")
	}
	picture := text[strings.Index(text, `<svg class="roll`):]
	picture = picture[:strings.Index(picture, "</svg>")+len("</svg>")]
	if err := xml.Unmarshal([]byte(picture), new(struct{})); err != nil {
		t.Errorf("the picture is no XML: %v", err)
	}
}

// Whatever a model plays can be drawn.
func TestRollsOfNothing(t *testing.T) {
	s := scored(t, nil, nil)
	for _, r := range rolls(s, collect(s), links{}) {
		if r.Missing != "" || strings.Contains(string(r.Picture), "NaN") {
			t.Errorf("%+v", r)
		}
	}
	s.Samples[0].Dir = t.TempDir()
	for _, r := range rolls(s, collect(s), links{}) {
		if !strings.Contains(r.Missing, "no longer there") {
			t.Errorf("%+v", r)
		}
	}
}
