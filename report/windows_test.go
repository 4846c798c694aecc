package report

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waveletgpt/waveletgpt/summary"
)

// tableOf is the window table of one variant in a report: the titles of its
// bars.
func tableOf(t *testing.T, m summary.Model) []string {
	t.Helper()
	s := &summary.Summary{Models: []summary.Model{m}, Runs: []summary.Run{{Variant: m.Variant}}}
	figures := windowFigures(s, collect(s))
	if len(figures) == 0 {
		return nil
	}
	var titles []string
	for _, m := range regexp.MustCompile("<title>([^<]*)</title>").FindAllStringSubmatch(string(figures[0].Wide), -1) {
		titles = append(titles, m[1])
	}
	return titles
}

func TestWindowFigures(t *testing.T) {
	for _, test := range []struct {
		variant string
		want    []string
	}{
		{"none", nil},
		{"ema:linear", nil},
		{"window:1", nil},
		{"shift", []string{"Channels 0 to 23: the present position", "Channels 24 to 47: the position before"}},
		{"window:16:fraction=0.25", []string{"Channels 0 to 35: the present position", "Channels 36 to 47: 16 positions"}},
	} {
		if diff := cmp.Diff(test.want, tableOf(t, models(t, small(t), test.variant)[0])); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.variant, diff)
		}
	}
	narrow := small(t)
	narrow.Model.Width, narrow.Model.Context, narrow.Model.Heads = 12, 16, 3
	want := []string{"Channels 0 to 5: the present position", "Channels 6 to 7: 2 positions", "Channel 8: 4 positions", "Channels 9 to 10: 8 positions", "Channel 11: 16 positions"}
	if diff := cmp.Diff(want, tableOf(t, models(t, narrow, "haar:min=2")[0])); diff != "" {
		t.Errorf("narrow (-want +got):\n%s", diff)
	}
	if got := tableOf(t, summary.Model{Variant: "no operator"}); got != nil {
		t.Errorf("an unknown operator has the table %v", got)
	}
}

// A caption does not say that an operator replaces channels where it is mixed with them.
func TestWindowCaptions(t *testing.T) {
	for spec, want := range map[string]string{
		"shift":              "others pass.",
		"shift:mix=add":      "added to the channel.",
		"past:mix=gate":      "A learned gate of each level mixes what is computed with the channel.",
		"haar":               "in the mean of each channel.",
		"haar:detail=on":     "in the difference of means of each channel.",
		"dyadic:at=kv":       "which may end before the present one.",
		"conv:3:mix=add":     "added to the channel.",
		"past":               "the present one is not in its mean.",
		"window:5:delay=2":   "the last 2 are not in its mean.",
		"taps:share=halving": "the others pass.",
	} {
		m := models(t, small(t), spec)[0]
		s := &summary.Summary{Models: []summary.Model{m}, Runs: []summary.Run{{Variant: m.Variant}}}
		figures := windowFigures(s, collect(s))
		if len(figures) != 1 || !strings.HasSuffix(string(figures[0].Caption), want) {
			t.Errorf("%s: %+v, want a caption that ends in %q", spec, figures, want)
		}
	}
}
