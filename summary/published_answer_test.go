package summary

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// answerPage is the page of results.
var answerPage = filepath.Join(published, "README.md")

// candidate is the operator that the second edition set against the shift.
const candidate = "dyadic:at=input"

// media are the kinds of data of the second edition and the first words of the names of its studies.
var media = []struct{ name, prefix string }{{"text", "text8"}, {"raw audio", "audio"}, {"music", "music"}}

// studied reads the study of a kind for each of the media that has one.
func studied(t *testing.T, kind string) (names []string, studies []*Summary) {
	t.Helper()
	for _, m := range media {
		s, err := Read(filepath.Join(published, m.prefix+"-"+kind))
		switch {
		case err == nil:
			names, studies = append(names, m.name), append(studies, s)
		case !errors.Is(err, fs.ErrNotExist):
			t.Fatal(err)
		}
	}
	if len(studies) == 0 {
		t.Fatalf("no study %s", kind)
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

// The second stage, which chose the candidate: final losses less those of the shift, and the
// score of each operator, that of the shift being 1.
func TestPublishedSecondStage(t *testing.T) {
	variants := []string{"none", candidate, "past:at=input", "past", "conv:4:at=input:mix=add"}
	rows := [][]string{{"data", "steps", "`shift`, nats"}}
	for _, label := range variants {
		rows[0] = append(rows[0], "`"+label+"`")
	}
	names, studies := studied(t, "second")
	scores := map[int]map[string]float64{}
	for i, s := range studies {
		for at, h := range comparisonOf(t, s, shift).Horizons {
			row := []string{names[i], fmt.Sprint(h.Steps), fmt.Sprintf("%.3f", *h.Loss)}
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
		row := []string{"score", fmt.Sprint(steps), "1.00"}
		for _, label := range variants {
			row = append(row, fmt.Sprintf("%.2f", scores[steps][label]+0))
		}
		rows = append(rows, row)
	}
	var table strings.Builder
	writeMarkdownTable(&table, rows)
	holds(t, answerPage, "<!-- second stage -->", table.String())
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
