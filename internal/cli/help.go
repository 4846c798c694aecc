package cli

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/waveletgpt/waveletgpt/config"
)

// helpWidth is the width of help texts in columns.
const helpWidth = 80

var topics = []string{"settings", "operators"}

// helpTopics are what help explains besides commands.
const helpTopics = `

Help Topics:
  help settings     Every setting of a configuration, or those named
  help operators    Every operator and its options, or those named`

func (a *App) helpCommand(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND | settings [KEY ...] | operators [SPEC ...]]",
		Short: "Explain a command, the settings or the operators",
		Long: `Explain a command, the settings (configuration keys) or the operators. A KEY is
a setting such as train.lr, or a group of them: model, data, train or eval. A
SPEC is an operator, such as haar or window:16.`,
		Example: `  waveletgpt help compare
  waveletgpt help settings train.lr
  waveletgpt help operators
  waveletgpt help operators haar`,
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 && args[0] == "settings" {
				return settingNames(""), cobra.ShellCompDirectiveNoFileComp
			}
			if len(args) > 0 && args[0] == "operators" {
				return operatorNames(), cobra.ShellCompDirectiveNoFileComp
			}
			at, _, err := root.Find(args)
			if err != nil {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			var names []string
			if at == root {
				names = slices.Clone(topics)
			}
			for _, c := range at.Commands() {
				if c.IsAvailableCommand() {
					names = append(names, c.Name())
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			switch {
			case len(args) > 0 && args[0] == "settings":
				return a.printSettings(args[1:])
			case len(args) > 0 && args[0] == "operators":
				return a.printOperators(args[1:])
			}
			c, rest, err := root.Find(args)
			if err == nil && len(rest) > 0 {
				if c == root {
					err = unknownCommand(c, rest[0], topics...)
				} else {
					err = unknownCommand(c, rest[0])
				}
			}
			if err != nil {
				return usage(err)
			}
			return c.Help()
		},
	}
}

// printSettings describes the settings that names name, all without any.
func (a *App) printSettings(names []string) error {
	keys := config.Keys()
	for i := range names {
		names[i], _, _ = strings.Cut(names[i], "=")
		name := names[i]
		known := func(k config.Key) bool { return k.Name == name || strings.HasPrefix(k.Name, name+".") }
		if !slices.ContainsFunc(keys, known) {
			var c config.Config
			return usage(errors.Unwrap(c.Set(name + "=0"))) // suggests the nearest
		}
	}
	keys = slices.DeleteFunc(keys, func(k config.Key) bool {
		return len(names) > 0 && !slices.ContainsFunc(names, func(name string) bool {
			return k.Name == name || strings.HasPrefix(k.Name, name+".")
		})
	})
	if a.json {
		type setting struct {
			Name    string            `json:"name"`
			Type    string            `json:"type"`
			Meaning string            `json:"meaning"`
			Values  string            `json:"values"`
			Presets map[string]string `json:"presets"`
		}
		var all []setting
		for _, k := range keys {
			s := setting{k.Name, k.Type, k.Meaning, k.Range, map[string]string{}}
			for i, preset := range config.Presets() {
				s.Presets[preset] = k.Presets[i]
			}
			all = append(all, s)
		}
		return a.printJSON(all)
	}
	var b strings.Builder
	if len(names) == 1 && len(keys) == 1 {
		writeSetting(&b, keys[0])
	} else {
		writeSettings(&b, keys)
	}
	_, err := io.WriteString(a.Stdout, b.String())
	return err
}

// writeSetting describes one setting in full.
func writeSetting(w io.Writer, k config.Key) {
	fmt.Fprintf(w, "%s\n\n%s\n\n  type     %s\n", k.Name, wrap(plain(k.Meaning), 2, 2), k.Type)
	if k.Range != "" {
		fmt.Fprintf(w, "  values   %s\n", k.Range)
	}
	var values []string
	for i, preset := range config.Presets() {
		values = append(values, fmt.Sprintf("%s %s", preset, k.Presets[i]))
	}
	fmt.Fprintf(w, "  presets  %s\n\nExample:\n  waveletgpt train --set %s\n", strings.Join(values, ", "), quote(k.Name+"="+defaultOf(k)))
}

// defaultOf is the value of a setting in the default preset, as --set takes it.
func defaultOf(k config.Key) string {
	return strings.Trim(k.Presets[slices.Index(config.Presets(), config.DefaultPreset)], `"`)
}

// writeSettings lists settings with their defaults.
func writeSettings(w io.Writer, keys []config.Key) {
	fmt.Fprintf(w, `Settings come from the preset (--preset, default %s), then from a TOML file
(--config), then from --set KEY=VALUE; later ones win. Below: the key, its value
in preset %s, and its meaning. "help settings KEY" describes one in full.
`, config.DefaultPreset, config.DefaultPreset)
	group := ""
	for _, k := range keys {
		if g, _, _ := strings.Cut(k.Name, "."); g != group {
			group = g
			fmt.Fprintln(w)
		}
		row := fmt.Sprintf("%-19s  %-10s  %s", k.Name, k.Presets[slices.Index(config.Presets(), config.DefaultPreset)], plain(k.Meaning))
		fmt.Fprintln(w, wrap(row, 0, 33))
	}
}

// plain removes the marks of Markdown.
func plain(text string) string { return strings.ReplaceAll(text, "`", "") }

// wrap breaks a text at spaces into lines of at most helpWidth columns. The first
// is indented by first columns, the others by rest.
func wrap(text string, first, rest int) string {
	var b strings.Builder
	b.WriteString(strings.Repeat(" ", first))
	for text = strings.TrimRight(text, " "); ; {
		room := helpWidth - first
		if utf8.RuneCountInString(text) <= room {
			b.WriteString(text)
			return b.String()
		}
		end := strings.LastIndexByte(text[:room+1], ' ')
		if end <= 0 {
			b.WriteString(text)
			return b.String()
		}
		b.WriteString(strings.TrimRight(text[:end], " ") + "\n" + strings.Repeat(" ", rest))
		text, first = strings.TrimLeft(text[end:], " "), rest
	}
}
