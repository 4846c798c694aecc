package compare

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/waveletgpt/waveletgpt/internal/kernel"
	"github.com/waveletgpt/waveletgpt/internal/machine"
	"github.com/waveletgpt/waveletgpt/internal/versioned"
	"github.com/waveletgpt/waveletgpt/internal/vfs"
	"github.com/waveletgpt/waveletgpt/summary"
)

// turnsFile is beside the runs of a comparison.
const (
	turnsFile = "turns.json"
	// Version 2 says on which machine.
	turnsVersion = 2
)

// turns says which runs trained in turns. The seconds of other runs were measured
// at another time, when the machine may have been busier.
type turns struct {
	FormatVersion int    `json:"format_version"`
	Turns         []turn `json:"turns"`
}

type turn struct {
	Began time.Time `json:"began"`
	Runs  []string  `json:"runs"` // directories
	// Machine and Tier are as in a run of a summary.
	Machine string `json:"machine,omitempty"`
	Tier    string `json:"tier,omitempty"`
	Ranks   int    `json:"ranks,omitempty"` // processes that trained each run together, if several
}

// readTurns reads the turns of dir; a new one has none.
func readTurns(dir string) (turns, error) {
	t := turns{FormatVersion: turnsVersion}
	path := filepath.Join(dir, turnsFile)
	document, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return t, nil
	}
	if err == nil {
		err = versioned.Decode(document, turnsVersion, &t)
	}
	if err != nil {
		return t, fmt.Errorf("%s: %w; remove it to continue, and seconds are compared as if all runs had trained in turns", path, err)
	}
	return t, nil
}

// add records that runs are about to take turns.
func (t *turns) add(dir string, runs []string, ranks int) error {
	t.FormatVersion = turnsVersion
	if ranks == 1 {
		ranks = 0
	}
	t.Turns = append(t.Turns, turn{time.Now().UTC(), runs, machine.Name(), kernel.Tier(), ranks})
	document, err := json.MarshalIndent(t, "", " ")
	if err != nil {
		return err
	}
	return vfs.ReplaceFile(filepath.Join(dir, turnsFile), append(document, '\n'))
}

// of lists the times at which a run began to take turns.
func (t *turns) of(run string) (began []time.Time) {
	for _, turn := range t.Turns {
		if slices.Contains(turn.Runs, run) {
			began = append(began, turn.Began)
		}
	}
	return began
}

// place is where a turn was: the machine, and the number of processes if there were
// several. The name is that of the machine of rank 0.
func (t turn) place() string {
	if t.Ranks == 0 {
		return t.Machine
	}
	return fmt.Sprintf("%s, %d ranks", t.Machine, t.Ranks)
}

// sameRanks reports whether a run was trained by one number of processes. The
// seconds of others do not add up.
func (t *turns) sameRanks(run string) bool { return len(t.ranksOf(run)) < 2 }

// ranksOf lists the numbers of processes that trained a run, 0 for one.
func (t *turns) ranksOf(run string) (all []int) {
	for _, turn := range t.Turns {
		if slices.Contains(turn.Runs, run) {
			all = append(all, turn.Ranks)
		}
	}
	return slices.Compact(all)
}

// located is a run with the machine and the kernels that trained it. Seconds of a run
// that moved from one machine to another are left out: they are those of neither.
func (t *turns) located(r summary.Run, dir string) summary.Run {
	var machines, tiers []string
	for _, turn := range t.Turns {
		if !slices.Contains(turn.Runs, dir) {
			continue
		}
		if place := turn.place(); !slices.Contains(machines, place) {
			machines = append(machines, place)
		}
		if !slices.Contains(tiers, turn.Tier) {
			tiers = append(tiers, turn.Tier)
		}
	}
	r.Machine, r.Tier = strings.Join(machines, " and "), strings.Join(tiers, " and ")
	if len(machines) > 1 {
		r = r.WithoutSeconds()
	}
	return r
}
