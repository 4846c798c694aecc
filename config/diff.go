package config

// A Difference is a key with its values in two configurations, formatted as for
// [Config.Hash].
type Difference struct {
	Key string `json:"key"`
	A   string `json:"a"`
	B   string `json:"b"`
}

// Diff lists the keys in which two configurations differ, in the order of the
// document.
func (c Config) Diff(other Config) []Difference {
	c.Model, other.Model = c.Model.Resolved(), other.Model.Resolved()
	var all []Difference
	fields := other.fields()
	for i, f := range c.fields() {
		if a, b := canonical(f.value), canonical(fields[i].value); a != b {
			all = append(all, Difference{f.key, a, b})
		}
	}
	return all
}
