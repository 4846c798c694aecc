package cli

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/media"
	"github.com/waveletgpt/waveletgpt/media/audio"
)

func (a *App) prepareCommand() *cobra.Command {
	prepare := &cobra.Command{Use: "prepare", Short: "Turn files into tokens"}
	prepare.Args = noArguments
	prepare.RunE = func(c *cobra.Command, _ []string) error {
		return errors.Join(c.Help(), usage(errors.New("name a medium: text, audio or music")))
	}
	prepare.AddCommand(a.prepareTextCommand(), a.prepareAudioCommand(), a.prepareMusicCommand())
	return prepare
}

func (a *App) prepareTextCommand() *cobra.Command {
	var d config.Data
	c := a.prepareMediumCommand(media.Text, &d)
	c.Short = "Turn text into tokens: characters of text8, characters of the text itself, bytes, or numbers"
	c.Flags().StringVar(&d.Path, "data", "", "file, folder, pattern, .gz or .zip (default: the Go standard library's source)")
	c.Flags().StringVar(&d.Codec, "codec", "", "text8, chars, bytes, or ids:N for numbers below N (default: the first that suits of text8, chars, bytes)")
	c.Flags().IntVar(&d.MinCount, "min-count", 5, "codec chars: characters that occur less often become bytes")
	c.Flags().StringVar(&d.OnError, "on-error", dataset.Stop, "what becomes of a document that cannot be read: stop or skip")
	return c
}

func (a *App) prepareAudioCommand() *cobra.Command {
	d := config.Data{Rate: 16000}
	c := a.prepareMediumCommand(media.Audio, &d)
	c.Short = "Turn WAV, FLAC, Ogg Vorbis and MP3 files into tokens of 8 bits, one a sample"
	c.Flags().StringVar(&d.Path, "data", "", "file, folder, pattern, .zip, or .csv with a column of files and one of splits")
	c.Flags().StringVar(&d.Codec, "codec", "mulaw", "mulaw (as in torchaudio), mulaw:sashimi (scaled window by window) or linear")
	c.Flags().Var((*rateFlag)(&d.Rate), "rate", "samples a second that recordings are resampled to, or native for the rate of the first")
	c.Flags().StringVar(&d.Level, "level", "as-is", "as-is, or peak to make the largest sample of each recording 1")
	c.Flags().StringVar(&d.OnError, "on-error", dataset.Skip, "what becomes of a recording that cannot be read: stop or skip")
	return c
}

func (a *App) prepareMusicCommand() *cobra.Command {
	var d config.Data
	c := a.prepareMediumCommand(media.Music, &d)
	c.Short = "Turn MIDI files into performance events: notes on and off, shifts of time, velocities"
	c.Flags().StringVar(&d.Path, "data", "", "file, folder, pattern, .zip, or .csv with a column of files and one of splits, such as MAESTRO's")
	c.Flags().StringVar(&d.Codec, "codec", "performance", "performance (all pitches, 388 events) or performance:88 (a piano's, 308)")
	c.Flags().StringVar(&d.OnError, "on-error", dataset.Skip, "what becomes of a file that cannot be read, or has no notes but percussion: stop or skip")
	c.Flags().StringVar(&d.Windows, "windows", dataset.WindowsInDocuments, "where sequences for training lie: document, in one performance each, or any")
	return c
}

// prepareMediumCommand prepares what d says when it is run.
func (a *App) prepareMediumCommand(medium media.Medium, d *config.Data) *cobra.Command {
	var out string
	c := &cobra.Command{
		Use:  fmt.Sprintf("%s --data PATH --out DIR", medium),
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			if out == "" {
				return usage(errors.New("prepare: name a folder for the prepared set with --out"))
			}
			if err := checkOut(out); err != nil {
				return err
			}
			if m := media.MediumOf(d.Codec); m != media.Any && m != medium {
				return usage(fmt.Errorf("--codec %s is not one of %s; --help lists them", d.Codec, medium))
			}
			checked := *d // with something for what the medium has no flags for
			checked.MinCount, checked.Level = cmp.Or(d.MinCount, 1), cmp.Or(d.Level, audio.AsIs)
			if err := checked.Validate(); err != nil {
				return usage(err)
			}
			if medium != media.Text && d.Path == "" {
				return usage(fmt.Errorf("prepare %s: name the files with --data", medium))
			}
			set, err := a.openMedium(c.Context(), medium, *d, out)
			if err != nil {
				return err
			}
			defer set.Close()
			return a.printInfo(set)
		},
	}
	c.Flags().StringVar(&out, "out", "", "folder for the prepared set")
	return c
}

// rateFlag is a sample rate, 0 as "native".
type rateFlag int

func (r *rateFlag) String() string {
	if *r == 0 {
		return "native"
	}
	return strconv.Itoa(int(*r))
}

func (r *rateFlag) Set(s string) error {
	if s == "native" {
		*r = 0
		return nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		return errors.New("give samples a second, as in 16000, or native")
	}
	*r = rateFlag(n)
	return nil
}

func (r *rateFlag) Type() string { return "rate" }
