package cli

import (
	"fmt"
	"math"

	"github.com/spf13/cobra"

	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/internal/typeset"
	"github.com/waveletgpt/waveletgpt/media"
)

func (a *App) dataInfoCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "info SET",
		Short: "Show the codec, splits and entropy of a prepared set",
		Long: `Show what a prepared set holds: source, codec (tokenizer), number of tokens in
each split, entropy and data hash; of sound its rate, level and peak; who opened
the hold-out; what was left out of the files, repaired or assumed. SET was
written by data prepare.`,
		Example:           `  waveletgpt data info prepared/`,
		Args:              numArgs(1, 1, "the directory of one prepared set"),
		ValidArgsFunction: completeDir(1, preparedSet),
		RunE: func(c *cobra.Command, args []string) error {
			if err := a.expect(c, args[0], asSet); err != nil {
				return err
			}
			set, err := openSet(args[0])
			if err != nil {
				return err
			}
			defer set.Close()
			return a.printInfo(set)
		},
	}
}

// printInfo prints the header of a set and counts over its tokens, as a table or
// with --json in full.
func (a *App) printInfo(set *dataset.Set) error {
	h := set.Header
	c, err := countContents(set)
	if err != nil {
		return err
	}
	opened, err := set.Openings()
	if err != nil {
		return input(err)
	}
	if a.json {
		return a.printJSON(struct {
			dataset.Header
			Contents tokenContents     `json:"contents"`
			Openings []dataset.Opening `json:"holdout_openings,omitempty"`
		}{h, c, opened})
	}
	rows := [][2]string{
		{"source", h.Provenance.Path},
		{"codec", fmt.Sprintf("%s, %s, %d of them used, losses per %s", h.Codec, typeset.Counted(h.Vocabulary, "symbol"), c.Used, h.Unit)},
		{nounOf(set.Codec) + "s", documentCount(h)},
		{"tokens", typeset.Count(float64(h.Tokens))},
	}
	if c.Sound != nil {
		rows = append(rows, [2]string{"sound", c.Sound.String()})
	}
	for _, name := range []string{dataset.Train, dataset.Validation, dataset.Test} {
		s, _ := h.Split(name)
		rows = append(rows, [2]string{name, fmt.Sprintf("%s, %s%s", typeset.Counted(s.Length, "token"), typeset.Counted(s.Units, h.Unit), c.Splits[name])})
	}
	rows = append(append(rows, holdoutRows(h, opened)...),
		[2]string{"split by", h.SplitRule},
		[2]string{"entropy", fmt.Sprintf("%.4f bits per token, %.4f given the previous token", h.Entropy.Unigram/math.Ln2, h.Entropy.Bigram/math.Ln2)},
		[2]string{"data hash", h.Hash},
	)
	return a.printRows(append(rows, provenanceRows(h.Provenance, nounOf(set.Codec))...))
}

// nounOf returns what a document of a codec is called. Each recording and each
// piece of music is a file.
func nounOf(codec media.Codec) string {
	if _, ok := codec.(media.FileCodec); ok {
		return "file"
	}
	return "document"
}

// provenanceRows has what was left out of the sources, and what was remarked about
// them.
func provenanceRows(p dataset.Provenance, noun string) (rows [][2]string) {
	if len(p.LeftOut) > 0 {
		rows = append(rows, [2]string{"left out", media.Summary(p.LeftOut)})
	}
	if n := len(p.Skipped); n > 0 {
		row := fmt.Sprintf("%d of %s; %s: %s", n, typeset.Counted(len(p.Sources), noun), typeset.Printable(p.Skipped[0].Name), typeset.Printable(p.Skipped[0].Reason))
		if n > 1 {
			row += fmt.Sprintf("; %s has all", dataset.HeaderFile)
		}
		rows = append(rows, [2]string{"skipped", row})
	}
	for _, r := range p.Remarks {
		text := typeset.Printable(r.Remark)
		if n := len(r.Documents); n > 0 {
			text = fmt.Sprintf("%s: %s", typeset.Counted(n, noun), text)
			if n > 1 {
				text += fmt.Sprintf(" (first %s)", typeset.Printable(r.Documents[0]))
			}
		}
		rows = append(rows, [2]string{"remark", text})
	}
	return rows
}

// documentCount counts the documents that were read. The header has those that lie
// in two splits or three once for each, one behind another; an archive beside its
// files has the same names for others.
func documentCount(h dataset.Header) string {
	documents, parted := 0, 0
	cut := false // whether the document before continues
	for i, d := range h.Documents {
		continues := i > 0 && h.Documents[i-1].Name == d.Name && h.Documents[i-1].Split != d.Split &&
			(h.SplitRule == dataset.RuleContiguous || h.SplitRule == dataset.RuleTokens)
		switch {
		case !continues:
			documents++
		case !cut:
			parted++
		}
		cut = continues
	}
	if parted == 0 {
		return fmt.Sprint(documents)
	}
	return fmt.Sprintf("%d, %d of them in more than one split", documents, parted)
}

// printRows prints names and values in two columns.
func (a *App) printRows(rows [][2]string) error {
	for _, r := range rows {
		if _, err := fmt.Fprintf(a.Stdout, "%-10s  %s\n", r[0], r[1]); err != nil {
			return err
		}
	}
	return nil
}
