package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/waveletgpt/waveletgpt/internal/typeset"
	"github.com/waveletgpt/waveletgpt/summary"
)

// view is what the page says about one comparison, in the order of the page.
type view struct {
	Title     string
	Subtitle  string
	Notes     []string // sentences that all verdicts share
	Verdicts  []verdict
	Curves    []figure
	SpeedUp   []figure
	Losses    []figure
	Match     []figure
	Heat      []figure
	Sweep     []figure
	Positions []figure   // losses by position
	Tables    []figure   // windows of the operators
	Variants  [][]string // the first row is the heading
	Swept     [][]string
	Cost      [][]string
	Runs      [][]string
	Samples   []sample
	Sounds    []sound
	Rolls     []roll
	Facts     []fact
	Command   string
	Config    string
	Windows   string
	Margin    float64
	Baseline  string
}

// verdict is the card of one comparison.
type verdict struct {
	Label, Class string
	Outcome      string
	Tone         string // good, bad or even: its colour
	Numbers      []headline
	Text         []string // sentences, the outcome first
}

// headline is one large number of a card.
type headline struct{ Value, Name, Detail string }

type sample struct{ Label, Class, Seed, Prompt, Text string }

type fact struct{ Name, Value string }

// newView prepares a comparison; prefix keeps the ids of its pictures apart from
// those of the page's other comparisons.
func newView(s *summary.Summary, prefix string) *view {
	all := collect(s)
	v := &view{
		Title:    title(s, all),
		Subtitle: subtitle(s),
		Curves:   curveFigures(s, all, prefix),
		Losses:   []figure{finalLosses(s, all)},
		Match:    matchFigures(s, all),
		Heat:     heatFigures(s),
		Tables:   windowFigures(s, all),
		Variants: variantRows(s),
		Swept:    sweepRows(s),
		Cost:     costRows(s, all),
		Runs:     runRows(s),
		Facts:    facts(s),
		Command:  s.Command,
		Config:   s.Configuration,
		Windows:  windowsInWords(s.Windows),
		Margin:   summary.PlateauMargin,
		Baseline: s.Baseline,
	}
	for _, optional := range []struct {
		to   *[]figure
		make func(*summary.Summary, []series) (figure, bool)
	}{
		{&v.SpeedUp, speedUpFigure}, {&v.Losses, differencesFigure}, {&v.SpeedUp, savedFigure}, {&v.Sweep, sweepFigure}, {&v.Positions, positionsFigure},
	} {
		if f, ok := optional.make(s, all); ok {
			*optional.to = append(*optional.to, f)
		}
	}
	for _, figures := range [][]figure{v.Curves, v.SpeedUp, v.Losses, v.Match, v.Heat, v.Sweep, v.Positions, v.Tables} {
		last, half := 0, 0
		for i := range figures {
			figures[i].Command = s.Command
			if !figures[i].Full {
				last, half = i, half+1
			}
		}
		if half%2 == 1 {
			figures[last].Lone = true
		}
	}
	for i := range s.Comparisons {
		v.addVerdict(s, &s.Comparisons[i], all)
	}
	v.Sounds = sounds(s, all)
	v.Rolls = rolls(s, all)
	for i := range s.Samples {
		x := &s.Samples[i]
		if x.File != "" {
			continue
		}
		v.Samples = append(v.Samples, sample{
			Label: x.Label(), Class: classOf(all, x.Label()), Seed: fmt.Sprint(x.Seed),
			Prompt: x.Prompt, Text: x.Text,
		})
	}
	return v
}

// addVerdict adds a card, and the sentences that all cards share to the notes.
func (v *view) addVerdict(s *summary.Summary, c *summary.Comparison, all []series) {
	card := verdict{Label: c.Label(), Class: classOf(all, c.Label()), Outcome: string(c.Outcome), Tone: "even"}
	for _, sentence := range summary.Explain(s, c) {
		text := tie(sentence.Text)
		switch {
		case !sentence.Shared:
			card.Text = append(card.Text, text)
		case !slices.Contains(v.Notes, text):
			v.Notes = append(v.Notes, text)
		}
	}
	switch c.Outcome {
	case summary.Faster:
		card.Tone = "good"
	case summary.Slower:
		card.Tone = "bad"
	}
	if c.BaselineLoss != nil {
		card.Numbers = headlines(c, s.Row(c.Label()))
	}
	v.Verdicts = append(v.Verdicts, card)
}

func headlines(c *summary.Comparison, r summary.Row) []headline {
	steps := headline{"never", "reaches the baseline's best loss", ""}
	if c.StepsSaved != nil {
		steps = savedHeadline(*c.StepsSaved, "steps", fmt.Sprintf("%s instead of %s",
			typeset.Count(*c.StepsToBaselineLoss.Mean), typeset.Count(*c.BaselineSteps)))
	}
	out := []headline{steps}
	if c.SecondsSaved != nil {
		out = append(out, savedHeadline(*c.SecondsSaved, "seconds", "to the same loss"))
	}
	if c.StepsSavedAfterPlateau != nil {
		out = append(out, savedHeadline(*c.StepsSavedAfterPlateau, "steps", "after the plateau, counted from where each run left it"))
	}
	if c.Gain != nil {
		difference := headline{r.Difference, "nats, final loss minus the baseline's", ""}
		if r.DifferenceInterval != "" {
			difference.Detail = "95\u00a0% interval " + r.DifferenceInterval
		}
		out = append(out, difference)
	}
	return out
}

// savedHeadline says "24 % steps saved" or "24 % more steps".
func savedHeadline(fraction float64, what, detail string) headline {
	if fraction < 0 {
		return headline{tie(typeset.Percent(-fraction)), "more " + what, detail}
	}
	return headline{tie(typeset.Percent(fraction)), what + " saved", detail}
}

// maxTitle is the longest list of variants that the title spells out.
const maxTitle = 60

// title names the variants: "haar and shift against none".
func title(s *summary.Summary, all []series) string {
	var names []string
	for _, v := range all {
		if v.label != s.Baseline {
			names = append(names, v.label)
		}
	}
	if len(names) == 0 {
		return s.Baseline
	}
	if len(strings.Join(names, ", ")) > maxTitle {
		return fmt.Sprintf("%d variants against %s", len(names), s.Baseline)
	}
	return typeset.List(names) + " against " + s.Baseline
}

// subtitle says what was trained, with how many seeds, and for how long.
func subtitle(s *summary.Summary) string {
	seeds := map[uint64]bool{}
	parameters := int64(0)
	for i := range s.Runs {
		seeds[s.Runs[i].Seed] = true
		parameters = max(parameters, s.Runs[i].Parameters)
	}
	return fmt.Sprintf("%s · %s parameters · %s · %s · losses in bits per %s",
		s.Data.Name, typeset.Count(float64(parameters)), typeset.Counted(s.LongestRun(), "step"), typeset.Counted(len(seeds), "seed"), s.Data.Unit)
}

// classOf returns the colour class of a variant.
func classOf(all []series, label string) string {
	for _, v := range all {
		if v.label == label {
			return v.class
		}
	}
	return ""
}
