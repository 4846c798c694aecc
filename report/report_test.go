package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"html"
	"io"
	"math"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/summary"
)

func pointer[T any](value T) *T { return &value }

// synthetic makes a run like those of the pilot: a plateau at the bigram
// entropy, left at a step of the variant's own, then a slow fall.
func synthetic(variant string, seed uint64, leaves, stepSeconds float64) summary.Result {
	random := rand.New(rand.NewPCG(seed, uint64(len(variant))))
	r := summary.Result{Run: summary.Run{
		Variant: variant, Seed: seed, ConfigHash: strings.Repeat("5b7a", 16), Status: summary.Finished,
		Parameters: 106240, Steps: 2000, Tokens: 1024000, StepSeconds: pointer(stepSeconds), TestLoss: pointer(1.7),
	}}
	leaves *= 1 + 0.05*random.NormFloat64()
	for step := 0; step <= 2000; {
		x := float64(step)
		loss := 2.39 + 0.91*math.Exp(-x/45)
		if x > leaves {
			loss -= 0.85 * (1 - math.Exp(-(x-leaves)/650))
		}
		loss += 0.006 * random.NormFloat64()
		r.Curve = append(r.Curve, summary.Point{Step: step, Tokens: 512 * int64(step), FLOPs: 3.3e8 * x, Seconds: stepSeconds * x, Loss: loss})
		switch {
		case step == 0:
			step = 1
		case step < 64:
			step *= 2
		case step == 64:
			step = 100
		default:
			step += 50
		}
	}
	last := r.Curve[len(r.Curve)-1].Loss
	for i := range 128 {
		r.WindowLosses = append(r.WindowLosses, last+0.3*math.Sin(float64(i))+0.03*random.NormFloat64())
	}
	return r
}

// example is three variants with two seeds.
func example(t testing.TB) *summary.Summary {
	t.Helper()
	return compared(t,
		synthetic("none", 1, 700, 0.0412), synthetic("none", 2, 700, 0.0412),
		synthetic("shift", 1, 120, 0.0415), synthetic("shift", 2, 120, 0.0415),
		synthetic("haar", 1, 230, 0.0441), synthetic("haar", 2, 230, 0.0441),
	)
}

// configuration is that of the baseline.
// small is a configuration with 48 channels and a context of 64.
func small(t testing.TB) config.Config {
	t.Helper()
	c, err := config.Preset("small")
	if err != nil {
		t.Fatal(err)
	}
	c.Model.Width = 48
	return c
}

// models describes the models of variants.
func models(t testing.TB, c config.Config, specs ...string) (list []summary.Model) {
	t.Helper()
	for _, spec := range specs {
		c.Model.Mixer = spec
		m, err := summary.NewModel(spec, c.Model)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, m)
	}
	return list
}

func compared(t testing.TB, results ...summary.Result) *summary.Summary {
	t.Helper()
	s := &summary.Summary{
		FormatVersion: summary.FormatVersion,
		Program:       summary.Program{Version: "v0.1.0", Commit: "4c7ad34d5e", Go: "go1.26.8"},
		Command:       "waveletgpt compare --data text8.txt --variants none,shift,haar --seeds 2 --set train.steps=2000",
		CPU:           "AMD EPYC 9554 64-Core Processor", Tier: "portable", Threads: 2,
		Data: summary.Data{
			Name: "text8", Hash: strings.Repeat("91ce04aa", 8), Codec: "text8", Unit: "character", Vocabulary: 27,
			Tokens:        summary.Tokens{Train: 10125000, Validation: 562500, Test: 562500},
			Entropy:       summary.Entropy{Unigram: pointer(2.856), Bigram: pointer(2.376)},
			UnitsPerToken: 1,
		},
		Windows:       summary.Windows{Number: 128, Length: 64},
		Configuration: string(small(t).TOML()),
		Models:        models(t, small(t), "none", "shift", "haar"),
		Samples: []summary.Sample{
			{Variant: "none", Seed: 1, Prompt: "the origin of ", Text: "the sereat of the anthe ind of sted to the werion of the pres and in the conte"},
			{Variant: "shift", Seed: 1, Prompt: "the origin of ", Text: "the states of the first in the seven one nine five zero the country of the"},
			{Variant: "haar", Seed: 1, Prompt: "the origin of ", Text: "<script>alert('no')</script> \xff\xfe\x00 the second of the political part of the term"},
		},
	}
	if err := s.Compare(results); err != nil {
		t.Fatal(err)
	}
	return s
}

func render(t testing.TB, s *summary.Summary) string {
	t.Helper()
	var page bytes.Buffer
	if err := Render(&page, s); err != nil {
		t.Fatal(err)
	}
	return page.String()
}

var svgElement = regexp.MustCompile(`(?s)<svg .*?</svg>`)

// wellFormed parses every picture of a page as XML and returns their number.
func wellFormed(t *testing.T, page string) int {
	t.Helper()
	pictures := svgElement.FindAllString(page, -1)
	for i, picture := range pictures {
		decoder := xml.NewDecoder(strings.NewReader(picture))
		for {
			_, err := decoder.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Errorf("picture %d is not well-formed: %v", i, err)
				break
			}
		}
		if strings.Contains(picture, "NaN") || strings.Contains(picture, "Inf") {
			t.Errorf("picture %d has a coordinate that is no number", i)
		}
	}
	return len(pictures)
}

// What trained the runs is kernels, or another engine with its versions and device.
func TestPageNamesEngine(t *testing.T) {
	s := example(t)
	if page := render(t, s); !strings.Contains(page, ">Kernels<") || strings.Contains(page, ">Engine<") {
		t.Error("the page does not say that its kernels are kernels")
	}
	s.Tier, s.Runs[0].Engine = "torch 2.15.0 on cuda:0", "torch 2.15.0 on cuda:0"
	if page := render(t, s); !strings.Contains(page, ">Engine<") || !strings.Contains(page, s.Tier) || strings.Contains(page, ">Kernels<") {
		t.Error("the page does not say which engine trained")
	}
}

func TestPage(t *testing.T) {
	s := example(t)
	page := render(t, s)
	// Five of the curves, speed-up, steps saved, two of the final losses, windows of
	// shift and haar, each in two sizes.
	if n := wellFormed(t, page); n != 22 {
		t.Errorf("%d pictures, want 22", n)
	}
	answer, verdict := strings.Index(page, "Final loss minus that of none"), strings.Index(page, "haar is faster than the baseline none (quick, exploratory)")
	if answer < 0 || verdict < answer || verdict > strings.Index(page, "Learning curves") {
		t.Error("the picture of the answer and the verdict do not come before the curves")
	}
	for _, want := range []string{s.Command, s.Data.Hash, s.Program.Commit, s.CPU, s.Tier, "width = 48", "finished", curvesName} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	for _, step := range s.Next() {
		if !strings.Contains(page, `<pre class="command">`+html.EscapeString(step.Command)+"</pre>") {
			t.Errorf("the page does not say the whole command %s", step.Command)
		}
	}
	if strings.Count(page, "Two seeds are too few") != 1 {
		t.Error("what holds for all verdicts is not said once")
	}
	ids := regexp.MustCompile(` id="([^"]*)"`).FindAllStringSubmatch(page, -1)
	seen := map[string]bool{}
	for _, id := range ids {
		if seen[id[1]] {
			t.Errorf("two elements have the id %s", id[1])
		}
		seen[id[1]] = true
	}
	if again := render(t, s); again != page {
		t.Error("the same summary gives another page")
	}
}

// withoutScript removes our script, which has to be there once.
func withoutScript(t testing.TB, page string) string {
	t.Helper()
	const begin, end = "<script>", "</script>"
	before, after, found := strings.Cut(page, begin+scriptText+end)
	if !found {
		t.Fatal("the page does not have our script as it is")
	}
	for _, forbidden := range []string{"http:", "https:", "fetch(", "eval", "innerHTML = `", "import"} {
		if strings.Contains(scriptText, forbidden) {
			t.Errorf("the script contains %q", forbidden)
		}
	}
	return before + after
}

// A page that is opened from disk must not ask any other machine for anything.
func TestPageFetchesNothing(t *testing.T) {
	page := withoutScript(t, render(t, example(t)))
	for _, forbidden := range []string{"http:", "https:", "//fonts", "@import", "<script", "<link", "<img", "<iframe", "src="} {
		if strings.Contains(page, forbidden) {
			t.Errorf("the page contains %q", forbidden)
		}
	}
	for _, reference := range regexp.MustCompile(`(?:href=|url\()"?([^")]*)`).FindAllStringSubmatch(page, -1) {
		if target := reference[1]; !strings.HasSuffix(target, ".csv") && !strings.HasPrefix(target, "#") {
			t.Errorf("the page refers to %q", target)
		}
	}
}

// Whatever a model wrote or a user named must not become markup.
func TestPageEscapes(t *testing.T) {
	const hostile = "</pre></svg><script>alert(1)</script>\x00\x1b\xff&\"'"
	s := example(t)
	s.Command, s.Configuration, s.Data.Name, s.Data.Unit, s.Baseline, s.CPU = hostile, hostile, hostile, hostile, hostile, hostile
	for i := range s.Runs {
		s.Runs[i].Variant += hostile
	}
	for i := range s.Comparisons {
		s.Comparisons[i].Variant += hostile
		s.Comparisons[i].Controls = nil
	}
	for i := range s.Samples {
		s.Samples[i].Variant, s.Samples[i].Prompt, s.Samples[i].Text = hostile, hostile, hostile
	}
	page := withoutScript(t, render(t, s))
	if strings.Contains(page, "<script") || strings.Contains(page, "</pre></svg>") {
		t.Error("text became markup")
	}
	if strings.ContainsAny(page, "\x00\x1b") || !utf8.ValidString(page) {
		t.Error("control characters reach the page")
	}
	wellFormed(t, page)
}

// A variant that has a name keeps its keys on the page, and those that a sweep
// chose.
func TestPageTellsKeys(t *testing.T) {
	wide := synthetic("none", 1, 300, 0.04)
	wide.Name, wide.Set, wide.Tuned = "wide", map[string]any{"model.width": 64.0}, map[string]any{"train.lr": 0.002}
	const want = "none model.width=64 train.lr=0.002"
	if page := render(t, compared(t, synthetic("none", 1, 700, 0.04), wide)); !strings.Contains(page, want) {
		t.Errorf("no %q on the page", want)
	}
}

func TestPageOfUnusualSummaries(t *testing.T) {
	flat := synthetic("none", 1, 700, 0)
	for i := range flat.Curve {
		flat.Curve[i] = summary.Point{Step: i, Loss: 2}
	}
	diverged := synthetic("haar", 1, 300, 0.04)
	diverged.Curve[20].Loss = math.NaN()
	atOnce := synthetic("haar", 1, 300, 0.04)
	atOnce.Curve[0].Loss = math.Inf(1)
	huge := synthetic("haar", 1, 300, 0.04)
	for i := range huge.Curve {
		huge.Curve[i].Loss *= math.MaxFloat64 / 8 * float64(1-2*(i%2))
		huge.Curve[i].Seconds, huge.Curve[i].FLOPs = math.MaxFloat64/2, math.MaxFloat64/2
	}
	tiny := synthetic("haar", 1, 300, 0.04)
	for i := range tiny.Curve {
		tiny.Curve[i].Loss *= 1e-300
	}
	long := synthetic("haar:min=2:prefix=count:fraction=0.25:last=off", 1, 300, 0.04)
	long.Set = map[string]any{"model.norm": "post"}
	base := synthetic("none", 1, 700, 0.04)
	summaries := map[string][]summary.Result{
		"only the baseline":        {base},
		"flat curves without time": {flat},
		"diverged":                 {base, diverged},
		"diverged at once":         {base, atOnce},
		"nothing but a divergence": {atOnce},
		"huge numbers":             {base, huge},
		"tiny numbers":             {base, tiny},
		"long names":               {base, long},
	}
	for name, results := range summaries {
		page := render(t, compared(t, results...))
		if n := wellFormed(t, page); n == 0 && name != "nothing but a divergence" {
			t.Errorf("%s: no picture", name)
		}
		if strings.Contains(name, "diverge") && !strings.Contains(page, "diverged") {
			t.Errorf("%s: the page does not mark the run", name)
		}
	}
	empty := &summary.Summary{FormatVersion: summary.FormatVersion}
	wellFormed(t, render(t, empty))
	hollow := compared(t, base, synthetic("none", 2, 700, 0.04))
	hollow.Runs[1].Curve = nil
	wellFormed(t, render(t, hollow))
}

// Three variants with five seeds must stay small enough to open at once.
func TestPageSize(t *testing.T) {
	var results []summary.Result
	for _, variant := range []string{"none", "shift", "haar"} {
		for seed := range uint64(5) {
			results = append(results, synthetic(variant, seed, 400, 0.04))
		}
	}
	if size := len(render(t, compared(t, results...))); size > 2<<20 {
		t.Errorf("%d bytes, want under 2 MiB", size)
	}
}

// The badge of a card, its first sentence and its cell in the table say the same,
// for a variant that is ahead by an interval but not by the corrected test.
func TestBadgeSaysWhatTheTableSays(t *testing.T) {
	var results []summary.Result
	for seed, offsets := range [][]float64{{0, -0.03, -0.06}, {0, 0.03, -0.085}, {0, 0.02, -0.04}} {
		for i, variant := range []string{"none", "window:16", "haar"} {
			r := synthetic("none", uint64(seed+1), 700, 0.04)
			r.Variant = variant
			for j := range r.Curve {
				r.Curve[j].Loss += offsets[i]
			}
			results = append(results, r)
		}
	}
	s := compared(t, results...)
	v := newView(s, "", "")
	card := v.Verdicts[1]
	const badge = "ahead, not significant"
	cell := v.Variants[3][len(v.Variants[3])-1]
	if card.Label != "haar" || card.Outcome != badge || card.Tone != "even" || cell != badge {
		t.Errorf("card %s: %s, %s; cell %q", card.Label, card.Outcome, card.Tone, cell)
	}
	if text := strings.Join(card.Text, " "); !strings.Contains(text, "haar is ahead of the baseline none in 3 of 3 seeds, not significant after correction (quick, exploratory): its final loss is ") ||
		!strings.Contains(text, "To settle it, run a new study with ") {
		t.Errorf("text %s", text)
	}
}
