package train

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/internal/checkpoint"
	"github.com/waveletgpt/waveletgpt/run"
)

// stable is small with the schedule wsd, which falls in the last four tenths: after
// step 8 of 14, and after step 12 of 20.
func stable(steps int, change func(*config.Config)) config.Config {
	return small(func(c *config.Config) {
		c.Train.Steps, c.Train.Schedule, c.Train.Cooldown, c.Train.Keep = steps, "wsd", 0.4, 1
		if change != nil {
			change(c)
		}
	})
}

// trunkOf trains a trunk with branch points.
func trunkOf(t *testing.T, c config.Config, set *dataset.Set, spoiled func(step int) bool, points ...int) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "trunk")
	l := begin(t, dir, c, set)
	l.BranchAt(points...)
	trainSpoiled(t, l, spoiled)
	return dir
}

func trainSpoiled(t *testing.T, l *Loop, spoiled func(step int) bool) {
	t.Helper()
	if spoiled != nil {
		spoilStep(l, spoiled)
	}
	finish(t, l)
}

// bytesOf returns the files of a run, except seconds and all checkpoints but the
// newest.
func bytesOf(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	newest := ""
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		if above := filepath.Dir(name); filepath.Dir(above) == run.CheckpointsDir {
			newest = max(newest, above)
		}
		all[name] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	maps.DeleteFunc(all, func(name, _ string) bool {
		return name == run.TimingFile || strings.HasPrefix(name, run.CheckpointsDir) && filepath.Dir(name) != newest
	})
	return all
}

func wantBytes(t *testing.T, dir string, want map[string]string) {
	t.Helper()
	got := bytesOf(t, dir)
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if got[name] != want[name] {
			t.Errorf("%s differs from that of the run that took all steps", name)
		}
		delete(got, name)
	}
	if len(got) > 0 {
		t.Errorf("the run that took all steps has no %v", slices.Sorted(maps.Keys(got)))
	}
}

// branchOff branches and demands the step of the trunk.
func branchOff(t *testing.T, dir string, c config.Config, set *dataset.Set, step int, sources ...string) {
	t.Helper()
	from, got, err := Branch(dir, c, set, sources...)
	if err != nil || got != step || (step > 0) != slices.Contains(sources, from) {
		t.Fatalf("branched off step %d of %q, want step %d, error %v", got, from, step, err)
	}
	if run.Exists(dir) != (step > 0) {
		t.Fatalf("after step %d there is a run: %v", step, run.Exists(dir))
	}
}

// A branch, shorter or longer than its trunk, is to the byte the run that takes all
// steps itself, with any number of threads, and however often it stops.
func TestBranch(t *testing.T) {
	set := corpus(t, 1, letters)
	skipped := func(step int) bool { return step == 3 || step == 7 || step == 11 }
	for name, test := range map[string]struct {
		change  func(*config.Config)
		spoiled func(step int) bool
	}{
		"plain":           {},
		"dropout, haar":   {change: func(c *config.Config) { c.Model.Dropout, c.Model.Mixer = 0.1, "haar" }},
		"learned, alone":  {change: func(c *config.Config) { c.Model.Mixer, c.Train.Accumulate = "learned", 1 }},
		"rare evaluation": {change: func(c *config.Config) { c.Train.EvalEvery = 100 }},
		"Muon":            {change: func(c *config.Config) { withMuon(&c.Train) }},
		"not finite":      {func(c *config.Config) { c.Train.OnNonFinite = "skip" }, skipped},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			configured := func(steps, threads int) config.Config {
				c := stable(steps, test.change)
				c.Train.Threads = threads
				if test.spoiled != nil {
					c.Train.Threads = 1 // spoilStep counts tasks
				}
				return c
			}
			trunk := trunkOf(t, configured(20, 1), set, test.spoiled, 5, 8, 9, 12)
			for steps, from := range map[int]int{6: 0, 9: 5, 14: 8, 19: 9, 30: 12} {
				whole, dir := t.TempDir(), filepath.Join(t.TempDir(), "branch")
				c := configured(steps, 3)
				trainSpoiled(t, begin(t, whole, c, set), test.spoiled)
				branchOff(t, dir, c, set, from, filepath.Join(trunk, "absent"), trunk)
				l := begin(t, dir, c, set)
				if l.Step() != from {
					t.Fatalf("begins after step %d", l.Step())
				}
				if test.spoiled == nil && from > 0 {
					for _, stop := range []stop{kill(from+1, appendTo(run.MetricsFile, `{"st`)), signal(from + 2)} {
						stop(t, l)
						closeLoop(t, l)
						l, _ = goOn(t, dir, set)
					}
				}
				trainSpoiled(t, l, test.spoiled)
				wantBytes(t, dir, bytesOf(t, whole))
				timings, err := (&run.Run{Dir: dir}).Timings()
				if err != nil || len(timings) != steps {
					t.Errorf("%d lines of seconds, error %v", len(timings), err)
				}
			}
		})
	}
}

// The last step of a rate that never falls is no branch point of either run: it is
// evaluated because it is the last.
func TestBranchOfARateThatNeverFalls(t *testing.T) {
	set := corpus(t, 1, letters)
	level := func(c *config.Config) { c.Train.MinLR = c.Train.LR }
	short := trunkOf(t, stable(14, level), set, nil, 13, 14)
	long := trunkOf(t, stable(22, level), set, nil, 13, 14)
	for _, test := range []struct {
		steps  int
		source string
	}{{22, short}, {14, long}} {
		dir := filepath.Join(t.TempDir(), "branch")
		branchOff(t, dir, stable(test.steps, level), set, 13, test.source)
		finish(t, begin(t, dir, stable(test.steps, level), set))
		want := bytesOf(t, map[int]string{14: short, 22: long}[test.steps])
		delete(want, filepath.Join(run.CheckpointsDir, "step-00000014", "manifest.json")) // it has the label
		got := bytesOf(t, dir)
		for name, data := range want {
			if got[name] != data {
				t.Errorf("%d steps: %s differs from that of the run that took all steps", test.steps, name)
			}
		}
	}
}

// Of several sources, the one with the latest step is used.
func TestBranchOffTheLatest(t *testing.T) {
	set := corpus(t, 1, letters)
	early := trunkOf(t, stable(20, nil), set, nil, 6)
	late := trunkOf(t, stable(30, nil), set, nil, 8)
	for _, sources := range [][]string{{early, late}, {late, early}} {
		dir := filepath.Join(t.TempDir(), "branch")
		branchOff(t, dir, stable(14, nil), set, 8, sources...)
	}
}

// Branch points stay, also where later processes do not name them.
func TestBranchPointsStay(t *testing.T) {
	set, dir := corpus(t, 1, letters), t.TempDir()
	l := begin(t, dir, stable(20, func(c *config.Config) { c.Train.EvalEvery = 20 }), set)
	l.BranchAt(4, 7)
	for _, until := range []int{8, 10, 15, 20} {
		if err := l.Advance(t.Context(), until, func(Report) {}); err != nil {
			t.Fatal(err)
		}
		closeLoop(t, l)
		l, _ = goOn(t, dir, set)
		if until == 10 {
			l.BranchAt(10) // saved already: this loop keeps it, and later ones do not
		}
	}
	if steps := stepsOf(t, l); !slices.Equal(steps, []int{4, 7, 20}) {
		t.Errorf("checkpoints %v", steps)
	}
	closeLoop(t, l)
}

// What is there stays, and what a killed process left does not.
func TestBranchIntoADirectory(t *testing.T) {
	set, c := corpus(t, 1, letters), stable(14, nil)
	trunk := trunkOf(t, stable(20, nil), set, nil, 8)
	for _, name := range []string{run.ConfigFile, "notes.txt"} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		before := tree(t, dir)
		if from, step, err := Branch(dir, c, set, trunk); from != "" || step != 0 || err != nil || !slices.Equal(tree(t, dir), before) {
			t.Errorf("beside %s: %q, %d, %v, and then %v", name, from, step, err, tree(t, dir))
		}
	}
	parent := t.TempDir()
	dir, left := filepath.Join(parent, "empty"), filepath.Join(parent, ".tmp-empty")
	if err := errors.Join(os.Mkdir(dir, 0o700), os.MkdirAll(filepath.Join(left, "checkpoints"), 0o700)); err != nil {
		t.Fatal(err)
	}
	branchOff(t, dir, c, set, 8, trunk)
	if _, err := os.Stat(left); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what was left is there: %v", err)
	}
	// A source that cannot be read is not one that is not there.
	if err := os.WriteFile(filepath.Join(trunk, run.ConfigFile), []byte("format_version = 99"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Branch(filepath.Join(parent, "other"), c, set, trunk); err == nil || !strings.Contains(err.Error(), trunk) {
		t.Errorf("a newer source: %v", err)
	}
}

// A source that is not the same run up to the step is not used: the branch begins
// with the first step.
func TestBranchRefuses(t *testing.T) {
	set, other := corpus(t, 1, letters), corpus(t, 2, letters)
	trunk := func(t *testing.T) string { return trunkOf(t, stable(20, nil), set, nil, 6, 8) }
	checkpointAt := func(dir string, step int) string {
		return checkpoint.New(filepath.Join(dir, run.CheckpointsDir)).Path(step)
	}
	truncate := func(t *testing.T, path string, size int64) {
		if err := os.Truncate(path, size); err != nil {
			t.Fatal(err)
		}
	}
	c := stable(14, nil)
	for name, test := range map[string]struct {
		source func(t *testing.T) string
		c      config.Config
		set    *dataset.Set
		step   int
	}{
		"what the others are":  {trunk, c, set, 8},
		"unhashed keys differ": {trunk, stable(14, func(c *config.Config) { c.Train.SaveEvery, c.Train.Keep = 3, 7 }), set, 8},
		"another rate":         {trunk, stable(14, func(c *config.Config) { c.Train.LR *= 2 }), set, 0},
		"another warm-up":      {trunk, stable(14, func(c *config.Config) { c.Train.Warmup++ }), set, 0},
		"another cooldown":     {trunk, stable(14, func(c *config.Config) { c.Train.Cooldown = 0.3 }), set, 0},
		"another operator":     {trunk, stable(14, func(c *config.Config) { c.Model.Mixer = "haar" }), set, 0},
		"another evaluation":   {trunk, stable(14, func(c *config.Config) { c.Eval.Windows++ }), set, 0},
		"another seed":         {trunk, stable(14, func(c *config.Config) { c.Train.Seed++ }), set, 0},
		"other data":           {trunk, c, other, 0},
		"a falling schedule": {func(t *testing.T) string {
			return trunkOf(t, stable(20, func(c *config.Config) { c.Train.Schedule = "cosine" }), set, nil, 8)
		}, stable(14, func(c *config.Config) { c.Train.Schedule = "cosine" }), set, 0},
		"the fall has begun": {func(t *testing.T) string { return trunkOf(t, stable(14, nil), set, nil, 9, 10) }, stable(20, nil), set, 0},
		"no such directory":  {func(t *testing.T) string { return filepath.Join(t.TempDir(), "none") }, c, set, 0},
		"a damaged checkpoint": {func(t *testing.T) string {
			dir := trunk(t)
			truncate(t, filepath.Join(checkpointAt(dir, 8), OptimizerFile), 100)
			return dir
		}, c, set, 6},
		"no checkpoint": {func(t *testing.T) string {
			dir := trunk(t)
			if err := os.RemoveAll(filepath.Join(dir, run.CheckpointsDir)); err != nil {
				t.Fatal(err)
			}
			return dir
		}, c, set, 0},
		"a short log": {func(t *testing.T) string {
			dir := trunk(t)
			data, err := os.ReadFile(filepath.Join(dir, run.MetricsFile))
			if err != nil {
				t.Fatal(err)
			}
			truncate(t, filepath.Join(dir, run.MetricsFile), int64(strings.Index(string(data), `{"step":7,`)))
			return dir
		}, c, set, 6},
		"a lost evaluation": {func(t *testing.T) string {
			dir := trunk(t)
			truncate(t, filepath.Join(dir, run.EvaluationsFile), 60)
			return dir
		}, c, set, 0},
		"other kernels": {func(t *testing.T) string {
			dir := trunk(t)
			relabel(t, dir, 8, labelTier, "abacus/amd64")
			return dir
		}, c, set, 6},
		"a checkpoint of another run": {func(t *testing.T) string {
			dir := trunk(t)
			relabel(t, dir, 8, labelConfig, stable(20, func(c *config.Config) { c.Train.LR *= 2 }).Hash(set.Header.Hash))
			return dir
		}, c, set, 6},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			source := test.source(t)
			above := filepath.Dir(source)
			before := tree(t, above)
			branchOff(t, filepath.Join(t.TempDir(), "branch"), test.c, test.set, test.step, source)
			if after := tree(t, above); !slices.Equal(before, after) {
				t.Errorf("the trunk was changed from %v to %v", before, after)
			}
		})
	}
}
