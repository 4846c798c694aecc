package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/internal/spelling"
	"github.com/waveletgpt/waveletgpt/internal/typeset"
)

// noArgs refuses arguments. For a command that only groups others, an argument
// is a mistyped command.
func noArgs(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if c.HasSubCommands() {
		return unknownCommand(c, args[0])
	}
	return fmt.Errorf("unexpected argument %q; %s takes flags only", args[0], c.CommandPath())
}

// unknownCommand is the error for a word that names no command below c, or one of
// more names. It suggests the nearest.
func unknownCommand(c *cobra.Command, word string, more ...string) error {
	names := more
	for _, below := range c.Commands() {
		if below.IsAvailableCommand() {
			names = append(names, below.Name())
		}
	}
	if near := spelling.Nearest(word, names); near != "" {
		return fmt.Errorf("unknown command %q; did you mean %s?", word, near)
	}
	if !c.HasSubCommands() {
		return fmt.Errorf("unknown command %q; %s has no commands", word, c.CommandPath())
	}
	return fmt.Errorf("unknown command %q; %s", word, chooseBelow(c))
}

// chooseBelow names the commands of one that only groups others.
func chooseBelow(c *cobra.Command) string {
	if !c.HasParent() {
		return fmt.Sprintf("see %s --help for the commands", c.CommandPath())
	}
	what, names := "command", []string{}
	if c.Name() == "prepare" {
		what = "medium"
	}
	for _, below := range c.Commands() {
		names = append(names, below.Name())
	}
	return fmt.Sprintf("choose a %s first: %s %s", what, c.CommandPath(), strings.Join(names, "|"))
}

// numArgs requires from least to most arguments, which what describes.
func numArgs(least, most int, what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		switch {
		case len(args) == 0 && least > 0:
			return fmt.Errorf("no argument given; %s takes %s", c.CommandPath(), what)
		case len(args) < least || len(args) > most:
			return fmt.Errorf("got %s; %s takes %s", typeset.Counted(len(args), "argument"), c.CommandPath(), what)
		}
		return nil
	}
}

// oneWord requires one of some words for what.
func oneWord(words []string, what string) cobra.PositionalArgs {
	last := len(words) - 1
	choices := strings.Join(words[:last], ", ") + " or " + words[last]
	return func(c *cobra.Command, args []string) error {
		if len(args) == 1 && !slices.Contains(words, args[0]) {
			return fmt.Errorf("no %s %q; choose %s", what, args[0], choices)
		}
		return numArgs(1, 1, "one "+what+": "+choices)(c, args)
	}
}

// argumentOrFlag takes the value of a flag from the argument, if there is one.
func argumentOrFlag(c *cobra.Command, args []string, flag string, value *string) error {
	if len(args) == 0 {
		return nil
	}
	if c.Flags().Changed(flag) {
		return usage(fmt.Errorf("both %s and --%s %s are given; remove one", args[0], flag, *value))
	}
	*value = args[0]
	return nil
}

// splitNames are the words for the splits.
var splitNames = map[string]string{
	"train": dataset.Train, "training": dataset.Train,
	"validation": dataset.Validation, "valid": dataset.Validation, "val": dataset.Validation, "dev": dataset.Validation,
	"test":    dataset.Test,
	"holdout": dataset.Holdout, "hold-out": dataset.Holdout, "heldout": dataset.Holdout, "held-out": dataset.Holdout,
}

// splitNamed returns the split that a word names. The hold-out is refused.
func splitNamed(word string) (string, error) {
	switch split, ok := splitNames[strings.ToLower(word)]; {
	case split == dataset.Holdout:
		return "", usage(fmt.Errorf("--split %s: only a hold-out comparison reads the hold-out (compare --holdout); choose train, validation or test", word))
	case ok:
		return split, nil
	}
	return "", usage(fmt.Errorf("--split %s: unknown split; choose train, validation (val, valid, dev) or test", word))
}

// flagError words an error of the flag parser as the other errors are worded.
func flagError(c *cobra.Command, err error) error {
	see := fmt.Sprintf("see %s --help for the flags", c.CommandPath())
	var unknown *pflag.NotExistError
	var missing *pflag.ValueRequiredError
	var invalid *pflag.InvalidValueError
	var syntax *pflag.InvalidSyntaxError
	var twice twiceError
	var empty emptyError
	switch {
	case errors.As(err, &invalid) && errors.As(invalid.Unwrap(), &twice) && withoutBraces(twice.first) != "":
		return withoutBracesError(twice.first)
	case errors.As(err, &invalid) && errors.As(invalid.Unwrap(), &twice):
		return fmt.Errorf("--%s is given as %s and as %s; remove one", invalid.GetFlag().Name, twice.first, invalid.GetValue())
	case errors.As(err, &invalid) && errors.As(invalid.Unwrap(), &empty):
		return fmt.Errorf("--%s: %w", invalid.GetFlag().Name, empty)
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() != "":
		return fmt.Errorf("unknown flag -%s; flags begin with two hyphens, %s", unknown.GetSpecifiedShortnames(), see)
	case errors.As(err, &unknown) && c.HasSubCommands() && c.HasParent():
		return fmt.Errorf("unknown flag --%s; %s", unknown.GetSpecifiedName(), chooseBelow(c))
	case errors.As(err, &unknown) && settingNamed(c, unknown.GetSpecifiedName()) != "":
		other := ""
		if plural := unknown.GetSpecifiedName() + "s"; c.Flags().Lookup(plural) != nil {
			other = " or --" + plural
		}
		return fmt.Errorf("unknown flag --%s; did you mean --set %s=VALUE%s? %s", unknown.GetSpecifiedName(), settingNamed(c, unknown.GetSpecifiedName()), other, see)
	case errors.As(err, &unknown):
		if near := spelling.Nearest(unknown.GetSpecifiedName(), flagNames(c)); near != "" {
			return fmt.Errorf("unknown flag --%s; did you mean --%s? %s", unknown.GetSpecifiedName(), near, see)
		}
		if has := commandsWith(c.Root(), unknown.GetSpecifiedName()); len(has) > 0 {
			return fmt.Errorf("unknown flag --%s; it is a flag of %s; %s", unknown.GetSpecifiedName(), typeset.List(has), see)
		}
		return fmt.Errorf("unknown flag --%s; %s", unknown.GetSpecifiedName(), see)
	case errors.As(err, &missing):
		return fmt.Errorf("--%s needs a value; %s", missing.GetSpecifiedName(), see)
	case errors.As(err, &invalid):
		return fmt.Errorf("--%s %s: %s; %s", invalid.GetFlag().Name, invalid.GetValue(), flagWants(invalid), see)
	case errors.As(err, &syntax):
		return fmt.Errorf("%s is not a flag; %s", syntax.GetSpecifiedFlag(), see)
	}
	return fmt.Errorf("%w; %s", err, see)
}

// settingNamed returns the setting with a name that was taken for a flag, such as
// train.lr for --lr or train.steps for --step, if the command has settings.
func settingNamed(c *cobra.Command, name string) string {
	if c.Flags().Lookup("set") == nil {
		return ""
	}
	name = strings.ReplaceAll(name, "-", "_")
	for _, k := range config.Keys() {
		if _, short, _ := strings.Cut(k.Name, "."); k.Name == name || short == name || short == name+"s" {
			return k.Name
		}
	}
	return ""
}

// commandsWith lists the commands at and below one that have a flag.
func commandsWith(c *cobra.Command, flag string) (all []string) {
	if c.HasParent() && c.Flags().Lookup(flag) != nil {
		_, words, _ := strings.Cut(c.CommandPath(), " ")
		all = append(all, words)
	}
	for _, below := range c.Commands() {
		all = append(all, commandsWith(below, flag)...)
	}
	return all
}

// withoutBraces returns the variant that a word of --variants was before a shell took its
// braces for a list of words: none{train.lr=1,...} of nonetrain.lr=1. It is empty for others.
func withoutBraces(word string) string {
	for _, k := range config.Keys() {
		if at := strings.Index(word, k.Name+"="); at > 0 && !strings.Contains(word, "{") {
			return word[:at] + "{" + word[at:] + ",...}"
		}
	}
	return ""
}

func withoutBracesError(word string) error {
	return fmt.Errorf("--variants %s: the shell took the braces away; quote them, as in --variants '%s'", word, withoutBraces(word))
}

func flagNames(c *cobra.Command) (names []string) {
	c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	return names
}

// flagWants says what the value of a flag must be.
func flagWants(e *pflag.InvalidValueError) string {
	switch e.GetFlag().Value.Type() {
	case "int":
		return "must be a whole number"
	case "uint64":
		return "must be a whole number of 0 or more"
	case "intSlice":
		return "must be whole numbers, separated by commas"
	case "float64":
		return "must be a number"
	case "bool":
		return "must be true or false"
	case "duration":
		return "must be a time such as 90s, 30m or 8h"
	}
	return e.Unwrap().Error()
}
