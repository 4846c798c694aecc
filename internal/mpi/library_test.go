//go:build linux && (amd64 || arm64)

package mpi

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The library fits the launcher, unless the user names one.
func TestLaunched(t *testing.T) {
	for _, test := range []struct {
		environment map[string]string
		processes   int
		files       []string
	}{
		{nil, 0, anyMPI},
		{map[string]string{"OMPI_COMM_WORLD_SIZE": "4", "PMI_SIZE": "7"}, 4, openMPI},
		{map[string]string{"PMI_SIZE": "2"}, 2, mpich},
		{map[string]string{"PMI_SIZE": "2", Variable: "/opt/libmpi.so.12"}, 2, []string{"/opt/libmpi.so.12"}},
		{map[string]string{Variable: "libmpi_abi.so.1"}, 0, []string{"libmpi_abi.so.1"}},
	} {
		processes, files := launched(func(name string) string { return test.environment[name] })
		if processes != test.processes || !slices.Equal(files, test.files) {
			t.Errorf("%v: %d processes, %v", test.environment, processes, files)
		}
	}
}

// Names are what libraries say: Open MPI 4.1.4 and MPICH 4.0.2 of Debian, MPICH 5.0.2.
func TestShortVersion(t *testing.T) {
	for text, want := range map[string]string{
		"Open MPI v4.1.4, package: Debian OpenMPI, ident: 4.1.4, repo rev: v4.1.4, May 26, 2022\x00":     "Open MPI v4.1.4",
		"MPICH Version:\t4.0.2\nMPICH Release date:\tThu Apr  7 12:34:45 CDT 2022\nMPICH ABI:\t14:2:2\n": "MPICH 4.0.2",
		"MPICH Version:      5.0.2\nMPICH Release date: Mon Jan 1 2026\nMPICH ABI:          18:0:6\n":    "MPICH 5.0.2",
		"Intel(R) MPI Library 2021.10 for Linux* OS\n":                                                   "Intel(R) MPI Library 2021.10 for Linux* OS",
	} {
		if got := shortVersion(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// The values are those of each library's mpi.h. A library that nobody has tried is
// refused, even if it has the file name of one that is known.
func TestIdentify(t *testing.T) {
	const world, octet = 0x7f0000001000, 0x7f0000002000
	for _, test := range []struct {
		file, name   string
		world, octet uintptr
		want         library
	}{
		{"libmpi.so.40", "Open MPI v4.1.4", world, octet, library{world: world, bytes: octet, thread: 1}},
		{"libmpi.so.12", "MPICH 5.0.2", 0, 0, library{world: 0x44000000, bytes: 0x4c00010d, thread: 1}},
		{"libmpich.so.12", "MPICH 4.0.2", 0, 0, library{world: 0x44000000, bytes: 0x4c00010d, thread: 1}},
		{"/opt/mpi/lib/libmpi_abi.so.1", "MPICH 5.0.2", 0, 0, library{world: 0x101, bytes: 0x247, thread: 1024}},
		{"libmpi_abi.so.1", "Open MPI v6.0.0", world, octet, library{world: 0x101, bytes: 0x247, thread: 1024}},
	} {
		l := library{name: test.name}
		if err := l.identify(test.file, test.world, test.octet); err != nil || l.world != test.want.world || l.bytes != test.want.bytes || l.thread != test.want.thread {
			t.Errorf("%s, %s: %#x, %#x, %d, %v", test.file, test.name, l.world, l.bytes, l.thread, err)
		}
	}
	for _, unknown := range []library{{name: "Intel(R) MPI Library 2021.10 for Linux* OS"}, {name: ""}} {
		if err := unknown.identify("libmpi.so.12", 0, 0); err == nil || !strings.Contains(err.Error(), "not known") {
			t.Errorf("%q: %v", unknown.name, err)
		}
	}
	if err := (&library{name: "Open MPI v4.1.4"}).identify("libmpi.so.40", 0, 0); err == nil {
		t.Error("Open MPI without its objects is taken")
	}
}

// What is no MPI library is refused with one line.
func TestLoadRefuses(t *testing.T) {
	text := filepath.Join(t.TempDir(), "libmpi.so.12")
	if err := os.WriteFile(text, []byte("no library"), 0o644); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{"libc.so.6": "libc.so.6 is no MPI library: it has no MPI_", "libnothing.so.1": "no MPI library can be loaded", text: "no MPI library can be loaded"} {
		if _, err := load([]string{file}); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// The error names every file that was tried.
func TestNoLibrary(t *testing.T) {
	files := []string{"libnothing.so.1", "libnothing.so.2"}
	_, err := load(files)
	for _, file := range files {
		if err == nil || !strings.Contains(err.Error(), file+": ") {
			t.Errorf("no word of %s: %v", file, err)
		}
	}
}
