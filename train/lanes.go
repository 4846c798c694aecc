package train

import (
	"sync"
	"unsafe"

	"github.com/waveletgpt/waveletgpt/gpt"
	"github.com/waveletgpt/waveletgpt/internal/kernel"
)

// lanes adds up the gradients of lanes: first neighbours, then pairs of neighbours,
// and so on. It adds a part as soon as two neighbours have it, and then uses the array
// of one of them again. There is room for every part of every lane, but arrays that
// were never used take no memory of the machine: of a step on two threads with eight
// lanes, it is the room of two lanes and a few parts.
type lanes struct {
	count int
	parts []gpt.Part
	sum   []float32 // of lane 0, and in the end of all lanes

	mu      sync.Mutex
	free    [][][]float32  // arrays of the first part, of blocks and of the last part
	waiting [][]partialSum // by part, and the first of its lanes
}

// A partialSum is the sum of a part over some neighbouring lanes. It waits for that
// over as many lanes after or before them.
type partialSum struct {
	values []float32
	lanes  int
}

func newLanes(count int, m *gpt.Model) *lanes {
	l := &lanes{count: count, parts: m.Parts(), sum: kernel.Floats(m.Length())}
	l.free, l.waiting = make([][][]float32, 0, 3), make([][]partialSum, len(l.parts))
	last := len(l.parts) - 1
	for _, of := range [][]gpt.Part{l.parts[:1], l.parts[1:last], l.parts[last:]} {
		size, arrays := of[0].Size(), make([][]float32, 0, len(of)*(count-1))
		for all := kernel.Floats(cap(arrays) * size); len(all) > 0; all = all[size:] {
			arrays = append(arrays, all[:size:size])
		}
		l.free = append(l.free, arrays)
	}
	for i := range l.waiting {
		l.waiting[i] = make([]partialSum, count)
	}
	return l
}

// lanesMemory returns the bytes of all arrays of newLanes.
func lanesMemory(count int, m *gpt.Model) int64 {
	const slice = int64(unsafe.Sizeof([]float32{}))
	n, parts := int64(count), int64(len(m.Parts()))
	return 4*n*int64(m.Length()) + kernel.Bytes(m.Parts()) +
		3*slice + (n-1)*parts*slice +
		parts*(slice+n*int64(unsafe.Sizeof(partialSum{})))
}

// kind returns the arrays that fit a part.
func (l *lanes) kind(part int) *[][]float32 {
	switch part {
	case 0:
		return &l.free[0]
	case len(l.parts) - 1:
		return &l.free[2]
	}
	return &l.free[1]
}

// take returns zeros for a part of a lane.
func (l *lanes) take(part, lane int) []float32 {
	values := l.sum[l.parts[part].Start:l.parts[part].End]
	if lane > 0 {
		l.mu.Lock()
		free := l.kind(part)
		values = (*free)[len(*free)-1]
		*free = (*free)[:len(*free)-1]
		l.mu.Unlock()
	}
	clear(values)
	return values
}

// add adds what take returned, with the gradient of a part of a lane, to those of the
// other lanes, as far as these are there.
func (l *lanes) add(part, lane int, values []float32) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for apart := 1; apart < l.count; apart *= 2 {
		other := lane ^ apart
		if other >= l.count {
			continue
		}
		there := l.waiting[part][other]
		if there.lanes != apart {
			l.waiting[part][lane] = partialSum{values, apart}
			return
		}
		l.waiting[part][other] = partialSum{}
		from := there.values
		if other < lane {
			values, from, lane = from, values, other
		}
		l.mu.Unlock()
		kernel.Add(values, from)
		l.mu.Lock()
		free := l.kind(part)
		*free = append(*free, from)
	}
}
