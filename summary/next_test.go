package summary

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNext(t *testing.T) {
	const configuration = "[train]\nlr = 0.008\nsteps = 4000\n"
	flags := func(s *Summary) (out []string) {
		for _, step := range s.Next() {
			out = append(out, strings.TrimPrefix(step.Command, "waveletgpt compare "))
		}
		return out
	}
	quick := func(n int) *Summary {
		scales := []float64{1, 1.1, 1.2}[:n]
		s := compared(t, join(seeds("none", scales...), seeds("haar", scales...))...)
		s.Command, s.Configuration = "waveletgpt compare book.txt --seeds 1 --out runs/a", configuration
		return s
	}
	random := rand.New(rand.NewPCG(1, 2))
	full := compared(t, append(lengthsOf("none", 1, 1, 0, 3, random, 1000, 2000), lengthsOf("haar", 0.5, 1, 0, 3, random, 1000, 2000)...)...)
	full.Command, full.Configuration, full.Sweep = "waveletgpt compare study.toml --horizons=1000,2000", configuration, new(Sweep)
	held := *full
	held.HoldOut = new(HoldOut)
	several := quick(3)
	several.Command += "\nwaveletgpt compare other.txt"
	unfinished := quick(3)
	unfinished.Runs[0].Status, unfinished.Sweep = Unfinished, new(Sweep)
	settings := quick(3) // a file of settings is no plan, and a variant that sets the learning rate is not tuned
	settings.Command = "waveletgpt compare book.txt --config 'my settings.toml' --out=a.toml"
	settings.Runs[0].Set = map[string]any{"train.lr": 0.1}
	fullSettings := *full
	fullSettings.Command = settings.Command + " --horizons 1000,2000"
	spaced := *full
	spaced.Command = "waveletgpt compare --probe 'my study.TOML' --horizons 1000,2000"
	unsettled := quick(2)
	unsettled.Comparisons[0].Outcome = Ahead
	muon := quick(3)
	muon.Configuration += "optimizer = 'muon'\n"
	cosine := func(command string) *Summary {
		s := quick(3)
		s.Command, s.Sweep = command, new(Sweep)
		s.Configuration += "schedule = 'cosine'\n"
		return s
	}
	const horizons = " --horizons 500,707,1000,1414,2000"
	report := quick(1)
	report.Command = "waveletgpt report a b"
	tests := []struct {
		name string
		s    *Summary
		want []string
	}{
		{"one seed", quick(1), []string{
			"book.txt --out runs/a --seeds 3", "book.txt --out runs/a --seeds 3 --sweep lr=0.004,0.008,0.016",
			"book.txt --out runs/a --seeds 3 --sweep lr=0.004,0.008,0.016 --horizons 500,707,1000,1414,2000",
		}},
		{"three seeds", quick(3), []string{
			"book.txt --seeds 1 --out runs/a --sweep lr=0.004,0.008,0.016", "book.txt --seeds 1 --out runs/a --sweep lr=0.004,0.008,0.016 --horizons 500,707,1000,1414,2000",
		}},
		{"Muon", muon, []string{
			"book.txt --seeds 1 --out runs/a --sweep lr=0.004..0.016 --sweep muon_lr=0.01..0.04", "book.txt --seeds 1 --out runs/a --sweep lr=0.004..0.016 --sweep muon_lr=0.01..0.04 --horizons 500,707,1000,1414,2000",
		}},
		{"unsettled", unsettled, []string{
			"book.txt --seeds 5 --set train.seed=3 --out runs/fresh-seeds", "book.txt --seeds 1 --out runs/a --sweep lr=0.004,0.008,0.016", "book.txt --seeds 1 --out runs/a --sweep lr=0.004,0.008,0.016 --horizons 500,707,1000,1414,2000",
		}},
		{"unfinished", unfinished, []string{"book.txt --seeds 1 --out runs/a", "book.txt --seeds 1 --out runs/a --horizons 500,707,1000,1414,2000"}},
		{"full", full, []string{"study.toml --horizons 500,707,1000,2000", "study.toml --horizons=1000,2000 --holdout"}},
		{"settings", settings, []string{"book.txt --config 'my settings.toml' --out=a.toml --horizons 500,707,1000,1414,2000"}},
		{"settings and horizons", &fullSettings, []string{"book.txt --config 'my settings.toml' --out=a.toml --horizons 500,707,1000,2000", "plan.toml --holdout"}},
		{"a name with a space", &spaced, []string{"--probe 'my study.TOML' --horizons 500,707,1000,2000", "--probe 'my study.TOML' --horizons 1000,2000 --holdout"}},
		{"no preset", cosine("waveletgpt compare book.txt --seeds 3"), []string{"book.txt --seeds 3 --preset small-wsd" + horizons}},
		{"preset", cosine("waveletgpt compare --preset=paper-nanochat book.txt"), []string{"--preset paper-nanochat-wsd book.txt" + horizons}},
		{"directory", cosine("waveletgpt compare --out 'my runs/a b' --preset tiny"), []string{"--out 'my runs/a b'-wsd --preset tiny-wsd" + horizons}},
		{"directory with a slash", cosine("waveletgpt compare --out runs/a/ book.txt"), []string{"--out runs/a-wsd book.txt --preset small-wsd" + horizons}},
		{"several presets", cosine("waveletgpt compare --preset tiny,small"), []string{"--preset tiny,small" + horizons}},
		{"a plan keeps its schedule", cosine("waveletgpt compare study.toml"), []string{"study.toml" + horizons}},
		{"so does a file of settings", cosine("waveletgpt compare --config a.toml"), []string{"--config a.toml" + horizons}},
		{"a warm-up as long as a horizon", cosine("waveletgpt compare --set train.warmup=900"), []string{"--set train.warmup=900" + horizons}},
		{"so does a flag", cosine("waveletgpt compare --set train.schedule=cosine"), []string{"--set train.schedule=cosine" + horizons}},
		{"held out", &held, nil},
		{"several commands", several, nil},
		{"merged", report, nil},
	}
	for _, test := range tests {
		if diff := cmp.Diff(test.want, flags(test.s)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}
