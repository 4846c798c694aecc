package audio

import (
	"bufio"
	"fmt"
	"io"
	"time"
)

// patience is the time that a decoder may take for one block of samples.
const patience = time.Minute

// isolate runs a third-party decoder in a goroutine. It turns a panic into an
// error, and also a block of samples that takes longer than patience. In that
// case it abandons the goroutine, which cannot be stopped.
func isolate(in *bufio.Reader, patience time.Duration, open func(*bufio.Reader) (*sound, error)) (*sound, error) {
	type step struct {
		s       *sound
		samples []float32
		err     error
	}
	steps, done := make(chan step), make(chan struct{})
	send := func(x step) bool {
		select {
		case steps <- x:
			return true
		case <-done:
			return false
		}
	}
	go func() {
		defer close(steps)
		defer func() {
			if p := recover(); p != nil {
				send(step{err: fmt.Errorf("the decoder failed on the file: %v", p)})
			}
		}()
		s, err := open(in)
		if !send(step{s: s, err: err}) || err != nil {
			return
		}
		// One buffer is filled while the other is read.
		var buffers [2][]float32
		for i := range buffers {
			buffers[i] = make([]float32, max(block/max(s.channels, 1), 1)*max(s.channels, 1))
		}
		for i := 0; ; i++ {
			n, err := s.read(buffers[i%2])
			if !send(step{samples: buffers[i%2][:n], err: err}) || err != nil {
				return
			}
		}
	}()
	stuck := false
	next := func() (x step, err error) {
		timer := time.NewTimer(patience)
		defer timer.Stop()
		select {
		case x, ok := <-steps:
			if !ok {
				return x, io.EOF
			}
			return x, x.err
		case <-timer.C:
			stuck = true
			return x, fmt.Errorf("the decoder hung for %v", patience)
		}
	}
	first, err := next()
	if err != nil {
		close(done)
		return nil, err
	}
	var rest []float32
	s := &sound{rate: first.s.rate, channels: first.s.channels}
	s.read = func(dst []float32) (int, error) {
		for len(rest) == 0 {
			x, err := next()
			if err != nil {
				if err == io.EOF { // the decoder has ended
					for _, r := range first.s.remarks {
						s.remark(r)
					}
				}
				return 0, err
			}
			rest = x.samples
		}
		n := copy(dst, rest)
		rest = rest[n:]
		return n, nil
	}
	s.stop = func() {
		close(done)
		for !stuck { // until the decoder no longer reads from in
			if _, err := next(); err != nil {
				return
			}
		}
	}
	return s, nil
}
