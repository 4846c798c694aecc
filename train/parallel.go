package train

import (
	"sync"
	"sync/atomic"
)

// workers spreads independent tasks over threads.
type workers struct {
	threads int
	delay   func() // tests: called before every task
}

// run calls do(worker, i) for i from 0 to n-1, at most threads of them at a time.
// Each worker, 0 to threads-1, does one task at a time.
func (w workers) run(n int, do func(worker, i int)) {
	var next atomic.Int64
	work := func(worker int) {
		for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
			if w.delay != nil {
				w.delay()
			}
			do(worker, i)
		}
	}
	var wait sync.WaitGroup
	for worker := 1; worker < min(w.threads, n); worker++ {
		wait.Go(func() { work(worker) })
	}
	work(0)
	wait.Wait()
}

// tasks is run for tasks that do not need to know their worker.
func (w workers) tasks(n int, do func(i int)) {
	w.run(n, func(_, i int) { do(i) })
}
