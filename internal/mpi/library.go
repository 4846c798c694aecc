//go:build linux && (amd64 || arm64)

package mpi

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"unsafe"

	"github.com/ebitengine/purego"
)

// A library is an MPI library in memory: its functions, and the values that differ
// between libraries. A handle is a pointer or an integer, as the library has it.
type library struct {
	name    string // as in "Open MPI v4.1.4"
	world   uintptr
	bytes   uintptr
	thread  int32 // MPI_THREAD_FUNNELED: one thread makes all calls
	initial func(argc, argv uintptr, required int32, provided *int32) int32
	final   func() int32

	rank, size func(comm uintptr, value *int32) int32

	broadcast func(buffer unsafe.Pointer, count int32, of uintptr, root int32, comm uintptr) int32
	allToAll  exchange
	allGather exchange
}

type exchange func(send unsafe.Pointer, sendCount int32, sendType uintptr, receive unsafe.Pointer, receiveCount int32, receiveType uintptr, comm uintptr) int32

// The values of each kind of library, from their mpi.h: Open MPI has addresses of
// objects, MPICH numbers, and the standard ABI (MPI 5.0, chapter 20 and appendix A) those
// of the standard.
const (
	mpichWorld = 0x44000000
	mpichByte  = 0x4c00010d
	abiWorld   = 0x101
	abiByte    = 0x247

	funneled    = 1
	abiFunneled = 1024
)

// names are the files of the libraries that are known, by launcher. A file of the
// standard ABI begins with abiPrefix.
var (
	openMPI = []string{"libmpi.so.40", "libmpi_abi.so.1"}
	mpich   = []string{"libmpi.so.12", "libmpich.so.12", "libmpi_abi.so.1"}
	anyMPI  = []string{"libmpi.so.40", "libmpi.so.12", "libmpich.so.12", "libmpi_abi.so.1"}
)

const abiPrefix = "libmpi_abi."

// launched returns the number of processes that the launcher says it has started, 0
// if no known launcher has, and the libraries that fit it.
func launched(environment func(string) string) (processes int, files []string) {
	files = anyMPI
	for _, launcher := range []struct {
		variable string
		files    []string
	}{
		{"OMPI_COMM_WORLD_SIZE", openMPI},
		{"PMI_SIZE", mpich},              // Hydra, and Slurm with --mpi=pmi2
		{"SLURM_STEP_NUM_TASKS", anyMPI}, // srun with --mpi=pmix
	} {
		if n, err := strconv.Atoi(environment(launcher.variable)); err == nil {
			processes, files = n, launcher.files
			break
		}
	}
	if file := environment(Variable); file != "" {
		files = []string{file}
	}
	return processes, files
}

// Speaks reports whether this process should say what went wrong before it has a rank:
// one on each machine, as far as the launcher tells.
func Speaks() bool {
	local := os.Getenv("OMPI_COMM_WORLD_LOCAL_RANK") + os.Getenv("MPI_LOCALRANKID")
	return local == "" || local == "0"
}

// load loads the first of some library files that is there.
func load(files []string) (*library, error) {
	runtime.LockOSThread() // the loader keeps its last error for the thread
	defer runtime.UnlockOSThread()
	var reasons []string
	for _, file := range files {
		handle, err := purego.Dlopen(file, purego.RTLD_NOW|purego.RTLD_GLOBAL)
		if err == nil {
			return open(file, handle)
		}
		reasons = append(reasons, err.Error())
	}
	return nil, fmt.Errorf("no MPI library can be loaded (%s); install Open MPI or MPICH, name its folder in LD_LIBRARY_PATH, or the file in %s",
		strings.Join(reasons, "; "), Variable)
}

// open finds out which library a file is, and its functions.
func open(file string, handle uintptr) (*library, error) {
	l := &library{}
	var version func(text *byte, length *int32) int32
	for name, function := range map[string]any{
		"MPI_Get_library_version": &version,
		"MPI_Init_thread":         &l.initial,
		"MPI_Finalize":            &l.final,
		"MPI_Comm_rank":           &l.rank,
		"MPI_Comm_size":           &l.size,
		"MPI_Bcast":               &l.broadcast,
		"MPI_Alltoall":            &l.allToAll,
		"MPI_Allgather":           &l.allGather,
	} {
		address, err := purego.Dlsym(handle, name)
		if err != nil {
			return nil, fmt.Errorf("%s is no MPI library: it has no %s", file, name)
		}
		purego.RegisterFunc(function, address)
	}
	// MPI_MAX_LIBRARY_VERSION_STRING is 8192 at most, that of MPICH and the standard ABI.
	text, length := make([]byte, 1<<14), int32(0)
	if code := version(&text[0], &length); code != 0 || length < 0 || int(length) > len(text) {
		return nil, fmt.Errorf("%s: MPI_Get_library_version fails with code %d", file, code)
	}
	l.name = shortVersion(string(text[:length]))
	world, _ := purego.Dlsym(handle, "ompi_mpi_comm_world")
	octet, _ := purego.Dlsym(handle, "ompi_mpi_byte")
	return l, l.identify(file, world, octet)
}

// identify sets the values of a library by its file, its name, and the addresses that only
// Open MPI has.
func (l *library) identify(file string, world, octet uintptr) error {
	switch {
	case strings.HasPrefix(filepath.Base(file), abiPrefix):
		l.world, l.bytes, l.thread = abiWorld, abiByte, abiFunneled
	case world != 0 && octet != 0 && strings.HasPrefix(l.name, "Open MPI"):
		l.world, l.bytes, l.thread = world, octet, funneled
	case strings.HasPrefix(l.name, "MPICH"):
		l.world, l.bytes, l.thread = mpichWorld, mpichByte, funneled
	default:
		return fmt.Errorf("%s is %q, which is not known; known are Open MPI 4 and 5, MPICH 4 and 5, and libraries of the standard ABI (libmpi_abi.so.1)", file, l.name)
	}
	return nil
}

// shortVersion is the name and number in what MPI_Get_library_version says: "Open MPI
// v4.1.4, package: Debian OpenMPI, ..." or "MPICH Version:      4.0.2\nMPICH Release date: ...".
func shortVersion(text string) string {
	text, _, _ = strings.Cut(strings.TrimRight(text, "\x00"), "\n")
	text, _, _ = strings.Cut(text, ",")
	if name, number, ok := strings.Cut(text, " Version:"); ok {
		text = name + " " + number
	}
	return strings.Join(strings.Fields(text), " ")
}

// leave ends the process the way C programs do.
func leave(code int) {
	var exit func(code int32)
	purego.RegisterLibFunc(&exit, purego.RTLD_DEFAULT, "exit")
	exit(int32(code))
}
