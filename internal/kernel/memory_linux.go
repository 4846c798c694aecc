package kernel

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// adviseHuge asks for huge pages for the whole pages of x. If the system has none, it
// returns an error that can be ignored.
func adviseHuge(x []float32) {
	page := uintptr(unix.Getpagesize())
	start := uintptr(unsafe.Pointer(&x[0]))
	skip := -start & (page - 1)
	length := (uintptr(len(x))*4 - skip) &^ (page - 1)
	_ = unix.Madvise(unsafe.Slice((*byte)(unsafe.Add(unsafe.Pointer(&x[0]), skip)), length), unix.MADV_HUGEPAGE)
}
