package cli

import (
	"fmt"
	"time"

	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/internal/typeset"
)

// logHoldout says what is held out, and what that does to the other splits.
func (a *App) logHoldout(h dataset.Header) {
	if h.Splits.Holdout.Length == 0 {
		return
	}
	others := "the other splits are of the rest"
	switch h.SplitRule {
	case dataset.RuleExplicit:
		others = "validation and test are as they come"
	case dataset.RuleContiguous, dataset.RuleTokens:
		others = "without --holdout the last tokens are the test split"
	}
	a.logText("hold-out: %s, %s; %s", typeset.Counted(h.Splits.Holdout.Length, "token"), holdoutRule(h), others)
}

// holdoutRule says what the hold-out of a set is.
func holdoutRule(h dataset.Header) string {
	share := fmt.Sprintf("%.4g %%", 100*h.Provenance.Holdout)
	switch {
	case h.Provenance.Holdout == 0:
		return "the files that come as a hold-out"
	case h.SplitRule == dataset.RuleExplicit:
		return share + " of the files for training, by the hashes of their names"
	case h.SplitRule == dataset.RuleContiguous || h.SplitRule == dataset.RuleTokens:
		return "the last " + share + " of the tokens"
	}
	return share + " of the files, by the hashes of their names"
}

// holdoutRows describe the hold-out of a set, if it has one, without reading it.
func holdoutRows(h dataset.Header, opened []dataset.Opening) (rows [][2]string) {
	r := h.Splits.Holdout
	if r.Length == 0 {
		return nil
	}
	rows = append(rows, [2]string{dataset.Holdout, fmt.Sprintf("%s, %s: %s", typeset.Counted(r.Length, "token"), typeset.Counted(r.Units, h.Unit), holdoutRule(h))})
	if len(opened) == 0 {
		rows = append(rows, [2]string{"opened", "never"})
	}
	for _, o := range opened {
		rows = append(rows, [2]string{"opened", fmt.Sprintf("%s by %.12s", o.Time.Format(time.RFC3339), o.By)})
	}
	return rows
}
