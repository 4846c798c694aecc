package train

import (
	"io"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/waveletgpt/waveletgpt/internal/vfs"
	"github.com/waveletgpt/waveletgpt/run"
)

// filesIn returns all files below a directory of a simulated disk, and their bytes.
func filesIn(t *testing.T, disk *vfs.Mem, dir string) map[string]string {
	t.Helper()
	entries, err := disk.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, entry := range entries {
		path := filepath.Join(dir, entry.Name())
		if entry.IsDir() {
			maps.Copy(all, filesIn(t, disk, path))
			continue
		}
		in, err := disk.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		all[path] = string(data)
	}
	return all
}

// At every single call of a branch the disk dies, with and without the machine, or
// the call alone fails. Then there is the whole branch or none, and the next attempt
// makes the same one.
func TestBranchCrashesAtEveryCall(t *testing.T) {
	set, c := corpus(t, 1, letters), stable(14, skipping)
	trunk := trunkOf(t, stable(20, skipping), set, func(step int) bool { return step == 3 }, 8)
	dir := filepath.Join("runs", "branch")
	make := func(disk *vfs.Mem) error {
		from, step, err := branch(disk, dir, c, set, []string{trunk})
		if err == nil && (from != trunk || step != 8) {
			t.Fatalf("branched off step %d of %q", step, from)
		}
		return err
	}
	random := rand.New(rand.NewPCG(1, 2))
	machines := map[string]func() bool{
		"nothing unsynced survives": func() bool { return false },
		"everything survives":       func() bool { return true },
		"some survives":             func() bool { return random.IntN(2) == 0 },
	}
	for _, empty := range []bool{false, true} { // a directory of that name is there
		fresh := func() *vfs.Mem {
			disk := new(vfs.Mem)
			if empty {
				if err := vfs.MkdirAll(disk, dir); err != nil {
					t.Fatal(err)
				}
			}
			return disk
		}
		disk := fresh()
		if err := make(disk); err != nil {
			t.Fatal(err)
		}
		want := filesIn(t, disk, "runs")
		for _, name := range []string{run.ConfigFile, run.MetricsFile, "nonfinite/step-00000003.json", "checkpoints/step-00000008/manifest.json"} {
			if want[filepath.Join(dir, name)] == "" {
				t.Fatalf("the branch has no %s", name)
			}
		}
		check := func(what string, disk *vfs.Mem) bool {
			there := false
			if _, err := disk.Stat(dir); err == nil {
				there = len(filesIn(t, disk, dir)) > 0
			}
			if there {
				if got := filesIn(t, disk, "runs"); !maps.Equal(got, want) {
					t.Fatalf("%s: the branch is not whole: %v", what, slices.Sorted(maps.Keys(got)))
				}
				return true
			}
			if err := make(disk); err != nil {
				t.Fatalf("%s, and again: %v", what, err)
			}
			if got := filesIn(t, disk.Crash(func() bool { return false }), "runs"); !maps.Equal(got, want) {
				t.Fatalf("%s, and again: %v", what, slices.Sorted(maps.Keys(got)))
			}
			return false
		}
		whole, none, done := 0, 0, false
		for k := 0; !done; k++ {
			for _, alone := range []bool{false, true} {
				disk, hit := fresh(), ""
				first := disk.Calls()
				disk.Fault = func(call int, op, name string) error {
					if n := call - first; n == k || n > k && !alone {
						if n == k {
							hit = op + " " + name
						}
						return syscall.EIO
					}
					return nil
				}
				err := make(disk)
				disk.Fault = nil
				if hit == "" {
					done = true
					break
				}
				if err == nil {
					t.Fatalf("%s: no error", hit)
				}
				if alone {
					for name := range filesIn(t, disk, "") {
						if strings.Contains(name, vfs.TemporaryPrefix) && !strings.HasPrefix(hit, "remove") {
							t.Fatalf("%s failed and %s is left", hit, name)
						}
					}
				}
				for machine, survives := range machines {
					if check(hit+", "+machine, disk.Crash(survives)) {
						whole++
					} else {
						none++
					}
				}
			}
		}
		if whole < 3 || none < 100 {
			t.Errorf("%d crashes left the branch, and %d nothing", whole, none)
		}
	}
}
