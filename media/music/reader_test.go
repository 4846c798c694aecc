package music

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// What we write is what mido, pretty_midi and symusic read: performances of
// MAESTRO, and events in any order, where notes of a pitch overlap.
// WAVELETGPT_MIDI_PYTHON is a Python with testdata/requirements.txt.
func TestMidoReads(t *testing.T) {
	python := os.Getenv("WAVELETGPT_MIDI_PYTHON")
	if python == "" {
		t.Skip("WAVELETGPT_MIDI_PYTHON names no Python with mido; see testdata/requirements.txt")
	}
	dir := t.TempDir()
	var mu sync.Mutex
	var want [][][4]int
	command := exec.Command(python, "testdata/read.py")
	add := func(ids []uint16) {
		mu.Lock()
		defer mu.Unlock()
		path := filepath.Join(dir, strconv.Itoa(len(want))+".mid")
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if err := (Performance{}).Decode(f, ids); err != nil {
			t.Fatal(err)
		}
		notes, err := Performance{}.Notes(ids)
		if err != nil {
			t.Fatal(err)
		}
		list := [][4]int{}
		for _, n := range notes {
			list = append(list, [4]int{int(n.Pitch), n.Start * StepMilliseconds, n.End * StepMilliseconds, int(n.Velocity)})
		}
		slices.SortFunc(list, func(a, b [4]int) int { return slices.Compare(a[:], b[:]) })
		want = append(want, list)
		command.Args = append(command.Args, path)
	}
	for seed := range uint16(20) {
		add(anyOrder(seed, 500))
	}
	add(Performance{}.IDs(crowd(40)))
	maestro(t, 64, func(name, _ string, file []byte) {
		ids, err := encode(Performance{}, file)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		add(ids)
	})
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) != len(want) {
		t.Fatalf("%d files are read, want %d", len(lines), len(want))
	}
	for i, line := range lines {
		var readers map[string][][4]int
		if err := json.Unmarshal([]byte(line), &readers); err != nil {
			t.Fatal(err)
		}
		if len(readers) != 3 {
			t.Errorf("%d readers, want 3", len(readers))
		}
		for name, got := range readers {
			if !slices.Equal(got, want[i]) {
				t.Errorf("file %d: %s reads %d notes otherwise than the %d that were written", i, name, len(got), len(want[i]))
			}
		}
	}
}

// anyOrder is n events without any sense, of few pitches so that they meet.
func anyOrder(seed uint16, n int) []uint16 {
	ids := make([]uint16, n)
	x := uint32(seed)
	for i := range ids {
		x = x*1664525 + 1013904223
		switch id := uint16(x >> 16); id >> 14 {
		case 0:
			ids[i] = on + 60 + id%4
		case 1:
			ids[i] = off + 60 + id%4
		case 2:
			ids[i] = shift + 1 + id%5
		default:
			ids[i] = id % 388
		}
	}
	return ids
}
