package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/waveletgpt/waveletgpt/compare"
	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/gpt"
	"github.com/waveletgpt/waveletgpt/media"
	"github.com/waveletgpt/waveletgpt/report"
	"github.com/waveletgpt/waveletgpt/run"
	"github.com/waveletgpt/waveletgpt/summary"
)

// A kind is what a path holds.
type kind string

const (
	nothing        kind = "nothing" // the path does not exist
	dataFile       kind = "a data file"
	dataFolder     kind = "a directory of files"
	planFile       kind = "a plan"
	preparedSet    kind = "a prepared set"
	runFolder      kind = "a run"
	comparison     kind = "a comparison"
	comparisons    kind = "several comparisons"
	runsFolder     kind = "a directory of runs"
	modelFolder    kind = "a model directory"
	checkpointOf   kind = "a checkpoint"
	checkpointsDir kind = "a directory of checkpoints"
)

// kindOf says what a path holds. Each kind of directory is told by two files,
// because people's data has a config.toml or config.json too.
func kindOf(path string) kind {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nothing
	case !info.IsDir() && isPlan(path):
		return planFile
	case !info.IsDir():
		return dataFile
	case isRun(path):
		return runFolder
	case dataset.IsSet(path):
		return preparedSet
	case has(path, "manifest.json", gpt.WeightsFile), isRun(filepath.Join(path, "..", "..")) && strings.HasPrefix(filepath.Base(path), "step-"):
		return checkpointOf
	case has(path, gpt.ConfigFile, gpt.WeightsFile):
		return modelFolder
	case filepath.Base(path) == run.CheckpointsDir && isRun(filepath.Dir(filepath.Clean(path))):
		return checkpointsDir
	case has(path, summary.FileName) && (has(path, report.PageName) || len(runsBelow(path, 2)) > 0 || isPart(path)):
		return comparison
	case len(runsBelow(path, 2)) > 0 && (has(path, report.PageName) || !holdsFiles(path)):
		return runsFolder // or an interrupted comparison, or one of several parts
	}
	return dataFolder
}

// isPart reports whether a directory is called like that of a part of a comparison, of
// which people may copy the summary alone.
func isPart(dir string) bool {
	_, ok := compare.ShareOf(dir)
	return ok
}

func isRun(dir string) bool { return has(dir, run.ConfigFile, run.CodecFile) }

func has(dir string, names ...string) bool {
	for _, name := range names {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.IsDir() {
			return false
		}
	}
	return true
}

// isPlanName reports whether a file is called like a plan.
func isPlanName(path string) bool { return strings.EqualFold(filepath.Ext(path), ".toml") }

// isPlan reports whether a file is called like a plan and is one.
func isPlan(path string) bool {
	if !isPlanName(path) {
		return false
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return false
	}
	_, err = compare.DecodeDocument(text)
	return err == nil
}

// runsBelow returns the runs in a directory, in the directories in it, and so on
// up to a depth.
func runsBelow(dir string, depth int) (runs []string) {
	entries, err := os.ReadDir(dir)
	if err != nil || depth == 0 {
		return nil
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		switch {
		case !e.IsDir() || strings.HasPrefix(e.Name(), "."):
		case isRun(path):
			runs = append(runs, path)
		default:
			runs = append(runs, runsBelow(path, depth-1)...)
		}
	}
	return runs
}

// holdsFiles reports whether a directory has files that are not hidden.
func holdsFiles(dir string) bool {
	entries, err := os.ReadDir(dir)
	return err == nil && slices.ContainsFunc(entries, func(e fs.DirEntry) bool {
		return !e.IsDir() && !strings.HasPrefix(e.Name(), ".")
	})
}

// A role is what a command takes in one place of its command line: what it is
// called and the kinds that it accepts. A directory of files passes, and fails with the
// error of what reads it.
type role struct {
	name   string
	takes  []kind
	absent bool // whether what is not there passes too: what reads it says more
}

var (
	asData       = role{"data", []kind{dataFile, planFile, preparedSet}, true}
	asRawData    = role{"files to prepare", []kind{dataFile, planFile}, true}
	asSet        = role{"a prepared set", []kind{preparedSet}, false}
	asRun        = role{"a run", []kind{runFolder}, false}
	asModel      = role{"a run or model", []kind{runFolder, modelFolder, checkpointOf}, false}
	asCheckpoint = role{"a run or checkpoint", []kind{runFolder, checkpointOf}, false}
	asComparison = role{"a comparison", []kind{comparison}, true}
)

// ownFileOf returns the kind of the directory of which a path is a file that this program
// wrote, or nothing.
func ownFileOf(path string) kind {
	own := []string{summary.FileName, report.PageName, run.ConfigFile, run.MetricsFile, run.CodecFile, gpt.ConfigFile, gpt.WeightsFile, dataset.HeaderFile}
	if info, err := os.Stat(path); err != nil || info.IsDir() || !slices.Contains(own, filepath.Base(path)) {
		return nothing
	}
	if k := kindOf(filepath.Dir(path)); k != dataFolder {
		return k
	}
	return nothing
}

// expect refuses a path of another kind than a role takes. The error says what
// the path is and which command takes it.
func (a *App) expect(c *cobra.Command, path string, r role) error {
	if !r.absent && path != "" {
		if _, err := os.Stat(path); err != nil {
			return input(notThere(path, r.name, err))
		}
	}
	if of := ownFileOf(path); of != nothing {
		return input(fmt.Errorf("%s is a file of %s; name its directory, %s", path, of, filepath.Dir(path)))
	}
	k := kindOf(path)
	if k == nothing || k == dataFolder || slices.Contains(r.takes, k) {
		return nil
	}
	remedy, lines := a.remedy(c, path, k, r)
	return input(hinted{fmt.Errorf("%s is %s, not %s; %s", path, k, r.name, remedy), lines})
}

// notThere words an error as that of a file that is not there, if it is one.
func notThere(path, what string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s does not exist; name %s that does", path, what)
	}
	return err
}

// remedy says what to do with a path of a kind where a role takes another, with
// the commands to choose from, if there are several.
func (a *App) remedy(c *cobra.Command, path string, k kind, r role) (text string, lines []string) {
	of := argument(path)
	data := r.name == asData.name || r.name == asRawData.name
	switch k {
	case dataFile, planFile:
		if k == planFile {
			return "run it with " + a.hint("compare", of), nil
		}
		if r.name == asSet.name {
			return "prepare it with " + a.hint("data", "prepare", mediumOf(c.Context(), path), of, "--out", "prepared"), nil
		}
		return "train on it with " + a.hint("train", of), nil
	case preparedSet:
		return "train on it with " + a.hint("train", of), nil
	case runFolder:
		switch {
		case r.name == asSet.name && dataset.IsSet(filepath.Join(path, run.DataDir)):
			return "its prepared set is shown by " + a.hint("data", "info", filepath.Join(of, run.DataDir)), nil
		case data || r.name == asSet.name:
			return "resume it with " + a.hint("train", "--resume", path), nil
		case r.name == asWatched.name:
			return "watch all runs in its directory with " + a.hint("report", argument(filepath.Dir(filepath.Clean(path))), "--watch"), nil
		}
		return "measure it with " + a.hint("eval", of), nil
	case checkpointOf, checkpointsDir:
		dir := filepath.Dir(filepath.Clean(path))
		if k == checkpointOf {
			dir = filepath.Dir(dir)
		}
		switch {
		case isRun(dir) && r.name == asRun.name:
			return "resume its run with " + a.hint("train", "--resume", dir), nil
		case isRun(dir) && k == checkpointsDir:
			return "verify them with " + a.hint("checkpoint", "verify", argument(dir)), nil
		}
		return "sample from it with " + a.generateHint(path), nil
	case modelFolder:
		return "sample from it with " + a.generateHint(path), nil
	}
	var parts []string // comparisons in a directory of them
	for _, dir := range comparisonsIn(path) {
		parts = append(parts, argument(dir))
	}
	switch {
	case r.name == asComparison.name && len(parts) > 0:
		return "report its comparisons with " + a.hint(slices.Concat([]string{"report"}, parts, []string{"--out", path})...), nil
	case r.name == asComparison.name:
		return "its summary is written at the end, run the same compare command again", nil
	case k == comparison && (data || r.name == asSet.name):
		return "print its results with " + a.hint("report", of), nil
	}
	return a.chooseRun(c, path, r)
}

// chooseRun lists the runs in a directory with the command for each.
func (a *App) chooseRun(c *cobra.Command, path string, r role) (text string, lines []string) {
	const most = 40
	runs := runsBelow(path, 3)
	if len(runs) == 0 { // a published comparison
		return "print its results with " + a.hint("report", argument(path)), nil
	}
	for i, dir := range runs {
		if i == most {
			lines = append(lines, fmt.Sprintf("  and %d more", len(runs)-most))
			break
		}
		lines = append(lines, "  "+strings.Trim(a.onRun(c, dir, r), "`"))
	}
	return "choose one of its runs:", lines
}

// glob returns the paths in a directory that match a pattern of slash paths. Unlike
// [filepath.Glob], it takes the directory as it is: one may be called "runs [old]".
func glob(dir, pattern string) (paths []string) {
	names, _ := fs.Glob(os.DirFS(dir), pattern) // the patterns are valid
	for _, name := range names {
		paths = append(paths, filepath.Join(dir, filepath.FromSlash(name)))
	}
	return paths
}

// onRun is the command c for a run, as a hint.
func (a *App) onRun(c *cobra.Command, dir string, r role) string {
	words := strings.Fields(c.CommandPath())[1:]
	switch {
	case slices.Contains([]string{asData.name, asRawData.name, asRun.name, asSet.name}, r.name):
		return a.hint("train", "--resume", dir)
	case c.Name() == "generate":
		return a.generateHint(dir)
	}
	return a.hint(append(words, argument(dir))...)
}

// mediumOf names the medium of data for a hint, or stands for it if that cannot
// be told at once.
func mediumOf(ctx context.Context, path string) string {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	found, err := media.Find(ctx, path, media.Any)
	if err != nil {
		return "MEDIUM"
	}
	defer found.Close()
	return string(found.Documents[0].Medium)
}
