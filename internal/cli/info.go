package cli

import (
	"fmt"
	"math"

	"github.com/spf13/cobra"

	"github.com/waveletgpt/waveletgpt/dataset"
)

func (a *App) infoCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "info DIR",
		Short: "Say what is in a prepared set",
		Args:  exactly(1, "the folder of one prepared set"),
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

// printInfo prints a header, and what the tokens are, for people, or whole with
// --json.
func (a *App) printInfo(set *dataset.Set) error {
	h := set.Header
	c, err := contentsOf(set)
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
		{"codec", fmt.Sprintf("%s, %d symbols, %d of them in use, losses per %s", h.Codec, h.Vocabulary, c.Used, h.Unit)},
		{"documents", fmt.Sprint(len(h.Documents))},
		{"tokens", fmt.Sprint(h.Tokens)},
	}
	for _, name := range []string{dataset.Train, dataset.Validation, dataset.Test} {
		s, _ := h.Split(name)
		rows = append(rows, [2]string{name, fmt.Sprintf("%d tokens, %d %ss%s", s.Length, s.Units, h.Unit, c.Splits[name])})
	}
	rows = append(rows,
		[2]string{"split by", h.SplitRule},
		[2]string{"entropy", fmt.Sprintf("%.4f bits a token alone, %.4f after the one before it", h.Entropy.Unigram/math.Ln2, h.Entropy.Bigram/math.Ln2)},
		[2]string{"data hash", h.Hash},
	)
	for _, r := range rows {
		if _, err := fmt.Fprintf(a.Stdout, "%-11s %s\n", r[0], r[1]); err != nil {
			return err
		}
	}
	return nil
}
