package train

import (
	"fmt"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/internal/typeset"
)

// Idle says how many threads have nothing to do in the steps of a configuration and
// why, or returns "" if all of them have.
func Idle(c config.Train) string {
	threads, lanes := threadCount(c.Threads), lanesOf(c)
	if threads <= lanes {
		return ""
	}
	return fmt.Sprintf("a step uses %d of %d threads: it has %s in train.lanes = %d; more of both use more",
		lanes, threads, typeset.Counted(c.Batch*c.Accumulate, "sequence"), c.Lanes)
}
