package cli

import (
	"bytes"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/wavelet"
)

var shells = []string{"bash", "zsh", "fish", "powershell"}

func (a *App) completionCommand(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:   "completion bash|zsh|fish|powershell",
		Short: "Print a script that completes commands in a shell",
		Long: `Print a script that completes commands, flags, settings, operators and runs in
a shell. Load it in the startup file of the shell:

  bash        source <(waveletgpt completion bash)
  zsh         source <(waveletgpt completion zsh)
  fish        waveletgpt completion fish | source
  powershell  waveletgpt completion powershell | Out-String | Invoke-Expression

Or copy it, or the file in completion/ of a release, to where the shell looks:

  bash        ~/.local/share/bash-completion/completions/waveletgpt
  zsh         _waveletgpt in a directory of $fpath, before compinit
  fish        ~/.config/fish/completions/waveletgpt.fish
  powershell  anywhere; add ". PATH/waveletgpt.ps1" to the file $PROFILE

bash needs the package bash-completion.`,
		Example:   `  waveletgpt completion bash`,
		ValidArgs: shells,
		Args:      oneWord(shells, "shell"),
		RunE: func(_ *cobra.Command, args []string) error {
			switch args[0] {
			case "bash":
				return bashCompletion(a.Stdout, root)
			case "zsh":
				return root.GenZshCompletion(a.Stdout)
			case "fish":
				return root.GenFishCompletion(a.Stdout, true)
			}
			return root.GenPowerShellCompletionWithDesc(a.Stdout)
		},
	}
}

// bashCompletion writes the script for bash. The script of cobra escapes commas,
// so that it completes nothing after one: bash needs no escape there.
func bashCompletion(w io.Writer, root *cobra.Command) error {
	var script bytes.Buffer
	if err := root.GenBashCompletionV2(&script, true); err != nil {
		return err
	}
	text := script.String()
	for escape, variable := range map[string]string{
		`comp=$(printf "%q" "${compline%%$tab*}")`:             "comp",
		`COMPREPLY[0]=$(printf "%q" "${COMPREPLY[0]%%$tab*}")`: "COMPREPLY[0]",
		`COMPREPLY[0]=$(printf "%q" "${COMPREPLY[0]}")`:        "COMPREPLY[0]",
	} {
		text = strings.ReplaceAll(text, escape, escape+"\n        "+variable+"=${"+variable+`//\\,/,}`)
	}
	_, err := io.WriteString(w, text)
	return err
}

// complete sets the completion of a flag. The only error is an unknown flag,
// which TestCompletion would find.
func complete(c *cobra.Command, flag string, f cobra.CompletionFunc) {
	_ = c.RegisterFlagCompletionFunc(flag, f)
}

// completeWords completes from a list.
func completeWords(words ...string) cobra.CompletionFunc {
	return cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)
}

// completeSetting completes key=value: first the key, then a value.
func completeSetting(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	key, value, found := strings.Cut(typed, "=")
	if !found {
		return settingNames("="), cobra.ShellCompDirectiveNoSpace | cobra.ShellCompDirectiveNoFileComp
	}
	var values []string
	for _, v := range settingValues(key, value) {
		if strings.HasPrefix(v, value) {
			values = append(values, key+"="+v)
		}
	}
	if key == "model.mixer" { // options can follow
		return values, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}
	return values, cobra.ShellCompDirectiveNoFileComp
}

// settingNames lists the keys, each with an end.
func settingNames(end string) (names []string) {
	for _, k := range config.Keys() {
		names = append(names, k.Name+end+described(k.Meaning))
	}
	return names
}

// described is a description as it follows a word. The script for bash takes an
// apostrophe for the start of a quotation.
func described(text string) string {
	return "\t" + strings.ReplaceAll(plain(text), "'", "’")
}

// settingValues lists the words that a setting can be, or its values in the
// presets, for what was typed of the value.
func settingValues(key, typed string) (values []string) {
	if key == "model.mixer" {
		return operatorSpecs(typed)
	}
	if key == "data.codec" {
		return codecs
	}
	for _, k := range config.Keys() {
		if k.Name != key {
			continue
		}
		for word := range strings.SplitSeq(k.Range, ", ") {
			if k.Type == "string" && word != "empty" && word != "" && !strings.Contains(word, " ") {
				values = append(values, word)
			}
		}
		if k.Type != "string" {
			values = slices.Compact(append(values, k.Presets...))
		}
	}
	return values
}

// codecs are the names of all codecs.
var codecs = []string{"text8", "chars", "bytes", "mulaw", "mulaw:sashimi", "linear", "performance", "performance:88"}

// operatorSpecs lists the operators, with sizes where they have one. Behind an operator
// and a colon it lists the options that were not typed yet, and behind an option and an
// equals sign its values; of several places, joined by +, those of the last one.
func operatorSpecs(typed string) (specs []string) {
	colon := strings.LastIndexByte(typed, ':')
	spec, err := wavelet.Parse(typed[:max(colon, 0)])
	if err != nil {
		for _, e := range wavelet.Operators() {
			specs = append(specs, e.Example()+described(e.Meaning))
		}
		return specs
	}
	before, last := typed[:colon+1], typed[colon+1:]
	key, value, found := strings.Cut(last, "=")
	for _, o := range wavelet.OperatorOptions() {
		switch own := slices.Contains(spec.Options(), o.Name) && !strings.Contains(before, ":"+o.Name+"="); {
		case own && !found:
			specs = append(specs, before+o.Name+"="+described(o.Meaning))
		case own && o.Name == key:
			places := value[:strings.LastIndexByte(value, '+')+1]
			words, _, _ := strings.Cut(o.Values, ";") // behind it are ranges of numbers
			for word := range strings.SplitSeq(words, ", ") {
				specs = append(specs, before+key+"="+places+word)
			}
		}
	}
	return specs
}

// completeList completes the last word of a comma-separated list. words lists what can
// stand there, for what was typed of it.
func completeList(words func(typed string) []string) cobra.CompletionFunc {
	return func(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		before := typed[:strings.LastIndexByte(typed, ',')+1]
		var all []string
		for _, word := range words(typed[len(before):]) {
			name, _, _ := strings.Cut(word, "\t")
			if strings.HasPrefix(before+name, typed) && !slices.Contains(strings.Split(before, ","), name) {
				all = append(all, before+word)
			}
		}
		return all, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}
}

// completeDir completes directories of some kinds, together with the directories
// that lead to them. It searches three levels below what was typed.
func completeDir(most int, kinds ...kind) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		if len(args) >= most {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		base, _ := filepath.Split(typed)
		var found []string
		root := filepath.Clean(base + ".")
		_ = filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
			switch {
			case err != nil, path == root, !e.IsDir():
				return nil
			case strings.HasPrefix(e.Name(), "."):
				return fs.SkipDir
			}
			rel, _ := filepath.Rel(root, path) // below root
			name := base + rel
			if !strings.HasPrefix(name, typed) && !strings.HasPrefix(typed, name) {
				return fs.SkipDir
			}
			if slices.Contains(kinds, kindOf(path)) {
				found = append(found, name)
				return fs.SkipDir
			}
			if strings.Count(rel, string(os.PathSeparator)) >= 2 {
				return fs.SkipDir
			}
			return nil
		})
		if len(found) == 0 {
			return nil, cobra.ShellCompDirectiveFilterDirs
		}
		return found, cobra.ShellCompDirectiveNoFileComp
	}
}
