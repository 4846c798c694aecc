package cli

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/waveletgpt/waveletgpt/report"
	"github.com/waveletgpt/waveletgpt/run"
)

// tmpfs mounts a disk of the given size.
func tmpfs(t *testing.T, size string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := syscall.Mount("waveletgpt", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("this user cannot mount a disk: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// fill uses up the space on the disk of a directory.
func fill(t *testing.T, dir string) {
	t.Helper()
	f, err := os.Create(filepath.Join(dir, "filler"))
	if err != nil {
		t.Fatal(err)
	}
	for size := 1 << 16; size > 0; size /= 2 {
		for err == nil {
			_, err = f.Write(make([]byte, size))
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
		err = nil
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func empty(t *testing.T, dir string) {
	t.Helper()
	if err := os.Remove(filepath.Join(dir, "filler")); err != nil {
		t.Fatal(err)
	}
}

// long returns flags for a run whose log takes several disk pages.
func long(more ...string) []string {
	return quick(append([]string{"--set", "train.steps=200", "--set", "train.eval_every=50", "--set", "train.save_every=40"}, more...)...)
}

// wantSame compares two runs except for their configurations.
func wantSame(t *testing.T, got, want map[string]string) {
	t.Helper()
	delete(got, run.ConfigFile)
	for name, w := range want {
		if name != run.ConfigFile && got[name] != w {
			t.Errorf("%s differs from that of a run that had room", name)
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("%s is left", name)
		}
	}
}

// A full disk ends the run. It leaves the last good checkpoint, no temporary file,
// and a log from which the run resumes to the same bytes.
func TestFullDiskStops(t *testing.T) {
	disk, path, whole := tmpfs(t, "400k"), book(t), filepath.Join(t.TempDir(), "run")
	succeed(t, slices.Concat([]string{"train", "--data", path, "--out", whole}, long())...)
	dir := filepath.Join(disk, "run")
	out := during(t, map[string]func(){"step 50  validation": func() { fill(t, disk) }},
		slices.Concat([]string{"train", "--data", path, "--out", dir}, long())...)
	if out.code != ExitFailure || !strings.Contains(out.stderr, "no space left on device") || !strings.HasSuffix(out.stderr, "\n") {
		t.Fatalf("code %d\n%s", out.code, out.stderr)
	}
	if out := succeed(t, "checkpoint", "verify", dir); out.stdout != "step-00000040  good\n" {
		t.Errorf("verify says %q", out.stdout)
	}
	for name := range filesOf(t, dir) {
		if strings.Contains(name, ".tmp-") {
			t.Errorf("%s is left", name)
		}
	}
	// While the disk is full it may fail to resume, but must not damage anything.
	if out := invoke(t, "train", "--resume", dir); out.code != ExitFailure || !strings.Contains(out.stderr, "no space left on device") {
		t.Errorf("code %d\n%s", out.code, out.stderr)
	}
	empty(t, disk)
	if out := succeed(t, "train", "--resume", dir); !strings.Contains(out.stderr, "resuming after step 40") {
		t.Errorf("it says\n%s", out.stderr)
	}
	wantSame(t, filesOf(t, dir), filesOf(t, whole))
}

// With train.on_full_disk = "continue" the run continues with a warning, and nothing
// is missing once there is space again.
func TestFullDiskContinues(t *testing.T) {
	disk, path, whole := tmpfs(t, "400k"), book(t), filepath.Join(t.TempDir(), "run")
	succeed(t, slices.Concat([]string{"train", "--data", path, "--out", whole}, long())...)
	dir := filepath.Join(disk, "run")
	out := during(t, map[string]func(){
		"step 50  validation":  func() { fill(t, disk) },
		"step 150  validation": func() { empty(t, disk) },
	}, slices.Concat([]string{"train", "--data", path, "--out", dir}, long("--set", "train.on_full_disk=continue"))...)
	if out.code != ExitOK {
		t.Fatalf("code %d\n%s", out.code, out.stderr)
	}
	warnings := strings.Count(out.stderr, "warning: ")
	if !strings.Contains(out.stderr, "no space left on device; training continues, and the last checkpoint is that of step 40") || warnings < 2 || warnings > 4 {
		t.Errorf("%d warnings:\n%s", warnings, out.stderr)
	}
	wantSame(t, filesOf(t, dir), filesOf(t, whole))
}

// Where only the curves for TensorBoard have no room, a run continues with one warning,
// and writes them when there is room again.
func TestFullDiskOfEvents(t *testing.T) {
	disk, path, parent := tmpfs(t, "400k"), book(t), t.TempDir()
	whole, dir := filepath.Join(parent, "whole"), filepath.Join(parent, "run")
	train := func(dir string) []string {
		return slices.Concat([]string{"train", path, "--out", dir, "--tensorboard"}, long())
	}
	succeed(t, train(whole)...)
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(disk, filepath.Join(dir, report.EventsDir)); err != nil {
		t.Fatal(err)
	}
	out := during(t, map[string]func(){
		"step 1  validation":   func() { fill(t, disk) },
		"step 150  validation": func() { empty(t, disk) },
	}, train(dir)...)
	if out.code != ExitOK || strings.Count(out.stderr, "warning: ") != 1 || !strings.Contains(out.stderr, "no space left on device") {
		t.Errorf("code %d\n%s", out.code, out.stderr)
	}
	if !slices.Equal(eventsIn(t, disk), eventsIn(t, filepath.Join(whole, report.EventsDir))) {
		t.Error("events are missing")
	}
}

// Commands that only read work in a read-only directory; others fail with one line.
func TestReadOnlyDirectory(t *testing.T) {
	disk := tmpfs(t, "400k")
	dir, path := filepath.Join(disk, "run"), book(t)
	succeed(t, slices.Concat([]string{"train", "--data", path, "--out", dir}, quick())...)
	if err := syscall.Mount("", disk, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Skip(err)
	}
	succeed(t, "eval", "--run", dir)
	succeed(t, "generate", "--run", dir, "--tokens", "3")
	succeed(t, "checkpoint", "verify", dir)
	succeed(t, "checkpoint", "show", dir)
	for _, args := range [][]string{
		{"train", "--resume", dir},
		slices.Concat([]string{"train", "--data", path, "--out", filepath.Join(disk, "another")}, quick()),
		{"data", "prepare", "text", "--data", path, "--out", filepath.Join(disk, "set")},
	} {
		out := invoke(t, args...)
		if out.code == ExitOK || strings.Count(out.stderr, "\n") != 1 || !strings.Contains(out.stderr, disk) || !strings.Contains(out.stderr, "read-only file system") {
			t.Errorf("%v: code %d, %q", args, out.code, out.stderr)
		}
	}
}

// A damaged checkpoint on a read-only disk is reported, the previous one is used,
// and nothing is renamed.
func TestReadOnlyDamage(t *testing.T) {
	disk := tmpfs(t, "400k")
	dir := filepath.Join(disk, "run")
	succeed(t, slices.Concat([]string{"train", "--data", book(t), "--out", dir}, quick())...)
	flipByte(t, filepath.Join(dir, run.CheckpointsDir, "step-00000008", "model.safetensors"))
	if err := syscall.Mount("", disk, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Skip(err)
	}
	if out := succeed(t, "generate", "--run", dir, "--tokens", "3"); !strings.Contains(out.stderr, "warning: ") || !strings.Contains(out.stderr, "step-00000004") {
		t.Errorf("it says %q", out.stderr)
	}
}

// On a full disk a watch warns and keeps the page that is there, and writes the new one
// once there is room.
func TestFullDiskOfAWatchedPage(t *testing.T) {
	disk, path := tmpfs(t, "1m"), book(t)
	dir := filepath.Join(disk, "out")
	args := compareArgs(path, dir, "--variants", "none,haar")
	interruptAt(t, "none         seed 1  step 3  validation", args...)
	w := watching(dir, &bytes.Buffer{})
	defer w.close()
	lookAt(t, w)
	before := readFile(t, dir, report.PageName)
	interruptAt(t, "haar         seed 1  step 3  validation", args...)
	fill(t, disk)
	for range 2 {
		if err := w.look(); !errors.Is(err, syscall.ENOSPC) || strings.Contains(oneLine(err), "\n") {
			t.Errorf("on a full disk it says %v", err)
		}
		if readFile(t, dir, report.PageName) != before {
			t.Error("the page is lost or cut")
		}
	}
	empty(t, disk)
	lookAt(t, w)
	wantPage(t, "with room", dir, []string{"2 runs of book.txt"}, nil)
	for name := range filesOf(t, dir) {
		if strings.Contains(name, ".tmp-") {
			t.Errorf("%s is left", name)
		}
	}
}
