package kernel

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// adviseHuge asks for huge pages below the whole pages of x. A system that has
// none says so, and nothing is lost.
func adviseHuge(x []float32) {
	page := uintptr(unix.Getpagesize())
	start := uintptr(unsafe.Pointer(&x[0]))
	skip := -start & (page - 1)
	length := (uintptr(len(x))*4 - skip) &^ (page - 1)
	_ = unix.Madvise(unsafe.Slice((*byte)(unsafe.Add(unsafe.Pointer(&x[0]), skip)), length), unix.MADV_HUGEPAGE)
}
