package compare

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseVariant(t *testing.T) {
	for text, want := range map[string]Variant{
		"none":                      {Spec: "none"},
		" haar:fraction=0.5:min=2 ": {Spec: "haar:min=2"},
		"none{train.lr=2e-3}":       {Spec: "none", Set: map[string]any{"train.lr": 2e-3}},
		"wide=none{model.width=128, model.hidden=512}": {Name: "wide", Spec: "none", Set: map[string]any{"model.width": int64(128), "model.hidden": int64(512)}},
		"post=window:16:prefix=count{model.norm=post}": {Name: "post", Spec: "window:16:prefix=count", Set: map[string]any{"model.norm": "post"}},
		"plain=none":               {Name: "plain", Spec: "none"},
		"none=none{train.lr=1e-3}": {Name: "none", Spec: "none", Set: map[string]any{"train.lr": 1e-3}},
	} {
		got, err := ParseVariant(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
	for text, want := range map[string]string{
		"harr":                              "harr",
		"none{train.lr}":                    "gives no value",
		"none{train.lr=1":                   "no }",
		"=none":                             "no name",
		"a=harr":                            "harr",
		"haar{train.lr=1e-3,train.lr=2e-3}": "sets train.lr twice",
		"a\x1b[31m=haar":                    "cannot be printed",
		"a\nb=haar":                         "cannot be printed",
		"haar=none":                         "that of another operator than none",
		"none=haar{train.lr=1e-3}":          "that of another operator than haar",
		"past=past:share=even":              "that of another operator",
		"a against b=haar":                  "list of primary comparisons",
	} {
		if _, err := ParseVariant(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v without %q", text, err, want)
		}
	}
	if diff := cmp.Diff([]string{"none", "a=none{x=1,y=2}", "haar"}, SplitVariants("none,a=none{x=1,y=2},haar")); diff != "" {
		t.Error(diff)
	}
}

// A variant may change any key but those that all sides of a comparison share.
func TestConfigureRefuses(t *testing.T) {
	for key, want := range map[string]string{
		"data.path": "data is the same", "eval.windows": "eval is the same", "model.context": "model.context is the same",
		"train.seed": "train.seed is the same", "train.engine": "train.engine is the same for all variants of a comparison; make a comparison for each value", "train.device": "train.device is the same", "train.rate": "unknown key train.rate",
	} {
		v := Variant{Spec: "none", Set: map[string]any{key: int64(3)}}
		if _, err := v.Configure(tinyConfig(t)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v without %q", key, err, want)
		}
	}
}
