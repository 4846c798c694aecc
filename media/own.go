package media

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
)

// Names of what other packages of this program write.
const (
	turnsName   = "turns.json"
	summaryName = "summary.json"
	pageName    = "report.html"
)

// besidesPage are the files that a report writes beside its page.
var besidesPage = []string{
	"report.svg", "curves.csv", "losses.csv", "saved.csv", "horizons.csv", "speedup.csv", "sweep.csv", "match.csv", "probe.csv", "positions.csv", "windows.csv",
}

// reportFiles is the reason to leave out an [ownFile].
const reportFiles = "files of comparisons and reports"

// ownOutput names a folder that this program has made, or is empty: training on
// its logs and tokens helps nobody. A path to such a folder never comes here.
func ownOutput(folder string) string {
	switch {
	case holds(folder, "dataset.json", "tokens.bin"):
		return "prepared sets"
	case isRun(folder):
		return "runs"
	case holds(folder, "config.json", "model.safetensors"):
		return "models"
	case isComparison(folder), holds(folder, summaryName, pageName), holds(folder, pageName) && hasBelow(folder, isComparison):
		return "comparisons"
	case isComparison(filepath.Join(folder, "comparison")) && slices.ContainsFunc([]string{"stories.txt", "tunes", "canons"}, func(data string) bool { return holds(folder, data) }):
		return "demonstrations"
	}
	return ""
}

// ownFile reports whether this program has written a file among those of the user:
// the files of a comparison or report whose --out was a folder with others.
func ownFile(file string) bool {
	folder, name := filepath.Split(file)
	switch {
	case name == turnsName || name == summaryName:
		return versionedJSON(file)
	case name == pageName:
		return slices.ContainsFunc(besidesPage, func(other string) bool { return holds(folder, other) }) ||
			hasBelow(folder, func(below string) bool { return ownOutput(below) != "" || hasBelow(below, isRun) })
	}
	return slices.Contains(besidesPage, name) && holds(folder, pageName)
}

// isComparison reports whether a folder is a comparison or a part of one, finished or
// not.
func isComparison(folder string) bool {
	return versionedJSON(filepath.Join(folder, turnsName)) || versionedJSON(filepath.Join(folder, summaryName))
}

func isRun(folder string) bool { return holds(folder, "config.toml", CodecFile) }

// hasBelow reports whether one of the folders in a folder is of a kind.
func hasBelow(folder string, kind func(folder string) bool) bool {
	entries, err := os.ReadDir(folder)
	return err == nil && slices.ContainsFunc(entries, func(e os.DirEntry) bool { return e.IsDir() && kind(filepath.Join(folder, e.Name())) })
}

// holds reports whether a folder has entries of some names.
func holds(folder string, names ...string) bool {
	return !slices.ContainsFunc(names, func(name string) bool {
		_, err := os.Stat(filepath.Join(folder, name))
		return err != nil
	})
}

// versionedJSON reports whether a file begins as every JSON document of this program
// does: with the version of its format.
func versionedJSON(file string) bool {
	f, err := os.Open(file)
	if err != nil {
		return false
	}
	defer f.Close()
	head, err := io.ReadAll(io.LimitReader(f, 64))
	key, ok := bytes.CutPrefix(bytes.TrimLeft(head, " \t\r\n"), []byte("{"))
	return err == nil && ok && bytes.HasPrefix(bytes.TrimLeft(key, " \t\r\n"), []byte(`"format_version"`))
}
