package vfs

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// TestMain lets this binary be another process that holds a lock.
func TestMain(m *testing.M) {
	dir := os.Getenv("VFS_TEST_LOCK")
	if dir == "" {
		os.Exit(m.Run())
	}
	if _, err := LockDir(dir); err != nil {
		os.Stdout.WriteString(err.Error() + "\n")
		os.Exit(1)
	}
	os.Stdout.WriteString("locked\n")
	io.Copy(io.Discard, os.Stdin) // until it is killed
}

// holder starts a process that holds the lock of dir.
func holder(t *testing.T, dir string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "VFS_TEST_LOCK="+dir)
	stdin, err := cmd.StdinPipe()
	must(t, err)
	t.Cleanup(func() { stdin.Close() })
	stdout, err := cmd.StdoutPipe()
	must(t, err, cmd.Start())
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if line != "locked\n" {
		t.Fatalf("the other process says %q, %v", line, err)
	}
	return cmd
}

// A lock keeps every other process out, and dies with its own.
func TestLockDiesWithItsProcess(t *testing.T) {
	dir := t.TempDir()
	for range 3 {
		cmd := holder(t, dir)
		_, err := LockDir(dir)
		if err == nil || !strings.Contains(err.Error(), dir+" is in use by another process") || strings.Contains(err.Error(), "\n") {
			t.Errorf("locked while another has it: %v", err)
		}
		must(t, cmd.Process.Kill())
		cmd.Wait() // says that it was killed
		if _, err := os.Stat(filepath.Join(dir, LockFile)); err != nil {
			t.Skip("this system takes the file away with the process")
		}
	}
	l, err := LockDir(dir)
	must(t, err, l.Unlock(), l.Unlock())
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("%v is left, %v", entries, err)
	}
}

// However locks come and go, and their files with them, one holds at a time.
func TestLockIsExclusive(t *testing.T) {
	dir := t.TempDir()
	var holders, most atomic.Int64
	var wait sync.WaitGroup
	taken := make([]int, 8)
	for i := range taken {
		wait.Go(func() {
			for range 300 {
				l, err := LockDir(dir)
				if err != nil {
					continue
				}
				if n := holders.Add(1); n > 1 {
					most.Store(n)
				}
				taken[i]++
				for range 20 { // so that others come
					runtime.Gosched()
				}
				holders.Add(-1)
				if err := l.Unlock(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	if most.Load() > 0 {
		t.Errorf("%d held the lock at a time", most.Load())
	}
	sum := 0
	for _, n := range taken {
		sum += n
	}
	if sum == 0 {
		t.Error("nobody ever held it")
	}
}

func TestLockOfNothing(t *testing.T) {
	if _, err := LockDir(filepath.Join(t.TempDir(), "absent")); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}
