package train

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/gpt"
)

// Ranks are processes that train together. Rank 0 is the program: it has the data and
// the run, and gives orders. The others [Ranks.Follow]: they need no files, and know
// the model and the windows of a step from the orders.
type Ranks struct {
	group   Group
	members []member

	mu     sync.Mutex // held for an order and what it makes all ranks exchange
	models int        // opened so far
	over   chan struct{}
	last   time.Time // of an order
}

// A member is what a rank tells the others when it joins.
type member struct {
	Build   string // names the program: equal for equal programs
	Tier    string
	Threads int // that train.threads = 0 means
	Host    string
}

// memberSize is the bytes of a member in its first message.
const memberSize = 1024

// Join brings the processes of a group together; all of them call it. build names the
// program. An error, which all of them get, says that they are not the same program with
// the same kernels, whose bits are equal. Rank 0 must call [Ranks.Close], and sends a sign of
// life every so often until then, so that the others can tell a long pause from an end.
func Join(g Group, build string, often time.Duration) (*Ranks, error) {
	host, _ := os.Hostname()
	host = host[:min(len(host), 256)]
	own, err := json.Marshal(member{build, nativeTier(), runtime.GOMAXPROCS(0), host})
	if err != nil {
		return nil, fmt.Errorf("a rank cannot say who it is: %w", err)
	}
	if len(own) > memberSize {
		return nil, fmt.Errorf("a rank needs %d bytes to say who it is; at most %d are possible", len(own), memberSize)
	}
	all := make([]byte, memberSize*g.Size())
	g.AllGather(append(own, make([]byte, memberSize-len(own))...), all)
	r := &Ranks{group: g, members: make([]member, g.Size()), over: make(chan struct{})}
	for i := range r.members {
		if err := json.Unmarshal(bytes.TrimRight(all[i*memberSize:][:memberSize], "\x00"), &r.members[i]); err != nil {
			return nil, fmt.Errorf("rank %d is another program than rank 0: %w", i, err)
		}
	}
	if err := r.equal(); err != nil {
		return nil, err
	}
	if g.Rank() == 0 {
		go r.pulse(often)
	}
	return r, nil
}

// equal returns how ranks differ, or nil.
func (r *Ranks) equal() error {
	first := r.members[0]
	for i, m := range r.members {
		switch {
		case m.Build != first.Build:
			return fmt.Errorf("rank %d on %s is another build of this program than rank 0 on %s; give all machines the same file", i, m.Host, first.Host)
		case m.Tier != first.Tier:
			return fmt.Errorf("rank %d on %s has the kernels %s, but rank 0 on %s has %s, so the last bits would differ; give all ranks the lower kernels with WAVELETGPT_KERNEL, or use equal machines",
				i, m.Host, m.Tier, first.Host, first.Tier)
		}
	}
	return nil
}

// Size is the number of ranks. No Ranks are one.
func (r *Ranks) Size() int {
	if r == nil {
		return 1
	}
	return r.group.Size()
}

// Threads lists the threads of each rank, for a value of train.threads.
func (r *Ranks) Threads(setting int) (threads []int) {
	if r == nil {
		return []int{threadCount(setting)}
	}
	for _, m := range r.members {
		if setting > 0 {
			m.Threads = setting
		}
		threads = append(threads, m.Threads)
	}
	return threads
}

// Fits returns why ranks cannot share the steps of a configuration, or nil.
func (r *Ranks) Fits(c config.Train) error {
	if r.Size() > 1 && c.Engine == "torch" {
		return fmt.Errorf("%d ranks cannot share train.engine = torch; train it in one process, or set train.engine = native", r.Size())
	}
	if size := r.Size(); c.Lanes%size != 0 {
		var possible []string
		for n := 1; n <= c.Lanes; n *= 2 {
			possible = append(possible, fmt.Sprint(n))
		}
		return fmt.Errorf("%d ranks cannot share train.lanes = %d equally; start %s of them", size, c.Lanes, strings.Join(possible, ", "))
	}
	return nil
}

// Close tells the other ranks that there are no more orders.
func (r *Ranks) Close() {
	close(r.over)
	r.give(order{Kind: orderEnd}, nil, func() {})
}

// pulse gives an order that asks for nothing where there was none for some time.
func (r *Ranks) pulse(often time.Duration) {
	ticks := time.NewTicker(often)
	defer ticks.Stop()
	for {
		select {
		case <-r.over:
			return
		case <-ticks.C:
		}
		r.mu.Lock()
		select {
		case <-r.over:
		default:
			if time.Since(r.last) >= often {
				r.send(order{Kind: orderNothing}, nil)
			}
		}
		r.mu.Unlock()
	}
}

// The kinds of orders.
const (
	orderNothing int64 = iota // a sign of life
	orderOpen                 // make a model; the message is a modelOrder
	orderLoad                 // receive its parameters and states
	orderStep                 // take a step on the windows in the message
	orderLosses               // compute the losses of the windows in the message
	orderClose                // forget the model
	orderEnd                  // there are no more orders
)

// An order is what rank 0 sends to the others before all of them do the same.
type order struct {
	Kind  int64
	Model int64 // its number
	Step  int64
	Bytes int64 // of the message that follows
}

// A modelOrder is the message of orderOpen.
type modelOrder struct {
	Train config.Train
	Model gpt.Config
}

// give sends an order and carries out the part of this rank.
func (r *Ranks) give(o order, message []byte, do func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.send(o, message)
	do()
	r.last = time.Now()
}

func (r *Ranks) send(o order, message []byte) {
	o.Bytes = int64(len(message))
	header, _ := binary.Append(nil, binary.LittleEndian, o) // cannot fail: all fields have a size
	r.group.Broadcast(header)
	if len(message) > 0 {
		r.group.Broadcast(message)
	}
	r.last = time.Now()
}

// receive is the other side of send.
func (r *Ranks) receive() (o order, message []byte) {
	header := make([]byte, binary.Size(o))
	r.group.Broadcast(header)
	_, _ = binary.Decode(header, binary.LittleEndian, &o) // has the right length
	if o.Bytes > 0 {
		message = make([]byte, o.Bytes)
		r.group.Broadcast(message)
	}
	return o, message
}

// Follow does what rank 0 orders, until there are no more orders.
func (r *Ranks) Follow() error {
	models := map[int64]*native{}
	for {
		o, message := r.receive()
		e := models[o.Model]
		switch o.Kind {
		case orderOpen:
			var m modelOrder
			if err := json.Unmarshal(message, &m); err != nil {
				return fmt.Errorf("rank %d cannot read an order: %w", r.group.Rank(), err)
			}
			model, err := gpt.New(m.Model)
			if err != nil {
				return fmt.Errorf("rank %d: %w", r.group.Rank(), err)
			}
			models[o.Model] = newShare(m.Train, model, r.group)
		case orderLoad:
			e.receiveState()
		case orderStep:
			e.take(int(o.Step), windowsIn(message))
		case orderLosses:
			e.lossesOf(windowsIn(message))
		case orderClose:
			delete(models, o.Model)
		case orderEnd:
			return nil
		}
	}
}

// ranked is the engine of rank 0: what this process does, all ranks do.
type ranked struct {
	*native
	ranks  *Ranks
	number int64
}

var _ engine = (*ranked)(nil)

// engine makes the engine of a model, on all ranks.
func (r *Ranks) engine(c config.Train, model *gpt.Model) (engine, error) {
	if r == nil {
		return newEngine(c, model)
	}
	if err := r.Fits(c); err != nil {
		return nil, err
	}
	message, err := json.Marshal(modelOrder{c, model.Config})
	if err != nil {
		return nil, fmt.Errorf("send a configuration to %d ranks: %w", r.Size(), err)
	}
	r.models++
	e := &ranked{ranks: r, number: int64(r.models)}
	r.give(order{Kind: orderOpen, Model: e.number}, message, func() { e.native = newShare(c, model, r.group) })
	return e, nil
}

func (e *ranked) load(int) error {
	e.ranks.give(order{Kind: orderLoad, Model: e.number}, nil, e.receiveState)
	return nil
}

// receiveState brings parameters and states of rank 0 to all ranks.
func (e *native) receiveState() {
	arrays := [][]float32{e.model.Params}
	for _, s := range e.states() {
		arrays = append(arrays, s.values)
	}
	const most = 1 << 28 // MPI counts in int32
	for _, array := range arrays {
		for piece := range slices.Chunk(array, most) {
			e.share.group.Broadcast(memoryOf(piece))
		}
	}
	e.model.PackIn(e.tasks)
}

func (e *ranked) step(t int, windows [][]uint16) (r result, err error) {
	e.ranks.give(order{Kind: orderStep, Model: e.number, Step: int64(t)}, messageOf(windows), func() { r = e.take(t, windows) })
	return r, nil
}

// atOnce is the number of windows that a rank evaluates between two looks at the
// context.
const atOnce = 32

func (e *ranked) meansAt(ctx context.Context, set *dataset.Set, split string, starts []int64) (losses []float32, tokens []int, err error) {
	length := e.model.Config.Context + 1
	for some := range slices.Chunk(starts, atOnce*e.ranks.Size()) {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		windows := make([][]uint16, len(some))
		for i, start := range some {
			if windows[i], err = set.Window(make([]uint16, length), split, start); err != nil {
				return nil, nil, err
			}
			tokens = append(tokens, len(windows[i])-1)
		}
		e.ranks.give(order{Kind: orderLosses, Model: e.number}, messageOf(windows), func() { losses = append(losses, e.lossesOf(windows)...) })
	}
	return losses, tokens, nil
}

func (e *ranked) close() error {
	e.ranks.give(order{Kind: orderClose, Model: e.number}, nil, func() {})
	return nil
}

// messageOf writes windows: the length of each, then its tokens.
func messageOf(windows [][]uint16) (message []byte) {
	for _, w := range windows {
		message = binary.LittleEndian.AppendUint32(message, uint32(len(w)))
		for _, token := range w {
			message = binary.LittleEndian.AppendUint16(message, token)
		}
	}
	return message
}

// windowsIn reads what messageOf has written.
func windowsIn(message []byte) (windows [][]uint16) {
	for len(message) > 0 {
		w := make([]uint16, binary.LittleEndian.Uint32(message))
		message = message[4:]
		for i := range w {
			w[i] = binary.LittleEndian.Uint16(message[2*i:])
		}
		windows, message = append(windows, w), message[2*len(w):]
	}
	return windows
}
