//go:build linux && (amd64 || arm64)

package mpi

import (
	"fmt"
	"math"
	"os"
	"runtime"
	"time"
	"unsafe"
)

// A World is all processes of an MPI job. Its methods must be called by one goroutine at
// a time, and by all processes in the same order.
//
// They return no errors. A job that has lost a process cannot continue: the library, the
// launcher or the deadline of the call ends this process.
type World struct {
	*library
	position, processes int
	patience            time.Duration
	fail                func(error)
	calls               chan func()
}

// Start loads the MPI library and joins the job. patience is how long one call may wait
// for the other processes. After it, fail is called from another goroutine with the
// reason; it must end the process. Without a launcher the job is this process alone.
func Start(patience time.Duration, fail func(error)) (*World, error) {
	want, files := launched(os.Getenv)
	l, err := load(files)
	if err != nil {
		return nil, err
	}
	w := &World{library: l, patience: patience, fail: fail, calls: make(chan func())}
	go func() {
		runtime.LockOSThread() // MPI_THREAD_FUNNELED: the thread of MPI_Init makes all calls
		for call := range w.calls {
			call()
		}
	}()
	var provided, rank, size int32
	w.do("MPI_Init_thread", func() int32 { return l.initial(0, 0, l.thread, &provided) })
	w.do("MPI_Comm_rank", func() int32 { return l.rank(l.world, &rank) })
	w.do("MPI_Comm_size", func() int32 { return l.size(l.world, &size) })
	w.position, w.processes = int(rank), int(size)
	if want > 1 && w.processes == 1 {
		return nil, fmt.Errorf("the launcher started %d processes, but %s sees one: it is not the library of this launcher; name that in %s", want, l.name, Variable)
	}
	if provided < l.thread {
		return nil, fmt.Errorf("%s gives no MPI_THREAD_FUNNELED (it gives %d)", l.name, provided)
	}
	return w, nil
}

// Library is the name and version of the MPI library.
func (w *World) Library() string { return w.name }

// Rank is the number of this process, from 0.
func (w *World) Rank() int { return w.position }

// Size is the number of processes.
func (w *World) Size() int { return w.processes }

// Broadcast copies the buffer of rank 0 to all ranks.
func (w *World) Broadcast(buffer []byte) {
	w.do("MPI_Bcast", func() int32 {
		return w.broadcast(unsafe.Pointer(unsafe.SliceData(buffer)), w.count(buffer, 1), w.bytes, 0, w.world)
	})
}

// AllToAll sends part i of send to rank i, and receives the part of rank i in part i of
// receive. Both have one part for each rank, all of the same length.
func (w *World) AllToAll(send, receive []byte) {
	w.exchange("MPI_Alltoall", w.allToAll, send, w.processes, receive)
}

// AllGather sends send to every rank, and receives that of rank i in part i of receive.
func (w *World) AllGather(send, receive []byte) {
	w.exchange("MPI_Allgather", w.allGather, send, 1, receive)
}

func (w *World) exchange(name string, call exchange, send []byte, parts int, receive []byte) {
	w.do(name, func() int32 {
		return call(unsafe.Pointer(unsafe.SliceData(send)), w.count(send, parts), w.bytes,
			unsafe.Pointer(unsafe.SliceData(receive)), w.count(receive, w.processes), w.bytes, w.world)
	})
}

// count is the length of one of the equal parts of a buffer. MPI counts in C's int.
func (w *World) count(buffer []byte, parts int) int32 {
	n := len(buffer) / parts
	if n > math.MaxInt32 || n*parts != len(buffer) {
		panic(fmt.Sprintf("mpi: %d bytes in %d parts", len(buffer), parts))
	}
	return int32(n)
}

// Exit takes leave of the other processes, which must do the same, and ends this one.
func (w *World) Exit(code int) {
	w.do("MPI_Finalize", w.final)
	// MPICH takes leave of its launcher in a function that exit calls. Without it the
	// launcher takes the end for a failure.
	w.do("exit", func() int32 { leave(code); return 0 })
}

// do makes a call on the thread of MPI and waits until it is over.
func (w *World) do(name string, call func() int32) {
	done := make(chan int32, 1)
	deadline := time.AfterFunc(w.patience, func() {
		w.fail(fmt.Errorf("rank %d of %d waited %s for the others in %s: one of them has ended, stopped, or cannot be reached", w.position, w.processes, w.patience, name))
	})
	w.calls <- func() { done <- call() }
	code := <-done
	deadline.Stop()
	if code != 0 {
		w.fail(fmt.Errorf("rank %d of %d: %s fails with code %d of %s", w.position, w.processes, name, code, w.name))
	}
}
