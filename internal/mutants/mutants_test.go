package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A change of the program that a mutant no longer fits shows here, and not only
// where all mutants are tested.
func TestEveryMutantApplies(t *testing.T) {
	root := filepath.Join("..", "..")
	names := map[string]bool{}
	for _, m := range mutants() {
		if names[m.name] {
			t.Errorf("%s: there are two", m.name)
		}
		names[m.name] = true
		if m.old == m.new {
			t.Errorf("%s: changes nothing", m.name)
		}
		if _, err := m.apply(root); err != nil {
			t.Errorf("%s: %v", m.name, err)
		}
		for _, p := range strings.Fields(m.suite.packages) {
			if _, err := os.Stat(filepath.Join(root, p)); err != nil {
				t.Errorf("%s: %v", m.name, err)
			}
		}
	}
}

// The quarters are all mutants, each in one of them.
func TestQuarters(t *testing.T) {
	all := mutants()
	count := map[string]int{}
	for quarter := 1; quarter <= 4; quarter++ {
		chosen, err := choose(all, "", quarter)
		if err != nil || len(chosen) < len(all)/4 {
			t.Errorf("quarter %d has %d of %d mutants, error %v", quarter, len(chosen), len(all), err)
		}
		for _, m := range chosen {
			count[m.name]++
		}
	}
	for _, m := range all {
		if count[m.name] != 1 {
			t.Errorf("%s is in %d quarters", m.name, count[m.name])
		}
	}
	for _, wrong := range []struct {
		pattern string
		quarter int
	}{{"(", 0}, {"no mutant has this name", 0}, {"", 5}, {"", -1}} {
		if _, err := choose(all, wrong.pattern, wrong.quarter); err == nil {
			t.Errorf("-run %q -quarter %d: no error", wrong.pattern, wrong.quarter)
		}
	}
}

const (
	toyProgram = "package toy\n\nfunc Double(n int) int { return 2 * n }\n\nfunc Unused() int { return 1 }\n"
	toyTest    = `package toy

import "testing"

func TestDouble(t *testing.T) {
	t.Run("three", func(t *testing.T) {
		if Double(3) != 6 {
			t.Error("wrong")
		}
	})
}
`
	// One suite of a package may be sound where another is not.
	mixedTests    = "package mixed\n\nimport \"testing\"\n\nfunc TestFails(t *testing.T) { t.Fatal() }\n\nfunc TestFine(*testing.T) {}\n"
	crashingTests = "package crashing\n\nimport (\n\t\"os\"\n\t\"testing\"\n)\n\nfunc TestMain(*testing.M) { os.Exit(1) }\n"
	// It fails in every second run.
	lateTests   = "package late\n\nimport (\n\t\"os\"\n\t\"testing\"\n)\n\nfunc TestLate(t *testing.T) {\n\tif os.Mkdir(\"ran\", 0o777) == nil {\n\t\tt.Fatal()\n\t}\n\tos.Remove(\"ran\")\n}\n"
	failingTest = "package toy\n\nimport \"testing\"\n\nfunc TestFails(t *testing.T) { t.Fatal() }\n"
)

// Every way in which the test of a mutant can end, on a program of one line.
func TestOutcomes(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program several times")
	}
	root := t.TempDir()
	for name, content := range map[string]string{
		"go.mod": "module toy\n\ngo 1.26\n", "toy/toy.go": toyProgram, "toy/toy_test.go": toyTest,
		"failing/failing_test.go": failingTest, "mixed/mixed_test.go": mixedTests,
		"crashing/crashing_test.go": crashingTests, "late/late_test.go": lateTests, "none/none.go": "package none\n",
	} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		old, new string
		suite    suite
		want     string
	}{
		{"2 * n", "3 * n", suite{packages: "toy"}, "caught by toy/toy TestDouble\n"},
		{"2 * n", "[]int{}[n]", suite{packages: "toy"}, "caught by toy/toy TestDouble\n"},
		{"return 1", "return 2", suite{packages: "toy"}, "SURVIVES the tests of toy\n"},
		{"2 * n", "m", suite{packages: "toy"}, "ERROR: it does not compile: "},
		{"return", "return 0 +", suite{packages: "toy"}, "ERROR: the old text is 2 times in toy/toy.go"},
		{"4 * n", "3 * n", suite{packages: "toy"}, "ERROR: the old text is 0 times in toy/toy.go"},
		{"2 * n", "3 * n", suite{packages: "failing"}, "ERROR: toy/failing TestFails fails without a mutant\n"},
		{"2 * n", "3 * n", suite{packages: "toy", tests: "TestTriple"}, `ERROR: no test of toy matches "TestTriple"`},
		{"2 * n", "3 * n", suite{packages: "toy mixed", tests: "Fine"}, "SURVIVES the tests of toy mixed\n"},
		{"2 * n", "3 * n", suite{packages: "mixed", tests: "Fails"}, "ERROR: toy/mixed TestFails fails without a mutant\n"},
		{"2 * n", "3 * n", suite{packages: "late"}, "caught by toy/late TestLate\n"},
		{"2 * n", "3 * n", suite{packages: "late"}, "caught by toy/late TestLate\n"},
		{"2 * n", "3 * n", suite{packages: "crashing"}, "ERROR: package toy/crashing fails without a failing test: "},
		{"2 * n", "3 * n", suite{packages: "none"}, `ERROR: no test of none matches ""`},
	}
	var all []mutant
	for i, test := range tests {
		all = append(all, mutant{name: fmt.Sprint("m", i), file: "toy/toy.go", old: test.old, new: test.new, suite: test.suite})
	}
	var out bytes.Buffer
	missed := testAll(t.Context(), &out, root, all, withoutMutants(t.Context(), root, all))
	if !strings.HasSuffix(out.String(), "\n") || strings.Count(out.String(), "\n") != len(all) {
		t.Errorf("not a line for each mutant:\n%s", &out)
	}
	var uncaught []string
	for i, test := range tests {
		_, line, _ := strings.Cut("\n"+out.String(), "\n"+all[i].name+" ")
		line, _, _ = strings.Cut(line, "\n")
		if _, got, _ := strings.Cut(line+"\n", "s  "); !strings.HasPrefix(got, test.want) {
			t.Errorf("%q to %q, tests of %s: %q, want %q", test.old, test.new, test.suite.packages, got, test.want)
		}
		if !strings.HasPrefix(test.want, "caught") {
			uncaught = append(uncaught, all[i].name)
		}
	}
	slices.Sort(missed)
	slices.Sort(uncaught)
	if !slices.Equal(missed, uncaught) {
		t.Errorf("%q count as not caught, want %q", missed, uncaught)
	}
	if text, err := os.ReadFile(filepath.Join(root, "toy", "toy.go")); err != nil || string(text) != toyProgram {
		t.Errorf("the program was changed: %q, %v", text, err)
	}
}

// Tests that are late do not catch a mutant, whatever else the events say of them.
func TestJudgeTimeout(t *testing.T) {
	events := `{"Action":"run","Package":"toy/toy","Test":"TestDouble"}
{"Action":"output","Package":"toy/toy","Test":"TestDouble","Output":"panic: test timed out after 1s\n"}
{"Action":"fail","Package":"toy/toy","Test":"TestDouble"}
{"Action":"fail","Package":"toy/toy"}
`
	if _, err := judge(strings.NewReader(events)); err == nil || !strings.Contains(err.Error(), "toy/toy TestDouble does not end in time") {
		t.Errorf("error %v", err)
	}
	if _, err := judge(strings.NewReader(`{"Action":"fail","Package":"toy/toy"}`)); err == nil {
		t.Error("a failure without a failing test is one by a test")
	}
}
