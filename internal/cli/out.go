package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/gpt"
	"github.com/waveletgpt/waveletgpt/report"
	"github.com/waveletgpt/waveletgpt/run"
	"github.com/waveletgpt/waveletgpt/summary"
)

// heldBy returns what the directory of an --out holds, nothing if it is none of the
// kinds that commands write. It is more careful than kindOf: one file of a kind is
// enough, because a command must not write into what is left of it either.
func heldBy(dir string) kind {
	switch {
	case run.Exists(dir):
		return runFolder
	case has(dir, summary.FileName) || has(dir, "turns.json"):
		return comparison
	case has(dir, dataset.HeaderFile):
		return preparedSet
	case has(dir, gpt.ConfigFile):
		return modelFolder
	case has(dir, report.PageName) && len(comparisonsIn(dir)) > 0:
		return comparisons
	case kindOf(dir) == checkpointsDir:
		return checkpointsDir
	}
	return nothing
}

// comparisonsIn returns the directories below dir that hold a comparison.
func comparisonsIn(dir string) (all []string) {
	for _, path := range glob(dir, "*/"+summary.FileName) {
		all = append(all, filepath.Dir(path))
	}
	return all
}

// checkOut refuses an --out that is a file, or a directory of other kinds than the
// command writes: it would mix or replace what is there.
func checkOut(dir string, own ...kind) error {
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return usage(fmt.Errorf("--out %s is a file; name a directory, new or existing", dir))
	}
	if k := heldBy(dir); k != nothing && !slices.Contains(own, k) {
		return usage(fmt.Errorf("--out %s holds %s; choose another directory", dir, k))
	}
	return nil
}

// checkApart refuses an --out that is the folder of the data: with the results in it, the
// next command would take it for them.
func checkApart(out, data string) error {
	if sameFile(out, data) {
		return usage(fmt.Errorf("--out %s is the folder of the data too; choose another directory, such as %s", out, filepath.Join(out, "runs")))
	}
	return nil
}

// freeDir returns the name of a directory with a number behind it that no file has.
func freeDir(dir string) string {
	for n := 2; ; n++ {
		name := fmt.Sprintf("%s-%d", dir, n)
		if _, err := os.Lstat(name); err != nil {
			return name
		}
	}
}

// sameFile reports whether two paths name one file.
func sameFile(a, b string) bool {
	x, errA := os.Stat(a)
	y, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(x, y)
}

// checkWritten refuses a directory for a report in which that would replace a file that is
// read for it, or one that this program did not write.
func checkWritten(dir string, read ...string) error {
	for _, name := range append(report.FileNames(), summary.FileName) {
		path := filepath.Join(dir, name)
		for _, file := range read {
			if sameFile(path, file) {
				return usage(fmt.Errorf("--out %s: the report would replace %s, which is read for it; choose another directory", dir, file))
			}
		}
	}
	if path := report.Foreign(dir); path != "" {
		return usage(fmt.Errorf("--out %s: the report would replace %s, which this program did not write; move that file, or choose another directory", dir, path))
	}
	return nil
}

// checkParts is checkOut for the comparisons of a plan: none that is there may drop
// out of the report that covers all of them.
func checkParts(out string, parts []part) error {
	for _, p := range parts {
		if err := checkApart(p.out, p.Config.Data.Path); err != nil {
			return err
		}
		if err := checkWritten(p.out, p.Config.Data.Path); err != nil {
			return err
		}
	}
	if len(parts) == 1 {
		return checkOut(out, comparison)
	}
	if err := checkWritten(out); err != nil {
		return err
	}
	if err := checkOut(out, comparisons); err != nil {
		return err
	}
	for _, dir := range comparisonsIn(out) {
		if !slices.ContainsFunc(parts, func(p part) bool { return p.out == dir }) {
			return usage(fmt.Errorf("--out %s holds comparison %s, which this plan leaves out; add it to the plan, or choose another directory", out, filepath.Base(dir)))
		}
	}
	return nil
}

// checkReportOut refuses an --out whose comparison is not on the page that would be
// written over its own, and one of parts, of which it makes pages too, that has a file of
// others. args are what the report is made of.
func checkReportOut(out string, args []string, summaries []*summary.Summary) error {
	for s, dir := range assembledDirs(out, summaries) {
		if err := checkWritten(dir, args...); err != nil {
			return err
		}
		if err := keepsRuns(dir, []*summary.Summary{s}); err != nil {
			return err
		}
	}
	own := comparison
	if heldBy(out) == comparisons {
		own = comparisons // its page is made from summaries that stay
	}
	if err := checkOut(out, own); err != nil {
		return err
	}
	return keepsRuns(out, summaries)
}

// keepsRuns refuses to replace a summary in out, if there is one, by others that lack a run
// of it.
func keepsRuns(out string, summaries []*summary.Summary) error {
	there, err := summary.Read(out)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return input(err)
	}
	for _, r := range there.AllRuns() {
		if r.Source != "" {
			continue // an imported curve is still in its file
		}
		same := func(x summary.Run) bool {
			return x.ConfigHash == r.ConfigHash && x.Source == "" && x.Label() == r.Label() && x.Seed == r.Seed
		}
		if !slices.ContainsFunc(summaries, func(s *summary.Summary) bool { return slices.ContainsFunc(s.AllRuns(), same) }) {
			return usage(fmt.Errorf("--out %s holds a comparison with %s, seed %d, which this report leaves out; choose another directory", out, r.Label(), r.Seed))
		}
	}
	return nil
}

// replacing returns the hash that data named name must have to be prepared in dir,
// "" for any, and what is there otherwise. A set that a run near dir was trained on,
// or whose hold-out was opened, must stay what it is; another may be replaced by a new preparation of its own data.
func replacing(dir, name string) (hash, holds string) {
	set, err := dataset.Open(dir)
	if err != nil {
		return "", "" // no set, or a damaged one, which is to be prepared again
	}
	h := set.Header
	opened, err := set.Openings()
	set.Close()
	if err != nil || len(opened) > 0 {
		return h.Hash, "data whose hold-out was opened"
	}
	for _, near := range []struct{ dir, pattern string }{
		{".", "*/"}, {"..", ""}, {"..", "*/"}, {"..", "*/*/"}, {"../..", "*/*/"}, {"../runs", "*/*/"},
	} {
		for _, path := range glob(filepath.Join(dir, filepath.FromSlash(near.dir)), near.pattern+run.ConfigFile) {
			if r, err := run.Open(filepath.Dir(path)); err == nil && r.Config.Data.Hash == h.Hash {
				return h.Hash, "the data of run " + r.Dir
			}
		}
	}
	if h.Provenance.Path != name {
		return h.Hash, "the prepared set of " + h.Provenance.Path
	}
	return "", ""
}
