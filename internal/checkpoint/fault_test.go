package checkpoint

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/waveletgpt/waveletgpt/internal/vfs"
)

// inMemory returns a store in memory with the checkpoints of the steps, all
// durable.
func inMemory(t *testing.T, steps ...int) (*vfs.Mem, *Store) {
	t.Helper()
	disk := new(vfs.Mem)
	s := On(disk, "checkpoints")
	for _, step := range steps {
		if err := s.Save(step, labels, files(step)); err != nil {
			t.Fatal(err)
		}
	}
	return disk, s
}

// faults calls test once for each call that work makes, with a disk on which
// this call is about to fail: alone, or with all calls after it.
func faults(t *testing.T, work func(*Store) error, alone bool, test func(call string, disk *vfs.Mem, s *Store, err error)) {
	t.Helper()
	for k := 0; ; k++ {
		disk, s := inMemory(t, 5, 10)
		first, hit := disk.Calls(), ""
		disk.Fault = func(call int, op, name string) error {
			if n := call - first; n == k || n > k && !alone {
				if hit == "" {
					hit = fmt.Sprintf("call %d, %s %s", k, op, name)
				}
				return syscall.EIO
			}
			return nil
		}
		err := work(s)
		disk.Fault = nil
		if hit == "" {
			if k < 10 {
				t.Fatalf("only %d calls: nothing was tested", k)
			}
			return
		}
		test(hit, disk, s, err)
	}
}

// wantLatest demands the newest good checkpoint of a step, its content, and no
// damaged one: what bears the name of a step is whole.
func wantLatest(t *testing.T, what string, s *Store, steps ...int) {
	t.Helper()
	c, damaged, err := s.Latest(false)
	if err != nil || len(damaged) > 0 || c == nil || !slices.Contains(steps, c.Step) {
		t.Fatalf("%s: latest is %v, damaged %v, error %v, want one of steps %v", what, c, damaged, err, steps)
	}
	all, err := s.Steps()
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range all {
		if _, err := verify(s.fs, s.Path(step)); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	in, err := s.fs.Open(c.Dir + "/model.bin")
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if got, err := io.ReadAll(in); err != nil || string(got) != content(c.Step, "model.bin") {
		t.Fatalf("%s: other content in %s, error %v", what, c.Dir, err)
	}
}

// noTemporaries demands that nothing stale is in the store.
func noTemporaries(t *testing.T, what string, s *Store) {
	t.Helper()
	for _, name := range list(t, s) {
		if strings.HasPrefix(name, vfs.TemporaryPrefix) {
			t.Fatalf("%s: %s is left", what, name)
		}
	}
}

func save15(s *Store) error { return s.Save(15, labels, files(15)) }

// Whatever call is the last before the power fails, the store then holds the old
// checkpoints or the old and the new one, all whole, and works.
func TestCrashAtEveryCall(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	machines := map[string]func() bool{
		"nothing unsynced survives": func() bool { return false },
		"everything survives":       func() bool { return true },
		"some survives":             func() bool { return random.IntN(2) == 0 },
	}
	pruned := false // whether step 15 was durable before the crash
	work := func(s *Store) error {
		pruned = false
		if err := save15(s); err != nil {
			return err
		}
		pruned = true
		return s.Prune(1, 5)
	}
	states := map[string]bool{}
	faults(t, work, false, func(call string, disk *vfs.Mem, _ *Store, err error) {
		if err == nil {
			t.Fatalf("%s: no error", call)
		}
		for machine, survives := range machines {
			what := call + ", " + machine
			s := On(disk.Crash(survives), "checkpoints")
			if pruned {
				wantLatest(t, what, s, 15)
			} else {
				wantLatest(t, what, s, 10, 15)
			}
			steps, err := s.Steps()
			if err != nil || steps[0] != 5 {
				t.Fatalf("%s: the best checkpoint is gone: %v, %v", what, steps, err)
			}
			states[fmt.Sprint(steps)] = true
			if err := s.RemoveStale(); err != nil {
				t.Fatal(err)
			}
			noTemporaries(t, what, s)
			if err := save15(s); err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			wantLatest(t, what, On(s.fs.(*vfs.Mem).Crash(func() bool { return false }), "checkpoints"), 15)
		}
	})
	for _, want := range []string{"[5 10]", "[5 10 15]", "[5 15]"} {
		if !states[want] {
			t.Errorf("no crash left the checkpoints %s, only %v", want, states)
		}
	}
}

// One call fails: Save says so, cleans up and has changed nothing, also after a
// crash; or it did not need the call.
func TestFailureOfEveryCall(t *testing.T) {
	failed := 0
	faults(t, save15, true, func(call string, disk *vfs.Mem, s *Store, err error) {
		crashed := On(disk.Crash(func() bool { return false }), "checkpoints")
		if err == nil {
			wantLatest(t, call, s, 15)
			wantLatest(t, call, crashed, 15)
			return
		}
		failed++
		if !errors.Is(err, syscall.EIO) || errors.Is(err, ErrDamaged) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", call, err)
		}
		noTemporaries(t, call, s)
		wantLatest(t, call, s, 10)
		wantLatest(t, call, crashed, 10)
		if err := save15(s); err != nil {
			t.Errorf("%s: not even afterwards: %v", call, err)
		}
	})
	if failed < 20 {
		t.Errorf("only %d calls made Save fail", failed)
	}
}

// The process goes on, or another takes over, when the disk answers again.
func TestDiskThatDiesAtEveryCall(t *testing.T) {
	faults(t, save15, false, func(call string, disk *vfs.Mem, s *Store, err error) {
		if err == nil {
			t.Fatalf("%s: no error", call)
		}
		wantLatest(t, call, s, 10, 15)
		if err := save15(s); err != nil {
			t.Fatalf("%s: not even afterwards: %v", call, err)
		}
		noTemporaries(t, call, s)
		wantLatest(t, call, On(disk.Crash(func() bool { return false }), "checkpoints"), 15)
	})
}

// A person who was told a name must find it.
func TestSettingAsideIsDurable(t *testing.T) {
	disk, s := inMemory(t, 5, 10)
	if err := errors.Join(disk.Remove(s.Path(10)+"/model.bin"), disk.SyncDir(s.Path(10))); err != nil {
		t.Fatal(err)
	}
	if _, damaged, err := s.Latest(true); len(damaged) != 1 || err != nil {
		t.Fatal(damaged, err)
	}
	crashed := On(disk.Crash(func() bool { return false }), "checkpoints")
	if want := []string{"step-00000005", "step-00000010.broken"}; !slices.Equal(list(t, crashed), want) {
		t.Errorf("store holds %v, want %v", list(t, crashed), want)
	}
}

func TestPruneWithFailureOfEveryCall(t *testing.T) {
	prune := func(s *Store) error { return errors.Join(s.Save(15, labels, files(15)), s.Prune(1, 10)) }
	faults(t, prune, true, func(call string, disk *vfs.Mem, s *Store, err error) {
		steps, listErr := s.Steps()
		if listErr != nil || !slices.Contains(steps, 10) {
			t.Errorf("%s: %v are left, %v", call, steps, listErr)
		}
		wantLatest(t, call, s, 10, 15)
	})
}

// A disk of every size between what the old checkpoints take and what the new
// one needs (in steps that meet every file).
func TestDiskFull(t *testing.T) {
	size := 3 * (len(content(5, "model.bin")) + len(content(5, "state.bin")))
	full := 0
	for limit := size * 2 / 3; limit < size+3000; limit += 1499 {
		disk, s := inMemory(t, 5, 10)
		disk.Limit = limit
		err := save15(s)
		what := fmt.Sprintf("disk of %d bytes", limit)
		if err == nil {
			wantLatest(t, what, s, 15)
			continue
		}
		full++
		if !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("%s: %v", what, err)
		}
		noTemporaries(t, what, s)
		wantLatest(t, what, s, 10)
	}
	if full < 50 {
		t.Errorf("only %d disks were too small", full)
	}
}

// What cannot be read is not damaged: a search stops and changes nothing.
func TestLatestWithFailureOfEveryCall(t *testing.T) {
	for _, reason := range []error{syscall.EIO, fs.ErrPermission} {
		for k := 0; ; k++ {
			disk, s := inMemory(t, 5, 10)
			first, hit := disk.Calls(), false
			disk.Fault = func(call int, op, name string) error {
				if call-first != k {
					return nil
				}
				hit = true
				return reason
			}
			c, damaged, err := s.Latest(true)
			if !hit {
				break
			}
			disk.Fault = nil
			if c != nil || damaged != nil || !errors.Is(err, reason) {
				t.Errorf("call %d: %v, %v, %v", k, c, damaged, err)
			}
			if want := []string{"step-00000005", "step-00000010"}; !slices.Equal(list(t, s), want) {
				t.Errorf("call %d: store holds %v", k, list(t, s))
			}
		}
	}
}
