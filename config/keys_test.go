package config

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite docs/settings.md")

// Every key is described, and nothing that is not a key.
func TestKeysAreDescribed(t *testing.T) {
	keys := Keys()
	for _, k := range keys {
		if k.Meaning == "" {
			t.Errorf("%s has no meaning; describe it in keys.go", k.Name)
		}
	}
	for name := range meanings {
		if !slices.ContainsFunc(keys, func(k Key) bool { return k.Name == name }) {
			t.Errorf("keys.go describes %s, which is no key", name)
		}
	}
}

// The values that a Range names are those that Validate accepts: both ends of
// "A to B", each of "a, b, c", and nothing beside them.
func TestKeyRanges(t *testing.T) {
	numbers := regexp.MustCompile(`^(\d+) to (\d+)$`)
	words := regexp.MustCompile(`^[a-z0-9-]+(, [a-z0-9-]+)*$`)
	// accepts reports whether the key alone can have the value. The others
	// give it room.
	accepts := func(key, value string) bool {
		c := preset(t, "paper")
		c.Train.Steps, c.Train.Warmup = maxSteps, 0
		if key == "model.width" {
			c.Model.Heads = 1
		} else if key == "model.heads" {
			c.Model.Width = maxSize
		}
		c.Train.Engine = "torch" // which has all values
		if err := c.Set(key + "=" + value); err != nil {
			t.Fatal(err)
		}
		return c.Validate() == nil
	}
	checked := 0
	for _, k := range Keys() {
		var good, bad []string
		if m := numbers.FindStringSubmatch(k.Range); m != nil && k.Type == "whole number" {
			var low, high int
			fmt.Sscan(m[1], &low)
			fmt.Sscan(m[2], &high)
			good, bad = m[1:], []string{fmt.Sprint(low - 1), fmt.Sprint(high + 1)}
		} else if words.MatchString(k.Range) && k.Type == "string" {
			for word := range strings.SplitSeq(k.Range, ", ") {
				if word == "empty" {
					word = ""
				}
				good = append(good, word)
			}
			bad = []string{"another"}
		} else {
			continue
		}
		checked++
		for _, value := range good {
			if !accepts(k.Name, value) {
				t.Errorf("%s = %q is refused, but its range is %q", k.Name, value, k.Range)
			}
		}
		for _, value := range bad {
			if accepts(k.Name, value) {
				t.Errorf("%s = %q is accepted, but its range is %q", k.Name, value, k.Range)
			}
		}
	}
	if checked < 20 {
		t.Errorf("only %d ranges were understood", checked)
	}
}

// docs/settings.md is what Keys says; -update rewrites it.
func TestSettingsPage(t *testing.T) {
	path := filepath.Join("..", "docs", "settings.md")
	want := settingsPage()
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != want {
		t.Errorf("%s is not what Keys says (error %v); rewrite it with go test ./config -update", path, err)
	}
}

// modernTable has the rates of the presets of nanochat.
func modernTable() string {
	rows := "| preset | train.lr | train.min_lr | train.muon_lr |\n|---|---|---|---|\n"
	for _, size := range sizes() {
		c, _ := Preset(size + modernSuffix)
		rows += fmt.Sprintf("| `%s` | %v | %v | %v |\n", size+modernSuffix, c.Train.LR, c.Train.MinLR, c.Train.MuonLR)
	}
	return strings.TrimSuffix(rows, "\n")
}

// settingsPage writes a table for each section, with a column for each preset.
func settingsPage() string {
	var b strings.Builder
	b.WriteString(`# Settings

Every configuration key, with its value in each preset. A setting comes from the preset (` + "`--preset`" + `, default ` + "`small`" + `), then from a TOML file
(` + "`--config FILE`" + `), then from ` + "`--set KEY=VALUE`" + `; later ones win. A run keeps the result as its ` + "`config.toml`" + `.

    waveletgpt train --preset paper --set model.mixer=haar --set train.lr=2e-3

Settings of a single variant stand in braces: ` + "`--variants 'none,wide=none{model.width=96,model.hidden=384}'`" + `. Operators have
[a page](operators.md); codecs are listed in [format](format.md#codecjson).

` + "With the suffix `-nanochat` a preset is the recipe of today at the same size: `model.family = \"nanochat\"`, `train.optimizer = \"muon\"`," + ` and the rates below, the best of a
sweep on text ([lab book](lab.md), 24).
With the suffix ` + "`-wsd`, also behind `-nanochat`" + `, it is for comparisons at several horizons: ` + "`train.schedule = \"wsd\"` and `eval.final_windows = 2000`" + `.

` + modernTable() + `

This page is made from [config/keys.go](../config/keys.go) by ` + "`go test ./config -update`" + `.
`)
	section := ""
	for _, k := range Keys() {
		if s, _ := split(k.Name); s != section {
			section = s
			fmt.Fprintf(&b, "\n## %s\n\n| key | type | %s | meaning | values |\n|---|---|%s---|---|\n",
				section, strings.Join(sizes(), " | "), strings.Repeat("---|", len(sizes())))
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", k.Name, k.Type, strings.Join(k.Presets[:len(sizes())], " | "), k.Meaning, k.Range)
	}
	return b.String()
}
