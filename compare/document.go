package compare

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/waveletgpt/waveletgpt/internal/versioned"
)

// A Document is a plan as a person writes it: a TOML file, of which every key
// can be left out.
//
//	format_version = 1
//	data = ["text8.zip", "book.txt"]  # a comparison for each
//	presets = ["small"]               # and each
//	horizons = [500, 1000, 2000]      # lengths of training, each with a separate, whole schedule
//	seeds = 5                         # from train.seed on; or a list of them
//	variants = ["none", "shift", "haar", "tuned=haar{train.lr=2e-3}",
//	            {name = "post", mixer = "haar", set = {"model.norm" = "post"}}]
//	set = ["model.position=rope"]     # over the presets, for all variants
//	sweep = "lr=1e-3,2e-3,4e-3"
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
	Sweep         string   `toml:"sweep"`
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
	if err := toml.NewDecoder(strings.NewReader(string(text))).DisallowUnknownFields().Decode(&d); err != nil {
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
		return fmt.Errorf("line %d: unknown key %s; a plan has data, presets, horizons, seeds, variants, set, sweep, confirm, match, probe, primary",
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

// SeedList returns the seeds: a number of them from first on, or a list.
func (d Document) SeedList(first uint64) ([]uint64, error) {
	var seeds []uint64
	switch s := d.Seeds.(type) {
	case nil:
		return []uint64{first}, nil
	case int64:
		if s < 1 || s > maxSeeds {
			return nil, fmt.Errorf("seeds = %d: give 1 to %d of them, or a list", s, maxSeeds)
		}
		for i := range uint64(s) {
			seeds = append(seeds, first+i)
		}
	case []any:
		for _, entry := range s {
			seed, ok := entry.(int64)
			if !ok || seed < 0 || slices.Contains(seeds, uint64(seed)) {
				return nil, fmt.Errorf("seeds: %v is invalid or repeated; list distinct whole numbers of 0 or more", entry)
			}
			seeds = append(seeds, uint64(seed))
		}
	default:
		return nil, fmt.Errorf("seeds = %v: give how many, or a list of them", s)
	}
	if len(seeds) == 0 {
		return nil, errors.New("seeds: the list is empty; leave it out, or give how many")
	}
	return seeds, nil
}
