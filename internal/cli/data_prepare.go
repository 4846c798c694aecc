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

func (a *App) dataPrepareCommand() *cobra.Command {
	prepare := &cobra.Command{
		Use:   "prepare",
		Short: "Convert text, audio or MIDI files to tokens",
		Long: `Convert files to tokens and write them to --out as a prepared set: a directory
with the tokens, the codec (tokenizer) and the splits, which train and compare
take as data.

train and compare prepare data that is not prepared yet. Prepare it yourself to
hold out a share, or to use the same tokens in several runs.`,
		Example: `  waveletgpt data prepare text corpus/ --out prepared/
  waveletgpt train prepared/`,
	}
	prepare.Args = noArgs
	prepare.RunE = func(c *cobra.Command, _ []string) error {
		return errors.Join(c.Help(), usage(errors.New("no medium given; choose text, audio or music")))
	}
	prepare.AddCommand(a.prepareTextCommand(), a.prepareAudioCommand(), a.prepareMusicCommand())
	return prepare
}

func (a *App) prepareTextCommand() *cobra.Command {
	var d config.Data
	c := a.prepareMediumCommand(media.Text, &d)
	c.Short = "Convert text to characters, bytes or numbers"
	c.Long = `Convert text to tokens with one of these codecs:

  text8   27 symbols: a to z and the space
  chars   the characters of the text; rare ones become bytes
  bytes   256 symbols
  ids:N   the text is a list of token ids from 0 to N-1

The default is text8 if it can represent the text, else chars; bytes if the text
is not UTF-8 or would need more than 512 symbols.`
	c.Example = `  waveletgpt data prepare text book.txt --out prepared/ --codec bytes
  cat *.txt | waveletgpt data prepare text - --out prepared/`
	c.Flags().StringVar(&d.Path, "data", "", "`path` of a file, directory, glob pattern or archive, or - for standard input; same as DATA (default: source of the Go standard library)")
	c.Flags().StringVar(&d.Codec, "codec", "", "`name` of the codec: text8, chars, bytes or ids:N (default: the first that fits)")
	complete(c, "codec", completeWords("text8", "chars", "bytes", "ids:"))
	c.Flags().IntVar(&d.MinCount, "min-count", 5, "codec chars: characters that occur fewer times than this become bytes")
	c.Flags().StringVar(&d.OnError, "on-error", dataset.Stop, onErrorUsage)
	complete(c, "on-error", completeWords(dataset.Stop, dataset.Skip))
	return c
}

func (a *App) prepareAudioCommand() *cobra.Command {
	d := config.Data{Rate: 16000}
	c := a.prepareMediumCommand(media.Audio, &d)
	c.Short = "Convert recordings to 8-bit samples"
	c.Long = `Convert recordings to tokens: one per sample, quantized to 8 bits. WAV, FLAC and
Ogg Vorbis are read here; MP3, M4A, Opus, AIFF and others are decoded by ffmpeg,
if it is installed. The codecs are:

  mulaw          mu-law companding, as in torchaudio
  mulaw:sashimi  mu-law with each window scaled to its range, as in SaShiMi
  linear         equal steps`
	c.Example = `  waveletgpt data prepare audio recordings/ --out prepared/ --rate 8000`
	c.Flags().StringVar(&d.Path, "data", "", "`path` of a file, directory, glob pattern, archive, or list with columns for files and splits; same as DATA")
	c.Flags().StringVar(&d.Codec, "codec", "mulaw", "`name` of the codec: mulaw, mulaw:sashimi or linear")
	complete(c, "codec", completeWords("mulaw", "mulaw:sashimi", "linear"))
	c.Flags().Var((*rateFlag)(&d.Rate), "rate", "resample to this `rate` in Hz, or native for the rate of the first recording")
	c.Flags().StringVar(&d.Level, "level", "as-is", "`level` of each recording: as-is, or peak to scale its largest sample to 1")
	c.Flags().StringVar(&d.OnError, "on-error", dataset.Skip, onErrorUsage)
	complete(c, "on-error", completeWords(dataset.Stop, dataset.Skip))
	return c
}

func (a *App) prepareMusicCommand() *cobra.Command {
	var d config.Data
	c := a.prepareMediumCommand(media.Music, &d)
	c.Short = "Convert MIDI files to performance events"
	c.Long = `Convert MIDI files to the performance events of Music Transformer: note on, note
off, time shift and velocity. The sustain pedal is applied; percussion is left
out, and a file with no other notes counts as unreadable.`
	c.Example = `  waveletgpt data prepare music maestro-v3.0.0-midi.zip --out maestro/`
	c.Flags().StringVar(&d.Path, "data", "", "`path` of a file, directory, glob pattern, archive, or list with columns for files and splits, as in MAESTRO; same as DATA")
	c.Flags().StringVar(&d.Codec, "codec", "performance", "`name` of the codec: performance (all pitches, 388 symbols) or performance:88 (piano range, 308 symbols)")
	complete(c, "codec", completeWords("performance", "performance:88"))
	c.Flags().StringVar(&d.OnError, "on-error", dataset.Skip, onErrorUsage)
	complete(c, "on-error", completeWords(dataset.Stop, dataset.Skip))
	c.Flags().StringVar(&d.Windows, "windows", dataset.WindowsInDocuments, "`place` of training sequences: document, each within one file, or any, which may cross files")
	return c
}

// prepareMediumCommand returns a command that prepares the data d, which its flags
// fill in.
func (a *App) prepareMediumCommand(medium media.Medium, d *config.Data) *cobra.Command {
	var out string
	var holdout float64
	c := &cobra.Command{
		Use:  fmt.Sprintf("%s DATA --out DIR", medium),
		Args: numArgs(0, 1, "one path of data"),
		RunE: func(c *cobra.Command, args []string) error {
			if err := argumentOrFlag(c, args, "data", &d.Path); err != nil {
				return err
			}
			if out == "" {
				return usage(errors.New("no --out given; name a directory for the prepared set"))
			}
			if err := checkOut(out, preparedSet); err != nil {
				return err
			}
			if err := checkApart(out, d.Path); err != nil {
				return err
			}
			if m := media.MediumOf(d.Codec); m != media.Any && m != medium {
				return usage(fmt.Errorf("--codec %s is not a codec for %s; see --help for the list", d.Codec, medium))
			}
			checked := *d // with valid values where the medium has no flag
			checked.Level = cmp.Or(d.Level, audio.AsIs)
			if medium != media.Text {
				checked.MinCount = media.DefaultMinCount
			}
			if err := checked.Validate(); err != nil {
				return usage(err)
			}
			if medium == media.Text && c.Flags().Changed("min-count") && d.Codec != "" && d.Codec != "chars" {
				return usage(fmt.Errorf("--min-count is of --codec chars, and has no effect with %s; leave it out", d.Codec))
			}
			if c.Flags().Changed("holdout") && !(holdout > 0 && holdout <= dataset.MaxHoldout) {
				return usage(fmt.Errorf("--holdout %v: must be above 0 and at most %v", holdout, dataset.MaxHoldout))
			}
			if medium != media.Text && d.Path == "" {
				return usage(fmt.Errorf("prepare %s: no data given; name the files", medium))
			}
			if err := a.expect(c, d.Path, asRawData); err != nil {
				return err
			}
			if d.Codec != "bytes" { // which takes any file
				d.Medium = string(medium)
			}
			set, err := a.openHolding(c.Context(), *d, 0, holdout, out, true)
			if err != nil {
				return err
			}
			defer set.Close()
			return a.printInfo(set)
		},
	}
	c.Flags().StringVar(&out, "out", "", "`directory` for the prepared set")
	c.Flags().Float64Var(&holdout, "holdout", 0, "`share` of the data to hold out for a last comparison, above 0 and at most 0.5; nothing else reads it (default: none)")
	complete(c, "holdout", completeWords("0.02", "0.05", "0.1"))
	c.ValidArgsFunction = func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return nil, cobra.ShellCompDirectiveDefault
	}
	return c
}

// A rateFlag is a sample rate in Hz, or 0 for "native".
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
		return errors.New("must be a sample rate in Hz, such as 16000, or native")
	}
	*r = rateFlag(n)
	return nil
}

func (r *rateFlag) Type() string { return "rate" }
