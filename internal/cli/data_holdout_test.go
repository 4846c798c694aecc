package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/dataset"
)

// What is held out is said when the set is prepared, by whatever rule.
func TestHoldoutIsSaid(t *testing.T) {
	one, many, split := map[string]string{"a.txt": strings.Repeat("some words ", 100)}, map[string]string{}, map[string]string{}
	for i := range 40 {
		many[fmt.Sprintf("%d.txt", i)] = strings.Repeat("some words ", 10)
		split[fmt.Sprintf("%s/%d.txt", []string{"train", "train", "dev", "test"}[i%4], i)] = strings.Repeat("some words ", 10)
	}
	named := map[string]string{"train/a.txt": "some words", "dev/a.txt": "some words", "hold-out/a.txt": "other words"}
	for name, test := range map[string]struct {
		files map[string]string
		flags []string
		said  []string
		rows  []string
	}{
		"one file": {one, []string{"--holdout", "0.1"}, []string{"hold-out: 110 tokens, the last 10 % of the tokens; without --holdout"},
			[]string{"holdout     110 tokens, 110 characters: the last 10 % of the tokens\n", "opened      never\n", "split by    contiguous\n"}},
		"files": {many, []string{"--holdout", "0.05"}, []string{"hold-out: 220 tokens, 5 % of the files, by the hashes of their names; the other splits are of the rest"},
			[]string{"holdout     220 tokens, 220 characters: 5 % of the files", "split by    documents\n"}},
		"half": {many, []string{"--holdout", "0.5"}, []string{"hold-out: 2,200 tokens, 50 % of the files"}, nil},
		"files with splits": {split, []string{"--holdout", "0.25"}, []string{"hold-out: 550 tokens, 25 % of the files for training, by the hashes of their names; validation and test are as they come"},
			[]string{"train       1,650 tokens", "validation  1,100 tokens", "test        1,100 tokens", "holdout     550 tokens", "split by    explicit\n"}},
		"named": {named, nil, []string{"hold-out: 11 tokens, the files that come as a hold-out; validation and test are as they come"},
			[]string{"holdout     11 tokens, 11 characters: the files that come as a hold-out\n"}},
		"none": {one, nil, nil, nil},
	} {
		set := filepath.Join(t.TempDir(), "set")
		args := append([]string{"data", "prepare", "text", folderOf(t, test.files), "--out", set}, test.flags...)
		out := succeed(t, args...)
		for _, want := range test.said {
			if !strings.Contains(out.stderr, want) {
				t.Errorf("%s: no %q in\n%s", name, want, out.stderr)
			}
		}
		info := succeed(t, "data", "info", set)
		for _, want := range test.rows {
			if !strings.Contains(info.stdout, want) {
				t.Errorf("%s: no %q in\n%s", name, want, info.stdout)
			}
		}
		if test.said == nil && strings.Contains(out.stderr+info.stdout, "hold") {
			t.Errorf("%s: a hold-out nobody asked for:\n%s%s", name, out.stderr, info.stdout)
		}
		if again := succeed(t, args...); again.stdout != info.stdout || strings.Contains(again.stderr, "prepared") {
			t.Errorf("%s: the set is prepared again: %s", name, again.stderr)
		}
	}
}

// Training and evaluation work on a set with a hold-out and do not read it; its
// openings are shown, and then the set is not replaced.
func TestHoldoutIsKept(t *testing.T) {
	path := book(t)
	t.Chdir(t.TempDir())
	prepare := []string{"data", "prepare", "text", path, "--out", "set"}
	succeed(t, append(prepare, "--holdout", "0.1")...)
	succeed(t, slices.Concat([]string{"train", "set", "--out", "run"}, quick())...)
	for _, split := range []string{"train", "validation", "test"} {
		succeed(t, "eval", "run", "--split", split)
	}
	if _, err := os.Stat(filepath.Join("set", dataset.HoldoutFile)); err == nil {
		t.Error("training opened the hold-out")
	}
	if err := os.RemoveAll("run"); err != nil { // which keeps the set too
		t.Fatal(err)
	}
	s, err := dataset.Open("set")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.OpenHoldout("0123456789abcdef"); err != nil {
		t.Fatal(err)
	}
	var got struct {
		dataset.Header
		Contents tokenContents
		Openings []dataset.Opening `json:"holdout_openings"`
	}
	decode(t, succeed(t, "data", "info", "set", "--json").stdout, &got)
	if len(got.Openings) != 1 || got.Openings[0].By != "0123456789abcdef" || len(got.Contents.Splits) != 3 || got.Splits.Holdout.Length == 0 {
		t.Errorf("%+v, contents of %d splits", got.Openings, len(got.Contents.Splits))
	}
	want := fmt.Sprintf("opened      %s by 0123456789ab\n", got.Openings[0].Time.Format("2006-01-02T15:04:05Z"))
	if info := succeed(t, "data", "info", "set"); !strings.Contains(info.stdout, want) {
		t.Errorf("no %q in\n%s", want, info.stdout)
	}
	if out := invoke(t, prepare...); out.code != ExitInput || !strings.Contains(out.stderr, "set holds data whose hold-out was opened, choose another --out") {
		t.Errorf("exit code %d: %s", out.code, out.stderr)
	}
	succeed(t, append(prepare, "--holdout", "0.1")...)
}
