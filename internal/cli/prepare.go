package cli

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/waveletgpt/waveletgpt/config"
)

func (a *App) prepareCommand() *cobra.Command {
	prepare := &cobra.Command{Use: "prepare", Short: "Turn files into tokens"}
	prepare.Args = noArguments
	prepare.RunE = func(c *cobra.Command, _ []string) error {
		return errors.Join(c.Help(), usage(errors.New("name a medium: text")))
	}
	prepare.AddCommand(a.prepareTextCommand())
	return prepare
}

func (a *App) prepareTextCommand() *cobra.Command {
	var d config.Data
	var out string
	c := &cobra.Command{
		Use:   "text --data PATH --out DIR",
		Short: "Turn text into tokens: characters of text8, characters of the text itself, bytes, or numbers",
		Args:  noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			if out == "" {
				return usage(errors.New("prepare: name a folder for the prepared set with --out"))
			}
			if err := checkOut(out); err != nil {
				return err
			}
			set, err := a.openData(c.Context(), d, out)
			if err != nil {
				return err
			}
			defer set.Close()
			return a.printInfo(set)
		},
	}
	c.Flags().StringVar(&d.Path, "data", "", "file, folder, pattern, .gz or .zip (default: the Go standard library's source)")
	c.Flags().StringVar(&out, "out", "", "folder for the prepared set")
	c.Flags().StringVar(&d.Codec, "codec", "", "text8, chars, bytes, or ids:N for numbers below N (default: the first that suits of text8, chars, bytes)")
	c.Flags().IntVar(&d.MinCount, "min-count", 5, "codec chars: characters that occur less often become bytes")
	return c
}
