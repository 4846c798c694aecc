package summary

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat"

	"github.com/waveletgpt/waveletgpt/wavelet"
)

// firstEdition is the page of the studies that were published first. Its tables are
// made of their summaries.
var firstEdition = filepath.Join(published, "first-edition.md")

// The crossings that the page of results gives.
func TestPublishedAnswer(t *testing.T) {
	rows := [][]string{{"data", "`haar`: steps saved (95 %), seconds saved", "`shift`", "`haar:delay=1`", "`past`",
		"`haar` − `shift`, final nats (95 %)", "`haar:delay=1` − `shift`", "`past` − `shift`"}}
	for _, data := range []struct{ name, dir string }{
		{"text, learned positions, paper's size", "text8-paper"}, {"text, rotary, paper's size", "text8-paper-rope"},
		{"text, learned positions", "text8-small"}, {"text, learned positions, 4,000 steps", "text8-small-4000"},
		{"text, rotary", "text8-small-rope"}, {"text, rotary, 4,000 steps", "text8-small-rope-4000"},
		{"raw audio, rotary", "audio-small-rope"}, {"raw audio, rotary, 4,000 steps", "audio-small-rope-4000"},
		{"music, rotary", "music-small-rope"}, {"music, rotary, 4,000 steps", "music-small-rope-4000"},
	} {
		s, err := Read(filepath.Join(published, data.dir))
		if err != nil {
			t.Fatal(err)
		}
		row, toShift := []string{data.name}, []string{}
		for _, mixer := range []string{"haar", "shift", "haar:delay=1", "past"} {
			label := mixer
			for i := range s.Comparisons {
				if wavelet.NameOf(s.Comparisons[i].Variant) == mixer {
					label = s.Comparisons[i].Label() // it may have a name
				}
			}
			r := s.Row(label)
			saved := WithInterval(r.StepsSaved, r.StepsSavedInterval)
			if saved == "" && r.Steps == "never" {
				saved = r.Steps
			}
			if r.SecondsSaved != "" {
				saved += ", " + r.SecondsSaved
			}
			row = append(row, saved)
			if mixer != "shift" {
				toShift = append(toShift, r.Control("shift"))
			}
		}
		rows = append(rows, append(row, toShift...))
	}
	var table strings.Builder
	writeMarkdownTable(&table, rows)
	holds(t, firstEdition, "<!-- answer -->", table.String())
}

// The steps to equal final loss with whole schedules, of the data with runs of 1,500 and
// 4,000 steps.
func TestPublishedHorizons(t *testing.T) {
	mixers := []string{"haar", "shift", "haar:delay=1", "past"}
	rows := [][]string{{"data", "`haar`", "`shift`", "`haar:delay=1`", "`past`"}}
	found := map[string]map[string]HorizonRatio{}
	for _, data := range []struct{ name, short, long string }{
		{"text, learned positions", "text8-small", "text8-small-4000"}, {"text, rotary", "text8-small-rope", "text8-small-rope-4000"},
		{"raw audio, rotary", "audio-small-rope", "audio-small-rope-4000"}, {"music, rotary", "music-small-rope", "music-small-rope-4000"},
	} {
		var study []*Summary
		for _, dir := range []string{data.short, data.long} {
			s, err := Read(filepath.Join(published, dir))
			if err != nil {
				t.Fatal(err)
			}
			study = append(study, s)
		}
		row := []string{data.name}
		found[data.name] = map[string]HorizonRatio{}
		for _, mixer := range mixers {
			cell := ""
			for _, r := range HorizonRatios(study) {
				if wavelet.NameOf(r.Variant) == mixer {
					cell = r.String()
					found[data.name][mixer] = r
				}
			}
			row = append(row, cell)
		}
		rows = append(rows, row)
	}
	var table strings.Builder
	writeMarkdownTable(&table, rows)
	holds(t, firstEdition, "<!-- horizons -->", table.String())

	// What an independent reading of the same summaries found: savings of about
	// 62 % on text and, by interpolation, of 32 and 15 to 21 % on music.
	for _, test := range []struct {
		data, mixer string
		low, high   float64
	}{
		{"text, learned positions", "shift", 0.37, 0.39}, {"text, learned positions", "past", 0.3, 0.38},
		{"raw audio, rotary", "haar:delay=1", 0.3, 0.38}, {"music, rotary", "haar", 0.65, 0.71}, {"music, rotary", "shift", 0.77, 0.86},
	} {
		if r := found[test.data][test.mixer]; r.Value < test.low || r.Value > test.high {
			t.Errorf("%s, %s: %v, want %v to %v", test.data, test.mixer, r, test.low, test.high)
		}
	}
}

// firstEditionSummaries reads the studies that the page of the first edition links, by name.
func firstEditionSummaries(t *testing.T) (names []string, all []*Summary) {
	t.Helper()
	page, err := os.ReadFile(firstEdition)
	if err != nil {
		t.Fatal(err)
	}
	every, summaries := publishedSummaries(t)
	for i, s := range summaries {
		if strings.Contains(string(page), "("+every[i]+"/README.md)") {
			names, all = append(names, every[i]), append(all, s)
		}
	}
	return names, all
}

// The differences to the shift that the studies published, each with a separate p,
// corrected over all of them: those that pass, and their number.
func TestPublishedToShift(t *testing.T) {
	type difference struct {
		study, variant string
		*Control
	}
	var list []difference
	var p []*float64
	names, all := firstEditionSummaries(t)
	for i, s := range all {
		for j := range s.Comparisons {
			c := &s.Comparisons[j]
			for k := range c.Controls {
				if d := &c.Controls[k]; d.Variant == shift && d.PValue != nil {
					list, p = append(list, difference{names[i], c.Label(), d}), append(p, d.PValue)
				}
			}
		}
	}
	rows := [][]string{{"study", "variant", "final loss minus that of `shift`, nats (95 %)", "p", "p by Holm over all"}}
	passed := 0
	for i, corrected := range holm(p) {
		if d := list[i]; *corrected < significance {
			passed++
			value, interval := d.cells()
			rows = append(rows, []string{"[" + d.study + "](" + d.study + "/README.md)", "`" + d.variant + "`", WithInterval(value, interval), probability(*d.PValue), probability(*corrected)})
		}
	}
	var table strings.Builder
	fmt.Fprintf(&table, "%d of %d differences pass.\n\n", passed, len(list))
	writeMarkdownTable(&table, rows)
	holds(t, firstEdition, "<!-- to the shift -->", table.String())
}

// The gain over the shift by position, from the probes of the published studies: one
// run each, seed 1.
func TestPublishedGainByPosition(t *testing.T) {
	rows := [][]string{gainHeading([]string{"data", "variant"}, positionRanges, "each doubling")}
	gain := map[string]*GainByPosition{}
	for _, data := range []struct{ name, dir string }{
		{"text, rotary", "text8-small-rope"}, {"text, rotary, 4,000 steps", "text8-small-rope-4000"}, {"text, rotary, paper's size", "text8-paper-rope"},
		{"raw audio, rotary", "audio-small-rope"}, {"raw audio, rotary, 4,000 steps", "audio-small-rope-4000"},
		{"music, rotary", "music-small-rope"}, {"music, rotary, 4,000 steps", "music-small-rope-4000"},
	} {
		s, err := Read(filepath.Join(published, data.dir))
		if err != nil {
			t.Fatal(err)
		}
		probed := func(mixer string) group {
			for i := range s.Probes {
				p := &s.Probes[i]
				if r := s.firstFinished(p.Variant); r != nil && wavelet.NameOf(r.Variant) == mixer {
					return group{runs: map[uint64]Result{1: {Run: Run{PositionLosses: p.Positions}}}}
				}
			}
			return group{}
		}
		for _, variant := range []string{"haar", "haar:delay=1", "past"} {
			own, base := probed(variant), probed(shift)
			if own.runs == nil || base.runs == nil {
				continue
			}
			g := gainByPosition(base, own, []uint64{1})
			gain[data.name+" "+variant] = g
			rows = append(rows, append([]string{data.name, "`" + variant + "`"}, gainCells(g, positionRanges)...))
		}
	}
	var table strings.Builder
	writeMarkdownTable(&table, rows)
	holds(t, firstEdition, "<!-- gain by position -->", table.String())

	// What an independent reading of the same probes found, with positions counted from
	// 0: the gain of haar over the shift grows from 0.006 at positions 4 to 15 to 0.038
	// at 128 to 255 on audio, from 0.010 to 0.112 on music, and not on text.
	mean := func(name string, from, to int) float64 { return stat.Mean(gain[name].Gain[from-1:to], nil) }
	for _, test := range []struct {
		name     string
		from, to int
		want     float64
	}{
		{"raw audio, rotary haar", 5, 16, 0.006}, {"raw audio, rotary haar", 129, 256, 0.038}, {"music, rotary haar", 5, 16, 0.010}, {"music, rotary haar", 129, 256, 0.112},
	} {
		if got := mean(test.name, test.from, test.to); math.Abs(got-test.want) > 0.0005 {
			t.Errorf("%s, positions %d to %d: %.4f, want %.3f", test.name, test.from, test.to, got, test.want)
		}
	}
	if *gain["text, rotary haar"].Slope > 0 {
		t.Errorf("on text the gain of haar grows by %v", *gain["text, rotary haar"].Slope)
	}
}
