package train

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/gpt"
	"github.com/waveletgpt/waveletgpt/run"
)

// damage changes one byte in the middle of a file.
func damage(t *testing.T, path string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 1
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// A damaged checkpoint is set aside, and the one before it resumes to the same
// bytes.
func TestDamagedCheckpoint(t *testing.T) {
	set := corpus(t, 1, letters)
	dir := t.TempDir()
	finish(t, begin(t, dir, small(nil), set))
	want := snapshot(t, dir)
	for _, test := range []struct {
		name   string
		broken []int
		file   string
		from   int
	}{
		{"weights", []int{14}, gpt.WeightsFile, 10},
		{"optimizer", []int{14}, OptimizerFile, 10},
		{"manifest", []int{14}, "manifest.json", 10},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			finish(t, begin(t, dir, small(nil), set))
			var folders []string
			for _, step := range test.broken {
				folders = append(folders, filepath.Join(dir, run.CheckpointsDir, fmt.Sprintf("step-%08d", step)))
				damage(t, filepath.Join(folders[len(folders)-1], test.file))
			}
			l, warnings := goOn(t, dir, set)
			if l.Step() != test.from || len(warnings) != len(folders) {
				t.Errorf("resumed after step %d with warnings %v", l.Step(), warnings)
			}
			for i, folder := range folders {
				if _, err := os.Stat(folder + ".broken"); err != nil {
					t.Error(err)
				}
				if w := warnings[len(warnings)-1-i].Error(); !strings.Contains(w, folder) || !strings.Contains(w, test.file) {
					t.Errorf("warning %q does not name %s and %s", w, folder, test.file)
				}
			}
			finish(t, l)
			compareSnapshots(t, snapshot(t, dir), want)
		})
	}
}

// Without a good checkpoint, a log with steps is not emptied: the run is refused,
// the error says what to do, and nothing changes. Only a run that cannot have saved
// anything starts again.
func TestNoCheckpointLeft(t *testing.T) {
	set := corpus(t, 1, letters)
	remove := func(pattern string) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			all, err := filepath.Glob(filepath.Join(dir, run.CheckpointsDir, pattern))
			if err != nil || len(all) == 0 {
				t.Fatal(all, err)
			}
			for _, path := range all {
				if err := os.RemoveAll(path); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	spoil := func(t *testing.T, dir string) {
		all, _ := filepath.Glob(filepath.Join(dir, run.CheckpointsDir, "*", gpt.WeightsFile))
		for _, path := range all {
			damage(t, path)
		}
	}
	rename := func(t *testing.T, dir string) {
		all, _ := filepath.Glob(filepath.Join(dir, run.CheckpointsDir, "*"))
		for _, path := range all {
			if err := os.Rename(path, path+".broken"); err != nil {
				t.Fatal(err)
			}
		}
	}
	whole := func(t *testing.T, l *Loop) {
		if err := l.Advance(t.Context(), 14, func(Report) {}); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		name  string
		until stop // saves every 5 of 14 steps
		after func(t *testing.T, dir string)
		want  string // of the error; "": it starts again
	}{
		{"killed before the first save", kill(4, nil), nil, ""},
		{"killed inside the first save", kill(4, nil), func(t *testing.T, dir string) {
			if err := os.Mkdir(filepath.Join(dir, run.CheckpointsDir, ".tmp-step-00000005"), 0o777); err != nil {
				t.Fatal(err)
			}
		}, ""},
		{"interrupted, then all removed", signal(3), remove(""), "log of 3 steps"},
		{"past the first save, then all removed", kill(7, nil), remove("*"), "log of 7 steps"},
		{"finished, then all removed", whole, remove("*"), "log of 14 steps"},
		{"finished, then the directory removed", whole, remove(""), "log of 14 steps"},
		{"all damaged", whole, spoil, "no good checkpoint"},
		{"an early one damaged", signal(3), spoil, "no good checkpoint"},
		{"all set aside", signal(3), rename, "log of 3 steps"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			l := begin(t, dir, small(nil), set)
			test.until(t, l)
			closeLoop(t, l)
			if test.after != nil {
				test.after(t, dir)
			}
			r, err := run.Open(dir)
			if err != nil {
				t.Fatal(err)
			}
			before := tree(t, dir)
			l, warnings, err := Open(r, set)
			if test.want == "" {
				if err != nil || l.Step() != 0 || len(warnings) != 1 || !strings.Contains(warnings[0].Error(), "starts again") {
					t.Fatal(warnings, err)
				}
				finish(t, l)
				return
			}
			for _, want := range []string{test.want, dir, "restore", "--out"} {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("%v does not say %q", err, want)
				}
			}
			if after := tree(t, dir); !slices.Equal(before, after) {
				t.Errorf("before %v, after %v", before, after)
			}
		})
	}
}

// A log that is damaged before the checkpoint's step cannot be gone on with, and
// stays as it is.
func TestDamagedLog(t *testing.T) {
	set := corpus(t, 1, letters)
	for _, test := range []struct {
		name  string
		spoil func(t *testing.T, dir string)
		want  []string
	}{
		{"a line within", func(t *testing.T, dir string) {
			path := filepath.Join(dir, run.MetricsFile)
			data, _ := os.ReadFile(path)
			lines := bytes.SplitAfter(data, []byte("\n"))
			lines[4] = []byte("{\"step\":,}\n")
			if err := os.WriteFile(path, bytes.Join(lines, nil), 0o644); err != nil {
				t.Fatal(err)
			}
		}, []string{run.MetricsFile + ":5", "damaged"}},
		{"the end", cutLastLine, []string{run.MetricsFile, "step 5"}},
		{"all", func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, run.TimingFile)); err != nil {
				t.Fatal(err)
			}
		}, []string{run.TimingFile, "step 5"}},
		{"evaluations", func(t *testing.T, dir string) {
			if err := os.Truncate(filepath.Join(dir, run.EvaluationsFile), 0); err != nil {
				t.Fatal(err)
			}
		}, []string{run.MetricsFile + ":1", run.EvaluationsFile}},
		{"a gap", func(t *testing.T, dir string) {
			path := filepath.Join(dir, run.TimingFile)
			data, _ := os.ReadFile(path)
			if err := os.WriteFile(path, slices.Concat(bytes.SplitAfter(data, []byte("\n"))[1:]...), 0o644); err != nil {
				t.Fatal(err)
			}
		}, []string{run.TimingFile + ":1", "step 2 follows step 0"}},
		{"lines of another run", func(t *testing.T, dir string) {
			path := filepath.Join(dir, run.TimingFile)
			data, _ := os.ReadFile(path)
			lines := bytes.SplitAfter(data, []byte("\n"))
			if err := os.WriteFile(path, slices.Concat(slices.Concat(lines[:3]...), data), 0o644); err != nil {
				t.Fatal(err)
			}
		}, []string{run.TimingFile + ":4", "step 1 follows step 3"}},
		{"a newer format", func(t *testing.T, dir string) {
			path := filepath.Join(dir, run.EvaluationsFile)
			data, _ := os.ReadFile(path)
			data[8] = 2
			if err := os.WriteFile(path, data, 0o644); err != nil {
				t.Fatal(err)
			}
		}, []string{run.EvaluationsFile, "format_version is 2"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			l := begin(t, dir, small(nil), set)
			kill(5, nil)(t, l)
			closeLoop(t, l)
			test.spoil(t, dir)
			before, _ := os.ReadFile(filepath.Join(dir, run.MetricsFile))
			r, err := run.Open(dir)
			if err != nil {
				t.Fatal(err)
			}
			_, _, err = Open(r, set)
			for _, want := range test.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("%v does not say %q", err, want)
				}
			}
			if after, _ := os.ReadFile(filepath.Join(dir, run.MetricsFile)); !bytes.Equal(before, after) {
				t.Error("the log was changed")
			}
		})
	}
}
