package train

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/gpt"
	"github.com/waveletgpt/waveletgpt/internal/checkpoint"
	"github.com/waveletgpt/waveletgpt/run"
)

// A stop is a way in which a run comes to a halt, from an open loop on; the
// loop is closed afterwards.
type stop func(t *testing.T, l *Loop)

// signal is a context that ends after a step.
func signal(step int) stop {
	return func(t *testing.T, l *Loop) {
		ctx, cancel := context.WithCancel(t.Context())
		err := l.Advance(ctx, 14, func(r Report) {
			if r.Step == step && r.Loss != nil {
				cancel()
			}
		})
		if !errors.Is(err, context.Canceled) || l.Step() != step {
			t.Fatalf("signal at step %d: at step %d, %v", step, l.Step(), err)
		}
	}
}

// signalEvaluating is a context that ends within the evaluation number n, from
// 0, after a step.
func signalEvaluating(step, n int) stop {
	return func(t *testing.T, l *Loop) {
		if step > 0 {
			if err := l.Advance(t.Context(), step-1, func(Report) {}); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		begun, inside := step == 0, atomic.Int64{}
		nativeOf(l).delay = func() {
			if begun && inside.Add(1) == int64(n*6+3) { // of 6 windows
				cancel()
			}
		}
		err := l.Advance(ctx, 14, func(r Report) { begun = r.Step == step })
		nativeOf(l).delay = nil
		if !errors.Is(err, context.Canceled) || l.Step() != step {
			t.Fatalf("signal within the evaluation after step %d: at step %d, %v", step, l.Step(), err)
		}
	}
}

// kill ends after a step without a save: what a process leaves that is killed.
// torn is what it did to files at that moment.
func kill(step int, torn func(t *testing.T, dir string)) stop {
	return func(t *testing.T, l *Loop) {
		if err := l.Advance(t.Context(), step, func(Report) {}); err != nil {
			t.Fatal(err)
		}
		if torn != nil {
			torn(t, l.run.Dir)
		}
	}
}

func appendTo(name, text string) func(t *testing.T, dir string) {
	return func(t *testing.T, dir string) {
		f, err := os.OpenFile(filepath.Join(dir, name), os.O_WRONLY|os.O_APPEND, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteString(text); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// cutLastLine takes the last line of metrics.jsonl away.
func cutLastLine(t *testing.T, dir string) {
	path := filepath.Join(dir, run.MetricsFile)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	end := bytes.LastIndexByte(data[:len(data)-1], '\n') + 1
	if err := os.Truncate(path, int64(end)); err != nil {
		t.Fatal(err)
	}
}

// cutRecord takes the last bytes of evaluations.bin away.
func cutRecord(t *testing.T, dir string) {
	path := filepath.Join(dir, run.EvaluationsFile)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, info.Size()-3); err != nil {
		t.Fatal(err)
	}
}

// snapshot returns all that a run promises to be the same however often it
// stopped: the log, the last checkpoint, and what its model writes. Seconds are
// not, but there are some for every step.
func snapshot(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	last := filepath.Join(run.CheckpointsDir, "step-00000014")
	for _, name := range []string{
		run.MetricsFile, run.EvaluationsFile,
		filepath.Join(last, gpt.WeightsFile), filepath.Join(last, OptimizerFile), filepath.Join(last, gpt.ConfigFile),
		filepath.Join(last, run.CodecFile), filepath.Join(last, "manifest.json"),
	} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = string(data)
	}
	files["a sample"] = sample(t, dir)
	timings, err := (&run.Run{Dir: dir}).Timings()
	if err != nil {
		t.Fatal(err)
	}
	before := 0.0
	for i, timing := range timings {
		if timing.Step != i+1 || timing.Seconds <= before {
			t.Errorf("%s: line %d is %+v after %v s", run.TimingFile, i+1, timing, before)
		}
		before = timing.Seconds
	}
	if len(timings) != 14 {
		t.Errorf("%s has %d lines, want one for each of 14 steps", run.TimingFile, len(timings))
	}
	return files
}

// sample is what the newest model of a run writes.
func sample(t *testing.T, dir string) string {
	t.Helper()
	m, err := run.OpenModel(dir)
	if err != nil {
		t.Fatal(err)
	}
	prompt, err := m.Prompt("")
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	err = m.Generate(t.Context(), prompt, 40, gpt.Sampling{Temperature: 0.8, TopP: 1}, 1, func(token uint16) error {
		return m.Codec.Decode(&text, []uint16{token})
	})
	if err != nil {
		t.Fatal(err)
	}
	return text.String()
}

func compareSnapshots(t *testing.T, got, want map[string]string) {
	t.Helper()
	for name, w := range want {
		if got[name] != w {
			t.Errorf("%s differs from that of a run that did not stop", name)
		}
	}
}

// N steps are k steps, a stop of any kind, and N-k steps: to the byte.
func TestResume(t *testing.T) {
	set := corpus(t, 1, letters)
	stops := map[string][]stop{
		"before the first step":                        {signalEvaluating(0, 0)},
		"at the first step":                            {signal(1)},
		"before the first save":                        {signal(3)},
		"between saves":                                {signal(7)},
		"at a save":                                    {signal(5)},
		"right after a save":                           {kill(5, nil)},
		"at the last step":                             {signal(14)},
		"within an evaluation":                         {signalEvaluating(8, 0)},
		"within the last evaluation":                   {signalEvaluating(14, 0)},
		"within the test":                              {signalEvaluating(14, 1)},
		"killed before the first save":                 {kill(4, nil)},
		"killed between saves":                         {kill(8, nil)},
		"killed within a line":                         {kill(7, appendTo(run.MetricsFile, `{"step":8,"tok`))},
		"killed within a line of times":                {kill(6, appendTo(run.TimingFile, `{"st`))},
		"killed within a record":                       {kill(8, cutRecord)},
		"killed before a line, its record there":       {signalEvaluating(8, 0), kill(8, cutLastLine)},
		"stopped hard before a record, its line there": {signalEvaluating(8, 0), kill(8, cutRecord)},
		"killed with garbage behind":                   {kill(7, appendTo(run.MetricsFile, "\x00\x00\n{}\n"))},
		"evaluated, killed":                            {signalEvaluating(4, 0), kill(4, nil)},
		"again and again":                              {signalEvaluating(0, 0), signal(1), signal(3), signal(5), kill(7, nil), signalEvaluating(8, 0), kill(9, nil), signal(12), signalEvaluating(14, 1)},
	}
	c := small(func(c *config.Config) { c.Model.Mixer, c.Model.Dropout = "haar", 0.1 })
	dir := t.TempDir()
	finish(t, begin(t, dir, c, set))
	want := snapshot(t, dir)
	for _, name := range slices.Sorted(maps.Keys(stops)) {
		t.Run(name, func(t *testing.T) { stopped(t, c, set, stops[name], want) })
	}
}

// stopped trains a run that stops in some ways and demands the bytes of one that
// did not.
func stopped(t *testing.T, c config.Config, set *dataset.Set, stops []stop, want map[string]string) {
	dir := t.TempDir()
	l := begin(t, dir, c, set)
	for _, stop := range stops {
		stop(t, l)
		closeLoop(t, l)
		var warnings []error
		log, err := os.ReadFile(filepath.Join(dir, run.MetricsFile))
		if err != nil {
			t.Fatal(err)
		}
		l, warnings = goOn(t, dir, set)
		if again := l.Step() == 0 && bytes.Contains(log, []byte(`"step":1,`)); len(warnings) > 0 != again {
			t.Fatalf("after step %d with warnings %v and the log\n%s", l.Step(), warnings, log)
		}
	}
	finish(t, l)
	compareSnapshots(t, snapshot(t, dir), want)
}

// resumes demands that a configuration resumes at every kind of place.
func resumes(t *testing.T, name string, c config.Config, set *dataset.Set) {
	stops := map[string][]stop{
		"before the first save": {kill(3, nil)},
		"at the first step":     {signal(1)},
		"between saves":         {kill(8, nil)},
		"right after a save":    {kill(5, nil)},
		"again and again":       {signalEvaluating(0, 0), signal(1), signal(5), kill(7, nil), signalEvaluating(8, 0), signal(12), signalEvaluating(14, 1)},
	}
	t.Run(name, func(t *testing.T) {
		t.Parallel() // most of the time is that of the disk
		dir := t.TempDir()
		finish(t, begin(t, dir, c, set))
		want := snapshot(t, dir)
		for _, name := range slices.Sorted(maps.Keys(stops)) {
			t.Run(name, func(t *testing.T) { stopped(t, c, set, stops[name], want) })
		}
	})
}

// Every operator, with and without dropout and accumulation, at every kind of
// place.
func TestResumeMatrix(t *testing.T) {
	set := corpus(t, 1, letters)
	for i, mixer := range []string{"none", "haar", "shift", "ema:matched", "learned", "conv:3"} {
		for _, dropout := range []float64{0, 0.1} {
			for _, accumulate := range []int{1, 3} {
				if testing.Short() && (i > 1 || accumulate == 1) {
					continue
				}
				resumes(t, fmt.Sprintf("%s-dropout%v-accumulate%d", mixer, dropout, accumulate), small(func(c *config.Config) {
					c.Model.Mixer, c.Model.Dropout, c.Train.Accumulate = mixer, dropout, accumulate
				}), set)
			}
		}
	}
}

// Muon's momentum is in the checkpoint, and initial weights depend on model.init only.
func TestResumeMuon(t *testing.T) {
	set := corpus(t, 1, letters)
	for _, mixer := range []string{"none", "learned"} {
		resumes(t, mixer, small(func(c *config.Config) {
			withMuon(&c.Train)
			c.Model.Mixer, c.Model.Dropout, c.Model.Init = mixer, 0.1, "width"
		}), set)
	}
	resumes(t, "nanochat", small(func(c *config.Config) {
		withMuon(&c.Train)
		c.Model.Family, c.Model.KVHeads, c.Model.Mixer, c.Model.Dropout = "nanochat", 1, "learned:at=block+kv", 0.1
	}), set)
}

// Seconds go on adding up.
func TestSecondsAddUp(t *testing.T) {
	set, dir := corpus(t, 1, letters), t.TempDir()
	l := begin(t, dir, small(nil), set)
	signal(5)(t, l)
	seconds := l.seconds
	closeLoop(t, l)
	l, _ = goOn(t, dir, set)
	if l.seconds != seconds || seconds <= 0 {
		t.Errorf("%v s, before the stop %v s", l.seconds, seconds)
	}
	closeLoop(t, l)
}

// Before its first checkpoint, a run knows its data by the hash in its
// configuration.
func TestRefusesOtherDataBeforeTheFirstSave(t *testing.T) {
	set, other := corpus(t, 1, letters), corpus(t, 2, letters)
	c := small(func(c *config.Config) { c.Data.Hash = set.Header.Hash })
	_, _, err := Open(&run.Run{Dir: t.TempDir(), Config: c, Codec: other.Codec}, other)
	for _, hash := range []string{set.Header.Hash, other.Header.Hash} {
		if err == nil || !strings.Contains(err.Error(), hash[:12]) {
			t.Errorf("%v does not name %s", err, hash)
		}
	}
}

// A checkpoint of other data or another configuration is refused with both
// hashes, and nothing changes.
func TestRefusesAnotherCheckpoint(t *testing.T) {
	set, other := corpus(t, 1, letters), corpus(t, 2, letters)
	dir := t.TempDir()
	l := begin(t, dir, small(nil), set)
	signal(5)(t, l)
	closeLoop(t, l)
	before := tree(t, dir)
	changed := small(func(c *config.Config) { c.Train.LR *= 2 })
	for _, test := range []struct {
		name string
		c    config.Config
		set  *dataset.Set
		want []string
	}{
		{"data", small(nil), other, []string{set.Header.Hash, other.Header.Hash}},
		{"configuration", changed, set, []string{small(nil).Hash(set.Header.Hash), changed.Hash(set.Header.Hash)}},
	} {
		_, _, err := Open(&run.Run{Dir: dir, Config: test.c, Codec: test.set.Codec}, test.set)
		for _, hash := range test.want {
			if err == nil || !strings.Contains(err.Error(), hash[:12]) {
				t.Errorf("%s: %v does not name %s", test.name, err, hash)
			}
		}
		if after := tree(t, dir); !slices.Equal(before, after) {
			t.Errorf("%s: the run was changed from %v to %v", test.name, before, after)
		}
	}
	// What cannot change a result may differ.
	free := small(func(c *config.Config) { c.Train.Threads, c.Train.SaveEvery, c.Train.Keep = 1, 3, 9 })
	l, _, err := Open(&run.Run{Dir: dir, Config: free, Codec: set.Codec}, set)
	if err != nil {
		t.Fatal(err)
	}
	closeLoop(t, l)
}

// tree lists files with their sizes.
func tree(t *testing.T, dir string) (all []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		all = append(all, fmt.Sprint(path, info.Size()))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// relabel saves a checkpoint of a run again, with another label.
func relabel(t *testing.T, dir string, step int, label, value string) {
	t.Helper()
	store := checkpoint.New(filepath.Join(dir, run.CheckpointsDir))
	moved := filepath.Join(t.TempDir(), "old")
	if err := os.Rename(store.Path(step), moved); err != nil {
		t.Fatal(err)
	}
	old, err := checkpoint.Verify(moved)
	if err != nil {
		t.Fatal(err)
	}
	old.Labels[label] = value
	if err := store.Save(step, old.Labels, old.Files()); err != nil {
		t.Fatal(err)
	}
}

// A checkpoint of other kernels resumes, with a warning.
func TestAnotherTier(t *testing.T) {
	set, dir := corpus(t, 1, letters), t.TempDir()
	l := begin(t, dir, small(nil), set)
	signal(5)(t, l)
	closeLoop(t, l)
	relabel(t, dir, 5, labelTier, "abacus/amd64")
	l, warnings := goOn(t, dir, set)
	if len(warnings) != 1 || !strings.Contains(warnings[0].Error(), "abacus/amd64") {
		t.Errorf("warnings %v", warnings)
	}
	finish(t, l)
}

// The last checkpoints and the best one are kept, also where the run stopped
// after the best one.
func TestKeepsTheBest(t *testing.T) {
	set, dir := corpus(t, 1, letters), t.TempDir()
	l := begin(t, dir, small(func(c *config.Config) {
		c.Train.Steps, c.Train.SaveEvery, c.Train.EvalEvery, c.Train.Keep = 8, 1, 1, 2
	}), set)
	kill(4, nil)(t, l)
	closeLoop(t, l)

	// As if step 3 had been better than all others.
	path := filepath.Join(dir, run.MetricsFile)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range metricsOf(t, dir) {
		if m.Step == 3 && m.ValidationLoss != nil {
			data = bytes.ReplaceAll(data, fmt.Appendf(nil, "%v", *m.ValidationLoss), []byte("0.5"))
		}
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	l, _ = goOn(t, dir, set)
	for until := 5; until <= 8; until++ {
		if err := l.Advance(t.Context(), until, func(Report) {}); err != nil {
			t.Fatal(err)
		}
		if steps := stepsOf(t, l); !slices.Equal(steps, []int{3, until - 1, until}) {
			t.Errorf("after step %d there are checkpoints %v", until, steps)
		}
	}
	closeLoop(t, l)
}
