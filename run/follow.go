package run

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// A Line is a line of metrics.jsonl with the seconds of all training steps up to it.
type Line struct {
	Metric
	Seconds float64
}

// A Follower reads the log of a run while it grows. It must not be used across a call
// of [Run.OpenLog], which may cut the log.
type Follower struct {
	metrics tail[Metric]
	timing  tail[Timing]
	timings []Timing // of steps whose line is not there yet
	seconds float64
}

// Follow returns a follower at the start of the log of the run in a directory.
func Follow(dir string) *Follower {
	r := Run{Dir: dir}
	return &Follower{metrics: tail[Metric]{path: r.Path(MetricsFile)}, timing: tail[Timing]{path: r.Path(TimingFile)}}
}

// Next returns the lines that were added since the last call, none if there are none.
// A last line that is incomplete waits for the next call.
func (f *Follower) Next() ([]Line, error) {
	// The timing of a step is written before its line, so all timings are there.
	before := f.metrics
	metrics, err := f.metrics.next()
	if err != nil {
		return nil, err
	}
	timings, err := f.timing.next()
	if err != nil {
		f.metrics = before
		return nil, err
	}
	f.timings = append(f.timings, timings...)
	var lines []Line
	for _, m := range metrics {
		for len(f.timings) > 0 && f.timings[0].Step <= m.Step {
			f.seconds, f.timings = f.timings[0].Seconds, f.timings[1:]
		}
		lines = append(lines, Line{m, f.seconds})
	}
	return lines, nil
}

// tail reads the lines of a file, each once.
type tail[T any] struct {
	path  string
	at    int64 // bytes that were read
	lines int
}

// next returns the lines since the last call. A file that is not there has none.
func (t *tail[T]) next() ([]T, error) {
	file, err := os.Open(t.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if _, err := file.Seek(t.at, io.SeekStart); err != nil {
		return nil, err
	}
	data, err := io.ReadAll(file)
	if err != nil {
		return nil, err
	}
	var all []T
	at := t.at
	for {
		line, rest, whole := bytes.Cut(data, []byte("\n"))
		if !whole {
			t.at, t.lines = at, t.lines+len(all)
			return all, nil
		}
		var v T
		if err := json.Unmarshal(line, &v); err != nil {
			return nil, fmt.Errorf("%s:%d is damaged: %w", t.path, t.lines+len(all)+1, err)
		}
		all = append(all, v)
		at, data = at+int64(len(line))+1, rest
	}
}
