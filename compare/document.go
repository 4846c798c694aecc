package compare

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/waveletgpt/waveletgpt/internal/versioned"
	"github.com/waveletgpt/waveletgpt/summary"
)

// A Document is a plan as a person writes it: a TOML file, of which every key
// can be left out.
//
//	format_version = 1
//	data = ["text8.zip", "book.txt"]  # a comparison for each
//	presets = ["small"]               # and each
//	horizons = [500, 1000, 2000]      # lengths of training, each with a separate, whole schedule
//	seeds = 5                         # from train.seed on; or a list of them; or a table:
//	seeds.explore = 5                 # the same, and
//	seeds.holdout = 10                # seeds of the hold-out comparison, a number or a list
//	variants = ["none", "shift", "haar", "tuned=haar{train.lr=2e-3}",
//	            {name = "post", mixer = "haar", set = {"model.norm" = "post"}}]
//	set = ["model.position=rope"]     # over the presets, for all variants
//	sweep = "lr=1e-3,2e-3,4e-3"       # or ["lr=1e-3..1e-2", "weight_decay=0.01,0.1"], a random search
//	trials = 8                        # settings of a random search
//	confirm = true
//	match = ["depth", "width"]
//	probe = true
//	primary = ["haar", "haar against shift"]  # the primary comparisons; the rest is exploratory
type Document struct {
	FormatVersion int      `toml:"format_version"`
	Data          []string `toml:"data"`
	Presets       []string `toml:"presets"`
	Horizons      []int    `toml:"horizons"`
	Seeds         any      `toml:"seeds"`
	Variants      []any    `toml:"variants"`
	Set           []string `toml:"set"`
	Sweep         any      `toml:"sweep"`
	Trials        int      `toml:"trials"`
	Confirm       bool     `toml:"confirm"`
	Match         []string `toml:"match"`
	Probe         bool     `toml:"probe"`
	Primary       []string `toml:"primary"`
}

const (
	documentVersion = 1
	// maxSeeds bounds the runs that a typing error asks for.
	maxSeeds = 1000
)

// DecodeDocument reads a plan. An error names its line.
func DecodeDocument(text []byte) (Document, error) {
	text, err := versioned.Text(text)
	if err != nil {
		return Document{}, err
	}
	var version struct {
		FormatVersion *int `toml:"format_version"`
	}
	if err := toml.Unmarshal(text, &version); err != nil {
		return Document{}, placed(err)
	}
	if v := version.FormatVersion; v != nil {
		if err := versioned.Check(*v, documentVersion); err != nil {
			return Document{}, err
		}
	}
	var d Document
	if err := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields().Decode(&d); err != nil {
		return d, placed(err)
	}
	return d, nil
}

// placed turns an error of the TOML decoder into one line with its place.
func placed(err error) error {
	var unknown *toml.StrictMissingError
	if errors.As(err, &unknown) && len(unknown.Errors) > 0 {
		first := unknown.Errors[0]
		line, _ := first.Position()
		return fmt.Errorf("line %d: unknown key %s; a plan has data, presets, horizons, seeds, variants, set, sweep, trials, confirm, match, probe, primary",
			line, strings.Join(first.Key(), "."))
	}
	var place *toml.DecodeError
	text := strings.ReplaceAll(strings.TrimPrefix(err.Error(), "toml: "), "\n", " ")
	if errors.As(err, &place) {
		line, _ := place.Position()
		return fmt.Errorf("line %d: %s", line, text)
	}
	return errors.New(text)
}

// VariantList returns the variants, nil where the document names none.
func (d Document) VariantList() ([]Variant, error) {
	var all []Variant
	for _, entry := range d.Variants {
		switch e := entry.(type) {
		case string:
			v, err := ParseVariant(e)
			if err != nil {
				return nil, err
			}
			all = append(all, v)
		case map[string]any:
			v, err := variantOf(e)
			if err != nil {
				return nil, err
			}
			all = append(all, v)
		default:
			return nil, fmt.Errorf("variants: %v is neither a string such as \"haar\" nor a table with mixer, name, set", entry)
		}
	}
	return all, nil
}

// variantOf reads a table.
func variantOf(table map[string]any) (v Variant, err error) {
	v.Spec = "none"
	for key, value := range table {
		ok := true
		switch key {
		case "name":
			v.Name, ok = value.(string)
		case "mixer":
			v.Spec, ok = value.(string)
		case "set":
			v.Set, ok = value.(map[string]any)
		default:
			return v, fmt.Errorf("variants: unknown key %s; a variant has mixer, name, set", key)
		}
		if !ok {
			return v, fmt.Errorf("variants: %s = %v has the wrong type; mixer and name are strings, set is a table", key, value)
		}
	}
	v.Set = flat("", v.Set)
	return v.canonical()
}

// flat writes nested tables as dotted keys: set.train.lr and set."train.lr" are
// the same.
func flat(prefix string, table map[string]any) map[string]any {
	if table == nil {
		return nil
	}
	out := map[string]any{}
	for key, value := range table {
		if inner, ok := value.(map[string]any); ok {
			for k, v := range flat(prefix+key+".", inner) {
				out[k] = v
			}
			continue
		}
		out[prefix+key] = value
	}
	return out
}

// PrimaryList returns the primary comparisons with the labels of their variants, which
// may be written as in variants: "haar{train.lr=2e-3} against shift".
func (d Document) PrimaryList() (list []string) {
	label := func(text string) string {
		if v, err := ParseVariant(text); err == nil {
			return v.Label()
		}
		return text
	}
	for _, text := range d.Primary {
		a, b, err := summary.ParsePrimary(text)
		if err == nil && b != "" {
			text = summary.PrimaryOf(label(a), label(b))
		} else if err == nil {
			text = label(a)
		}
		list = append(list, text)
	}
	return list
}

// SeedList returns the seeds of the comparison: a number of them from first on, or a
// list.
func (d Document) SeedList(first uint64) ([]uint64, error) {
	value, _, err := d.seeds()
	if err != nil {
		return nil, err
	}
	if value == nil {
		return []uint64{first}, nil
	}
	return seedList("seeds", value, first)
}

// farSeeds is the distance of hold-out seeds that are given as a number from the
// first seed: beyond those that are added to a comparison, and those of sweeps.
const farSeeds = 1 << 21

// HoldoutSeeds returns the seeds of the hold-out comparison, nil if the plan has
// none. None of them is a seed of the comparison.
func (d Document) HoldoutSeeds(first uint64) ([]uint64, error) {
	_, value, err := d.seeds()
	if err != nil || value == nil {
		return nil, err
	}
	seeds, err := seedList("seeds.holdout", value, first+farSeeds)
	if err != nil {
		return nil, err
	}
	explored, err := d.SeedList(first)
	if err != nil {
		return nil, err
	}
	for _, seed := range seeds {
		if slices.Contains(explored, seed) {
			return nil, fmt.Errorf("seeds.holdout: seed %d is also one of the comparison; a seed that is held out trains nothing else", seed)
		}
	}
	return seeds, nil
}

// SetSeeds replaces the seeds of the comparison by a number of them.
func (d *Document) SetSeeds(n int) {
	if table, ok := d.Seeds.(map[string]any); ok {
		table = maps.Clone(table)
		table["explore"] = int64(n)
		d.Seeds = table
		return
	}
	d.Seeds = int64(n)
}

// seeds returns what the document says about the seeds of the comparison and about
// those of the hold-out, nil where it says nothing.
func (d Document) seeds() (explore, holdout any, err error) {
	table, ok := d.Seeds.(map[string]any)
	if !ok {
		return d.Seeds, nil, nil
	}
	for key := range table {
		if key != "explore" && key != "holdout" {
			return nil, nil, fmt.Errorf("seeds: unknown key %s; the table has explore and holdout", key)
		}
	}
	return table["explore"], table["holdout"], nil
}

// seedList reads a number of seeds from first on, or a list of them.
func seedList(key string, value any, first uint64) (seeds []uint64, err error) {
	switch s := value.(type) {
	case int64:
		if s < 1 || s > maxSeeds {
			return nil, fmt.Errorf("%s = %d: give 1 to %d of them, or a list", key, s, maxSeeds)
		}
		for i := range uint64(s) {
			seeds = append(seeds, first+i)
		}
	case []any:
		for _, entry := range s {
			seed, ok := entry.(int64)
			if !ok || seed < 0 || slices.Contains(seeds, uint64(seed)) {
				return nil, fmt.Errorf("%s: %#v is invalid or repeated; list distinct whole numbers of 0 or more", key, entry)
			}
			seeds = append(seeds, uint64(seed))
		}
	default:
		return nil, fmt.Errorf("%s = %#v: give how many, a whole number without quotes, or a list of them", key, s)
	}
	if len(seeds) == 0 {
		return nil, fmt.Errorf("%s: the list is empty; leave it out, or give how many", key)
	}
	return seeds, nil
}

// SweepOf returns what to sweep, nil for nothing: a string such as
// "lr=1e-3,2e-3", or a list of them.
func (d Document) SweepOf() (*Sweep, error) {
	var texts []string
	switch s := d.Sweep.(type) {
	case nil:
	case string:
		if s != "" {
			texts = append(texts, s)
		}
	case []any:
		for _, entry := range s {
			text, ok := entry.(string)
			if !ok {
				return nil, fmt.Errorf("sweep: %v is no string such as \"lr=1e-3,2e-3\"", entry)
			}
			if text != "" {
				texts = append(texts, text)
			}
		}
	default:
		return nil, fmt.Errorf("sweep = %v: give a string such as \"lr=1e-3,2e-3\", or a list of them", s)
	}
	if len(texts) == 0 && d.Trials != 0 {
		return nil, fmt.Errorf("trials = %d, but there is no sweep; add one, or leave trials out", d.Trials)
	}
	if len(texts) == 0 {
		return nil, nil
	}
	return ParseSweep(texts, d.Trials)
}
