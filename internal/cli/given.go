package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/waveletgpt/waveletgpt/config"
)

// strict has a command and those below it refuse what is dropped or made up without a word
// otherwise: another value of a flag that holds one, and an empty argument or value, which a
// shell makes of a variable that is not set.
func strict(c *cobra.Command) {
	c.Flags().VisitAll(strictFlag)
	c.PersistentFlags().VisitAll(strictFlag)
	check := c.Args
	c.Args = func(c *cobra.Command, args []string) error {
		for i, arg := range args {
			if arg == "" {
				return fmt.Errorf("argument %d of %s is empty; is a shell variable not set?", i+1, named(c))
			}
		}
		if check == nil {
			return nil
		}
		return check(c, args)
	}
	for _, below := range c.Commands() {
		strict(below)
	}
}

// named is a command with the names of its arguments.
func named(c *cobra.Command) string {
	words := strings.SplitN(c.Use, " ", 2)
	return strings.Join(append([]string{c.CommandPath()}, words[1:]...), " ")
}

// strictFlag makes a flag strict. The empty --prompt is the start of a text.
func strictFlag(f *pflag.Flag) {
	if f.DefValue == "[]" || f.DefValue == "0s" {
		f.DefValue = "" // pflag leaves out only zeros of the types that it defines, and would print this one
	}
	if list, ok := f.Value.(pflag.SliceValue); ok {
		f.Value = &listValue{f.Value, list}
	} else {
		f.Value = &oneValue{Value: f.Value, mayBeEmpty: f.Name == "prompt"}
	}
}

// emptyError is the error of a flag whose value is empty.
type emptyError struct{}

func (emptyError) Error() string { return "the value is empty; is a shell variable not set?" }

// twiceError is the error of a flag that has another value already.
type twiceError struct{ first string }

func (e twiceError) Error() string { return "the flag was given before, as " + e.first }

// A oneValue is the value of a flag that is given once, or again with the same.
type oneValue struct {
	pflag.Value
	mayBeEmpty, set bool
	text            string // as it was given
}

func (v *oneValue) Set(text string) error {
	switch {
	case text == "" && !v.mayBeEmpty:
		return emptyError{}
	case v.set && text != v.text:
		return twiceError{v.text}
	}
	v.set, v.text = true, text
	return v.Value.Set(text)
}

// A listValue is the value of a flag that is given for each element.
type listValue struct {
	pflag.Value
	pflag.SliceValue
}

func (v *listValue) Set(text string) error {
	if text == "" {
		return emptyError{}
	}
	return v.Value.Set(text)
}

// A choice is what a flag or argument says about a key.
type choice struct{ key, value, given string }

// contradicted returns an error if assignments say something else about the keys of choices.
func contradicted(set []string, choices ...choice) error {
	for _, assignment := range set {
		key, value := keyAndValue(assignment)
		for _, c := range choices {
			if c.value != "" && c.key == key && c.value != value {
				return fmt.Errorf("%s and --set %s contradict each other; remove one", c.given, assignment)
			}
		}
	}
	return nil
}

// keyAndValue cuts an assignment, and takes quotes off.
func keyAndValue(assignment string) (key, value string) {
	key, value, _ = strings.Cut(assignment, "=")
	return strings.TrimSpace(key), strings.Trim(strings.TrimSpace(value), `"'`)
}

// repeatedNotes names the keys that have several values, of which the last counts.
func repeatedNotes(set []string) (notes []string) {
	last, before := map[string]string{}, map[string]bool{}
	for _, assignment := range set {
		key, value := keyAndValue(assignment)
		if old, ok := last[key]; ok && old != value {
			before[key] = true
		}
		last[key] = value
	}
	for _, k := range config.Keys() {
		if before[k.Name] {
			notes = append(notes, fmt.Sprintf("note: %s is set several times; the last counts, %s", k.Name, last[k.Name]))
		}
	}
	return notes
}
