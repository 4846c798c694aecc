package train

import (
	"fmt"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/internal/typeset"
)

// Idle says how many threads have nothing to do in the steps of a configuration and
// why, or returns "" if all of them have. No ranks are this process alone.
func Idle(c config.Train, ranks *Ranks) string {
	if c.Engine == "torch" {
		return ""
	}
	all, used := 0, 0
	for rank, threads := range ranks.Threads(c.Threads) {
		all += threads
		used += min(threads, lanesOfRank(c, rank, ranks.Size()))
	}
	if used == all {
		return ""
	}
	of := ""
	if ranks != nil {
		of = fmt.Sprintf(" of %d ranks", ranks.Size())
	}
	return fmt.Sprintf("a step uses %d of %d threads%s: it has %s and train.lanes = %d, and uses no more than the smaller of both; raise that, or both if they are equal, or lower train.threads",
		used, all, of, typeset.Counted(c.Batch*c.Accumulate, "sequence"), c.Lanes)
}
