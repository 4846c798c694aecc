package report

import (
	"os"
	"path/filepath"
	"testing"
)

// However an event file grows, it ends with the bytes of one that was written at once:
// bit by bit, after a failure, and over a longer file of a run that was resumed.
func TestEventFileGrows(t *testing.T) {
	var events []Event
	for step := range 200 {
		events = append(events, Event{step, float64(step) / 8, []Scalar{{"loss", 1 / float64(step+1)}}})
	}
	read := func(folder string) string {
		t.Helper()
		data, err := os.ReadFile(filepath.Join(folder, eventsName))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	write := func(f *EventFile, events []Event) {
		t.Helper()
		if err := f.Append(events); err != nil {
			t.Fatal(err)
		}
	}
	whole, folder := t.TempDir(), filepath.Join(t.TempDir(), "events")
	write(NewEventFile(whole), events)
	if err := os.WriteFile(folder, nil, 0o666); err != nil { // a file where the folder is to be
		t.Fatal(err)
	}
	f := NewEventFile(folder)
	if err := f.Append(events[:3]); err == nil {
		t.Fatal("a file is written to as if it were a folder")
	}
	if err := os.Remove(folder); err != nil {
		t.Fatal(err)
	}
	write(f, events[3:50])
	write(f, nil)
	write(f, events[50:])
	if read(folder) != read(whole) {
		t.Error("what grew in steps differs from what was written at once")
	}
	again := NewEventFile(folder)
	write(again, events[:100])
	if got, want := read(folder), read(whole); len(got) >= len(want) || got != want[:len(got)] {
		t.Error("later steps stay in the file of a run that was resumed")
	}
	write(again, events[100:])
	if read(folder) != read(whole) {
		t.Error("a run that was resumed ends with another file")
	}
}
