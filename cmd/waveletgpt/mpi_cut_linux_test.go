package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Two ranks on two machines whose link is cut both end within the patience, with a
// separate line and code, and the run resumes to the same bytes without the other
// machine. A machine is a network namespace with a separate host name and shared memory.
//
// The launcher may outlive its ranks by minutes, until the kernel gives up its connection
// to the other machine: docs/scale.md says what helps. The test ends it.
func mpiLinkIsCut(t *testing.T, alone, p programs) {
	if path := launch(t, 1)[0]; !strings.Contains(path, "openmpi") {
		t.Skip("starts processes on other machines as Debian's Open MPI does")
	}
	here, there := twoMachines(t)
	s := shaped(alone, "train.steps=3000", "train.save_every=100", "train.eval_every=1000", "model.mixer=haar", "train.batch=8")
	reference := filepath.Join(t.TempDir(), "alone")
	s.ends(t, reference)
	want := s.content(t, reference)

	dir := filepath.Join(t.TempDir(), "run")
	r := s.onRanks(t, p, 2)
	agent := filepath.Join(t.TempDir(), "agent")
	script := fmt.Sprintf("#!/bin/sh\nshift\nexec %s sh -c \"$*\"\n", strings.Join(there.in("sh", "-c", quoted(there.enter()+`; exec "$@"`), "sh"), " "))
	if err := os.WriteFile(agent, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	mpirun := []string{r.launch[0], "-np", "2", "-H", here.address + "," + there.address,
		"--mca", "plm_rsh_agent", agent, "--mca", "btl", "self,tcp", "--mca", "btl_tcp_if_include", network, "--mca", "oob_tcp_if_include", network}
	r.launch = append(here.in("sh", "-c", here.enter()+`; exec "$@"`, "sh"), mpirun...)
	job := r.start(t, dir, "--patience", "2s")
	job.waitFor(t, dir, 300)
	ranks := ranksOf(p.shipped)
	if len(ranks) != 2 {
		t.Fatalf("ranks %v\n%s", ranks, job.stderr)
	}
	command(t, "ip", "-n", there.name, "link", "set", there.device, "down")
	for deadline := time.Now().Add(time.Minute); len(ranksOf(p.shipped)) > 0; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("a rank is alive a minute after the link was cut, with a patience of 2s\n%s", job.stderr)
		}
	}
	here.stop(t) // the launcher
	there.stop(t)
	job.wait()
	if said := job.stderr.String(); !strings.Contains(said, "rank 0 of 2 waited 2s for the others in MPI_") {
		t.Fatalf("it says\n%s", said)
	}
	s.ends(t, dir)
	s.checkFinished(t, dir, want)
}

// network has both machines.
const network = "10.77.0.0/24"

// A machine is a network namespace.
type machine struct{ name, device, address string }

// in is the command that runs another one on a machine.
func (m machine) in(command ...string) []string {
	return append([]string{"ip", "netns", "exec", m.name, "unshare", "--uts", "--mount"}, command...)
}

// enter gives a process that is in the namespace a host name and shared memory that
// others do not have, without which Open MPI takes two machines for one.
func (m machine) enter() string {
	return "hostname " + m.name + " && mount -t tmpfs tmpfs /dev/shm"
}

// stop kills all processes of a machine.
func (m machine) stop(t *testing.T) {
	t.Helper()
	out, err := exec.Command("ip", "netns", "pids", m.name).Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range strings.Fields(string(out)) {
		pid, err := strconv.Atoi(word)
		if err != nil {
			t.Fatal(err)
		}
		_ = syscall.Kill(pid, syscall.SIGKILL) // it may have ended
	}
}

func quoted(word string) string { return "'" + word + "'" }

// twoMachines makes two machines with a link between them. The test is skipped where
// that is not allowed.
func twoMachines(t *testing.T) (a, b machine) {
	t.Helper()
	if out, err := exec.Command("unshare", "--net", "--uts", "--mount", "ip", "link").CombinedOutput(); err != nil {
		t.Skipf("namespaces are not allowed here, or there is no ip: %v %s", err, out)
	}
	id := fmt.Sprint(os.Getpid() % 100000)
	a, b = machine{"wg-a" + id, "wga" + id, "10.77.0.1"}, machine{"wg-b" + id, "wgb" + id, "10.77.0.2"}
	for _, m := range []machine{a, b} {
		if out, err := exec.Command("ip", "netns", "add", m.name).CombinedOutput(); err != nil {
			t.Skipf("namespaces with names are not allowed here: %v %s", err, out)
		}
		t.Cleanup(func() {
			m.stop(t)
			command(t, "ip", "netns", "del", m.name)
		})
	}
	command(t, "ip", "link", "add", a.device, "netns", a.name, "type", "veth", "peer", "name", b.device, "netns", b.name)
	for _, m := range []machine{a, b} {
		command(t, "ip", "-n", m.name, "addr", "add", m.address+"/24", "dev", m.device)
		command(t, "ip", "-n", m.name, "link", "set", "lo", "up")
		command(t, "ip", "-n", m.name, "link", "set", m.device, "up")
	}
	return a, b
}

func command(t *testing.T, words ...string) {
	t.Helper()
	if out, err := exec.Command(words[0], words[1:]...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(words, " "), err, out)
	}
}
