package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/waveletgpt/waveletgpt/internal/spelling"
	"github.com/waveletgpt/waveletgpt/wavelet"
)

// printOperators describes the operators that specs name, all without any, and their
// options.
func (a *App) printOperators(specs []string) error {
	operators, err := operatorsNamed(specs)
	if err != nil {
		return usage(err)
	}
	options := optionsOf(operators)
	if a.json {
		return a.printOperatorsJSON(operators, options)
	}
	var b strings.Builder
	if len(specs) == 0 {
		b.WriteString(`An operator rewrites the output of every decoder block, or what stands at
another place of it. --variants and the setting model.mixer name it by one of
these:

`)
		writeOperators(&b, operators)
	} else {
		writeFormulas(&b, operators)
	}
	if len(options) > 0 {
		b.WriteString(`
Options follow after colons, as in haar:min=2:last=off. The default comes first.

`)
	}
	for _, o := range options {
		b.WriteString(wrap(fmt.Sprintf("  %-11s  %s", o.Name, plain(o.Values)), 0, 15) + "\n" + wrap(plain(o.Meaning), 15, 15) + "\n")
	}
	if len(specs) == 0 {
		b.WriteString(`
Examples:
  waveletgpt compare --variants none,shift,haar:min=2,window:16
  waveletgpt train --set model.mixer=haar
`)
	}
	_, err = io.WriteString(a.Stdout, b.String())
	return err
}

func (a *App) printOperatorsJSON(operators []wavelet.Entry, options []wavelet.OptionEntry) error {
	type operator struct {
		Spec    string   `json:"spec"`
		Options []string `json:"options"`
		Meaning string   `json:"meaning"`
		Formula string   `json:"formula"`
	}
	type option struct {
		Name    string `json:"name"`
		Values  string `json:"values"`
		Meaning string `json:"meaning"`
	}
	document := struct {
		Operators []operator `json:"operators"`
		Options   []option   `json:"options"`
	}{}
	for _, e := range operators {
		document.Operators = append(document.Operators, operator{e.Spec, append([]string{}, e.Options...), e.Meaning, e.Formula})
	}
	for _, o := range options {
		document.Options = append(document.Options, option(o))
	}
	return a.printJSON(document)
}

// operatorNames are the first words of specs: window of window:W.
func operatorNames() (names []string) {
	for _, e := range wavelet.Operators() {
		name, _, _ := strings.Cut(e.Spec, ":")
		names = append(names, name)
	}
	return slices.Compact(names)
}

// operatorsNamed returns the operators with the first words of specs, such as window or
// haar:min=2, and all without any.
func operatorsNamed(specs []string) (named []wavelet.Entry, err error) {
	if len(specs) == 0 {
		return wavelet.Operators(), nil
	}
	for _, spec := range specs {
		name, _, _ := strings.Cut(spec, ":")
		names := operatorNames()
		if !slices.Contains(names, name) {
			if near := spelling.Nearest(name, names); near != "" {
				return nil, fmt.Errorf("unknown operator %q; did you mean %s?", name, near)
			}
			return nil, fmt.Errorf("unknown operator %q; choose one of %s", name, strings.Join(names, ", "))
		}
		for _, e := range wavelet.Operators() {
			if of, _, _ := strings.Cut(e.Spec, ":"); of == name {
				named = append(named, e)
			}
		}
	}
	return named, nil
}

// optionsOf returns the options that some of the operators have.
func optionsOf(operators []wavelet.Entry) []wavelet.OptionEntry {
	return slices.DeleteFunc(wavelet.OperatorOptions(), func(o wavelet.OptionEntry) bool {
		return !slices.ContainsFunc(operators, func(e wavelet.Entry) bool {
			spec, err := wavelet.Parse(e.Example())
			return err == nil && slices.Contains(spec.Options(), o.Name)
		})
	})
}

// writeOperators lists operators, each with the options that not all have.
func writeOperators(w io.Writer, operators []wavelet.Entry) {
	for _, e := range operators {
		text := plain(e.Meaning)
		if len(e.Options) > 0 {
			text += " (" + strings.Join(e.Options, ", ") + ")"
		}
		fmt.Fprintln(w, wrap(fmt.Sprintf("  %-11s  %s", e.Spec, text), 0, 15))
	}
}

// writeFormulas describes operators in full.
func writeFormulas(w io.Writer, operators []wavelet.Entry) {
	for i, e := range operators {
		if i > 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "%s\n\n%s\n\n%s\n", e.Spec, wrap(plain(e.Meaning), 2, 2), wrap("y[t,i] = "+plain(e.Formula), 2, 2))
	}
}

// operatorsHelp is the list of operators for a help text.
func operatorsHelp() string {
	var b strings.Builder
	writeOperators(&b, wavelet.Operators())
	return b.String()
}
