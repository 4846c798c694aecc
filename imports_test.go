package waveletgpt

import (
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The table of docs/architecture.md has all imports between packages, no more and
// no fewer. Nothing but a command imports a package that is not in it.
func TestImports(t *testing.T) {
	page, err := os.ReadFile("docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(page), "| package | may import |\n|---|---|\n")
	allowed := map[string][]string{}
	for row := range strings.Lines(table) {
		cells := strings.Split(row, "|")
		if len(cells) != 4 {
			break
		}
		for _, name := range packagesIn(cells[1]) {
			allowed[name] = packagesIn(cells[2])
		}
	}
	if len(allowed) < 15 {
		t.Fatalf("%d packages in the table of docs/architecture.md", len(allowed))
	}
	imports := moduleImports(t)
	for name, want := range allowed {
		got, ok := imports[name]
		if !ok {
			t.Errorf("docs/architecture.md lists %s, which is no package", name)
		}
		for _, other := range got {
			if !slices.Contains(want, other) {
				t.Errorf("%s imports %s; docs/architecture.md does not allow it", name, other)
			}
		}
		for _, other := range want {
			if !slices.Contains(got, other) {
				t.Errorf("docs/architecture.md lets %s import %s, which it does not", name, other)
			}
		}
	}
	for name, list := range imports {
		for _, other := range list {
			if _, ok := allowed[other]; !ok && !strings.HasPrefix(name, "cmd/") && name != "internal/man" && !strings.HasPrefix(name, "internal/cli") {
				t.Errorf("%s imports %s, which is not in the table of docs/architecture.md", name, other)
			}
		}
	}
}

// packagesIn lists the packages in a cell, with internal/{a,b} spelled out.
func packagesIn(cell string) (names []string) {
	for _, quoted := range regexp.MustCompile("`([^`]*)`").FindAllStringSubmatch(cell, -1) {
		prefix, list, braces := strings.Cut(strings.TrimSuffix(quoted[1], "}"), "{")
		if !braces {
			names = append(names, prefix)
			continue
		}
		for _, name := range strings.Split(list, ",") {
			names = append(names, prefix+name)
		}
	}
	return names
}

// moduleImports lists, for every package of the module, the packages of the module
// that it imports, tests left out. The root is called waveletgpt.
func moduleImports(t *testing.T) map[string][]string {
	const module = "github.com/waveletgpt/waveletgpt"
	name := func(path string) string {
		if path == module {
			return "waveletgpt"
		}
		return strings.TrimPrefix(path, module+"/")
	}
	imports := map[string][]string{}
	err := filepath.WalkDir(".", func(file string, d os.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && file != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "runs"):
			return filepath.SkipDir
		case d.IsDir() && file != "." && fileExists(filepath.Join(file, "go.mod")):
			return filepath.SkipDir // another module
		case filepath.Ext(file) != ".go" || strings.HasSuffix(file, "_test.go"):
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		pkg := name(path.Join(module, filepath.ToSlash(filepath.Dir(file))))
		list := imports[pkg]
		for _, i := range parsed.Imports {
			path, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			if other := name(path); (other == "waveletgpt" || other != path) && !slices.Contains(list, other) {
				list = append(list, other)
			}
		}
		imports[pkg] = list
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return imports
}

func fileExists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
