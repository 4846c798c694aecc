package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/waveletgpt/waveletgpt/config"
)

// configFlags are the layers of a configuration: preset, file, flags.
type configFlags struct {
	preset, file, data string
	set                []string
}

func (f *configFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.preset, "preset", "small", "sizes to start from: "+strings.Join(config.Presets(), ", "))
	c.Flags().StringVar(&f.file, "config", "", "TOML file of settings, over the preset")
	c.Flags().StringVar(&f.data, "data", "", "file, folder, pattern, .gz, .zip or prepared set (default: the Go standard library's source)")
	c.Flags().StringArrayVar(&f.set, "set", nil, "one setting, over the file: --set train.lr=1e-3 (may be repeated)")
}

// resolve puts the layers over each other.
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

// checkOut refuses a file where a directory is to be made.
func checkOut(dir string) error {
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return usage(fmt.Errorf("--out %s is a file; name a folder, which may be new", dir))
	}
	return nil
}

// dataName is a short name of the data for the default of --out.
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
