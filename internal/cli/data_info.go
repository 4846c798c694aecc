package cli

import (
	"fmt"
	"math"

	"github.com/spf13/cobra"

	"github.com/waveletgpt/waveletgpt/dataset"
)

func (a *App) dataInfoCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "info DIR",
		Short: "Show the codec, splits and entropy of a prepared set",
		Long: `Show what a prepared set holds: source, codec (tokenizer), number of tokens in
each split, entropy and data hash. DIR was written by data prepare.`,
		Example: `  waveletgpt data info prepared/`,
		Args:    numArgs(1, 1, "the directory of one prepared set"),
		RunE: func(_ *cobra.Command, args []string) error {
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
	if a.json {
		return a.printJSON(struct {
			dataset.Header
			Contents tokenContents `json:"contents"`
		}{h, c})
	}
	rows := [][2]string{
		{"source", h.Provenance.Path},
		{"codec", fmt.Sprintf("%s, %d symbols, %d of them used, losses per %s", h.Codec, h.Vocabulary, c.Used, h.Unit)},
		{"documents", fmt.Sprint(len(h.Documents))},
		{"tokens", fmt.Sprint(h.Tokens)},
	}
	for _, name := range []string{dataset.Train, dataset.Validation, dataset.Test} {
		s, _ := h.Split(name)
		rows = append(rows, [2]string{name, fmt.Sprintf("%d tokens, %d %ss%s", s.Length, s.Units, h.Unit, c.Splits[name])})
	}
	rows = append(rows,
		[2]string{"split by", h.SplitRule},
		[2]string{"entropy", fmt.Sprintf("%.4f bits per token, %.4f given the previous token", h.Entropy.Unigram/math.Ln2, h.Entropy.Bigram/math.Ln2)},
		[2]string{"data hash", h.Hash},
	)
	return a.printRows(rows)
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
