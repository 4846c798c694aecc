package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/waveletgpt/waveletgpt/config"
)

// Usage texts of flags that several commands have.
var (
	presetUsage = "`name` of the model and training sizes: " + strings.Join(config.Presets(), ", ")
)

const (
	configUsage  = "TOML `file` of settings that override the preset"
	setUsage     = "override one setting: `key=value`, e.g. train.lr=1e-3; repeatable"
	dataUsage    = "`path` of a file, directory, glob pattern, .gz, .zip or prepared set (default: source of the Go standard library)"
	runUsage     = "`directory` of a run or model"
	onErrorUsage = "`action` for a file that cannot be read: stop or skip"
)

// configFlags are the layers of a configuration, each of which overrides the one
// before: preset, file, flags.
type configFlags struct {
	preset, file, data string
	set                []string
}

func (f *configFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.preset, "preset", "small", presetUsage)
	c.Flags().StringVar(&f.file, "config", "", configUsage)
	c.Flags().StringVar(&f.data, "data", "", dataUsage)
	c.Flags().StringArrayVar(&f.set, "set", nil, setUsage)
}

// resolve applies the layers and validates the result.
func (f *configFlags) resolve() (config.Config, error) {
	c, err := config.Preset(f.preset)
	if err != nil {
		return c, usage(err)
	}
	if f.file != "" {
		document, err := os.ReadFile(f.file)
		if err != nil {
			return c, usage(fmt.Errorf("--config: %w", err))
		}
		if err := c.Merge(f.file, document); err != nil {
			return c, usage(err)
		}
	}
	for _, assignment := range f.set {
		if err := c.Set(assignment); err != nil {
			return c, usage(err)
		}
	}
	if f.data != "" {
		c.Data.Path = f.data
	}
	return c, usage(c.Validate())
}

// dataName is a short name of the data for default directory names.
func dataName(c config.Config) string {
	if c.Data.Path == "" {
		return "go-source"
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
