package waveletgpt_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	reportCommand = regexp.MustCompile("(?m)^    .*waveletgpt report ([^`\n]*)")

	testCommand = regexp.MustCompile("go test ([^`\n]*)")
	testFlag    = regexp.MustCompile(`-(run|bench|fuzz)[ =](?:'([^']*)'|(\S+))`)
	testPackage = regexp.MustCompile(`(?:^| )\./(\S*)`)
	testName    = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Benchmark|Example)\w*)\(`)
)

// Every go test command of the pages names packages that exist, and tests that
// they have.
func TestCommandsOfPages(t *testing.T) {
	commands := 0
	for _, page := range pages(t) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range testCommand.FindAllStringSubmatch(string(text), -1) {
			commands++
			names := ""
			packages := testPackage.FindAllStringSubmatch(m[1], -1)
			for _, p := range packages {
				dir := strings.TrimSuffix(p[1], "...")
				files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
				if err != nil || len(files) == 0 && p[1] != "..." {
					t.Errorf("%s: go test %s: %s has no tests", page, m[1], p[1])
				}
				for _, file := range files {
					source, err := os.ReadFile(file)
					if err != nil {
						t.Fatal(err)
					}
					for _, f := range testName.FindAllStringSubmatch(string(source), -1) {
						names += f[1] + "\n"
					}
				}
			}
			for _, f := range testFlag.FindAllStringSubmatch(m[1], -1) {
				pattern := strings.ReplaceAll(f[2]+f[3], `\|`, "|")
				if pattern == "^$" || len(packages) == 0 {
					continue // no test, or all packages
				}
				for part := range strings.SplitSeq(pattern, "|") {
					if ok, err := regexp.MatchString("(?m)"+strings.Trim(part, "^$"), names); err != nil || !ok {
						t.Errorf("%s: go test %s: no test matches %s (%v)", page, m[1], part, err)
					}
				}
			}
		}
	}
	if commands < 20 {
		t.Errorf("only %d go test commands in the pages", commands)
	}
}

// A report of several inputs has no directory of which it is the page, so that it needs one.
func TestReportsOfPages(t *testing.T) {
	reports := 0
	for _, page := range pages(t) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range reportCommand.FindAllStringSubmatch(string(text), -1) {
			reports++
			words := strings.Fields(m[1])
			inputs := slices.IndexFunc(words, func(w string) bool { return strings.HasPrefix(w, "-") || w == "#" })
			if inputs < 0 {
				inputs = len(words)
			}
			if several := inputs > 1 || strings.Contains(m[1], "*"); several && !strings.Contains(m[1], "--out ") {
				t.Errorf("%s: waveletgpt report %s: several inputs and no --out", page, m[1])
			}
		}
	}
	if reports < 10 {
		t.Errorf("only %d reports in the pages", reports)
	}
}

// The operator that docs/operators.md writes is one.
func TestOperatorOfPage(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a package")
	}
	page, err := os.ReadFile("docs/operators.md")
	if err != nil {
		t.Fatal(err)
	}
	_, source, _ := strings.Cut(string(page), "```go\npackage wavelet\n")
	source, _, ok := strings.Cut(source, "```")
	if !ok {
		t.Fatal("docs/operators.md has no file of package wavelet")
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "difference.go")
	if err := os.WriteFile(file, []byte("package wavelet\n"+source), 0o666); err != nil {
		t.Fatal(err)
	}
	target, err := filepath.Abs("wavelet/difference.go")
	if err != nil {
		t.Fatal(err)
	}
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{target: file}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "overlay.json"), overlay, 0o666); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "go", "build", "-overlay="+filepath.Join(dir, "overlay.json"), "./wavelet").CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// pages lists the pages at the top and those of docs.
func pages(t *testing.T) []string {
	list, err := filepath.Glob("*.md")
	if err != nil || !slices.Contains(list, "README.md") {
		t.Fatal("no README.md here: ", err)
	}
	err = filepath.WalkDir("docs", func(path string, _ fs.DirEntry, err error) error {
		if filepath.Ext(path) == ".md" {
			list = append(list, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}
