package summary

import (
	"strings"

	"github.com/waveletgpt/waveletgpt/config"
)

// Label names a variant: by its name or, without one, by its mixer spec and
// overrides, as in "haar model.norm=post".
func Label(name, spec string, set map[string]any) string {
	if name != "" {
		return name
	}
	return strings.Join(append([]string{spec}, config.Assignments(set)...), " ")
}

// Label names the run's variant.
func (r *Run) Label() string { return Label(r.Name, r.Variant, r.Set) }

// Label names the compared variant.
func (c *Comparison) Label() string { return Label(c.Name, c.Variant, c.Set) }

// Label names the variant that wrote the sample.
func (s *Sample) Label() string { return Label(s.Name, s.Variant, s.Set) }
