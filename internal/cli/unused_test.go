package cli

import (
	"slices"
	"strings"
	"testing"
)

// One variant alone is compared with nothing, which a note says.
func TestOneVariant(t *testing.T) {
	path := book(t)
	const one = "note: one variant: nothing to compare; add "
	for _, test := range []struct {
		args []string
		want string // a note; empty: none
	}{
		{[]string{"--variants", "haar"}, one + "none to --variants\n"},
		{[]string{"--variants", "none"}, one + "another to --variants\n"},
		{[]string{"--variants", "none{train.lr=2e-3}"}, one + "none to --variants\n"},
		{[]string{"--variants", "none,haar"}, ""},
		{[]string{"--variants", "haar", "--sweep", "lr=1e-3,2e-3"}, ""},
		{[]string{"--variants", "haar", "--horizons", "5,10"}, ""},
	} {
		out := succeed(t, slices.Concat([]string{"compare", "--preset", "tiny", "--data", path, "--dry-run"}, test.args)...)
		if (test.want == "") == strings.Contains(out.stderr, one) || !strings.Contains(out.stderr, test.want) {
			t.Errorf("%v: no %q in\n%s", test.args, test.want, out.stderr)
		}
	}
}

// A setting that has no effect is named, unless it is at the preset's value or some
// variant uses it.
func TestSettingWithoutEffect(t *testing.T) {
	path := book(t)
	for _, test := range []struct {
		args []string
		want string // a note; empty: none
	}{
		{[]string{"--set", "train.muon_lr=0.1"}, "note: train.muon_lr has no effect with train.optimizer = adamw\n"},
		{[]string{"--set", "train.muon_lr=0.02"}, ""},
		{[]string{"--set", "train.muon_lr=0.1", "--set", "train.optimizer=muon"}, ""},
		{[]string{"--set", "train.muon_lr=0.1", "--variants", "none,modern=none{train.optimizer=muon}"}, ""},
		{[]string{"--variants", "none,slow=none{train.min_lr=1e-5,train.schedule=constant}"}, "note: train.min_lr has no effect on slow with train.schedule = constant\n"},
		{[]string{"--variants", "none,slow=none{train.min_lr=1e-5}"}, ""},
		{[]string{"--set", "model.mixer=haar", "--variants", "none,shift"}, "note: model.mixer has no effect with variants: each names its operator\n"},
		{[]string{"--set", "train.lr=4e-3", "--variants", "none{train.lr=1e-3},haar{train.lr=2e-3}"}, "note: train.lr has no effect with variants that all set it\n"},
		{[]string{"--set", "train.lr=4e-3", "--variants", "none{train.lr=1e-3},haar"}, ""},
		{[]string{"--set", "train.lr=4e-3", "--sweep", "lr=1e-3,2e-3"}, "note: train.lr has no effect with a sweep that chooses it\n"},
		{[]string{"--set", "train.steps=7", "--horizons", "5,10"}, "note: train.steps has no effect with horizons, which are the lengths of training\n"},
		{[]string{"--set", "train.steps=7", "--set", "train.warmup=2", "--horizons", "5,10"}, ""},
		{[]string{"--horizons", "5,10"}, ""},
	} {
		out := succeed(t, slices.Concat([]string{"compare", "--preset", "tiny", "--data", path, "--dry-run"}, test.args)...)
		if (test.want == "") == strings.Contains(out.stderr, "no effect") || !strings.Contains(out.stderr, test.want) {
			t.Errorf("%v: no %q in\n%s", test.args, test.want, out.stderr)
		}
		if strings.Contains(strings.Join(test.args, " "), "--horizons") && strings.Contains(out.stderr, "in proportion") {
			t.Errorf("%v: the warm-up of a length that is not trained in\n%s", test.args, out.stderr)
		}
	}
	out := succeed(t, "train", "--preset", "tiny", "--data", path, "--set", "train.steps=5", "--set", "train.cooldown=0.5", "--out", t.TempDir()+"/run")
	if want := "note: train.cooldown has no effect with train.schedule = cosine\n"; !strings.Contains(out.stderr, want) {
		t.Errorf("train: no %q in\n%s", want, out.stderr)
	}
}
