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
	Kicker    string   // grade and evidence
	Opening   string   // what they mean
	Answer    []figure // the picture of the answer: final losses over the length of training, or their differences
	Horizons  [][]string
	Shorter   bool     // there are runs whose curves are not drawn
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
	Crossings [][]string
	Swept     [][]string
	Cost      [][]string
	Runs      [][]string
	RunLinks  []string // of their directories, by row
	Next      []summary.Step
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
	RestsOn      string // grade and evidence
	Tone         string // good, bad or even: its colour
	Numbers      []headline
	Text         []string // sentences, the outcome first
	Details      []string // more of them
}

// headline is one large number of a card.
type headline struct{ Value, Name, Detail string }

type sample struct{ Label, Class, Seed, Prompt, Text, Link string }

type fact struct{ Name, Value string }

// newView prepares a comparison for a page in a directory; prefix keeps the ids of its
// pictures apart from those of the page's other comparisons.
func newView(s *summary.Summary, dir, prefix string) *view {
	all, at := collect(s), links{dir, s}
	v := &view{
		Title:     title(s, all),
		Subtitle:  subtitle(s),
		Curves:    curveFigures(s, all, prefix),
		Losses:    []figure{finalLosses(s, all)},
		Match:     matchFigures(s, all),
		Heat:      heatFigures(s),
		Tables:    windowFigures(s, all),
		Kicker:    capital(s.Measured()),
		Opening:   opening(s),
		Horizons:  horizonRows(s),
		Shorter:   len(s.Shorter) > 0,
		Variants:  variantRows(s),
		Crossings: crossingRows(s),
		Swept:     sweepRows(s),
		Cost:      costRows(s, all),
		Runs:      runRows(s),
		RunLinks:  runLinks(s, at),
		Next:      s.Next(),
		Facts:     facts(s),
		Command:   s.Command,
		Config:    s.Configuration,
		Windows:   windowsInWords(s.Windows),
		Margin:    summary.PlateauMargin,
		Baseline:  s.Baseline,
	}
	differences, ok := differencesFigure(s, all, v.Horizons == nil)
	switch {
	case v.Horizons != nil:
		v.Answer = []figure{finalLossFigure(s)}
		if f, ok := shareFigure(s); ok {
			v.Answer = append(v.Answer, f)
		}
		if ok {
			v.Losses = append(v.Losses, differences)
		}
	case ok:
		v.Answer = []figure{differences}
	}
	for _, optional := range []struct {
		to   *[]figure
		make func(*summary.Summary, []series) (figure, bool)
	}{
		{&v.SpeedUp, speedUpFigure}, {&v.SpeedUp, crossingFigure}, {&v.Sweep, sweepFigure}, {&v.Positions, gainFigure}, {&v.Positions, gainOverShiftFigure}, {&v.Positions, positionsFigure},
	} {
		if f, ok := optional.make(s, all); ok {
			*optional.to = append(*optional.to, f)
		}
	}
	for _, figures := range [][]figure{v.Answer, v.Curves, v.SpeedUp, v.Losses, v.Match, v.Heat, v.Sweep, v.Positions, v.Tables} {
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
	v.Sounds = sounds(s, all, at)
	v.Rolls = rolls(s, all, at)
	for i := range s.Samples {
		x := &s.Samples[i]
		if x.File != "" {
			continue
		}
		v.Samples = append(v.Samples, sample{
			Label: x.Label(), Class: classOf(all, x.Label()), Seed: fmt.Sprint(x.Seed),
			Prompt: x.Prompt, Text: x.Text, Link: at.text(x),
		})
	}
	return v
}

// addVerdict adds a card, and the sentences that all cards share to the notes.
func (v *view) addVerdict(s *summary.Summary, c *summary.Comparison, all []series) {
	card := verdict{Label: c.Label(), Class: classOf(all, c.Label()), Outcome: string(c.Outcome), RestsOn: s.Row(c.Label()).RestsOn, Tone: "even"}
	for _, sentence := range summary.Explain(s, c) {
		text := tie(sentence.Text)
		switch {
		case sentence.Shared:
			if !slices.Contains(v.Notes, text) {
				v.Notes = append(v.Notes, text)
			}
		case sentence.Detail:
			card.Details = append(card.Details, text)
		default:
			card.Text = append(card.Text, text)
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

// headlines are the numbers of a card: the share of the steps of a full comparison, the
// difference of final losses, and where the curve crosses the baseline's best loss.
func headlines(c *summary.Comparison, r summary.Row) (out []headline) {
	if h := c.HorizonRatio; h != nil {
		steps := headline{tie(r.Share), "of the steps to end as low as the baseline", ""}
		if r.ShareInterval != "" {
			steps.Detail = tie("95 % interval " + r.ShareInterval)
		}
		out = append(out, steps)
		if h.Bound == summary.AtLeast {
			r.ShareTokens, r.ShareFLOPs, r.ShareSeconds = "", "", "" // how much more is not known
		}
		if r.ShareTokens != "" && r.ShareTokens != r.Share {
			out = append(out, headline{tie(r.ShareTokens), "of the tokens", ""})
		}
		if r.ShareFLOPs != "" {
			out = append(out, headline{tie(r.ShareFLOPs), "of the FLOPs", ""})
		}
		if r.ShareSeconds != "" {
			out = append(out, headline{tie(r.ShareSeconds), "of the seconds", ""})
		}
	}
	if c.Gain != nil {
		difference := headline{r.Difference, "nats, final loss minus the baseline's", ""}
		if r.DifferenceInterval != "" {
			difference.Detail = tie("95 % interval " + r.DifferenceInterval)
		}
		out = append(out, difference)
	}
	crossing := headline{"no crossing", "of the baseline's best loss", ""}
	if c.StepsSaved != nil {
		crossing = headline{"step " + r.Steps, "where its curve crosses the baseline's best loss",
			fmt.Sprintf("the baseline's: step %s; no measure of speed", typeset.Count(*c.BaselineSteps))}
	}
	return append(out, crossing)
}

func capital(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

// openingOfHorizon is the opening of a comparison of one length beside others of the same.
const openingOfHorizon = "One length of training: final losses are compared. In how many steps a variant ends as low is said above, from all lengths."

// opening says what the grade of a summary means.
func opening(s *summary.Summary) string {
	if s.Grade() == summary.Full {
		return "The runs of each length of training have their own whole schedule. The verdicts say in how many of the steps a variant ends as low as the baseline does at the longest horizon; the test is that of the final losses there."
	}
	return "One length of training: final losses are compared. How much sooner a variant would get there is not measured; a comparison of several horizons does that."
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
