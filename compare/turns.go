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

	"github.com/waveletgpt/waveletgpt/internal/vfs"
)

// turnsFile is beside the runs of a comparison.
const (
	turnsFile    = "turns.json"
	turnsVersion = 1
)

// turns says which runs were trained in turns: seconds of others were measured
// at another time, when the machine may have been busier.
type turns struct {
	FormatVersion int    `json:"format_version"`
	Turns         []turn `json:"turns"`
}

type turn struct {
	Began time.Time `json:"began"`
	Runs  []string  `json:"runs"` // directories
}

// readTurns reads what is known of dir; of a new one, nothing.
func readTurns(dir string) (turns, error) {
	t := turns{FormatVersion: turnsVersion}
	path := filepath.Join(dir, turnsFile)
	document, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return t, nil
	}
	if err == nil {
		err = json.Unmarshal(document, &t)
	}
	if err == nil && t.FormatVersion != turnsVersion {
		err = fmt.Errorf("format_version %d is not known here", t.FormatVersion)
	}
	if err != nil {
		return t, fmt.Errorf("%s: %w; without this file seconds are compared as if all runs had been trained together: remove it to go on", path, err)
	}
	return t, nil
}

// add notes that runs begin to take turns, before they do.
func (t *turns) add(dir string, runs []string) error {
	t.Turns = append(t.Turns, turn{time.Now().UTC(), runs})
	document, err := json.MarshalIndent(t, "", " ")
	if err != nil {
		return err
	}
	return vfs.ReplaceFile(filepath.Join(dir, turnsFile), append(document, '\n'))
}

// of lists when a run began to take turns.
func (t *turns) of(run string) (began []time.Time) {
	for _, turn := range t.Turns {
		if slices.Contains(turn.Runs, run) {
			began = append(began, turn.Began)
		}
	}
	return began
}

// apart tells that two runs never took turns. Of runs of which neither says when
// it was trained it is not known.
func (r Run) apart(other Run) bool {
	for _, began := range r.Turns {
		if slices.ContainsFunc(other.Turns, began.Equal) {
			return false
		}
	}
	return len(r.Turns) > 0 || len(other.Turns) > 0
}
