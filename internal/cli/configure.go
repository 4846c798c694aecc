package cli

import (
	"cmp"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/waveletgpt/waveletgpt/compare"
	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/media"
)

// Usage texts of flags that several commands have, and their defaults.
const (
	presetUsage  = "`name` of the model and training sizes: tiny, small or paper, alone or with -nanochat, -wsd or -nanochat-wsd"
	configUsage  = "TOML `file` of settings that override the preset"
	setUsage     = "override one setting: `key=value`, e.g. train.lr=1e-3; repeatable"
	dataUsage    = "`path` of a file, directory, glob pattern, archive, list or prepared set, or - for standard input; same as DATA (default: source of the Go standard library)"
	runUsage     = "`directory` of a run or model; same as RUN"
	onErrorUsage = "`action` for a file that cannot be read: stop or skip"
)

// configFlags are the layers of a configuration, each of which overrides the one
// before: preset, file, flags.
type configFlags struct {
	preset, file, data string
	reading            readingFlags
	set                []string
	own                []string // keys that differ from the preset
	notes              []string // lines about what resolve changed, for the user
	horizons           bool     // the lengths of training are others than train.steps
}

func (f *configFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.preset, "preset", config.DefaultPreset, presetUsage)
	c.Flags().StringVar(&f.file, "config", "", configUsage)
	c.Flags().StringVar(&f.data, "data", "", dataUsage)
	c.Flags().StringArrayVar(&f.set, "set", nil, setUsage)
	f.reading.add(c)
	complete(c, "preset", completeWords(config.Presets()...))
	complete(c, "set", completeSetting)
}

// readingFlags say how files are read: short forms of settings.
type readingFlags struct{ medium, codec, onError string }

func (f *readingFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.medium, "medium", "", "`medium` to take from data that holds several: text, audio or music (default: sound or MIDI files if there are any, else text)")
	c.Flags().StringVar(&f.codec, "codec", "", "`name` of the codec; bytes takes any file as it is (default: the first that fits)")
	c.Flags().StringVar(&f.onError, "on-error", "", onErrorUsage+" (default: stop for text, skip for audio and music)")
	complete(c, "medium", completeWords(string(media.Text), string(media.Audio), string(media.Music)))
	complete(c, "codec", completeWords(codecs...))
	complete(c, "on-error", completeWords(dataset.Stop, dataset.Skip))
}

// choices are the keys that the flags set.
func (f readingFlags) choices() []choice {
	return []choice{
		{"data.medium", f.medium, "--medium " + f.medium}, {"data.codec", f.codec, "--codec " + f.codec}, {"data.on_error", f.onError, "--on-error " + f.onError},
	}
}

// settings returns the flags that were given as arguments of --set.
func (f readingFlags) settings() (set []string) {
	for _, c := range f.choices() {
		if c.value != "" {
			set = append(set, c.key+"="+c.value)
		}
	}
	return set
}

// contradicted returns an error if assignments say something else than the flags, or than
// the data that is named.
func (f readingFlags) contradicted(set []string, data string) error {
	return contradicted(set, append(f.choices(), choice{"data.path", data, "the data " + data})...)
}

// notSet is a warm-up that no layer over the preset sets.
const notSet = math.MinInt

// resolve applies the layers and validates the result. Another number of steps scales
// the preset's warm-up in proportion.
func (f *configFlags) resolve() (config.Config, error) {
	c, err := config.Preset(f.preset)
	if err != nil {
		return c, usage(err)
	}
	preset := c
	c.Train.Warmup = notSet
	if f.file != "" {
		document, err := os.ReadFile(f.file)
		if err != nil {
			return c, usage(fmt.Errorf("--config: %w", notThere(f.file, "a file of settings", err)))
		}
		if err := c.Merge(f.file, document); err != nil {
			return c, usage(err)
		}
	}
	if err := f.reading.contradicted(f.set, f.data); err != nil {
		return c, usage(err)
	}
	f.notes = append(f.notes, repeatedNotes(f.set)...)
	file := c.Data
	for _, assignment := range slices.Concat(f.reading.settings(), f.set) {
		if err := c.Set(assignment); err != nil {
			return c, usage(err)
		}
	}
	if f.data != "" {
		c.Data.Path = f.data
	}
	// A run's config.toml has the hash of its own data.
	clean := func(path string) string { return filepath.Clean(belowWorkingDir(path)) }
	if c.Data.Hash != "" && c.Data.Hash == file.Hash && clean(c.Data.Path) != clean(file.Path) {
		c.Data.Hash = ""
		f.notes = append(f.notes, fmt.Sprintf("note: data.hash in %s is of other data (%s) and is not applied", f.file, cmp.Or(file.Path, goSource)))
	}
	c.Data.Path = belowWorkingDir(c.Data.Path)
	if f.horizons && c.Train.Steps != preset.Train.Steps && (c.Train.Warmup == notSet || c.Train.Schedule == "wsd") {
		f.notes = append(f.notes, unusedNote("train.steps", "", "horizons, which are the lengths of training"))
	}
	if f.horizons && c.Train.Warmup == notSet {
		c.Train.Steps = preset.Train.Steps // which the warm-up is a share of
	}
	if c.Train.Warmup == notSet {
		c.Train.Warmup = preset.Train.Warmup
		if scaled := compare.AtHorizon(preset, c.Train.Steps).Train.Warmup; scaled != c.Train.Warmup {
			c.Train.Warmup = scaled
			f.notes = append(f.notes, fmt.Sprintf("note: train.warmup is %d, in proportion to train.steps = %d; set it to have another", scaled, c.Train.Steps))
		}
	}
	for _, d := range c.Diff(preset) {
		f.own = append(f.own, d.Key)
	}
	return c, usage(c.Validate())
}

// unusedNote says that a key has no effect.
func unusedNote(key, where, reason string) string {
	return fmt.Sprintf("note: %s has no effect%s with %s", key, where, reason)
}

// dataName is a short name of the data for default directory names.
func dataName(c config.Config) string {
	if c.Data.Path == "" {
		return "go-source"
	}
	if c.Data.Path == stdinPath {
		return "stdin"
	}
	name := filepath.Base(filepath.Clean(c.Data.Path))
	if short, _, _ := strings.Cut(name, "."); short != "" {
		name = short
	}
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(`*?[]/\: `, r) {
			return '_'
		}
		return r
	}, name)
}
