package train

import (
	"unsafe"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/gpt"
	"github.com/waveletgpt/waveletgpt/internal/kernel"
)

// A Group is the processes that train one run together. It moves bytes between them and
// computes nothing, so all bits are this program's. Every process makes the same calls in
// the same order.
//
// Its methods return no errors: a process whose group has lost another cannot continue, and
// the group ends it.
type Group interface {
	Rank() int // of this process, from 0
	Size() int // number of processes

	// Broadcast copies the buffer of rank 0 to all ranks. It has one length on all.
	Broadcast(buffer []byte)

	// AllToAll sends part i of send to rank i, and receives the part of rank i in part i
	// of receive. Both have one part for each rank, all of one length.
	AllToAll(send, receive []byte)

	// AllGather sends send to every rank, and receives that of rank i in part i of
	// receive, which has one part for each rank.
	AllGather(send, receive []byte)
}

// A share is what one process of a group computes of a step: neighbouring lanes, as
// many as a whole subtree of the sum has. Processes then add subtrees as one process
// adds lanes.
type share struct {
	group    Group // nil: this process computes all
	lanes    int   // train.lanes
	perRank  int   // lanes of a subtree, a power of two
	first    int   // lane
	count    int   // of lanes that are used; 0 where a step has too few sequences
	subtrees int   // ranks that have lanes

	received []float32 // a part of the sum from each rank
}

func shareOf(c config.Train, g Group) share {
	rank, size := 0, 1
	if g != nil {
		rank, size = g.Rank(), g.Size()
	}
	s := share{group: g, lanes: c.Lanes, perRank: lanesPerRank(c, size), count: lanesOfRank(c, rank, size)}
	s.first = rank * s.perRank
	s.subtrees = (lanesOf(c) + s.perRank - 1) / s.perRank
	return s
}

// lanesPerRank is the number of lanes of the smallest subtree with which ranks have all
// that are used.
func lanesPerRank(c config.Train, size int) int {
	lanes := 1
	for lanes*size < lanesOf(c) {
		lanes *= 2
	}
	return lanes
}

// lanesOfRank is the number of lanes that are used on a rank.
func lanesOfRank(c config.Train, rank, size int) int {
	perRank := lanesPerRank(c, size)
	return min(max(lanesOf(c)-rank*perRank, 0), perRank)
}

// newShare is newNative for the lanes of one process of a group.
func newShare(c config.Train, model *gpt.Model, g Group) *native {
	e := newNativeOf(c, model, shareOf(c, g))
	length := roundUp(model.Length(), g.Size())
	e.lanes.sum = kernel.Floats(length)[:model.Length()]
	e.share.received = kernel.Floats(length)
	return e
}

func roundUp(n, multiple int) int { return (n + multiple - 1) / multiple * multiple }

// sum replaces the sum of the lanes of this process by that of all, and puts the
// losses of the windows of other processes beside those of this one.
func (s *share) sum(lanes []float32, losses []float64) {
	if s.group == nil {
		return
	}
	size := s.group.Size()
	all := make([]float64, size*len(losses))
	s.group.AllGather(memoryOf(losses), memoryOf(all))
	for i := range losses {
		rank := i % s.lanes / s.perRank
		losses[i] = all[rank*len(losses)+i]
	}
	// Each process adds one part of the gradient, in the order of lanes.add.
	whole := lanes[:cap(s.received)]
	s.group.AllToAll(memoryOf(whole), memoryOf(s.received))
	part := len(whole) / size
	of := func(rank int) []float32 { return s.received[rank*part:][:part] }
	for apart := 1; apart < s.subtrees; apart *= 2 {
		for rank := 0; rank+apart < s.subtrees; rank += 2 * apart {
			kernel.Add(of(rank), of(rank+apart))
		}
	}
	s.group.AllGather(memoryOf(of(0)), memoryOf(whole))
}

// lossesOf returns the mean loss of each window. Window i is that of rank i mod the
// number of ranks.
func (e *native) lossesOf(windows [][]uint16) []float32 {
	rank, size := e.share.group.Rank(), e.share.group.Size()
	losses := make([]float32, len(windows))
	pool := workers{len(e.spaces), e.delay}
	pool.run((len(windows)-rank+size-1)/size, func(worker, k int) {
		i := rank + k*size
		losses[i] = meanOf(windowLosses(e.spaces[worker], windows[i]))
	})
	all := make([]float32, size*len(losses))
	e.share.group.AllGather(memoryOf(losses), memoryOf(all))
	for i := range losses {
		losses[i] = all[i%size*len(losses)+i]
	}
	return losses
}

// memoryOf is the memory of numbers. Ranks have one byte order: see [Join].
func memoryOf[T float32 | float64](x []T) []byte {
	var one T
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(x))), len(x)*int(unsafe.Sizeof(one)))
}
