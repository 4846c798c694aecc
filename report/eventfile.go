package report

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// An EventFile is the event file of a run, for TensorBoard. It may grow while
// TensorBoard reads it.
type EventFile struct {
	path    string
	size    int64
	waiting []byte // what could not be written yet
}

// NewEventFile returns an empty event file in a folder, which the first Append makes.
func NewEventFile(folder string) *EventFile {
	return &EventFile{path: filepath.Join(folder, eventsName), waiting: record(nil, bytesField(nil, 3, []byte("brain.Event:2")))} // file_version
}

// Append writes events. If that fails, for example because the disk is full, the next
// call writes them first.
//
// The first call replaces what an earlier process wrote, in place: events of equal
// steps and tags have equal sizes, so a TensorBoard that reads the file of a run that
// is resumed continues where it was.
func (f *EventFile) Append(events []Event) error {
	for _, e := range events {
		f.waiting = e.encode(f.waiting)
	}
	if err := f.flush(); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}

func (f *EventFile) flush() (err error) {
	flags := os.O_WRONLY
	if f.size == 0 { // later it is not made again, for who removed it wants it gone
		flags |= os.O_CREATE
		if err := os.MkdirAll(filepath.Dir(f.path), 0o777); err != nil {
			return err
		}
	}
	file, err := os.OpenFile(f.path, flags, 0o644)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	n, err := file.WriteAt(f.waiting, f.size)
	f.size, f.waiting = f.size+int64(n), f.waiting[n:]
	if err != nil {
		return err
	}
	return file.Truncate(f.size)
}
