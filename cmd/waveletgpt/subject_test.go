package main

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/waveletgpt/waveletgpt/internal/checkpoint"
	"github.com/waveletgpt/waveletgpt/run"
	"github.com/waveletgpt/waveletgpt/summary"
)

// programs are two builds of the program, and data for it.
type programs struct{ shipped, killpoints, text, data string }

// build builds the program and prepares data.
func build(t testing.TB) programs {
	t.Helper()
	dir := t.TempDir()
	p := programs{filepath.Join(dir, "waveletgpt"), filepath.Join(dir, "killpoints"), filepath.Join(dir, "book.txt"), filepath.Join(dir, "data")}
	random := rand.New(rand.NewPCG(3, 4))
	words := strings.Fields("the of and river stone carried slowly under light a morning which nobody had seen")
	var book strings.Builder
	for book.Len() < 6000 {
		book.WriteString(words[random.IntN(len(words))] + " ")
	}
	if err := os.WriteFile(p.text, []byte(book.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"go", "build", "-o", p.shipped, "."},
		{"go", "build", "-tags", "killpoints", "-o", p.killpoints, "."},
		{p.shipped, "data", "prepare", "text", "--data", p.text, "--out", p.data},
	} {
		if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
	}
	return p
}

// A subject is a command to kill: how to start and resume it, and which runs it
// writes.
type subject struct {
	name  string
	share int // percentage of the kills
	programs
	finished int    // runs
	saysStep string // message before the step a run resumes after; empty for several runs
	begin    func(dir string) []string
	resume   func(dir string) []string
	begun    func(dir string) bool
	runs     func(dir string) []string

	launch   []string                                                          // what starts the program; empty: nothing
	killRank func(program string)                                              // kills one of the processes that launch has started
	outlived func(launcher *os.Process, program string, ended <-chan struct{}) // kills a launcher that waits for processes that are gone
	isKill   func(code int) bool                                               // whether launch returns a code because a process was killed
}

// tiny are the settings of a run that saves every few milliseconds.
func tiny(more ...string) (flags []string) {
	for _, s := range append([]string{
		"model.layers=1", "model.width=16", "model.hidden=32", "model.context=16", "model.dropout=0.1",
		"train.batch=2", "train.eval_every=10", "train.save_every=4", "eval.windows=4",
	}, more...) {
		flags = append(flags, "--set", s)
	}
	return append(flags, "--preset", "tiny")
}

func trainSubject(p programs) subject {
	return subject{
		name: "train", share: 80, programs: p, finished: 1, saysStep: "resuming after step ",
		begin: func(dir string) []string {
			return slices.Concat([]string{"train", "--data", p.data, "--out", dir}, tiny("train.steps=96", "model.mixer=haar"))
		},
		resume: func(dir string) []string { return []string{"train", "--resume", dir} },
		begun:  run.Exists,
		runs:   func(dir string) []string { return []string{dir} },
	}
}

// compareSubject is a study of three variants at four horizons, which are branches of
// one run, with two seeds.
func compareSubject(p programs) subject {
	args := func(dir string) []string {
		return slices.Concat([]string{"compare", "--data", p.data, "--out", dir, "--variants", "none,shift,haar{model.family=nanochat,train.optimizer=muon}", "--seeds", "2", "--horizons", "10,14,20,28"},
			tiny("train.schedule=wsd"))
	}
	runs := func(dir string) []string {
		all, _ := filepath.Glob(filepath.Join(dir, "*-seed*"))
		return all
	}
	return subject{
		name: "compare", share: 20, programs: p, finished: 24,
		begin: args, resume: args, runs: runs,
		begun: func(dir string) bool { return slices.ContainsFunc(runs(dir), run.Exists) },
	}
}

// A life is the plan for one process.
type life struct {
	delay time.Duration // until it is killed; 0: never
	point string        // kill point at which it kills itself
	count int           // which visit of the point, from 1
	list  string        // file to list the visited points in
	by    string        // signals at the point: empty for SIGKILL, "TERM", "TERM TERM"
	term  bool          // send SIGTERM after the delay
	args  []string      // more flags
}

// lived is the outcome of a life.
type lived struct {
	killed bool
	code   int
	stderr string
}

func (s *subject) live(t testing.TB, dir string, l life) (out lived) {
	t.Helper()
	program, args := s.shipped, s.begin(dir)
	if l.point != "" || l.list != "" {
		program = s.killpoints
	}
	if s.begun(dir) {
		args = s.resume(dir)
	}
	command := slices.Concat(s.launch, []string{program}, args, l.args)
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env = append(os.Environ(), "WAVELETGPT_KILL_POINT="+l.point, "WAVELETGPT_KILL_COUNT="+strconv.Itoa(l.count), "WAVELETGPT_KILL_LIST="+l.list, "WAVELETGPT_KILL_BY="+l.by)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if s.outlived != nil {
		ended := make(chan struct{})
		defer close(ended)
		go s.outlived(cmd.Process, program, ended)
	}
	if l.delay > 0 {
		var signal os.Signal = os.Kill
		if l.term {
			signal = syscall.SIGTERM
		}
		timer := time.AfterFunc(l.delay, func() {
			if s.killRank != nil && !l.term {
				s.killRank(program)
				return
			}
			_ = cmd.Process.Signal(signal) // it may have ended
		})
		defer timer.Stop()
	}
	err := cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	out.code, out.stderr = cmd.ProcessState.ExitCode(), stderr.String()
	out.killed = out.code == -1 || s.isKill != nil && s.isKill(out.code) // by a signal
	return out
}

// newest verifies all checkpoints of all runs and returns the newest step of
// each that has one.
func (s *subject) newest(t *testing.T, dir string) map[string]int {
	t.Helper()
	newest := map[string]int{}
	for _, name := range s.runs(dir) {
		store := checkpoint.New(filepath.Join(name, run.CheckpointsDir))
		steps, err := store.Steps()
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range steps {
			if _, err := checkpoint.Verify(store.Path(step)); err != nil {
				t.Fatal(err)
			}
			newest[name] = step
		}
	}
	return newest
}

// where says where a process was when it was killed.
func (s *subject) where(dir string, l life) string {
	if l.point != "" {
		return l.point
	}
	temporaries, saves := 0, 0
	for _, name := range s.runs(dir) {
		a, _ := filepath.Glob(filepath.Join(name, run.CheckpointsDir, ".tmp-*"))
		b, _ := filepath.Glob(filepath.Join(name, run.CheckpointsDir, "step-*"))
		temporaries, saves = temporaries+len(a), saves+len(b)
	}
	switch {
	case temporaries > 0:
		return "at a random time, inside a save"
	case saves == 0:
		return "at a random time, before the first save"
	}
	return "at a random time, between saves"
}

// content is all that does not depend on time or on where a run stopped.
func (s *subject) content(t *testing.T, dir string) map[string]string {
	t.Helper()
	content := map[string]string{}
	for _, name := range s.runs(dir) {
		files, _ := filepath.Glob(filepath.Join(name, run.CheckpointsDir, "*", "*"))
		for _, file := range append(files, filepath.Join(name, run.MetricsFile), filepath.Join(name, run.EvaluationsFile), filepath.Join(name, run.ConfigFile)) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			key, _ := filepath.Rel(dir, file)
			content[key] = string(data)
		}
	}
	if len(content) == 0 {
		t.Fatalf("%s holds nothing", dir)
	}
	if s.name == "compare" {
		content[summary.FileName] = timeless(t, dir)
	}
	return content
}

// timeless is the summary of a directory without what the clock and the name of the
// directory say.
func timeless(t *testing.T, dir string) string {
	t.Helper()
	s, err := summary.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	s.Command = ""
	for _, runs := range [][]summary.Run{s.Runs, s.Shorter} {
		for i := range runs {
			runs[i] = runs[i].WithoutSeconds()
		}
	}
	for i := range s.Comparisons {
		c := &s.Comparisons[i]
		c.SecondsSaved, c.HorizonRatio.Seconds, c.Outcome, c.Verdict = nil, nil, "", ""
	}
	document, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return string(document)
}

// pointsOf are the points of a list, each once, in the order of the first time.
func pointsOf(t *testing.T, list string) []string {
	t.Helper()
	data, err := os.ReadFile(list)
	if err != nil {
		t.Fatal(err)
	}
	var points []string
	for _, point := range strings.Split(strings.TrimSpace(string(data)), "\n") {
		if !slices.Contains(points, point) {
			points = append(points, point)
		}
	}
	if len(points) < 30 {
		t.Fatalf("only %d points: %v", len(points), points)
	}
	return points
}
