package wavelet

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the tables of docs/operators.md")

// optionValues has two values of each option that must parse, the default first,
// and one that must not.
var optionValues = map[string][3]string{
	"fraction": {"0.5", "1", "0"},
	"last":     {"on", "off", "maybe"},
	"min":      {"1", "2", "3"},
	"prefix":   {"zero", "count", "one"},
	"delay":    {"0", "1048576", "1048577"},
	"share":    {"even", "halving", "third"},
	"detail":   {"off", "on", "high"},
	"at":       {"block", "input+kv", "head"},
	"layers":   {"all", "2-3", "3-2"},
	"mix":      {"replace", "add", "multiply"},
	"gate":     {"0.5", "0.1", "0"},
}

// The parser takes the operators of the catalog with their options, and no others.
func TestCatalogIsWhatParses(t *testing.T) {
	var kinds []Kind
	for _, e := range Operators() {
		spec := e.Example()
		s, err := Parse(spec)
		if err != nil {
			t.Errorf("%s is in the catalog: %v", e.Spec, err)
			continue
		}
		kinds = append(kinds, s.Kind)
		options := e.Options
		if e.Spec != "none" {
			options = append(slices.Clone(options), "fraction", "last", "at", "layers")
		}
		if e.Spec != "none" && e.Spec != "scale" {
			options = append(options, "mix", "gate")
		}
		for _, o := range OperatorOptions() {
			values := optionValues[o.Name]
			for i, value := range values {
				given := spec + ":" + o.Name + "=" + value
				changed, err := Parse(given)
				if want := slices.Contains(options, o.Name) && i < 2; (err == nil) != want {
					t.Errorf("%s: error %v, want it taken: %v", given, err, want)
				}
				// The default of an option changes nothing, except that past is
				// short for other values, dyadic has another share, and a gate
				// is one.
				isDefault := i == 0 && o.Name != "gate"
				if e.Spec == "dyadic" && o.Name == "share" {
					isDefault = i == 1
				}
				if err == nil && e.Spec != "past" && (changed == s) != isDefault {
					t.Errorf("%s is %s: %v", given, spec, changed == s)
				}
			}
			if !strings.HasPrefix(o.Values, values[0]) {
				t.Errorf("%s has the default %s, but its values are %q", o.Name, values[0], o.Values)
			}
		}
	}
	for _, kind := range []Kind{None, Haar, Dyadic, Window, Windows, Shift, Taps, EMA, Learned, Conv, Scale} {
		if !slices.Contains(kinds, kind) {
			t.Errorf("%s is not in the catalog", kind)
		}
	}
	if _, err := Parse("harr"); err == nil || !strings.Contains(err.Error(), "choose none, haar, past, dyadic, window:W, ") || !strings.HasSuffix(err.Error(), ", conv:K or scale") {
		t.Errorf("an unknown operator: %v", err)
	}
}

// A spec has its options in the order of the catalog.
func TestOptionsAreInTheirOrder(t *testing.T) {
	const spec = "haar:min=2:delay=1:share=halving:detail=on:fraction=1:last=off:at=kv:layers=odd:mix=gate:gate=0.1"
	s, err := Parse(spec)
	if err != nil || s.String() != spec {
		t.Fatalf("%q prints %q (error %v)", spec, s, err)
	}
	at := 0
	for _, o := range OperatorOptions() {
		switch i := strings.Index(spec, ":"+o.Name+"="); {
		case i < 0 && o.Name == "prefix": // does not go with detail
		case i < at:
			t.Errorf("%s is out of order in %s", o.Name, spec)
		default:
			at = i
		}
	}
}

// The package comment and docs/operators.md have the operators and options of
// the catalog; -update rewrites the page.
func TestOperatorsPage(t *testing.T) {
	comment, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	operators, options := "| spec | options | meaning | y[t,i] of a channel that the operator acts on |\n|---|---|---|---|\n", "| option | values, default first | meaning |\n|---|---|---|\n"
	for _, e := range Operators() {
		if !strings.Contains(string(comment), "//\t"+e.Spec+" ") {
			t.Errorf("doc.go does not list %s", e.Spec)
		}
		var names []string
		for _, name := range e.Options {
			names = append(names, "`"+name+"`")
		}
		operators += fmt.Sprintf("| `%s` | %s | %s | %s |\n", e.Spec, strings.Join(names, ", "), e.Meaning, e.Formula)
	}
	for _, o := range OperatorOptions() {
		options += fmt.Sprintf("| `%s` | %s | %s |\n", o.Name, o.Values, o.Meaning)
	}
	path := filepath.Join("..", "docs", "operators.md")
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := between(t, string(page), "<!-- operators -->", operators)
	want = between(t, want, "<!-- options -->", options)
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if string(page) != want {
		t.Errorf("%s is not what the catalog says; rewrite it with go test ./wavelet -run OperatorsPage -update", path)
	}
}

// between replaces what stands between a mark and the next end mark.
func between(t *testing.T, page, mark, text string) string {
	t.Helper()
	before, rest, ok := strings.Cut(page, mark+"\n")
	_, after, ok2 := strings.Cut(rest, "<!-- end -->")
	if !ok || !ok2 {
		t.Fatalf("no %s", mark)
	}
	return before + mark + "\n\n" + text + "\n<!-- end -->" + after
}
