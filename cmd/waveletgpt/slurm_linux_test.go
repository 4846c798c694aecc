package main

import (
	"bytes"
	"fmt"
	"net"
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

	"github.com/waveletgpt/waveletgpt/summary"
)

// A study of 4 parts on a real Slurm, with a controller and a node daemon on this machine:
// the script of --script submits an array for each phase; part 3 is killed as it saves a
// checkpoint, so that what waits for it is cancelled; it runs again alone; everything is
// submitted again; and the report is that of one machine. An array alone names parts with --part auto.
func TestSlurm(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program and starts Slurm")
	}
	cluster := startSlurm(t)
	program, plan := filepath.Join(cluster.dir, "waveletgpt"), filepath.Join(cluster.dir, "plan.toml")
	deadly := filepath.Join(cluster.dir, "deadly")
	cluster.run("go", "build", "-o", program, ".")
	cluster.run("go", "build", "-tags", "killpoints", "-o", filepath.Join(cluster.dir, "killpoints"), ".")
	text := strings.Repeat("the river carried a stone slowly under the light, and nobody had seen it before; ", 60)
	write(t, filepath.Join(cluster.dir, "book.txt"), text)
	var set []string
	for _, flag := range tiny("train.steps=40", "train.warmup=4") {
		if strings.Contains(flag, "=") {
			set = append(set, strconv.Quote(flag))
		}
	}
	write(t, plan, fmt.Sprintf("data = [\"book.txt\"]\npresets = [\"tiny\"]\nseeds = 4\nvariants = [\"none\", \"haar\"]\nsweep = \"min_lr=1e-4\"\nset = [%s]\n", strings.Join(set, ", ")))
	cluster.in(program, "compare", "plan.toml", "--out", "whole")
	write(t, filepath.Join(cluster.dir, "study.sh"), cluster.in(program, "compare", "plan.toml", "--out", "parts", "--script", "slurm"))

	// The program of the first submission dies as part 3 of the comparison.
	write(t, deadly, `#!/bin/sh
case "$*" in *comparison*3/4)
	export WAVELETGPT_KILL_POINT="before sync model.safetensors" WAVELETGPT_KILL_COUNT=7
	exec "`+cluster.dir+`/killpoints" "$@" ;;
esac
exec "`+program+`" "$@"
`)
	jobs := cluster.submit("WAVELETGPT=" + deadly)
	if want := []string{"sweep-1", "comparison", "report"}; !slices.Equal(jobs.names, want) {
		t.Fatalf("jobs %v", jobs.names)
	}
	cluster.wait()
	if state := cluster.state(jobs.ids[1] + "_3"); !strings.Contains(state, "FAILED") && !strings.Contains(state, "SIGNAL") {
		t.Errorf("part 3 of the comparison is %s", state)
	}
	if state := cluster.state(jobs.ids[2]); !strings.Contains(state, "CANCELLED") {
		t.Errorf("the report that waits for part 3 is %s", state)
	}
	if saved, _ := filepath.Glob(filepath.Join(cluster.dir, "parts", "part-3-of-4", "none-seed3-*", "checkpoints", "step-*")); len(saved) == 0 {
		t.Error("part 3 has not died in the middle of its training")
	}
	if _, err := os.Stat(filepath.Join(cluster.dir, "parts", summary.FileName)); err == nil {
		t.Error("there is a summary without part 3")
	}
	if status := cluster.in(program, "compare", "plan.toml", "--out", "parts", "--status"); strings.Count(status, "missing: ") != 1 || !strings.Contains(status, "--phase comparison --part 3/4") {
		t.Errorf("status\n%s", status)
	}

	// Part 3 alone, and then all of it again, by a script that is a job itself.
	cluster.submit("PARTS=3", "WAVELETGPT="+program)
	cluster.wait()
	first := cluster.summaryOf("parts")
	if err := os.Remove(filepath.Join(cluster.dir, "parts", summary.FileName)); err != nil {
		t.Fatal(err)
	}
	cluster.environment = append(cluster.environment, "WAVELETGPT="+program)
	cluster.in("sbatch", "--wait", "study.sh")
	cluster.wait()
	for _, s := range []*summary.Summary{first, cluster.summaryOf("parts")} {
		same(t, cluster.summaryOf("whole"), s)
	}

	// An array names its parts.
	cluster.in(program, "compare", "plan.toml", "--out", "auto", "--phase", "sweep-1", "--part", "1/2")
	out := cluster.in("sbatch", "--parsable", "--wait", "--array=1-2", "--wrap", "exec "+program+" compare plan.toml --out auto --phase sweep-1 --part auto")
	if _, err := os.Stat(filepath.Join(cluster.dir, "auto", "part-2-of-2", summary.FileName)); err != nil {
		t.Errorf("job %s: %v", out, err)
	}
}

// same compares what two summaries of a study say of losses and choices.
func same(t *testing.T, want, got *summary.Summary) {
	t.Helper()
	if len(got.Runs) != len(want.Runs) || len(got.Sweep.Trials) != len(want.Sweep.Trials) {
		t.Fatalf("%d runs and %d trials, want %d and %d", len(got.Runs), len(got.Sweep.Trials), len(want.Runs), len(want.Sweep.Trials))
	}
	for i, r := range want.AllRuns() {
		own := got.AllRuns()[i]
		if own.ConfigHash != r.ConfigHash || *own.FinalLoss != *r.FinalLoss || !slices.Equal(own.WindowLosses, r.WindowLosses) {
			t.Errorf("run %d is %s, seed %d, with a loss of %v; want %s, seed %d, %v", i, own.Label(), own.Seed, *own.FinalLoss, r.Label(), r.Seed, *r.FinalLoss)
		}
	}
	a, b := want.Comparisons[0], got.Comparisons[0]
	if *a.Gain != *b.Gain || *a.PValueHolm != *b.PValueHolm || *a.CI95 != *b.CI95 {
		t.Errorf("gain %v (%v, p = %v), want %v (%v, p = %v)", *b.Gain, *b.CI95, *b.PValueHolm, *a.Gain, *a.CI95, *a.PValueHolm)
	}
}

// A slurm is a cluster of one machine.
type slurm struct {
	*testing.T
	dir         string
	environment []string
}

// startSlurm starts munge, a controller and a node daemon with files and ports of their
// own. The test is skipped where they are not installed or may not start.
func startSlurm(t *testing.T) *slurm {
	t.Helper()
	for _, name := range []string{"munged", "slurmctld", "slurmd", "sbatch", "squeue", "scontrol", "bash"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skip("needs Slurm and munge (on Debian: apt-get install slurmctld slurmd slurm-client munge): ", err)
		}
	}
	if os.Getuid() != 0 {
		t.Skip("needs root: a node daemon starts jobs as their owners")
	}
	dir, err := os.MkdirTemp("", "slurm") // a short path, for sockets
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	host, _, _ = strings.Cut(host, ".")
	socket := filepath.Join(dir, "munge.socket")
	write(t, filepath.Join(dir, "munge.key"), strings.Repeat("not secret, for a test on one machine ", 2))
	if err := os.Chmod(filepath.Join(dir, "munge.key"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"state", "spool"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	conf := filepath.Join(dir, "slurm.conf")
	write(t, conf, fmt.Sprintf(`ClusterName=test
SlurmctldHost=%[1]s(127.0.0.1)
SlurmUser=root
SlurmctldPort=%[3]d
SlurmdPort=%[4]d
AuthType=auth/munge
AuthInfo=socket=%[5]s
StateSaveLocation=%[2]s/state
SlurmdSpoolDir=%[2]s/spool
SlurmctldPidFile=%[2]s/slurmctld.pid
SlurmdPidFile=%[2]s/slurmd.pid
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/builtin
SchedulerParameters=sched_interval=1,batch_sched_delay=0
MpiDefault=none
ReturnToService=2
MinJobAge=600
KillWait=1
MailProg=/bin/true
NodeName=%[1]s NodeAddr=127.0.0.1 CPUs=4 State=UNKNOWN
PartitionName=test Nodes=ALL Default=YES MaxTime=60 State=UP
`, host, dir, freePort(t), freePort(t), socket))
	write(t, filepath.Join(dir, "cgroup.conf"), "CgroupPlugin=cgroup/v1\n")
	s := &slurm{t, dir, append(os.Environ(), "SLURM_CONF="+conf, "PWD="+dir)}
	s.daemon("munged", "--foreground", "--force", "--socket="+socket, "--key-file="+filepath.Join(dir, "munge.key"),
		"--pid-file="+filepath.Join(dir, "munged.pid"), "--log-file="+filepath.Join(dir, "munged.log"), "--seed-file="+filepath.Join(dir, "munged.seed"))
	s.until("munge has no socket", func() bool { _, err := os.Stat(socket); return err == nil })
	s.daemon("slurmctld", "-D", "-f", conf)
	s.daemon("slurmd", "-D", "-f", conf, "-N", host)
	s.until("the node is not idle", func() bool {
		out, _ := s.command("scontrol", "show", "node").CombinedOutput()
		return bytes.Contains(out, []byte("State=IDLE"))
	})
	return s
}

// freePort is a port that was free a moment ago.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
}

func (s *slurm) command(name string, args ...string) *exec.Cmd {
	c := exec.Command(name, args...)
	c.Dir, c.Env = s.dir, s.environment
	return c
}

// daemon starts a daemon that ends with the test.
func (s *slurm) daemon(name string, args ...string) {
	s.Helper()
	log, err := os.Create(filepath.Join(s.dir, name+".out"))
	if err != nil {
		s.Fatal(err)
	}
	c := s.command(name, args...)
	c.Stdout, c.Stderr = log, log
	if err := c.Start(); err != nil {
		s.Skip("Slurm does not start here: ", err)
	}
	s.Cleanup(func() {
		_ = c.Process.Signal(syscall.SIGTERM)
		_ = c.Wait()
		log.Close()
	})
}

// until waits for a condition, for a minute, and says otherwise what the daemons said.
func (s *slurm) until(what string, ok func() bool) {
	s.Helper()
	for range 600 {
		if ok() {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	for _, name := range []string{"munged", "slurmctld", "slurmd"} {
		text, _ := os.ReadFile(filepath.Join(s.dir, name+".out"))
		s.Logf("%s:\n%s", name, text)
	}
	s.Fatal(what)
}

// in runs a command in the directory of the cluster and returns its standard output.
func (s *slurm) in(name string, args ...string) string {
	s.Helper()
	c := s.command(name, args...)
	var problem bytes.Buffer
	c.Stderr = &problem
	out, err := c.Output()
	if err != nil {
		s.Fatalf("%s %v: %v\n%s", name, args, err, problem.String())
	}
	return string(out)
}

// run runs a command in the directory of the package.
func (s *slurm) run(name string, args ...string) {
	s.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		s.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
}

// submitted are the jobs of a script.
type submitted struct{ names, ids []string }

var jobLine = regexp.MustCompile(`(?m)^(\S+): job (\d+)$`)

// submit runs the script with variables.
func (s *slurm) submit(variables ...string) (jobs submitted) {
	s.Helper()
	c := s.command("bash", "study.sh", "--time=9")
	c.Env = append(slices.Clone(s.environment), variables...)
	out, err := c.CombinedOutput()
	if err != nil {
		s.Fatalf("study.sh: %v\n%s", err, out)
	}
	for _, m := range jobLine.FindAllStringSubmatch(string(out), -1) {
		jobs.names, jobs.ids = append(jobs.names, m[1]), append(jobs.ids, m[2])
	}
	return jobs
}

// wait waits until no job is left.
func (s *slurm) wait() {
	s.Helper()
	s.until("jobs are left", func() bool {
		out, err := s.command("squeue", "--noheader").CombinedOutput()
		return err == nil && len(bytes.TrimSpace(out)) == 0
	})
}

// state is what the controller says of a job.
func (s *slurm) state(job string) string { return s.in("scontrol", "--oneliner", "show", "job", job) }

func (s *slurm) summaryOf(dir string) *summary.Summary {
	s.Helper()
	out, err := summary.Read(filepath.Join(s.dir, dir))
	if err != nil {
		logs, _ := filepath.Glob(filepath.Join(s.dir, "slurm-*.out"))
		for _, log := range logs {
			text, _ := os.ReadFile(log)
			s.Logf("%s:\n%s", filepath.Base(log), text)
		}
		s.Fatal(err)
	}
	return out
}
