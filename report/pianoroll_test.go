package report

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
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
	list := rolls(s, collect(s))
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
		"note prompt: C4, 0.00 to 0.50 s, velocity 1", "note prompt: C♯4, 0.50 to 1.00 s, velocity 65",
		"note: C5, 1.00 to 4.00 s, velocity 125",
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
	for _, r := range rolls(s, collect(s)) {
		if r.Missing != "" || strings.Contains(string(r.Picture), "NaN") {
			t.Errorf("%+v", r)
		}
	}
	s.Samples[0].Dir = t.TempDir()
	for _, r := range rolls(s, collect(s)) {
		if !strings.Contains(r.Missing, "no longer there") {
			t.Errorf("%+v", r)
		}
	}
}
