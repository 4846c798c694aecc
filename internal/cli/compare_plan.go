package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/waveletgpt/waveletgpt/compare"
	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/report"
	"github.com/waveletgpt/waveletgpt/run"
	"github.com/waveletgpt/waveletgpt/summary"
)

// holdoutDir is the directory of a hold-out comparison below that of the comparison.
const holdoutDir = "holdout"

// compareFlags are the flags of compare. Most have a key in a plan of the same
// name, which they override.
type compareFlags struct {
	presets, data, set, match []string
	sweep                     []string
	file, variants            string
	reading                   readingFlags
	horizons                  []int
	seeds, jobs, trials       int
	confirm, probe, dryRun    bool
	events                    bool
	holdout, open             bool
	out                       string
	limit                     time.Duration
	partFlags
	notes         []string // lines for the user
	dataArguments bool     // whether data holds arguments, which override a plan
	first         bool     // whether it is a first look
}

func (f *compareFlags) add(c *cobra.Command) {
	flags := c.Flags()
	flags.StringSliceVar(&f.presets, "preset", []string{config.DefaultPreset}, presetUsage)
	flags.StringVar(&f.file, "config", "", configUsage)
	flags.StringArrayVar(&f.data, "data", nil, dataUsage+"; repeatable")
	flags.StringArrayVar(&f.set, "set", nil, setUsage)
	f.reading.add(c)
	flags.StringVar(&f.out, "out", "", "output `directory` (default: runs/ and a name made of data and preset)")
	flags.StringVar(&f.variants, "variants", "none,shift,haar", "comma-separated `list` of variants; name=variant renames one")
	flags.IntVar(&f.seeds, "seeds", 1, "number of seeds for each variant, counting up from train.seed")
	flags.IntSliceVar(&f.horizons, "horizons", nil, "training lengths to compare at, in `steps`, comma-separated; each has a full learning-rate schedule")
	flags.StringArrayVar(&f.sweep, "sweep", nil, "first tune settings for every variant alike on two separate seeds: `key=values`, e.g. lr=1e-3,2e-3,4e-3, or a range, lr=1e-3..1e-2; repeatable")
	flags.IntVar(&f.trials, "trials", compare.DefaultTrials, "random settings to try where --sweep has several keys or a range")
	flags.BoolVar(&f.confirm, "confirm", false, "retrain each variant that saves steps, with the full schedule in only the steps it needed")
	flags.StringSliceVar(&f.match, "match", nil, "train larger baselines until one is as good as every variant: by depth, width or both, `depth,width`")
	flags.BoolVar(&f.probe, "probe", false, "after training, bypass the levels of the operators one by one and measure loss by position")
	flags.BoolVar(&f.holdout, "holdout", false, "train the seeds that the plan holds out (seeds.holdout), with what the comparison chose, and measure them once on data that nobody has looked at")
	flags.IntVar(&f.jobs, "jobs", 1, "number of runs to train at the same time, sharing the CPU cores")
	flags.BoolVar(&f.events, "tensorboard", false, "write the curves of all runs for TensorBoard while they train, to --out/"+report.EventsDir)
	flags.BoolVar(&f.open, "open", false, openUsage)
	flags.BoolVar(&f.dryRun, "dry-run", false, "print what would be trained and for how long, and exit")
	f.partFlags.add(c)
	addStopAfter(c, &f.limit)
	complete(c, "preset", completeList(func(string) []string { return config.Presets() }))
	complete(c, "set", completeSetting)
	complete(c, "variants", completeList(operatorSpecs))
	complete(c, "match", completeList(func(string) []string { return []string{"depth", "width"} }))
}

// compareArguments sorts the arguments of compare into a plan, empty for none, and
// data, for f. A file is a plan by its extension.
func (a *App) compareArguments(c *cobra.Command, f *compareFlags, args []string) (plan string, err error) {
	var data []string
	for _, arg := range args {
		info, err := os.Stat(arg)
		switch {
		case !isPlanName(arg) || err == nil && info.IsDir():
			data = append(data, arg)
			if err == nil && looksLikePlan(arg, info) {
				a.logf("%s is taken as data; if it is a plan, give it the extension .toml", arg)
			}
		case plan != "":
			return "", usage(fmt.Errorf("two plans are given, %s and %s; choose one", plan, arg))
		default:
			plan = arg
		}
	}
	if len(data) == 0 {
		return plan, nil
	}
	if c.Flags().Changed("data") {
		return "", usage(fmt.Errorf("both %s and --data %s are given; remove one", data[0], f.data[0]))
	}
	f.data, f.dataArguments = data, true
	return plan, nil
}

// looksLikePlan reports whether a file with another extension has the content of
// a plan.
func looksLikePlan(path string, info fs.FileInfo) bool {
	const most = 1 << 20
	if !info.Mode().IsRegular() || info.Size() == 0 || info.Size() > most {
		return false
	}
	text, err := os.ReadFile(path)
	if err != nil || !bytes.ContainsRune(text, '=') {
		return false
	}
	_, err = compare.DecodeDocument(text)
	return err == nil
}

// parts resolves the plan, if there is one, and the flags into comparisons.
func (f *compareFlags) parts(c *cobra.Command, plan string) ([]part, error) {
	if f.phase == holdoutDir {
		f.holdout = true
	}
	d, err := f.document(c, plan)
	if err != nil {
		return nil, usage(err)
	}
	if err := f.reading.contradicted(f.set, ""); err != nil {
		return nil, usage(err)
	}
	if f.jobs < 1 {
		return nil, usage(fmt.Errorf("--jobs %d: must be at least 1", f.jobs))
	}
	var parts []part
	var names []string
	for _, data := range d.Data {
		for _, preset := range d.Presets {
			base := configFlags{preset: preset, file: f.file, data: data, horizons: len(d.Horizons) > 0, set: slices.Concat(withoutKeysOf(d.Set, f.reading.settings(), f.set), f.reading.settings(), f.set)}
			conf, err := base.resolve()
			if err != nil {
				return nil, err
			}
			study, err := f.study(d, conf)
			if err != nil {
				return nil, usage(err)
			}
			for _, note := range slices.Concat(base.notes, unusedNotes(base.own, study), aloneNotes(study)) {
				if !slices.Contains(f.notes, note) {
					f.notes = append(f.notes, note)
				}
			}
			name := fmt.Sprintf("%s-%s", dataName(conf), preset)
			if len(study.Horizons) < 2 {
				name += fmt.Sprintf("-%d", compare.AtHorizon(conf, slices.Max(append(study.Horizons, 0))).Train.Steps)
			}
			if study.Held, err = f.heldSeeds(d, study); err != nil {
				return nil, usage(err)
			}
			parts = append(parts, part{Study: study})
			names = append(names, name)
		}
	}
	another := "choose another --out"
	if f.out == "" {
		name, after := f.defaultName(plan, parts[0].Config, d.Presets[0])
		f.out = filepath.Join("runs", name)
		if !f.holdout {
			another = fmt.Sprintf("the directory is named after %s, add --out %s", after, quote(freeDir(f.out)))
		}
	}
	if share, ok := compare.ShareOf(f.out); ok {
		return nil, usage(fmt.Errorf("--out %s is the directory of a part; train that with --out %s --part %s, or choose another name", f.out, filepath.Dir(f.out), share))
	}
	explored := f.out
	if f.holdout {
		f.out = filepath.Join(f.out, holdoutDir)
	}
	for i := range parts {
		p := &parts[i]
		p.another = another
		below, data := "", run.DataDir
		if len(parts) > 1 {
			below, data = names[i], filepath.Join(run.DataDir, dataName(p.Config))
		}
		p.out, p.data = filepath.Join(f.out, below), filepath.Join(explored, data)
		if f.share != nil {
			p.out, p.data = filepath.Join(p.out, f.share.Dir()), filepath.Join(explored, below, f.share.Dir(), run.DataDir)
		}
		if f.events {
			p.events = filepath.Join(f.out, report.EventsDir, below)
		}
		if f.holdout {
			if err := p.holdOut(filepath.Join(explored, below), d); err != nil {
				return nil, err
			}
		}
		if slices.Contains(names[:i], names[i]) {
			return nil, usage(fmt.Errorf("two comparisons of the plan would both be written to %s; list each data set and preset once, and rename data that shares a name", names[i]))
		}
	}
	if err := together(parts); err != nil {
		return nil, usage(err)
	}
	switch {
	case f.status:
		return parts, nil
	case f.share != nil: // which writes into a directory below
		return parts, checkOut(f.out, comparison, comparisons)
	}
	return parts, checkParts(f.out, parts)
}

// withoutKeysOf leaves out the assignments of a plan whose keys the flags set.
func withoutKeysOf(plan []string, flags ...[]string) (rest []string) {
	over := map[string]bool{}
	for _, assignment := range slices.Concat(flags...) {
		key, _ := keyAndValue(assignment)
		over[key] = true
	}
	for _, assignment := range plan {
		if key, _ := keyAndValue(assignment); !over[key] {
			rest = append(rest, assignment)
		}
	}
	return rest
}

// unusedNotes names the keys of a plan that no variant uses, because of others or because
// each has its own, and those that a variant sets and does not use.
func unusedNotes(own []string, s compare.Study) (notes []string) {
	variants, reasons := map[string]int{}, map[string]string{} // that do not use a key, and why
	for _, v := range s.Variants {
		c, err := v.Configure(s.Config)
		if err != nil {
			continue // told by [compare.Plan.Validate]
		}
		unused := c.Unused()
		for key, reason := range unused {
			if _, set := v.Set[key]; set {
				notes = append(notes, unusedNote(key, " on "+v.Label(), reason))
			}
		}
		for key := range v.Set {
			if unused[key] == "" {
				unused[key] = "variants that all set it"
			}
		}
		unused["model.mixer"] = "variants: each names its operator"
		for key, reason := range unused {
			variants[key]++
			reasons[key] = reason
		}
	}
	if s.Sweep != nil {
		for _, k := range s.Sweep.Keys {
			variants[k.Key], reasons[k.Key] = len(s.Variants), "a sweep that chooses it"
		}
	}
	for _, key := range own {
		if variants[key] == len(s.Variants) {
			notes = append(notes, unusedNote(key, "", reasons[key]))
		}
	}
	slices.Sort(notes)
	return notes
}

// aloneNotes says that one variant is compared with nothing: neither with another nor with
// itself after other steps or with other settings.
func aloneNotes(s compare.Study) []string {
	if len(s.Variants) != 1 || len(s.Horizons) > 1 || s.Sweep != nil || len(s.Match) > 0 || s.Probe {
		return nil
	}
	other := "none"
	if s.Variants[0].Label() == other {
		other = "another"
	}
	return []string{fmt.Sprintf("note: one variant: nothing to compare; add %s to --variants", other)}
}

// together names the plan of several parts.
func together(parts []part) error {
	if len(parts) < 2 {
		return nil
	}
	var studies []compare.Study
	for i := range parts {
		studies = append(studies, parts[i].Study)
	}
	name, err := compare.Together(studies)
	for i := range parts {
		parts[i].Together = name
	}
	return err
}

// holdOut turns the study of a part into its hold-out. explored is the directory of
// the comparison, which need not be there if the study has no sweep.
func (p *part) holdOut(explored string, d compare.Document) error {
	seeds, err := d.HoldoutSeeds(uint64(p.Config.Train.Seed))
	if err == nil && seeds == nil {
		err = errors.New("the plan holds out no seeds; give their number as seeds.holdout = 5, before the first run")
	}
	if err != nil {
		return usage(fmt.Errorf("--holdout: %w", err))
	}
	s, err := summary.Read(explored)
	if errors.Is(err, fs.ErrNotExist) {
		s, err = assembledIn(explored)
	}
	if err != nil {
		return input(fmt.Errorf("--holdout: %w", err))
	}
	p.Study, err = p.Study.HoldOut(seeds, s)
	if err != nil {
		err = fmt.Errorf("--holdout: %s: %w", explored, err)
	}
	return usage(err)
}

// defaultName names the directory of a comparison without --out, and says after what.
func (f *compareFlags) defaultName(plan string, c config.Config, preset string) (name, after string) {
	switch {
	case plan != "":
		return strings.TrimSuffix(filepath.Base(plan), filepath.Ext(plan)), "the plan"
	case f.first:
		return "first-look", "the first look"
	}
	return fmt.Sprintf("compare-%s-%s", dataName(c), preset), "the data and the preset"
}

// document reads the plan and applies the flags over it.
func (f *compareFlags) document(c *cobra.Command, plan string) (d compare.Document, err error) {
	if plan != "" {
		text, err := os.ReadFile(plan)
		if err != nil {
			return d, fmt.Errorf("plan: %w", notThere(plan, "a plan", err))
		}
		if err = checkPlan(text); err == nil {
			d, err = compare.DecodeDocument(text)
		}
		if err != nil {
			return d, fmt.Errorf("plan %s: %w; if it is data, name it with --data", plan, err)
		}
		switch {
		case len(bytes.TrimSpace(text)) == 0:
			return d, fmt.Errorf("plan %s is empty; give at least its variants or its data", plan)
		case d.Data != nil && (len(d.Data) == 0 || slices.Contains(d.Data, "")):
			return d, fmt.Errorf("plan %s: data has no name, or an empty one; name the data, or remove the key", plan)
		}
	}
	// A flag counts if it was given or the plan does not have its key.
	useFlag := func(name string, absent bool) bool { return c.Flags().Changed(name) || absent }
	if useFlag("data", d.Data == nil || f.dataArguments) {
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
		d.SetSeeds(f.seeds)
	}
	if useFlag("sweep", d.Sweep == nil) {
		var texts []any
		for _, text := range f.sweep {
			texts = append(texts, text)
		}
		d.Sweep = texts
	}
	if useFlag("trials", false) {
		d.Trials = f.trials
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
			if _, err := compare.ParseVariant(text); err != nil && withoutBraces(text) != "" {
				return d, withoutBracesError(text)
			}
			d.Variants = append(d.Variants, text)
		}
	}
	f.firstLook(c, &d, plan)
	// The default is one data set, the Go source, and one horizon, the preset's.
	if len(d.Data) == 0 {
		d.Data = []string{""}
	}
	if len(d.Presets) == 0 {
		return d, fmt.Errorf("presets: the list is empty; choose from %s, or remove the key", strings.Join(config.Presets(), ", "))
	}
	return d, nil
}

// firstLook shortens a comparison for which nothing is named, neither data nor a
// setting, such that it takes two minutes with AVX2. It has its own directory, where
// no other comparison goes.
func (f *compareFlags) firstLook(c *cobra.Command, d *compare.Document, plan string) {
	const steps = 800
	if plan == "" && len(d.Data) == 0 && !slices.ContainsFunc([]string{"preset", "config", "set", "horizons", "sweep"}, c.Flags().Changed) {
		d.Horizons = []int{steps}
		f.first = true
		f.notes = append(f.notes, fmt.Sprintf("note: a first look, %d steps; --preset %s trains in full", steps, config.DefaultPreset))
	}
}

// heldSeeds counts the seeds that the plan holds out and that are not trained now. The
// sweep must not train one of them either.
func (f *compareFlags) heldSeeds(d compare.Document, s compare.Study) (int, error) {
	seeds, err := d.HoldoutSeeds(uint64(s.Config.Train.Seed))
	if err != nil || f.holdout {
		return 0, err
	}
	for _, seed := range s.SweepSeeds() {
		if slices.Contains(seeds, seed) {
			return 0, fmt.Errorf("seeds.holdout: seed %d is one of the sweep's; list other seeds", seed)
		}
	}
	return len(seeds), nil
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
	if s.Sweep, err = d.SweepOf(); err != nil {
		return s, err
	}
	if d.Primary != nil && len(d.Primary) == 0 {
		return s, errors.New("primary: the list is empty; leave it out for the default, or name a comparison such as \"haar\"")
	}
	s.Confirm, s.Match, s.Probe, s.Horizons, s.Primary = d.Confirm, d.Match, d.Probe, d.Horizons, d.PrimaryList()
	return s, s.Validate()
}
