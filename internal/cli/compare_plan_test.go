package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/waveletgpt/waveletgpt/summary"
)

// writePlan writes a plan of a tiny study and returns its path.
func writePlan(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "mine.toml")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// tinySet returns the settings of quick in the syntax of a plan.
func tinySet() string {
	var settings []string
	args := quick()
	for i, arg := range args {
		if arg == "--set" {
			settings = append(settings, fmt.Sprintf("%q", args[i+1]))
		}
	}
	return "[" + strings.Join(settings, ", ") + "]"
}

// Only a comparison for which nothing is named is shortened, and it keeps its own
// directory.
func TestFirstLook(t *testing.T) {
	for _, test := range []struct {
		args []string
		dir  string
		want int
	}{
		{nil, "first-look", 800},
		{[]string{"--variants", "none,past", "--seeds", "2"}, "first-look", 800},
		{[]string{"--preset", "small"}, "compare-go-source-small", 1500},
		{[]string{"--set", "train.lr=1e-3"}, "compare-go-source-small", 1500},
		{[]string{"--set", "train.steps=300"}, "compare-go-source-small", 300},
		{[]string{"--horizons", "200"}, "compare-go-source-small", 200},
		{[]string{"--data", "book.txt"}, "compare-book-small", 1500},
	} {
		var f compareFlags
		c := &cobra.Command{}
		f.add(c)
		if err := c.ParseFlags(test.args); err != nil {
			t.Fatal(err)
		}
		parts, err := f.parts(c, "")
		if err != nil {
			t.Fatal(err)
		}
		steps := parts[0].Config.Train.Steps
		if h := parts[0].Horizons; len(h) == 1 {
			steps = h[0]
		}
		if dir := filepath.Base(f.out); steps != test.want || dir != test.dir {
			t.Errorf("%v: %d steps in %s, want %d in %s", test.args, steps, dir, test.want, test.dir)
		}
	}
}

// A plan and the equivalent flags give the same runs; a flag overrides the plan.
func TestComparePlan(t *testing.T) {
	path := book(t)
	t.Chdir(t.TempDir())
	plan := writePlan(t, fmt.Sprintf("data = [%q]\npresets = [\"tiny\"]\nseeds = [3, 4]\nset = %s\nvariants = [\"none\", \"soft=haar{train.lr=2e-3}\"]\n", path, tinySet()))
	out := succeed(t, "compare", plan)
	dir := filepath.Join("runs", "mine")
	s, err := summary.Read(dir)
	if err != nil {
		t.Fatalf("%v\n%s", err, out.stderr)
	}
	if len(s.Runs) != 4 || s.Runs[1].Label() != "soft" || s.Runs[2].Seed != 4 || s.Runs[1].Set["train.lr"] != 2e-3 {
		t.Errorf("runs %+v", s.Runs)
	}
	args := append(compareArgs(path, dir, "--variants", "none,soft=haar{train.lr=2e-3}"), "--set", "train.seed=3", "--seeds", "2")
	if again := succeed(t, args...); strings.Contains(again.stderr, "step 8") {
		t.Errorf("the same by flags trains\n%s", again.stderr)
	}
	dir = filepath.Join("runs", "one")
	succeed(t, "compare", plan, "--out", dir, "--seeds", "1", "--set", "train.seed=4")
	if s, err = summary.Read(dir); err != nil || len(s.Runs) != 2 || s.Runs[0].Seed != 4 {
		t.Errorf("runs %+v, %v", s.Runs, err)
	}
}

// Several horizons are one comparison, with the shares of steps to equal final loss
// first, and report writes the same page again.
func TestCompareHorizons(t *testing.T) {
	path, dir := book(t), filepath.Join(t.TempDir(), "cmp")
	out := succeed(t, compareArgs(path, dir, "--variants", "none,haar", "--horizons", "4,8", "--jobs", "2")...)
	s, err := summary.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Runs) != 2 || s.Runs[0].Steps != 8 || len(s.Shorter) != 2 || s.Shorter[0].Horizon != 4 {
		t.Errorf("%d runs of %d steps, %d shorter", len(s.Runs), s.Runs[0].Steps, len(s.Shorter))
	}
	if c := s.Comparisons[0]; c.Grade != summary.Full || c.HorizonRatio == nil || len(c.Horizons) != 2 {
		t.Errorf("grade %s, ratio %v, horizons %v", c.Grade, c.HorizonRatio, c.Horizons)
	}
	if !strings.Contains(out.stdout, "share of 8") || !strings.Contains(out.stdout, "full comparison, exploratory, of book.txt: 2 horizons, 4 to 8 steps") {
		t.Errorf("it prints\n%s", out.stdout)
	}
	page := readFile(t, dir, "report.html")
	succeed(t, "report", dir)
	if readFile(t, dir, "report.html") != page {
		t.Error("report makes another page")
	}
}

// A plan of several data sets corrects its p-values for the tests of all of them.
func TestComparePlanIsCorrectedTogether(t *testing.T) {
	path, dir := book(t), filepath.Join(t.TempDir(), "cmp")
	second := filepath.Join(t.TempDir(), "second.txt")
	if err := os.WriteFile(second, []byte(readFile(t, filepath.Dir(path), filepath.Base(path))+"and more"), 0o644); err != nil {
		t.Fatal(err)
	}
	args := compareArgs(path, dir, "--variants", "none,haar,shift", "--data", second)
	succeed(t, args...)
	for _, name := range []string{"book-tiny-8", "second-tiny-8"} {
		s, err := summary.Read(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if s.Tests != 6 { // haar and shift to none, and haar to shift, on both
			t.Errorf("%s: %d tests", name, s.Tests)
		}
	}
}

// A plan names seeds that are held out. They are trained when --holdout asks for it,
// with what the comparison chose, below its directory.
func TestCompareHoldout(t *testing.T) {
	data, dir := filepath.Join(t.TempDir(), "set"), filepath.Join(t.TempDir(), "cmp")
	succeed(t, "data", "prepare", "text", book(t), "--holdout", "0.2", "--out", data)
	plan := writePlan(t, "variants = [\"none\", \"haar\"]\nseeds.explore = 2\nseeds.holdout = [7, 8]\nsweep = \"lr=1e-3,2e-3\"\n")
	args := slices.Concat([]string{"compare", plan}, compareArgs(data, dir)[1:])
	held := append(slices.Clone(args), "--holdout")
	if out := invoke(t, held...); out.code != ExitUsage || !strings.Contains(out.stderr, "run the comparison without --holdout first") {
		t.Errorf("before the comparison: code %d, %s", out.code, out.stderr)
	}
	succeed(t, args...)
	document := readFile(t, dir, summary.FileName)
	out := succeed(t, held...)
	s, err := summary.Read(filepath.Join(dir, "holdout"))
	if err != nil {
		t.Fatal(err)
	}
	if c := s.Comparisons[0]; c.Evidence != summary.HeldOut || !slices.Equal(c.Seeds, []uint64{7, 8}) || s.HoldOut.Split != "holdout" {
		t.Errorf("evidence %s, seeds %v, hold-out %+v\n%s", c.Evidence, c.Seeds, s.HoldOut, out.stderr)
	}
	if readFile(t, dir, summary.FileName) != document {
		t.Error("the hold-out changes the comparison")
	}
	if info := succeed(t, "data", "info", data).stdout; !strings.Contains(info, "opened") || strings.Contains(info, "never") {
		t.Errorf("data info does not say who opened the hold-out:\n%s", info)
	}
	if again := succeed(t, held...); strings.Contains(again.stderr, "step 8") {
		t.Errorf("it trains again\n%s", again.stderr)
	}
	// Seeds that the comparison trains are not held out any more.
	if out := invoke(t, append(held, "--seeds", "8")...); out.code != ExitUsage || !strings.Contains(out.stderr, "also one of the comparison") {
		t.Errorf("code %d, %s", out.code, out.stderr)
	}
	if out := invoke(t, append(compareArgs(data, dir), "--holdout")...); out.code != ExitUsage || !strings.Contains(out.stderr, "holds out no seeds") {
		t.Errorf("without a plan: code %d, %s", out.code, out.stderr)
	}
}

// A dry run says that nothing would be held out, before days of training do; so does that
// of the comparison before, where it can still be changed.
func TestCompareDryRunOfHoldout(t *testing.T) {
	plan := writePlan(t, "variants = [\"none\", \"haar\"]\nseeds.holdout = [7, 8]\n")
	args := slices.Concat([]string{"compare", plan}, compareArgs(book(t), filepath.Join(t.TempDir(), "cmp"), "--dry-run")[1:])
	for want, more := range map[string][]string{
		"warning: no window of the test split will be left for --holdout": nil,
		"warning: no window of the test split is left":                    {"--holdout"},
	} {
		args := slices.Concat(args, more)
		all := append(slices.Clone(args), "--set", "eval.final_windows=2000")
		if out := succeed(t, all...); !strings.Contains(out.stderr, want) || !strings.Contains(out.stderr, "set eval.final_windows=") {
			t.Errorf("no %q:\n%s", want, out.stderr)
		}
		if out := succeed(t, append(args, "--set", "eval.final_windows=2")...); strings.Contains(out.stderr, "warning") {
			t.Errorf("a warning where windows are left:\n%s", out.stderr)
		}
	}
}

// A dry run prints what would be trained and leaves nothing behind.
func TestCompareDryRun(t *testing.T) {
	path, dir := book(t), filepath.Join(t.TempDir(), "cmp")
	args := compareArgs(path, dir, "--variants", "none,haar", "--seeds", "2", "--sweep", "lr=1e-3,2e-3", "--confirm", "--match", "depth", "--probe", "--dry-run")
	out := succeed(t, args...)
	for _, want := range []string{"sweep: none train.lr=0.001", "comparison: haar", "in all    12", "sweep: up to 4 more values", "confirmation: up to 2 runs more", "match by depth", "nothing was trained"} {
		if !strings.Contains(out.stdout, want) {
			t.Errorf("no %q in\n%s", want, out.stdout)
		}
	}
	if _, err := os.Stat(dir); err == nil {
		t.Errorf("%s is there after a dry run", dir)
	}
	// Of 4 random settings 2 go on, twice, for each variant and with two seeds.
	out = succeed(t, compareArgs(path, dir, "--variants", "none,haar", "--sweep", "lr=1e-3..1e-2", "--sweep", "beta2=0.9,0.95", "--trials", "4", "--dry-run")...)
	for _, want := range []string{"sweep: none, 4 settings", "sweep: haar, 2 settings", "in all    34"} {
		if !strings.Contains(out.stdout, want) {
			t.Errorf("no %q in\n%s", want, out.stdout)
		}
	}
	var parts []struct {
		Out    string
		Runs   int
		Tokens int
	}
	decode(t, `{"parts":`+succeed(t, append(args, "--json")...).stdout+`}`, &struct{ Parts any }{&parts})
	if len(parts) != 1 || parts[0].Runs != 12 || parts[0].Tokens != 12*8*32 || parts[0].Out != dir {
		t.Errorf("parts %+v", parts)
	}
}

// With only the summary, the same command trains nothing.
func TestCompareFromSummary(t *testing.T) {
	path, dir := book(t), filepath.Join(t.TempDir(), "cmp")
	args := compareArgs(path, dir, "--variants", "none,haar")
	succeed(t, args...)
	document := readFile(t, dir, summary.FileName)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, summary.FileName), []byte(document), 0o644); err != nil {
		t.Fatal(err)
	}
	if out := succeed(t, args...); strings.Contains(out.stderr, "step 8") {
		t.Errorf("it trains\n%s", out.stderr)
	}
	if readFile(t, dir, summary.FileName) != document {
		t.Error("another summary comes out")
	}
}

func TestComparePlanRefuses(t *testing.T) {
	for _, test := range []struct {
		name, plan string
		args       []string
		want       string
	}{
		{"no such plan", "", []string{"absent.toml"}, "plan: absent.toml does not exist; name a plan that does"},
		{"an unknown key", "seed = 3\n", nil, "line 1: unknown key seed"},
		{"an unknown preset", "presets = [\"huge\"]\n", nil, `preset "huge" does not exist`},
		{"no preset", "presets = []\n", nil, "presets: the list is empty"},
		{"a variant that is none", "variants = [\"harr\"]\n", nil, `no operator "harr"`},
		{"the same comparison twice", "data = [\"a.txt\", \"b/a.txt\"]\n", nil, "would both be written to a-small-1500"},
		{"a horizon of nothing", "", []string{"--horizons", "500,0"}, "horizons: 0 steps; give at least 1"},
		{"no jobs", "", []string{"--jobs", "0"}, "--jobs 0"},
		{"a match that is none", "", []string{"--match", "size"}, `match "size" is not known`},
		{"a sweep without values", "", []string{"--sweep", "lr"}, "write key=value"},
		{"trials of a list", "", []string{"--sweep", "lr=1e-3,2e-3", "--trials", "4"}, "all values of the one list"},
		{"trials of nothing", "trials = 4\n", nil, "there is no sweep"},
		{"a sweep that is no text", "sweep = [1e-3]\n", nil, "is no string"},
		{"a key that all share", "", []string{"--variants", "none,none{model.context=64}"}, "model.context is the same for all variants"},
	} {
		t.Run(test.name, func(t *testing.T) {
			args := []string{"compare"}
			if test.plan != "" {
				args = append(args, writePlan(t, test.plan))
			}
			t.Chdir(t.TempDir())
			out := invoke(t, append(args, test.args...)...)
			if out.code != ExitUsage || !strings.Contains(out.stderr, test.want) || strings.Count(out.stderr, "\n") != 1 {
				t.Errorf("code %d\n%s", out.code, out.stderr)
			}
			if entries, _ := os.ReadDir("."); len(entries) != 0 {
				t.Errorf("it left %v", entries)
			}
		})
	}
}

// A plan with a value of the wrong type is refused in its own words: line, key, what it
// wants, what it has. No name of a variant is printed raw.
func TestPlanTypes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "plan.toml")
	for plan, want := range map[string]string{
		"data = [\"book.txt\"]\nhorizons = \"5,10\"": "line 2: horizons wants a list of whole numbers, not a string",
		"horizons = [[1]]":                           "line 1: horizons wants a list of whole numbers, not a list of other things",
		"[[horizons]]\na = 1":                        "line 1: horizons wants a list of whole numbers, not a list of tables",
		"format_version = \"1\"":                     "line 1: format_version wants a whole number, not a string",
		"data = \"book.txt\"":                        "line 1: data wants a list of strings, not a string",
		"[data]\npath = \"x\"":                       "line 1: data wants a list of strings, not a table",
		"# one\n\npresets = [1]":                     "line 3: presets wants a list of strings, not a list of whole numbers",
		"confirm = \"yes\"":                          "line 1: confirm wants true or false, not a string",
		"probe = 2020-01-01":                         "line 1: probe wants true or false, not a date or time",
		"trials = 1.5":                               "line 1: trials wants a whole number, not a number with a fraction",
		"trials = []":                                "line 1: trials wants a whole number, not an empty list",
		"trials = 1e999":                             "line 1: the number is too large",
		"primary = \"a\"":                            "line 1: primary wants a list of strings, not a string",
		"variants = [{name = \"a\\nb\", mixer = \"haar\"}]": `variant "a\nb": its name has a character that cannot be printed; choose another name`,
	} {
		if err := os.WriteFile(path, []byte(plan), 0o666); err != nil {
			t.Fatal(err)
		}
		out := invoke(t, "compare", path, "--dry-run")
		if out.code != ExitUsage || !strings.Contains(out.stderr, want) || strings.Count(out.stderr, "\n") != 1 {
			t.Errorf("%q: code %d\n%s", plan, out.code, out.stderr)
		}
	}
	for key := range planTypes {
		if err := os.WriteFile(path, []byte(key+" = {a = 1}"), 0o666); err != nil {
			t.Fatal(err)
		}
		if out := invoke(t, "compare", path, "--dry-run"); !strings.Contains(out.stderr, key+" wants ") {
			t.Errorf("%s: %s", key, out.stderr)
		}
	}
	if out := invoke(t, "compare", "--dry-run", "--variants", "none,a\x1b[31m=haar"); out.code != ExitUsage || !strings.Contains(out.stderr, `"a\x1b[31m": its name has a character that cannot be printed`) {
		t.Errorf("an escape in a name: code %d\n%s", out.code, out.stderr)
	}
}
