package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/waveletgpt/waveletgpt/report"
	"github.com/waveletgpt/waveletgpt/summary"
)

// printSummaries prints the results of comparisons.
func (a *App) printSummaries(summaries []*summary.Summary) error {
	if a.json {
		return a.printDocuments(summaries)
	}
	if err := a.printEach(summaries, summary.WriteTable); err != nil {
		return err
	}
	return summary.WriteHorizons(a.Stdout, summary.HorizonRatios(summaries))
}

// printEach prints summaries with a blank line between them. Several have the names that
// they have on the page.
func (a *App) printEach(summaries []*summary.Summary, write func(io.Writer, *summary.Summary) error) error {
	names := report.Names(summaries)
	for i, s := range summaries {
		if i > 0 {
			fmt.Fprintln(a.Stdout)
		}
		if len(summaries) > 1 {
			fmt.Fprintln(a.Stdout, wrap(names[i], 0, 2))
		}
		if err := write(a.Stdout, s); err != nil {
			return err
		}
	}
	return nil
}

// printDocuments prints one summary as a JSON object, several as an array.
func (a *App) printDocuments(summaries []*summary.Summary) error {
	var documents []string
	for _, s := range summaries {
		document, err := s.Encode()
		if err != nil {
			return err
		}
		documents = append(documents, strings.TrimSuffix(string(document), "\n"))
	}
	text := strings.Join(documents, ",\n")
	if len(documents) > 1 {
		text = "[\n" + text + "\n]"
	}
	_, err := fmt.Fprintln(a.Stdout, text)
	return err
}
