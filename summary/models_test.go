package summary

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A document of version 1 has no models. They are derived from its configuration.
func TestModelsOfVersion1(t *testing.T) {
	levels := func(variant string, set map[string]any, configuration string) []Level {
		s := &Summary{Configuration: configuration, Runs: []Run{{Variant: variant, Set: set}}}
		s.deriveModels()
		if len(s.Models) == 0 {
			return nil
		}
		return s.Models[0].Levels
	}
	for _, test := range []struct {
		variant string
		set     map[string]any
		want    []Level
	}{
		{"none", nil, []Level{{1, 0, 16}}},
		{"shift", nil, []Level{{1, 0, 8}, {2, 8, 16}}},
		{"window:16:fraction=0.25", nil, []Level{{1, 0, 12}, {16, 12, 16}}},
		{"haar:min=2", map[string]any{"model.width": 12, "model.context": 16.0, "model.heads": 3}, []Level{{1, 0, 6}, {2, 6, 8}, {4, 8, 9}, {8, 9, 11}, {16, 11, 12}}},
		{"shift:at=kv", map[string]any{"model.width": 12, "model.heads": 3}, []Level{{1, 0, 4}, {2, 4, 12}}},
		{"shift:at=kv", map[string]any{"model.width": 12, "model.heads": 1}, []Level{{1, 0, 3}, {2, 3, 6}, {1, 6, 9}, {2, 9, 12}}},
		{"shift:at=input+kv", map[string]any{"model.width": 12, "model.heads": 3}, []Level{{1, 0, 6}, {2, 6, 12}}},
		{"learned", map[string]any{"model.width": -1}, nil},
		{"haar", map[string]any{"model.width": 1 << 20}, nil},
		{"haar", map[string]any{"model.breadth": 12}, nil},
		{"no operator", nil, nil},
	} {
		if diff := cmp.Diff(test.want, levels(test.variant, test.set, tinyConfig)); diff != "" {
			t.Errorf("%s %v (-want +got):\n%s", test.variant, test.set, diff)
		}
	}
	for _, c := range []string{"", "no document", "[model]\nwidth = 8\n", strings.Repeat("[", 1000)} {
		if got := levels("haar", nil, c); got != nil {
			t.Errorf("configuration %.20q gives the levels %v", c, got)
		}
	}
}

// A variant whose model is not known does not keep the others from having theirs.
func TestModelsOfUnreadableVariant(t *testing.T) {
	s := &Summary{Configuration: tinyConfig, Runs: []Run{
		{Name: "odd", Variant: "haar", Set: map[string]any{"model.breadth": 1}}, {Variant: "none"}, {Variant: "shift", Tuned: map[string]any{"model.width": 32}}}}
	s.deriveModels()
	if s.ModelOf("odd") != nil || s.ModelOf("none") == nil || len(s.ModelOf("shift").Levels) != 2 || s.ModelOf("shift").Levels[1].To != 32 {
		t.Errorf("models %+v", s.Models)
	}
}

// The published summaries, those of version 1 too, are read, have models for all their variants, and are written as
// version 2 without a loss.
func TestPublishedSummariesUpgrade(t *testing.T) {
	names, err := filepath.Glob(filepath.Join("..", "docs", "results", "*", FileName))
	if err != nil || len(names) == 0 {
		t.Fatalf("%d summaries, error %v", len(names), err)
	}
	for _, name := range names {
		s, err := Read(filepath.Dir(name))
		if err != nil {
			t.Error(err)
			continue
		}
		for _, label := range s.Labels() {
			if s.ModelOf(label) == nil {
				t.Errorf("%s: no model of %s", name, label)
			}
		}
		document, err := s.Encode()
		if err != nil {
			t.Fatal(err)
		}
		again, err := Decode(strings.NewReader(string(document)))
		if err != nil {
			t.Fatal(err)
		}
		for i := range s.Samples {
			s.Samples[i].Dir = ""
		}
		s.fillEmpty()
		s.Dirs = nil
		if diff := cmp.Diff(s, again); diff != "" {
			t.Errorf("%s (-published +written):\n%s", name, diff)
		}
	}
}
