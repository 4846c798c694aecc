package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/wavelet"
)

// exampleWords returns what a shell passes to waveletgpt in each line of an
// example.
func exampleWords(t *testing.T, example string) (calls [][]string) {
	t.Helper()
	cmd := exec.Command("sh", "-c", "waveletgpt() { printf 'call\\n'; printf '%s\\n' \"$@\"; }\n"+example)
	cmd.Dir = t.TempDir()
	for _, name := range []string{"book.txt"} {
		if err := os.WriteFile(cmd.Dir+"/"+name, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v", example, err)
	}
	for call := range strings.SplitSeq(strings.TrimSuffix(string(out), "\n"), "call\n") {
		if call != "" {
			calls = append(calls, strings.Split(strings.TrimSuffix(call, "\n"), "\n"))
		}
	}
	return calls
}

// parses reports what is wrong with the arguments of a command line, and the
// command that it calls.
func parses(words []string) (called *cobra.Command, err error) {
	root := new(App).root() // flags keep their values
	called, rest, err := root.Find(words)
	if err == nil {
		err = called.ParseFlags(rest)
	}
	if err == nil {
		err = called.ValidateArgs(called.Flags().Args())
	}
	if err != nil || called.Flags().Lookup("set") == nil {
		return called, err
	}
	c, err := config.Preset(config.DefaultPreset)
	for _, assignment := range called.Flags().Lookup("set").Value.(pflag.SliceValue).GetSlice() {
		if err == nil {
			err = c.Set(assignment)
		}
	}
	return called, err
}

// Every command of README.md and of the pages in docs parses.
func TestCommandsInPages(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("needs a shell")
	}
	pages := []string{"../../README.md"}
	for _, below := range []string{"", "guides", "results"} {
		found, err := filepath.Glob(filepath.Join("../../docs", below, "*.md"))
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, found...)
	}
	tested := 0
	for _, page := range pages {
		if filepath.Base(page) == "lab.md" {
			continue // a record, with commands as they were
		}
		var lines []string
		for line := range strings.Lines(readFile(t, page)) {
			command, indented := strings.CutPrefix(line, "    ")
			command = strings.TrimPrefix(strings.TrimPrefix(command, "./"), "go run ./cmd/")
			if indented && strings.HasPrefix(command, "waveletgpt ") && !strings.HasSuffix(command, "\\\n") {
				lines = append(lines, command)
			}
		}
		for _, words := range exampleWords(t, strings.Join(lines, "")) {
			if slices.ContainsFunc(words, func(w string) bool { return strings.Contains(w, "difference") }) {
				continue // the operator that a page adds
			}
			tested++
			if _, err := parses(words); err != nil {
				t.Errorf("%s: %q: %v", page, words, err)
			}
		}
	}
	if tested < 25 {
		t.Errorf("only %d commands were found", tested)
	}
}

// Every command has an example of itself, and every example parses.
func TestExamples(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("needs a shell")
	}
	var check func(c *cobra.Command)
	check = func(c *cobra.Command) {
		own := false
		for _, words := range exampleWords(t, c.Example) {
			called, err := parses(words)
			if err != nil {
				t.Errorf("%s: the example %q: %v", c.CommandPath(), words, err)
				continue
			}
			own = own || called.CommandPath() == c.CommandPath()
		}
		if !own && !c.HasSubCommands() {
			t.Errorf("%s has no example of itself", c.CommandPath())
		}
		for _, below := range c.Commands() {
			check(below)
		}
	}
	check(new(App).root())
}

func TestHelpTopics(t *testing.T) {
	all := succeed(t, "help", "settings").stdout
	for _, k := range config.Keys() {
		if !strings.Contains(all, "\n"+k.Name+" ") {
			t.Errorf("help settings lacks %s", k.Name)
		}
		one := succeed(t, "help", "settings", k.Name).stdout
		for _, want := range append([]string{k.Name, k.Range}, k.Presets...) {
			if !strings.Contains(one, want) {
				t.Errorf("help settings %s lacks %q", k.Name, want)
			}
		}
	}
	if group := succeed(t, "help", "settings", "eval").stdout; !strings.Contains(group, "eval.windows") || strings.Contains(group, "train.lr") {
		t.Errorf("help settings eval: %s", group)
	}
	operators := succeed(t, "help", "operators").stdout
	for _, e := range wavelet.Operators() {
		if !strings.Contains(operators, "\n  "+e.Spec+" ") {
			t.Errorf("help operators lacks %s", e.Spec)
		}
	}
	for _, o := range wavelet.OperatorOptions() {
		if !strings.Contains(operators, "\n  "+o.Name+" ") {
			t.Errorf("help operators lacks %s", o.Name)
		}
	}
	haar := succeed(t, "help", "operators", "haar:min=2", "shift").stdout
	for _, want := range []string{"haar\n", "shift\n", "y[t,i] = mean of", "  detail "} {
		if !strings.Contains(haar, want) {
			t.Errorf("help operators haar:min=2 shift lacks %q", want)
		}
	}
	if shift := succeed(t, "help", "operators", "shift").stdout; strings.Contains(shift, "detail") || strings.Contains(shift, "haar\n") {
		t.Errorf("help operators shift: %s", shift)
	}
	if one := succeed(t, "help", "settings", "train.lr=3").stdout; !strings.HasPrefix(one, "train.lr\n") {
		t.Errorf("help settings train.lr=3: %s", one)
	}
	for line := range strings.Lines(all + operators + haar) {
		if len([]rune(line)) > 81 {
			t.Errorf("a line of more than 80 columns: %s", line)
		}
	}
	var settings []map[string]any
	decode(t, `{"x":`+succeed(t, "help", "settings", "--json").stdout+`}`, &struct{ X any }{&settings})
	if len(settings) != len(config.Keys()) {
		t.Errorf("%d settings as JSON", len(settings))
	}
	var document struct{ Operators, Options []map[string]any }
	decode(t, succeed(t, "help", "operators", "--json").stdout, &document)
	if len(document.Operators) != len(wavelet.Operators()) || len(document.Options) != len(wavelet.OperatorOptions()) {
		t.Errorf("operators as JSON: %v", document)
	}
}

func TestVersion(t *testing.T) {
	line := succeed(t, "version").stdout
	if !strings.HasPrefix(line, "waveletgpt ") || strings.Count(line, "\n") != 1 || !strings.Contains(line, ", commit ") || !strings.Contains(line, " kernels") {
		t.Errorf("%q", line)
	}
	if flag := succeed(t, "--version").stdout; flag != line {
		t.Errorf("--version prints %q, version %q", flag, line)
	}
	var v struct{ Version, Commit, Go, Platform, Kernels string }
	decode(t, succeed(t, "version", "--json").stdout, &v)
	if !strings.HasPrefix(v.Go, "go1.") || v.Kernels == "" || !strings.Contains(line, v.Kernels) || !strings.Contains(line, v.Platform) {
		t.Errorf("%+v", v)
	}
}

func TestCompletion(t *testing.T) {
	dir, _ := trained(t)
	t.Chdir(dir + "/..")
	complete := func(args ...string) string { return succeed(t, append([]string{"__complete"}, args...)...).stdout }
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"train", "--set", "mod"}, "model.layers="},
		{[]string{"train", "--set", "train.schedule=c"}, "train.schedule=cosine\n"},
		{[]string{"train", "--set", "model.mixer=ha"}, "model.mixer=haar"},
		{[]string{"bench", "--set", "model.norm="}, "model.norm=post\n"},
		{[]string{"train", "--preset", ""}, "paper\n"},
		{[]string{"bench", "--preset", "p"}, "paper\n"},
		{[]string{"compare", "--preset", "tiny,"}, "tiny,small\n"},
		{[]string{"compare", "--variants", "none,sh"}, "none,shift"},
		{[]string{"compare", "--variants", "none,haar:"}, "none,haar:min=\t"},
		{[]string{"compare", "--variants", "none,window:16:pre"}, "none,window:16:prefix=\t"},
		{[]string{"compare", "--variants", "none,haar:min=2:at="}, "none,haar:min=2:at=kv\n"},
		{[]string{"compare", "--variants", "haar:at=block+in"}, "haar:at=block+input\n"},
		{[]string{"compare", "--variants", "windows:2x1@1+1x4@1:mix="}, "windows:2x1@1+1x4@1:mix=gate\n"},
		{[]string{"train", "--set", "model.mixer=haar:la"}, "model.mixer=haar:layers=\t"},
		{[]string{"train", "--set", "model.mixer=shift:layers="}, "model.mixer=shift:layers=first3\n"},
		{[]string{"compare", "--match", ""}, "depth\n"},
		{[]string{"eval", "--split", "v"}, "validation\n"},
		{[]string{"data", "prepare", "text", "--codec", "b"}, "bytes\n"},
		{[]string{"data", "prepare", "audio", "--codec", ""}, "mulaw:sashimi\n"},
		{[]string{"data", "prepare", "music", "--codec", ""}, "performance:88\n"},
		{[]string{"data", "prepare", "text", "--on-error", ""}, "skip\n"},
		{[]string{"data", "prepare", "music", "--holdout", ""}, "0.05\n"},
		{[]string{"generate", ""}, "run\n"},
		{[]string{"eval", "--run", "r"}, "run\n"},
		{[]string{"eval", "run", "--data", ""}, "run/data\n"},
		{[]string{"train", "--resume", ""}, "run\n"},
		{[]string{"model", "show", "run/checkpoints/"}, "run/checkpoints/step-00000008\n"},
		{[]string{"checkpoint", "verify", ""}, "run\n"},
		{[]string{"data", "info", "run/"}, "run/data\n"},
		{[]string{"help", ""}, "operators\n"},
		{[]string{"help", "settings", "train.l"}, "train.lr"},
		{[]string{"help", "operators", "h"}, "haar\n"},
		{[]string{"help", "data", ""}, "prepare\n"},
		{[]string{"completion", ""}, "zsh\n"},
	} {
		if got := "\n" + complete(test.args...); !strings.Contains(got, "\n"+test.want) {
			t.Errorf("%v: no %q in %s", test.args, test.want, got)
		}
	}
	// One argument is enough, and what is taken is not offered again.
	if got := complete("generate", "run", ""); strings.Contains(got, "run\n") {
		t.Errorf("a second run: %s", got)
	}
	if got := complete("compare", "--variants", "none,"); strings.Contains(got, "none,none") || strings.Contains(got, "'") {
		t.Errorf("a second none, or an apostrophe: %s", got)
	}
	if got := complete("compare", "--variants", "haar:min=2:"); strings.Contains(got, ":min=2:min") || !strings.Contains(got, ":min=2:prefix=") {
		t.Errorf("an option a second time: %s", got)
	}
	if got := complete("compare", "--variants", "shift:"); strings.Contains(got, "prefix=") {
		t.Errorf("an option of others: %s", got)
	}
	if got := complete("compare", "--variants", "none,sh"); strings.Contains(got, "haar") {
		t.Errorf("what was not typed: %s", got)
	}
	for _, shell := range shells {
		if out := succeed(t, "completion", shell).stdout; !strings.Contains(out, "waveletgpt") {
			t.Errorf("%s: %q", shell, out)
		}
	}
}

// The script for bash completes after a comma, with and without descriptions.
func TestBashCompletion(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("needs bash")
	}
	script := succeed(t, "completion", "bash").stdout
	for _, test := range [][3]string{ // typed, completion, result
		{"none,sh", `none,shift\tchannels one position late`, "none,shift"},
		{"tiny,s", `tiny,small`, "tiny,small"},
		{"out", `out dir\ta run`, `out\ dir`},
	} {
		cmd := exec.Command(bash, "--norc", "-c", script+`
typed=$1 completion=$2
_init_completion() { cur=$typed; words=(waveletgpt compare --variants "$typed"); cword=3; }
waveletgpt() { printf "$completion\n:4\n"; }
compopt() { :; }
COMP_TYPE=9
__start_waveletgpt
printf '%s' "${COMPREPLY[*]}"`, "bash", test[0], test[1])
		out, err := cmd.CombinedOutput()
		if err != nil || string(out) != test[2] {
			t.Errorf("%s: %q, want %q, %v", test[0], out, test[2], err)
		}
	}
}
