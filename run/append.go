package run

import (
	"encoding/json"
	"fmt"
	"os"
)

// An appender appends to a file. It keeps what the file could not take, for
// example because the disk is full, and writes it first in the next call. So the
// file never has a gap or half a line inside.
type appender struct {
	file    *os.File
	waiting []byte
}

func newAppender(path string) (*appender, error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o666)
	if err != nil {
		return nil, err
	}
	return &appender{file: file}, nil
}

func (a *appender) append(data []byte) error {
	a.waiting = append(a.waiting, data...)
	return a.flush()
}

func (a *appender) line(v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write %s: %w", a.file.Name(), err)
	}
	return a.append(append(data, '\n'))
}

func (a *appender) flush() error {
	n, err := a.file.Write(a.waiting)
	a.waiting = a.waiting[:copy(a.waiting, a.waiting[n:])]
	return err
}

// sync makes everything appended durable.
func (a *appender) sync() error {
	if err := a.flush(); err != nil {
		return err
	}
	return a.file.Sync()
}

// close does nothing on a nil appender.
func (a *appender) close() error {
	if a == nil {
		return nil
	}
	return a.file.Close()
}
