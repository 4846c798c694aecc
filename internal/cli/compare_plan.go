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

// compareFlags are the flags of compare: each says what a key of a plan says, and
// is put over it.
type compareFlags struct {
	presets, data, set, match []string
	file, variants, sweep     string
	horizons                  []int
	seeds, jobs               int
	confirm, probe, dryRun    bool
	out                       string
	limit                     time.Duration
}

func (f *compareFlags) add(c *cobra.Command) {
	flags := c.Flags()
	flags.StringSliceVar(&f.presets, "preset", []string{"small"}, "sizes to start from: "+strings.Join(config.Presets(), ", "))
	flags.StringVar(&f.file, "config", "", "TOML file of settings, over the preset")
	flags.StringArrayVar(&f.data, "data", nil, "file, folder, pattern, .gz, .zip or prepared set (may be repeated; default: the Go standard library's source)")
	flags.StringArrayVar(&f.set, "set", nil, "one setting, over the file: --set train.lr=1e-3 (may be repeated)")
	flags.StringVar(&f.out, "out", "", "directory of the comparison (default: runs/ and a name from data and preset)")
	flags.StringVar(&f.variants, "variants", "none,shift,haar", "what to compare: operators, with keys that differ as in none{train.lr=2e-3}, with a name as in wide=none{model.width=128}; none, or the first, is the baseline")
	flags.IntVar(&f.seeds, "seeds", 1, "seeds of each variant, from train.seed on")
	flags.IntSliceVar(&f.horizons, "horizons", nil, "a comparison for each of these numbers of steps, with a schedule of its own")
	flags.StringVar(&f.sweep, "sweep", "", "before comparing, choose the best value for every variant, on a seed of its own: lr=1e-3,2e-3,4e-3")
	flags.BoolVar(&f.confirm, "confirm", false, "train variants that save steps again, with a whole schedule of as many steps")
	flags.StringSliceVar(&f.match, "match", nil, "train larger baselines until one is as good as the variants: depth, width")
	flags.BoolVar(&f.probe, "probe", false, "switch off the levels of the operators one by one, and tell losses by position")
	flags.IntVar(&f.jobs, "jobs", 1, "runs that are trained at the same time, with the processors shared out")
	flags.BoolVar(&f.dryRun, "dry-run", false, "say what would be trained and how long it would take")
	addStopAfter(c, &f.limit)
}

// parts resolves a plan, if there is one, and the flags.
func (f *compareFlags) parts(c *cobra.Command, args []string) ([]part, error) {
	d, err := f.document(c, args)
	if err != nil {
		return nil, usage(err)
	}
	if f.jobs < 1 {
		return nil, usage(fmt.Errorf("--jobs %d: give 1 or more", f.jobs))
	}
	var parts []part
	var names []string
	for _, data := range d.Data {
		for _, preset := range d.Presets {
			base := configFlags{preset: preset, file: f.file, data: data, set: slices.Concat(d.Set, f.set)}
			conf, err := base.resolve()
			if err != nil {
				return nil, err
			}
			for _, steps := range d.Horizons {
				study, err := f.study(d, atHorizon(conf, steps))
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
	if err := checkOut(f.out); err != nil {
		return nil, err
	}
	for i := range parts {
		p := &parts[i]
		p.out, p.data = f.out, filepath.Join(f.out, run.DataDir)
		if len(parts) > 1 {
			p.out = filepath.Join(f.out, names[i])
			p.data = filepath.Join(f.out, run.DataDir, dataName(p.Config))
		}
		if slices.Contains(names[:i], names[i]) {
			return nil, usage(fmt.Errorf("two comparisons of the plan are called %s; give data sets of other names, or other presets and horizons", names[i]))
		}
	}
	return parts, nil
}

// defaultName is a name for the directory of a comparison.
func defaultName(args []string, c config.Config, preset string) string {
	if len(args) > 0 {
		return strings.TrimSuffix(filepath.Base(args[0]), filepath.Ext(args[0]))
	}
	return fmt.Sprintf("compare-%s-%s", dataName(c), preset)
}

// document reads the plan and puts flags over it.
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
	given := func(name string, absent bool) bool { return c.Flags().Changed(name) || absent }
	if given("data", d.Data == nil) {
		d.Data = f.data
	}
	if given("preset", d.Presets == nil) {
		d.Presets = f.presets
	}
	if given("horizons", d.Horizons == nil) {
		d.Horizons = f.horizons
	}
	if f.seeds < 1 {
		return d, fmt.Errorf("--seeds %d: give 1 or more", f.seeds)
	}
	if given("seeds", d.Seeds == nil) {
		d.Seeds = int64(f.seeds)
	}
	if given("sweep", d.Sweep == "") {
		d.Sweep = f.sweep
	}
	if given("match", d.Match == nil) {
		d.Match = f.match
	}
	if given("confirm", false) {
		d.Confirm = f.confirm
	}
	if given("probe", false) {
		d.Probe = f.probe
	}
	if given("variants", d.Variants == nil) {
		d.Variants = nil
		for _, text := range compare.SplitVariants(f.variants) {
			d.Variants = append(d.Variants, text)
		}
	}
	for _, steps := range d.Horizons {
		if steps < 1 {
			return d, fmt.Errorf("horizons: %d is no number of steps; give 1 or more", steps)
		}
	}
	// Without a word about it there is one data set, the default, and one horizon,
	// that of the preset.
	if len(d.Data) == 0 {
		d.Data = []string{""}
	}
	if len(d.Horizons) == 0 {
		d.Horizons = []int{0}
	}
	if len(d.Presets) == 0 {
		return d, fmt.Errorf("presets: the list is empty; name %s, or leave it out", strings.Join(config.Presets(), ", "))
	}
	return d, nil
}

// atHorizon gives a configuration as many steps, 0 for its own, and a warm-up in
// proportion.
func atHorizon(c config.Config, steps int) config.Config {
	if steps > 0 {
		c.Train.Warmup = int(float64(c.Train.Warmup)*float64(steps)/float64(c.Train.Steps) + 0.5)
		c.Train.Steps = steps
	}
	return c
}

// study is the study of a document with one configuration.
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

// preparedOrNew is where a dry run may prepare data: in the comparison if it is
// there already, else in a folder that is removed again.
func preparedOrNew(dir string) (folder string, remove func(), err error) {
	if dataset.IsSet(dir) {
		return dir, func() {}, nil
	}
	folder, err = os.MkdirTemp("", "waveletgpt-*")
	return folder, func() { os.RemoveAll(folder) }, err
}
