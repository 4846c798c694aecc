package report

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waveletgpt/waveletgpt/compare"
)

// tableOf is the window table of one variant in a report: the titles of its
// bars.
func tableOf(t *testing.T, configuration, variant string, set map[string]any) []string {
	t.Helper()
	s := &compare.Summary{Configuration: configuration, Runs: []compare.Run{{Variant: variant, Set: set}}}
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
	c := configuration(t) // 48 channels, context 64
	for _, test := range []struct {
		variant string
		set     map[string]any
		want    []string
	}{
		{"none", nil, nil},
		{"ema:linear", nil, nil},
		{"window:1", nil, nil},
		{"shift", nil, []string{"Channels 0 to 23: the present position", "Channels 24 to 47: the position before"}},
		{"window:16:fraction=0.25", nil, []string{"Channels 0 to 35: the present position", "Channels 36 to 47: 16 positions"}},
		{"haar:min=2", map[string]any{"model.width": 12, "model.context": 16, "model.heads": 3},
			[]string{"Channels 0 to 5: the present position", "Channels 6 to 7: 2 positions", "Channel 8: 4 positions", "Channels 9 to 10: 8 positions", "Channel 11: 16 positions"}},
		{"learned", map[string]any{"model.width": -1}, nil},
		{"haar", map[string]any{"model.width": 1 << 20}, nil},
		{"haar", map[string]any{"model.breadth": 12}, nil},
		{"no operator", nil, nil},
	} {
		if diff := cmp.Diff(test.want, tableOf(t, c, test.variant, test.set)); diff != "" {
			t.Errorf("%s %v (-want +got):\n%s", test.variant, test.set, diff)
		}
	}
	for _, c := range []string{"", "no document", "[model]\nwidth = 8\n", strings.Repeat("[", 1000)} {
		if got := tableOf(t, c, "haar", nil); got != nil {
			t.Errorf("of configuration %.20q it draws %v", c, got)
		}
	}
}
