//go:build killpoints

package vfs

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// The environment of a build with the tag killpoints.
const (
	killPoint = "WAVELETGPT_KILL_POINT" // where the process ends, as in "before sync model.safetensors"
	killCount = "WAVELETGPT_KILL_COUNT" // at which visit of that point, from 1
	killBy    = "WAVELETGPT_KILL_BY"    // "" for SIGKILL; "TERM" for SIGTERM; "TERM TERM" for two, and it hangs there
	killList  = "WAVELETGPT_KILL_LIST"  // a file to append the name of every visited point to
)

// Disk returns the file system of the operating system with kill points before,
// within and after every operation that changes a file or directory.
func Disk() FS { return disk() }

var disk = sync.OnceValue(func() *killer {
	k := &killer{point: os.Getenv(killPoint)}
	k.left, _ = strconv.Atoi(os.Getenv(killCount))
	if path := os.Getenv(killList); path != "" {
		var err error
		if k.list, err = os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o666); err != nil {
			panic(err)
		}
	}
	return k
})

type killer struct {
	OS
	mutex sync.Mutex
	point string
	left  int // visits until the end
	list  *os.File
}

var _ FS = (*killer)(nil)

// at is a kill point: it may end the process.
func (k *killer) at(when, op, name string) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	name = strings.TrimRight(filepath.Base(name), "0123456789-")
	point := fmt.Sprintf("%s %s %s", when, op, name)
	if k.list != nil {
		fmt.Fprintln(k.list, point)
	}
	if point != k.point {
		return
	}
	if k.left--; k.left == 0 {
		by := os.Getenv(killBy)
		send(by)
		if by != "TERM" {
			select {} // until the signal arrives
		}
	}
}

// send sends this process a signal, or two.
func send(by string) {
	self, err := os.FindProcess(os.Getpid())
	if err == nil && by == "" {
		err = self.Kill()
	}
	for range strings.Fields(by) {
		err = errors.Join(err, self.Signal(syscall.SIGTERM))
		time.Sleep(100 * time.Millisecond) // else two may arrive as one on a busy machine
	}
	if err != nil {
		panic(err)
	}
}

// around runs an operation between two points.
func (k *killer) around(op, name string, do func() error) error {
	k.at("before", op, name)
	err := do()
	k.at("after", op, name)
	return err
}

func (k *killer) Create(name string) (f File, err error) {
	err = k.around("create", name, func() error {
		f, err = k.OS.Create(name)
		return err
	})
	return &killerFile{File: f, k: k, name: name}, err
}

func (k *killer) Mkdir(name string) error {
	return k.around("mkdir", name, func() error { return k.OS.Mkdir(name) })
}

func (k *killer) Rename(from, to string) error {
	return k.around("rename", from, func() error { return k.OS.Rename(from, to) })
}

func (k *killer) Remove(name string) error {
	return k.around("remove", name, func() error { return k.OS.Remove(name) })
}

func (k *killer) SyncDir(name string) error {
	return k.around("syncdir", name, func() error { return k.OS.SyncDir(name) })
}

// killerFile is a file that is being written.
type killerFile struct {
	File
	k    *killer
	name string
}

func (f *killerFile) Write(p []byte) (int, error) {
	n, err := f.File.Write(p[:len(p)/2])
	if err != nil {
		return n, err
	}
	f.k.at("within", "write", f.name)
	m, err := f.File.Write(p[len(p)/2:])
	return n + m, err
}

func (f *killerFile) Sync() error { return f.k.around("sync", f.name, f.File.Sync) }

func (f *killerFile) Close() error { return f.k.around("close", f.name, f.File.Close) }
