package cli

import (
	"slices"
	"strings"
	"testing"
)

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
	} {
		out := succeed(t, slices.Concat([]string{"compare", "--preset", "tiny", "--data", path, "--dry-run"}, test.args)...)
		if (test.want == "") == strings.Contains(out.stderr, "no effect") || !strings.Contains(out.stderr, test.want) {
			t.Errorf("%v: no %q in\n%s", test.args, test.want, out.stderr)
		}
	}
	out := succeed(t, "train", "--preset", "tiny", "--data", path, "--set", "train.steps=5", "--set", "train.cooldown=0.5", "--out", t.TempDir()+"/run")
	if want := "note: train.cooldown has no effect with train.schedule = cosine\n"; !strings.Contains(out.stderr, want) {
		t.Errorf("train: no %q in\n%s", want, out.stderr)
	}
}
