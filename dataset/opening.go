package dataset

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/waveletgpt/waveletgpt/internal/versioned"
	"github.com/waveletgpt/waveletgpt/internal/vfs"
)

// HoldoutFile is the file in a prepared set that records who opened its hold-out.
const HoldoutFile = "holdout.json"

// maxOpenings bounds holdout.json, in bytes.
const maxOpenings = 1 << 20

// An Opening says that a study opened the hold-out of a set.
type Opening struct {
	By   string    `json:"by"` // identifies the study: a hash, hexadecimal
	Time time.Time `json:"time"`
}

// openings is the content of holdout.json.
type openings struct {
	FormatVersion int       `json:"format_version"`
	Data          string    `json:"data"`     // data hash of the set
	Openings      []Opening `json:"openings"` // in the order of time
}

// OpenHoldout opens the hold-out of a set, so that it can be read as the other
// splits are, and returns the openings before this one: data that somebody has
// looked at is no longer held out. by identifies the study that opens it, a
// hexadecimal hash of what it is going to do. The first opening by each study is
// recorded in [HoldoutFile], which lies beside the header; the header and the data
// hash stay. If that cannot be recorded, the hold-out is not opened. The record is
// of this directory: a copy of the set without it does not know of the openings.
func (s *Set) OpenHoldout(by string) (earlier []Opening, err error) {
	if earlier, err = s.record(strings.ToLower(by)); err != nil {
		return nil, fmt.Errorf("open the hold-out of %s: %w", s.dir, err)
	}
	s.opened.Store(true)
	return earlier, nil
}

// record records an opening, unless it is there, and returns those before it.
func (s *Set) record(by string) ([]Opening, error) {
	if s.Header.Splits.Holdout.Length == 0 {
		return nil, errors.New("there is none; prepare the data with a hold-out in another directory")
	}
	if !isHash(by) {
		return nil, fmt.Errorf("%q does not identify a study; it must be a hexadecimal hash", by)
	}
	all, err := s.Openings()
	if i := openedBy(all, by); err != nil || i >= 0 { // on a disk that cannot be written too
		return all[:max(i, 0)], err
	}
	unrecorded := func(err error) error {
		return fmt.Errorf("the opening cannot be recorded, so the hold-out is not opened; the set must be in a directory that can be written: %w", err)
	}
	lock, err := lockFor(s.dir, patience)
	if err != nil {
		return nil, unrecorded(err)
	}
	defer lock.Unlock()
	all, err = s.Openings() // another process may have opened it
	if i := openedBy(all, by); err != nil || i >= 0 {
		return all[:max(i, 0)], err
	}
	now := Opening{by, time.Now().UTC().Truncate(time.Second)}
	data, err := (&openings{formatVersion, s.Header.Hash, append(slices.Clone(all), now)}).marshal()
	if err == nil {
		err = vfs.ReplaceFile(filepath.Join(s.dir, HoldoutFile), data)
	}
	if err != nil {
		return nil, unrecorded(err)
	}
	return all, nil
}

// patience is how long an opening waits for another process. Parts of one study reach
// their hold-out together, and each holds the lock for an instant.
const patience = 10 * time.Second

// lockFor locks a directory, and waits for another process that has it.
func lockFor(dir string, patience time.Duration) (*vfs.Lock, error) {
	for begin := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		lock, err := vfs.LockDir(dir)
		if !errors.Is(err, vfs.ErrLocked) || time.Since(begin) > patience {
			return lock, err
		}
	}
}

// openedBy returns the index of the opening by a study, or -1.
func openedBy(all []Opening, by string) int {
	return slices.IndexFunc(all, func(o Opening) bool { return o.By == by })
}

func isHash(s string) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) > 0 && s == strings.ToLower(s)
}

// Openings returns who opened the hold-out, in the order of time. It opens
// nothing.
func (s *Set) Openings() ([]Opening, error) {
	data, err := versioned.ReadFile(os.DirFS(s.dir), HoldoutFile, maxOpenings)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var all *openings
	if err == nil {
		all, err = parseOpenings(data)
	}
	if err == nil && all.Data != s.Header.Hash {
		err = fmt.Errorf("it is about data %.12s, not %.12s; prepare the data in another directory", all.Data, s.Header.Hash)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", filepath.Join(s.dir, HoldoutFile), err)
	}
	return all.Openings, nil
}

// marshal returns holdout.json.
func (o *openings) marshal() ([]byte, error) {
	data, err := json.MarshalIndent(o, "", " ")
	return append(data, '\n'), err
}

// parseOpenings is strict: every study is identified, and none is listed twice.
func parseOpenings(data []byte) (*openings, error) {
	all := &openings{}
	if err := versioned.Decode(data, formatVersion, all); err != nil {
		return nil, err
	}
	for i, o := range all.Openings {
		if !isHash(o.By) || o.Time.IsZero() || openedBy(all.Openings, o.By) < i {
			return nil, fmt.Errorf("opening %d, by %q at %v, is damaged or there twice", i+1, o.By, o.Time)
		}
	}
	return all, nil
}
