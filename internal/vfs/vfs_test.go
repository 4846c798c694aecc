package vfs

import (
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"syscall"
	"testing"
)

// write makes a file; sync says whether its data becomes durable.
func write(t *testing.T, fsys FS, name, data string, sync bool) {
	t.Helper()
	f, err := fsys.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.WriteString(f, data)
	if sync {
		err = errors.Join(err, f.Sync())
	}
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}

// read returns the content of a file, or the reason why there is none.
func read(fsys FS, name string) string {
	f, err := fsys.Open(name)
	if err != nil {
		return err.Error()
	}
	defer f.Close()
	data, err := io.ReadAll(f)
	if err != nil {
		return err.Error()
	}
	return string(data)
}

// must fails the test on the first error.
func must(t *testing.T, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// The twin has to behave as the operating system does.
func TestConformance(t *testing.T) {
	systems := map[string]func(t *testing.T) (FS, string){
		"OS":  func(t *testing.T) (FS, string) { return OS{}, t.TempDir() },
		"Mem": func(*testing.T) (FS, string) { return new(Mem), "." },
	}
	for name, system := range systems {
		t.Run(name, func(t *testing.T) {
			fsys, root := system(t)
			at := func(name string) string { return filepath.Join(root, name) }

			must(t, fsys.Mkdir(at("d")), fsys.Mkdir(at("d/e")))
			write(t, fsys, at("d/b"), "two", true)
			write(t, fsys, at("d/a"), "", false)
			must(t, fsys.SyncDir(at("d")), fsys.SyncDir(root))
			if got := read(fsys, at("d/b")); got != "two" {
				t.Errorf("read %q", got)
			}
			info, err := fsys.Stat(at("d/b"))
			if err != nil || info.Size() != 3 || info.Name() != "b" || !info.Mode().IsRegular() {
				t.Error(info, err)
			}
			entries, err := fsys.ReadDir(at("d"))
			var names string
			for _, e := range entries {
				names += e.Name() + " "
			}
			if err != nil || names != "a b e " || entries[0].IsDir() || !entries[2].IsDir() {
				t.Errorf("directory holds %s, %v", names, err)
			}

			_, createErr := fsys.Create(at("d/b"))
			_, lackErr := fsys.Open(at("d/none"))
			_, statErr := fsys.Stat(at("none/b"))
			_, listErr := fsys.ReadDir(at("d/b"))
			_, belowErr := fsys.Create(at("none/b"))
			for _, test := range []struct {
				what      string
				err, kind error
			}{
				{"create over a file", createErr, fs.ErrExist},
				{"create in no directory", belowErr, fs.ErrNotExist},
				{"mkdir over a directory", fsys.Mkdir(at("d")), fs.ErrExist},
				{"open nothing", lackErr, fs.ErrNotExist},
				{"stat nothing", statErr, fs.ErrNotExist},
				{"list a file", listErr, syscall.ENOTDIR},
				{"remove nothing", fsys.Remove(at("none")), fs.ErrNotExist},
				{"remove a directory with files", fsys.Remove(at("d")), syscall.ENOTEMPTY},
				{"rename nothing", fsys.Rename(at("none"), at("x")), fs.ErrNotExist},
				{"rename over a directory with files", fsys.Rename(at("d/e"), at("d")), fs.ErrExist},
				{"sync no directory", fsys.SyncDir(at("none")), fs.ErrNotExist},
			} {
				if !errors.Is(test.err, test.kind) {
					t.Errorf("%s: %v, want %v", test.what, test.err, test.kind)
				}
			}

			must(t, fsys.Rename(at("d"), at("moved")))
			if got := read(fsys, at("moved/b")); got != "two" {
				t.Errorf("after the move: %q", got)
			}
			must(t, RemoveAll(fsys, at("moved")), RemoveAll(fsys, at("moved")))
			if entries, err := fsys.ReadDir(root); err != nil || len(entries) != 0 {
				t.Error(entries, err)
			}
		})
	}
}

var (
	harsh = func() bool { return false }
	kind  = func() bool { return true }
)

func TestCrash(t *testing.T) {
	tests := []struct {
		what        string
		change      func(m *Mem)
		harsh, kind string // content of the file "d/new" afterwards
	}{
		{"nothing synced", func(m *Mem) { write(t, m, "d/new", "data", false) },
			"open d/new: file does not exist", "data"},
		{"name synced, data not", func(m *Mem) {
			write(t, m, "d/new", "data", false)
			must(t, m.SyncDir("d"))
		}, "", "data"},
		{"data synced, name not", func(m *Mem) { write(t, m, "d/new", "data", true) },
			"open d/new: file does not exist", "data"},
		{"both synced", func(m *Mem) {
			write(t, m, "d/new", "data", true)
			must(t, m.SyncDir("d"))
		}, "data", "data"},
		{"written on after the sync", func(m *Mem) {
			f, err := m.Create("d/new")
			must(t, err, m.SyncDir("d"))
			_, _ = io.WriteString(f, "data")
			must(t, f.Sync())
			_, _ = io.WriteString(f, " and more")
		}, "data", "data and more"},
		{"rename not synced", func(m *Mem) {
			must(t, m.Rename("d/old", "d/new"))
		}, "open d/new: file does not exist", "old"},
		{"rename synced", func(m *Mem) {
			must(t, m.Rename("d/old", "d/new"), m.SyncDir("d"))
		}, "old", "old"},
		{"a sync that failed is not made good by another", func(m *Mem) {
			f, err := m.Create("d/new")
			must(t, err, m.SyncDir("d"))
			_, _ = io.WriteString(f, "data")
			m.Fault = func(int, string, string) error { return syscall.EIO }
			if err := f.Sync(); !errors.Is(err, syscall.EIO) {
				t.Error(err)
			}
			m.Fault = nil
			must(t, f.Sync())
		}, "", "data"},
	}
	for _, test := range tests {
		m := new(Mem)
		must(t, m.Mkdir("d"), m.SyncDir("."))
		write(t, m, "d/old", "old", true)
		must(t, m.SyncDir("d"))
		test.change(m)
		if got := read(m.Crash(harsh), "d/new"); got != test.harsh {
			t.Errorf("%s, nothing else survives: %q, want %q", test.what, got, test.harsh)
		}
		if got := read(m.Crash(kind), "d/new"); got != test.kind {
			t.Errorf("%s, all survives: %q, want %q", test.what, got, test.kind)
		}
	}
}

func TestCrashBringsBackWhatWasRemoved(t *testing.T) {
	m := new(Mem)
	write(t, m, "a", "data", true)
	must(t, m.SyncDir("."), m.Remove("a"))
	if got := read(m.Crash(harsh), "a"); got != "data" {
		t.Error(got)
	}
	must(t, m.SyncDir("."))
	if got := read(m.Crash(harsh), "a"); got != "open a: file does not exist" {
		t.Error(got)
	}
}

func TestLimit(t *testing.T) {
	m := &Mem{Limit: 10}
	write(t, m, "a", "12345678", true)
	f, err := m.Create("b")
	must(t, err)
	if n, err := io.WriteString(f, "9abc"); n != 2 || !errors.Is(err, syscall.ENOSPC) {
		t.Error(n, err)
	}
	if got := read(m, "b"); got != "9a" {
		t.Error(got)
	}
	must(t, m.Remove("a"), m.Remove("b"))
	write(t, m, "c", "1234567890", true)
}

func TestFault(t *testing.T) {
	m := new(Mem)
	write(t, m, "a", "data", true)
	before := m.Calls()
	if before != 3 { // create, write, sync
		t.Errorf("%d calls", before)
	}
	m.Fault = func(call int, op, name string) error {
		if call == before && op == "remove" && name == "a" {
			return fs.ErrPermission
		}
		return nil
	}
	if err := m.Remove("a"); !errors.Is(err, fs.ErrPermission) {
		t.Error(err)
	}
	if got := read(m, "a"); got != "data" {
		t.Errorf("the call that failed did something: %q", got)
	}
	must(t, m.Remove("a"))
}

func TestMkdirAll(t *testing.T) {
	m := new(Mem)
	must(t, MkdirAll(m, "a/b/c"), MkdirAll(m, "a/b/c"), MkdirAll(m, "a/d"))
	crashed := m.Crash(harsh)
	for _, dir := range []string{"a/b/c", "a/d"} {
		if info, err := crashed.Stat(dir); err != nil || !info.IsDir() {
			t.Errorf("%s after a crash: %v", dir, err)
		}
	}
	write(t, m, "file", "data", true)
	if err := MkdirAll(m, "file/a"); !errors.Is(err, syscall.ENOTDIR) {
		t.Error(err)
	}
}
