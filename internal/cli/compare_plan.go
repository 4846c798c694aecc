package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/waveletgpt/waveletgpt/compare"
	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/run"
)

// compareFlags are the flags of compare. Most have a key in a plan of the same
// name, which they override.
type compareFlags struct {
	presets, data, set, match []string
	file, variants, sweep     string
	horizons                  []int
	seeds, jobs               int
	confirm, probe, dryRun    bool
	out                       string
	limit                     time.Duration
	notes                     []string // lines for the user
}

func (f *compareFlags) add(c *cobra.Command) {
	flags := c.Flags()
	flags.StringSliceVar(&f.presets, "preset", []string{"small"}, presetUsage)
	flags.StringVar(&f.file, "config", "", configUsage)
	flags.StringArrayVar(&f.data, "data", nil, dataUsage+"; repeatable")
	flags.StringArrayVar(&f.set, "set", nil, setUsage)
	flags.StringVar(&f.out, "out", "", "output `directory` (default: runs/ and a name made of data and preset)")
	flags.StringVar(&f.variants, "variants", "none,shift,haar", "comma-separated `list` of variants; name=variant renames one")
	flags.IntVar(&f.seeds, "seeds", 1, "number of seeds for each variant, counting up from train.seed")
	flags.IntSliceVar(&f.horizons, "horizons", nil, "training lengths to compare at, in `steps`, comma-separated; each has a full learning-rate schedule")
	flags.StringVar(&f.sweep, "sweep", "", "first tune one setting for every variant on a separate seed: `key=values`, e.g. lr=1e-3,2e-3,4e-3")
	flags.BoolVar(&f.confirm, "confirm", false, "retrain each variant that saves steps, with the full schedule in only the steps it needed")
	flags.StringSliceVar(&f.match, "match", nil, "train larger baselines until one is as good as every variant: by depth, width or both, `depth,width`")
	flags.BoolVar(&f.probe, "probe", false, "after training, bypass the levels of the operators one by one and measure loss by position")
	flags.IntVar(&f.jobs, "jobs", 1, "number of runs to train at the same time, sharing the CPU cores")
	flags.BoolVar(&f.dryRun, "dry-run", false, "print what would be trained and for how long, and exit")
	addStopAfter(c, &f.limit)
}

// parts resolves the plan, if there is one, and the flags into comparisons.
func (f *compareFlags) parts(c *cobra.Command, args []string) ([]part, error) {
	d, err := f.document(c, args)
	if err != nil {
		return nil, usage(err)
	}
	if f.jobs < 1 {
		return nil, usage(fmt.Errorf("--jobs %d: must be at least 1", f.jobs))
	}
	var parts []part
	var names []string
	for _, data := range d.Data {
		for _, preset := range d.Presets {
			base := configFlags{preset: preset, file: f.file, data: data, set: slices.Concat(d.Set, f.set)}
			conf, err := base.resolve(true)
			if err != nil {
				return nil, err
			}
			for _, note := range base.notes {
				if !slices.Contains(f.notes, note) {
					f.notes = append(f.notes, note)
				}
			}
			for _, steps := range d.Horizons {
				study, err := f.study(d, withHorizon(conf, steps))
				if err != nil {
					return nil, usage(err)
				}
				parts = append(parts, part{Study: study})
				names = append(names, fmt.Sprintf("%s-%s-%d", dataName(conf), preset, study.Config.Train.Steps))
			}
		}
	}
	if f.out == "" {
		f.out = filepath.Join("runs", defaultName(args, parts[0].Config, d.Presets[0]))
	}
	for i := range parts {
		p := &parts[i]
		p.out, p.data = f.out, filepath.Join(f.out, run.DataDir)
		if len(parts) > 1 {
			p.out = filepath.Join(f.out, names[i])
			p.data = filepath.Join(f.out, run.DataDir, dataName(p.Config))
		}
		if slices.Contains(names[:i], names[i]) {
			return nil, usage(fmt.Errorf("two comparisons of the plan would both be written to %s; list each data set, preset and horizon once, and rename data that shares a name", names[i]))
		}
	}
	return parts, checkParts(f.out, parts)
}

// defaultName names the directory of a comparison without --out.
func defaultName(args []string, c config.Config, preset string) string {
	if len(args) > 0 {
		return strings.TrimSuffix(filepath.Base(args[0]), filepath.Ext(args[0]))
	}
	return fmt.Sprintf("compare-%s-%s", dataName(c), preset)
}

// document reads the plan and applies the flags over it.
func (f *compareFlags) document(c *cobra.Command, args []string) (d compare.Document, err error) {
	if len(args) > 0 {
		text, err := os.ReadFile(args[0])
		if err != nil {
			return d, fmt.Errorf("plan: %w", err)
		}
		if d, err = compare.DecodeDocument(text); err != nil {
			return d, fmt.Errorf("plan %s: %w", args[0], err)
		}
	}
	// A flag counts if it was given or the plan does not have its key.
	useFlag := func(name string, absent bool) bool { return c.Flags().Changed(name) || absent }
	if useFlag("data", d.Data == nil) {
		d.Data = f.data
	}
	if useFlag("preset", d.Presets == nil) {
		d.Presets = f.presets
	}
	if useFlag("horizons", d.Horizons == nil) {
		d.Horizons = f.horizons
	}
	if f.seeds < 1 {
		return d, fmt.Errorf("--seeds %d: must be at least 1", f.seeds)
	}
	if useFlag("seeds", d.Seeds == nil) {
		d.Seeds = int64(f.seeds)
	}
	if useFlag("sweep", d.Sweep == "") {
		d.Sweep = f.sweep
	}
	if useFlag("match", d.Match == nil) {
		d.Match = f.match
	}
	if useFlag("confirm", false) {
		d.Confirm = f.confirm
	}
	if useFlag("probe", false) {
		d.Probe = f.probe
	}
	if useFlag("variants", d.Variants == nil) {
		d.Variants = nil
		for _, text := range compare.SplitVariants(f.variants) {
			d.Variants = append(d.Variants, text)
		}
	}
	for _, steps := range d.Horizons {
		if steps < 1 {
			return d, fmt.Errorf("horizons: %d steps; must be at least 1", steps)
		}
	}
	// The default is one data set, the Go source, and one horizon, the preset's.
	if len(d.Data) == 0 {
		d.Data = []string{""}
	}
	if len(d.Horizons) == 0 {
		d.Horizons = []int{0}
	}
	if len(d.Presets) == 0 {
		return d, fmt.Errorf("presets: the list is empty; choose from %s, or remove the key", strings.Join(config.Presets(), ", "))
	}
	return d, nil
}

// withHorizon sets the number of steps and scales the warm-up in proportion; 0
// keeps the configuration's steps.
func withHorizon(c config.Config, steps int) config.Config {
	if steps > 0 {
		c.Train.Warmup = int(float64(c.Train.Warmup)*float64(steps)/float64(c.Train.Steps) + 0.5)
		c.Train.Steps = steps
	}
	return c
}

// study returns the study of a plan for one configuration.
func (f *compareFlags) study(d compare.Document, c config.Config) (s compare.Study, err error) {
	c.Train.Threads = threadsFor(c.Train.Threads, f.jobs)
	s.Plan = compare.Plan{Config: c, Jobs: f.jobs}
	if s.Variants, err = d.VariantList(); err != nil {
		return s, err
	}
	if s.Seeds, err = d.SeedList(uint64(c.Train.Seed)); err != nil {
		return s, err
	}
	if d.Sweep != "" {
		if s.Sweep, err = compare.ParseSweep(d.Sweep); err != nil {
			return s, err
		}
	}
	s.Confirm, s.Match, s.Probe = d.Confirm, d.Match, d.Probe
	return s, s.Validate()
}

// dryRunDataDir returns the directory for the prepared data of a dry run: the
// comparison's if it is already there, else a temporary one that remove deletes.
func dryRunDataDir(dir string) (data string, remove func(), err error) {
	if dataset.IsSet(dir) {
		return dir, func() {}, nil
	}
	data, err = os.MkdirTemp("", "waveletgpt-*")
	return data, func() { os.RemoveAll(data) }, err
}
