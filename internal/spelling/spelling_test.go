package spelling

import "testing"

func TestNearest(t *testing.T) {
	known := []string{"compare", "train", "eval", "generate", "data"}
	for word, want := range map[string]string{
		"trian": "train", "TRAIN": "train", "gen": "generate", "evaluate": "eval", "dta": "data",
		"frobnicate": "", "": "", "x": "",
	} {
		if got := Nearest(word, known); got != want {
			t.Errorf("%q: %q, want %q", word, got, want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want int
	}{{"", "abc", 3}, {"abc", "", 3}, {"kitten", "sitting", 3}, {"LR", "lr", 0}} {
		if got := Distance(test.a, test.b); got != test.want {
			t.Errorf("%q, %q: %d, want %d", test.a, test.b, got, test.want)
		}
	}
}
