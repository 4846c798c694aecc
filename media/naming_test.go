package media

import (
	"slices"
	"testing"
)

func TestNaturalOrder(t *testing.T) {
	sorted := []string{"", "a", "a/b", "a1", "a01", "a1b", "a2", "a10", "a10b2", "a10b10", "a99999999999999999999", "a100000000000000000000", "b"}
	for i, a := range sorted {
		for j, b := range sorted {
			if got, want := compareNatural(a, b), min(1, max(-1, i-j)); got != want && !(a == "a1" && b == "a01" || a == "a01" && b == "a1") {
				t.Errorf("compare(%q, %q) = %d, want %d", a, b, got, want)
			}
		}
	}
	if compareNatural("a1", "a01") == 0 || compareNatural("a1", "a01") != -compareNatural("a01", "a1") {
		t.Error("a1 and a01 have no order")
	}
}

func TestNameSplits(t *testing.T) {
	tests := []struct {
		name   string
		names  []string
		splits []string
	}{
		{"files", []string{"test.txt", "train.txt", "valid.txt"}, []string{Test, Train, Validation}},
		{"folders", []string{"train/a", "train/b", "val/a", "test/a"}, []string{Train, Train, Validation, Test}},
		{"LibriSpeech", []string{"dev-clean/84/a", "test-other/9/b", "train-clean-100/3/c"}, []string{Validation, Test, Train}},
		{"below a folder", []string{"set/Train/a", "set/VALIDATION/x/test"}, []string{Train, Validation}},
		{"extensions", []string{"train.en.txt", "test.en.txt"}, []string{Train, Test}},
		{"one without", []string{"README", "train/a", "test/a"}, []string{"", Train, Test}},
		{"no training", []string{"valid.txt", "test.txt"}, []string{"", ""}},
		{"training only", []string{"train/a", "train/b", "c"}, []string{"", "", ""}},
		{"a folder of tests", []string{"main.go", "test/a.go", "test/b.go"}, []string{"", "", ""}},
		{"deeper", []string{"a/train/x", "b/test/x"}, []string{"", ""}},
		{"hold-out", []string{"train/a", "holdout/b", "Hold-Out/c", "heldout/d", "held_out.txt", "hold_outs/e"}, []string{Train, Holdout, Holdout, Holdout, Holdout, ""}},
		{"held-out test set", []string{"train/a", "test-heldout/b", "held-out.test.txt", "dev_test/c", "holdout-holdout"}, []string{Train, Test, Test, "", Holdout}},
		{"hold-out only", []string{"holdout/a", "b"}, []string{"", ""}},
		{"prefixes", []string{"training/x", "tests/x", "train-1"}, []string{"", "", ""}},
		{"one file", []string{"train.txt"}, []string{""}},
		{"one word", []string{"trainset/a", "TestSet/b", "devdata.txt"}, []string{Train, Test, Validation}},
		{"two in one", []string{"TrainData/a", "TestData/b", "DevOps/c"}, []string{Train, Test, ""}},
		{"among others", []string{"LICENSE", "meta.json", "labels.txt", "train.txt", "vocab.txt", "val.txt"}, []string{"", "", "", Train, "", Validation}},
		{"titles", []string{"Midnight Train.txt", "The Test.txt", "a.txt", "b.txt", "c.txt"}, []string{"", "", "", "", ""}},
		{"folders among files", []string{"train/a", "test/b", "c", "d", "e"}, []string{Train, Test, "", "", ""}},
	}
	for _, test := range tests {
		docs := make([]Document, len(test.names))
		for i, name := range test.names {
			docs[i].Name = name
		}
		nameSplits(docs)
		var got []string
		for _, d := range docs {
			got = append(got, d.Split)
		}
		if !slices.Equal(got, test.splits) {
			t.Errorf("%s: %q gives %q, want %q", test.name, test.names, got, test.splits)
		}
	}
	nameSplits(nil)
}
