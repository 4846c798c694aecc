package main

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/waveletgpt/waveletgpt/run"
)

// Variables of these tests: the launcher, with which more than one MPI can be tested, and
// the number of kills.
const (
	launcherVariable = "WAVELETGPT_MPIRUN"
	mpiKillsVariable = "WAVELETGPT_MPI_KILLS"
)

// exitRanks is the exit code of a rank that has lost the others.
const exitRanks = 7

// launch returns the command that starts some processes of MPI on this machine, with more
// processes than it has cores. The test is skipped where there is no MPI.
func launch(t testing.TB, processes int) []string {
	t.Helper()
	path := os.Getenv(launcherVariable)
	for _, name := range []string{"mpirun.openmpi", "mpirun"} {
		if path == "" {
			path, _ = exec.LookPath(name)
		}
	}
	if path == "" {
		t.Skip("there is no mpirun; on Debian: apt-get install openmpi-bin")
	}
	for name, value := range map[string]string{ // MPICH does not read them
		"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
		"OMPI_MCA_rmaps_base_oversubscribe": "1", "PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe",
		"OMPI_MCA_mpi_yield_when_idle": "1", "OMPI_MCA_odls_base_sigkill_timeout": "0",
	} {
		t.Setenv(name, value)
	}
	return []string{path, "-np", strconv.Itoa(processes)}
}

// buildMPI is build, with waveletgpt-mpi in the place of the program.
func buildMPI(t testing.TB) (alone, p programs) {
	t.Helper()
	alone = build(t)
	p = alone
	p.shipped, p.killpoints = p.shipped+"-mpi", p.killpoints+"-mpi"
	for _, args := range [][]string{
		{"go", "build", "-o", p.shipped, "../waveletgpt-mpi"},
		{"go", "build", "-tags", "killpoints", "-o", p.killpoints, "../waveletgpt-mpi"},
	} {
		if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
	}
	return alone, p
}

// onRanks is a subject that several processes train.
func (s subject) onRanks(t testing.TB, p programs, processes int) subject {
	s.programs, s.launch = p, launch(t, processes)
	s.killRank = func(program string) {
		// A launcher takes its time to start them.
		for range 100 {
			if ranks := ranksOf(program); len(ranks) > 0 {
				_ = syscall.Kill(ranks[rand.IntN(len(ranks))], syscall.SIGKILL) // it may have ended
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
	// Open MPI 4.1.4 can wait for ever if a rank dies while the launcher starts others.
	s.outlived = func(launcher *os.Process, program string, ended <-chan struct{}) {
		const patience, look = 30 * time.Second, time.Second
		for alone := time.Duration(0); alone < patience; alone += look {
			if len(ranksOf(program)) > 0 {
				alone = 0
			}
			select {
			case <-ended:
				return
			case <-time.After(look):
			}
		}
		t.Logf("the launcher waited for %v for ranks that are gone, and was killed", patience)
		_ = launcher.Kill() // it may have ended
	}
	// Open MPI returns 128 and the signal, MPICH the signal; where the other ranks notice
	// first, it is their code.
	s.isKill = func(code int) bool { return slices.Contains([]int{128 + 9, 9, exitRanks}, code) }
	return s
}

// shaped is the training of a run with settings.
func shaped(p programs, settings ...string) subject {
	s := trainSubject(p)
	s.begin = func(dir string) []string {
		return slices.Concat([]string{"train", "--data", p.data, "--out", dir}, tiny(settings...))
	}
	return s
}

// waveletgpt-mpi under a real launcher. Without the variable only its bytes are tested.
func TestMPI(t *testing.T) {
	if testing.Short() {
		t.Skip("builds programs and starts them")
	}
	launch(t, 1)
	alone, p := buildMPI(t)
	t.Run("bytes", func(t *testing.T) { mpiBytes(t, alone, p) })
	t.Run("page", func(t *testing.T) { mpiPage(t, alone, p) })
	kills, err := strconv.Atoi(os.Getenv(mpiKillsVariable))
	if err != nil {
		t.Skipf("set %s=20 to kill and stop processes of MPI that often, and to cut the link between two machines", mpiKillsVariable)
	}
	t.Run("refused", func(t *testing.T) { mpiRefuses(t, alone, p) })
	t.Run("prepares", func(t *testing.T) { mpiPrepares(t, p) })
	t.Run("lost", func(t *testing.T) { mpiLosesRanks(t, alone, p) })
	t.Run("cut", func(t *testing.T) { mpiLinkIsCut(t, alone, p) })
	// Rank 0 is killed in the middle of saves, and any rank at random times.
	t.Run("kills", func(t *testing.T) {
		s := trainSubject(alone).onRanks(t, p, 2)
		s.loop(t, kills)
	})
}

// Processes that MPI connects write the bytes of one process.
func mpiBytes(t *testing.T, alone, p programs) {
	for name, s := range map[string]subject{
		"accumulated": shaped(alone, "train.steps=40", "model.mixer=haar", "train.batch=5", "train.accumulate=3"),
		"nanochat":    shaped(alone, "train.steps=40", "model.family=nanochat", "train.optimizer=muon", "model.mixer=shift", "train.batch=8"),
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "alone")
			s.ends(t, dir)
			want := s.content(t, dir)
			for _, processes := range []int{2, 4} {
				r := s.onRanks(t, p, processes)
				dir := filepath.Join(t.TempDir(), fmt.Sprint(processes))
				out := r.ends(t, dir)
				if !strings.Contains(out, fmt.Sprint(processes, " ranks of ")) {
					t.Fatalf("%d processes did not train together:\n%s", processes, out)
				}
				r.checkFinished(t, dir, want)
			}
		})
	}
}

// The commands of docs/scale.md run as they stand there, with a small model.
func mpiPage(t *testing.T, alone, p programs) {
	page, err := os.ReadFile("../../docs/scale.md")
	if err != nil {
		t.Fatal(err)
	}
	commands := regexp.MustCompile(`(?m)^    ((?:mpirun|\./waveletgpt) [^#\n]*)`).FindAllStringSubmatch(string(page), -1)
	if len(commands) != 4 {
		t.Fatalf("%d commands: %q", len(commands), commands)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "book.txt"), []byte(strings.Repeat("It was the best of times, it was the worst of times. ", 2000)), 0o666); err != nil {
		t.Fatal(err)
	}
	programs := map[string][]string{"mpirun": launch(t, 2), "-np": nil, "2": nil, "./waveletgpt-mpi": {p.shipped}, "./waveletgpt": {alone.shipped}}
	for _, command := range commands {
		var args []string
		for _, word := range strings.Fields(command[1]) {
			if words, ok := programs[word]; ok {
				args = append(args, words...)
				continue
			}
			args = append(args, word)
			if word == "book.txt" {
				args = append(args, "--preset", "tiny", "--set", "train.steps=4", "--set", "train.warmup=1")
			}
		}
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", command[1], err, out)
		}
	}
}

// ends trains to the end and returns the lines for people.
func (s *subject) ends(t testing.TB, dir string) string {
	t.Helper()
	l := s.live(t, dir, life{})
	if l.code != 0 {
		t.Fatalf("code %d\n%s", l.code, l.stderr)
	}
	return l.stderr
}

// A rank that is killed or stopped ends the others within the patience, with a line
// and a code that say so, and the run resumes to the same bytes with other numbers of
// processes.
func mpiLosesRanks(t *testing.T, alone, p programs) {
	s := shaped(alone, "train.steps=3000", "train.save_every=100", "train.eval_every=1000", "model.mixer=haar", "train.batch=8")
	reference := filepath.Join(t.TempDir(), "alone")
	s.ends(t, reference)
	want := s.content(t, reference)
	dir := filepath.Join(t.TempDir(), "run")
	for i, event := range []struct {
		processes, rank int
		signal          syscall.Signal
	}{
		{2, 1, syscall.SIGKILL}, {4, 0, syscall.SIGKILL}, {2, 1, syscall.SIGSTOP}, {4, 0, syscall.SIGSTOP},
	} {
		r := s.onRanks(t, p, event.processes)
		job := r.start(t, dir, "--patience", "2s")
		job.waitFor(t, dir, 100+300*i)
		ranks := ranksOf(p.shipped)
		if len(ranks) != event.processes {
			t.Fatalf("ranks %v", ranks)
		}
		if err := syscall.Kill(ranks[event.rank], event.signal); err != nil {
			t.Fatal(err)
		}
		code := job.wait()
		stopped := event.signal == syscall.SIGSTOP
		if code == 0 || stopped && !strings.Contains(job.stderr.String(), "waited 2s for the others in MPI_") {
			t.Fatalf("%+v: code %d\n%s", event, code, job.stderr)
		}
		if stopped && event.rank > 0 && code != exitRanks {
			t.Errorf("%+v: code %d, want %d\n%s", event, code, exitRanks, job.stderr)
		}
	}
	s.ends(t, dir) // without MPI
	s.checkFinished(t, dir, want)
}

// While rank 0 waits for its data, longer than the patience, the others wait with it.
func mpiPrepares(t *testing.T, p programs) {
	const patience = time.Second
	text, err := os.ReadFile(p.text)
	if err != nil {
		t.Fatal(err)
	}
	s := trainSubject(p).onRanks(t, p, 2)
	dir := filepath.Join(t.TempDir(), "run")
	args := slices.Concat(s.launch[1:], []string{p.shipped, "--patience", patience.String(), "train", "-", "--out", dir}, tiny("train.steps=8"))
	cmd := exec.Command(s.launch[0], args...)
	input, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(4 * patience)
	if _, err := input.Write(text); err != nil {
		t.Error(err)
	}
	if err := errors.Join(input.Close(), cmd.Wait()); err != nil || !strings.Contains(stderr.String(), "done; sample from it") {
		t.Errorf("%v\n%s", err, &stderr)
	}
}

// A jobOf is a launcher with its processes.
type jobOf struct {
	*exec.Cmd
	stderr *bytes.Buffer
}

// start starts or resumes a run.
func (s *subject) start(t *testing.T, dir string, flags ...string) jobOf {
	t.Helper()
	args := s.begin(dir)
	if s.begun(dir) {
		args = s.resume(dir)
	}
	command := slices.Concat(s.launch, []string{s.shipped}, flags, args)
	j := jobOf{exec.Command(command[0], command[1:]...), &bytes.Buffer{}}
	j.Stderr = j.stderr
	j.WaitDelay = time.Minute
	if err := j.Start(); err != nil {
		t.Fatal(err)
	}
	over := make(chan struct{})
	t.Cleanup(func() {
		close(over)
		_ = j.Process.Kill() // it has ended if all went well
	})
	if s.outlived != nil {
		go s.outlived(j.Process, s.shipped, over)
	}
	return j
}

// waitFor waits until the log of a run has a step.
func (j jobOf) waitFor(t *testing.T, dir string, step int) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		metrics, err := (&run.Run{Dir: dir}).Metrics()
		if err == nil && len(metrics) > 0 && metrics[len(metrics)-1].Step >= step {
			return
		}
	}
	_ = j.Process.Kill()
	t.Fatalf("step %d is not there after a minute\n%s", step, j.stderr)
}

// wait waits until the launcher has ended, and returns its exit code.
func (j jobOf) wait() int {
	_ = j.Wait()
	return j.ProcessState.ExitCode()
}

// ranksOf lists the processes of a program, by rank, from what the launchers set in their
// environment.
func ranksOf(program string) (all []int) {
	pids := map[int]int{}
	entries, _ := filepath.Glob("/proc/[0-9]*") // the pattern is valid
	for _, entry := range entries {
		if path, err := os.Readlink(filepath.Join(entry, "exe")); err != nil || path != program {
			continue
		}
		environment, err := os.ReadFile(filepath.Join(entry, "environ"))
		if err != nil {
			continue // it has ended
		}
		for variable := range strings.SplitSeq(string(environment), "\x00") {
			name, value, _ := strings.Cut(variable, "=")
			if rank, err := strconv.Atoi(value); err == nil && (name == "OMPI_COMM_WORLD_RANK" || name == "PMI_RANK") {
				pids[rank], _ = strconv.Atoi(filepath.Base(entry))
			}
		}
	}
	for _, rank := range slices.Sorted(maps.Keys(pids)) {
		all = append(all, pids[rank])
	}
	return all
}
