package compare

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/waveletgpt/waveletgpt/internal/versioned"
	"github.com/waveletgpt/waveletgpt/internal/vfs"
)

// turnsFile is beside the runs of a comparison.
const (
	turnsFile    = "turns.json"
	turnsVersion = 1
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
func (t *turns) add(dir string, runs []string) error {
	t.Turns = append(t.Turns, turn{time.Now().UTC(), runs})
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
