package summary

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/internal/typeset"
)

// answerPage is the page of results.
var answerPage = filepath.Join(published, "README.md")

// candidate is the operator that the second edition set against the shift.
const candidate = "dyadic:at=input"

// media are the kinds of data of the second edition and the first words of the names of its studies.
var media = []struct{ name, prefix string }{{"text", "text8"}, {"raw audio", "audio"}, {"music", "music"}}

// studied reads the study of a kind for each of the media.
func studied(t *testing.T, kind string) (names []string, studies []*Summary) {
	t.Helper()
	for _, m := range media {
		s, err := Read(filepath.Join(published, m.prefix+"-"+kind))
		if err != nil {
			t.Fatal(err)
		}
		names, studies = append(names, m.name), append(studies, s)
	}
	return names, studies
}

// comparisonOf returns the comparison of a variant.
func comparisonOf(t *testing.T, s *Summary, label string) *Comparison {
	t.Helper()
	for i := range s.Comparisons {
		if s.Comparisons[i].Label() == label {
			return &s.Comparisons[i]
		}
	}
	t.Fatalf("%s has no %s", s.Data.Name, label)
	return nil
}

// toShift returns the difference of a variant to the shift.
func (c *Comparison) toShift(t *testing.T) *Control {
	t.Helper()
	for i := range c.Controls {
		if c.Controls[i].Variant == shift {
			return &c.Controls[i]
		}
	}
	t.Fatalf("%s has no control", c.Label())
	return nil
}

// withoutNetwork is the loss of the study's reference line.
func withoutNetwork(s *Summary) string { return fmt.Sprintf("%.3f", s.FinalReference().Loss) }

// The share of the steps of each variant, with whole schedules, on the page of results and in
// README.md.
func TestPublishedShares(t *testing.T) {
	heading := []string{"data", "`shift`", "`haar`", "`" + candidate + "`"}
	full, short := [][]string{append(slices.Clone(heading), "of the steps of `none`", "loss of `none`; of no network, nats", "grade, evidence")}, [][]string{heading}
	names, studies := studied(t, "horizons")
	for i, s := range studies {
		cells, numbers := []string{names[i]}, []string{names[i]}
		for _, label := range []string{shift, "haar", candidate} {
			r := comparisonOf(t, s, label).HorizonRatio
			cells, numbers = append(cells, WithInterval(r.Share())), append(numbers, r.cell())
		}
		r := s.Row(shift)
		lengths := comparisonOf(t, s, shift).Horizons
		plain := fmt.Sprintf("%.3f; %s", *lengths[len(lengths)-1].BaselineLoss, withoutNetwork(s))
		full = append(full, append(cells, typeset.Count(float64(s.LongestRun())), plain, r.RestsOn+", "+r.Seeds+" seeds"))
		short = append(short, numbers)
	}
	var long, one strings.Builder
	writeMarkdownTable(&long, full)
	holds(t, answerPage, "<!-- shares -->", long.String())
	writeMarkdownTable(&one, short)
	holds(t, filepath.Join("..", "README.md"), "<!-- shares -->", one.String())
}

// The same by the length of the baseline's schedule, an octave apart, with the gains there.
func TestPublishedLengths(t *testing.T) {
	rows := [][]string{{"data", "steps of the plain model", "`shift`", "`haar`", "`" + candidate + "`"}}
	names, studies := studied(t, "horizons")
	for i, s := range studies {
		for at, h := range comparisonOf(t, s, shift).Horizons {
			if at%2 == 1 {
				continue
			}
			row := []string{names[i], typeset.Count(float64(h.Steps))}
			for _, label := range []string{shift, "haar", candidate} {
				h := comparisonOf(t, s, label).Horizons[at]
				r := h.Measured()
				cell := signed(*h.Loss-*h.BaselineLoss, 3) + " nats"
				if r.Bound != AtMost || r.Value < 1 { // of the shortest length no share can be measured
					cell += ", " + WithInterval(r.Share())
				}
				row = append(row, cell)
			}
			rows = append(rows, row)
		}
	}
	holdsTable(t, "<!-- lengths -->", rows)
}

// The test of the second edition: the candidate against the shift, one test for each of the
// media, corrected over them.
func TestPublishedCandidate(t *testing.T) {
	rows := [][]string{{"data", "final loss minus that of `shift`, nats (95 %)", "p", "p by Holm over the media"}}
	names, studies := studied(t, "horizons")
	var p []*float64
	for _, s := range studies {
		p = append(p, comparisonOf(t, s, candidate).toShift(t).PValue)
	}
	for i, corrected := range holm(p) {
		value, interval := comparisonOf(t, studies[i], candidate).toShift(t).cells()
		rows = append(rows, []string{names[i], WithInterval(value, interval), probability(*p[i]), probability(*corrected)})
	}
	holdsTable(t, "<!-- candidate -->", rows)
}

// Place or windows: the candidate against a shift that stands where it does, one test for
// each of the media, corrected over them.
func TestPublishedPlaces(t *testing.T) {
	rows := [][]string{{"data", "no network, nats", "`shift:at=input`, nats", "`" + candidate + "` minus that (95 %)", "p by Holm over the media", "`" + candidate + "` minus `shift` after the block"}}
	names, studies := studied(t, "placed-shift")
	_, blocks := studied(t, "horizons")
	var p []*float64
	for _, s := range studies {
		p = append(p, comparisonOf(t, s, candidate).PValue)
	}
	for i, corrected := range holm(p) {
		loss, _ := studies[i].MeanFinalLoss("shift:at=input")
		value, interval := comparisonOf(t, studies[i], candidate).cells()
		block, _ := comparisonOf(t, blocks[i], candidate).toShift(t).cells()
		rows = append(rows, []string{names[i], withoutNetwork(studies[i]), fmt.Sprintf("%.3f", loss), WithInterval(value, interval), probability(*corrected), block})
	}
	holdsTable(t, "<!-- places -->", rows)
}

// The second stage, which chose the candidate: final losses less those of the shift, and the
// score of each operator, that of the shift being 1.
func TestPublishedSecondStage(t *testing.T) {
	variants := []string{"none", candidate, "past:at=input", "past", "conv:4:at=input:mix=add"}
	rows := [][]string{{"data", "steps", "no network, nats", "`shift`, nats"}}
	for _, label := range variants {
		rows[0] = append(rows[0], "`"+label+"`")
	}
	names, studies := studied(t, "second")
	scores := map[int]map[string]float64{}
	for i, s := range studies {
		for at, h := range comparisonOf(t, s, shift).Horizons {
			row := []string{names[i], typeset.Count(float64(h.Steps)), withoutNetwork(s), fmt.Sprintf("%.3f", *h.Loss)}
			for _, label := range variants {
				loss := *h.BaselineLoss
				if label != s.Baseline {
					loss = *comparisonOf(t, s, label).Horizons[at].Loss
				}
				row = append(row, signed(loss-*h.Loss, 3))
				if scores[h.Steps] == nil {
					scores[h.Steps] = map[string]float64{}
				}
				score := (loss - *h.BaselineLoss) / (*h.Loss - *h.BaselineLoss)
				if least, ok := scores[h.Steps][label]; !ok || score < least {
					scores[h.Steps][label] = score
				}
			}
			rows = append(rows, row)
		}
	}
	for _, steps := range []int{1500, 3000} {
		row := []string{"score", typeset.Count(float64(steps)), "", "1.00"}
		for _, label := range variants {
			row = append(row, fmt.Sprintf("%.2f", scores[steps][label]+0))
		}
		rows = append(rows, row)
	}
	holdsTable(t, "<!-- second stage -->", rows)
}

// The samples of text are those of the second stage.
func TestPublishedSamples(t *testing.T) {
	s, err := Read(filepath.Join(published, "text8-second"))
	if err != nil {
		t.Fatal(err)
	}
	rows := [][]string{{"variant", "prompt", "text"}}
	for _, label := range []string{"none", shift, candidate} {
		for _, sample := range s.Samples {
			if Label(sample.Name, sample.Variant, sample.Set) == label {
				rows = append(rows, []string{"`" + label + "`", sample.Prompt, sample.Text})
			}
		}
	}
	if len(rows) != 4 {
		t.Fatalf("%d samples", len(rows)-1)
	}
	var table strings.Builder
	writeMarkdownTable(&table, rows)
	holds(t, filepath.Join(published, "samples", "README.md"), "<!-- text -->", table.String())
}
