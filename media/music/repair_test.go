package music

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/internal/realdata"
)

// Files of 500 ticks a quarter: a tick is a millisecond.
func fileOf(format, declared byte, chunks ...string) string {
	return "MThd\x00\x00\x00\x06\x00" + string([]byte{format, 0, declared, 1, 0xf4}) + strings.Join(chunks, "")
}

// sized gives a track another length.
func sized(track string, size uint32) string {
	return track[:4] + string(binary.BigEndian.AppendUint32(nil, size)) + track[8:]
}

// two is a note of C4 until 500 ms and one of E4 until 1,000 ms; low is one of
// C3 for a second.
const (
	two = "00 90 3c 40 83 74 80 3c 00 00 90 40 40 83 74 80 40 00"
	low = "00 90 30 40 87 68 80 30 00"
)

var (
	twoNotes = []Note{{0, 50, 60, 64}, {50, 100, 64, 64}}
	allNotes = []Note{{0, 100, 48, 64}, {0, 50, 60, 64}, {50, 100, 64, 64}}
)

// What mido, pretty_midi and symusic read where they read it; times in frames
// are those of the standard.
func TestRepairs(t *testing.T) {
	one, other := track(t, two), track(t, low)
	open := strings.TrimSuffix(one, "\x00\xff\x2f\x00") // its length is too large now
	open = sized(open, uint32(len(open)-8))
	riff := func(data string, size int, rest string) string {
		return "RIFF" + string(binary.LittleEndian.AppendUint32(nil, uint32(12+len(data)+len(rest)))) + "RMID" +
			rest + "data" + string(binary.LittleEndian.AppendUint32(nil, uint32(size))) + data
	}
	mac := make([]byte, 128)
	copy(mac[1:], "\x05a.mid")
	copy(mac[65:], "Midi")
	whole := fileOf(0, 1, one)
	binary.BigEndian.PutUint32(mac[83:], uint32(len(whole)))
	division := func(frames int8, ticks byte, tracks ...string) string {
		f := []byte(fileOf(0, 1, tracks...))
		f[12], f[13] = byte(frames), ticks
		return string(f)
	}
	for _, test := range []struct {
		name, file string
		want       []Note
		remarks    []string
	}{
		{"whole", whole, twoNotes, nil},
		{"format 2", fileOf(2, 2, one, other), allNotes, []string{saidFormat2}},
		{"format 2, one track", fileOf(2, 1, one), twoNotes, []string{saidFormat2}},
		{"RMID", riff(whole, len(whole), ""), twoNotes, nil},
		{"RMID with other chunks", riff(whole, len(whole), "DISP\x03\x00\x00\x00abc\x00"), twoNotes, nil},
		{"RMID, size wrong", riff(whole, 9999, ""), twoNotes, []string{saidRIFFSize}},
		{"MacBinary", string(mac) + whole + strings.Repeat("\x00", 99), twoNotes, []string{saidMacBinary}},
		{"24 frames", division(-24, 100, track(t, "00 90 3c 40 92 60 80 3c 00")), []Note{{0, 100, 60, 64}}, nil},
		{"25 frames", division(-25, 40, one), twoNotes, nil},
		{"29.97 frames", division(-29, 10, track(t, "8e d3 00 90 3c 40 82 2c 80 3c 00")), []Note{{80080, 80180, 60, 64}}, nil},
		{"30 frames", division(-30, 100, track(t, "00 90 3c 40 97 38 80 3c 00")), []Note{{0, 100, 60, 64}}, nil},
		{"frames and a tempo", division(-25, 40, track(t, "00 ff 51 03 01 00 00 "+two)), twoNotes, []string{saidFrames}},

		{"more tracks", fileOf(1, 1, one, other), allNotes, []string{saidMoreTracks}},
		{"no track declared", fileOf(1, 0, one), twoNotes, []string{saidMoreTracks}},
		{"fewer tracks", fileOf(1, 5, track(t, ""), one), twoNotes, []string{saidFewerTracks}},
		{"another chunk", fileOf(1, 2, one, "XFIH\x00\x00\x00\x02ab", other), allNotes, nil},
		{"zeros between", fileOf(1, 2, one, "\x00\x00\x00", other), allNotes, []string{saidJunk}},
		{"words between", fileOf(1, 2, one, "hello world junk", other), allNotes, []string{saidJunk}},
		{"after the last", fileOf(0, 1, one, "\x00\x1a\x1a"), twoNotes, []string{saidTrailing}},
		{"header too long", strings.Replace(whole, "\x00\x00\x00\x06", "\x00\x00\x00\x00", 1), twoNotes, []string{saidJunk}},
		{"last too long", fileOf(0, 1, sized(one, 1000)), twoNotes, []string{saidTrackSize}},
		{"first too long", fileOf(1, 2, sized(one, 30), other), allNotes, []string{saidTrackSize}},
		{"first over all", fileOf(1, 2, sized(one, uint32(len(one)+len(other)-8)), other), allNotes, []string{saidTrackSize}},
		{"first without bounds", fileOf(1, 2, sized(one, 1<<31), other), allNotes, []string{saidTrackSize}},
		{"too short", fileOf(0, 1, sized(one, 13)), twoNotes, []string{saidTrackSize}},
		{"first too short", fileOf(1, 2, sized(one, 10), other), allNotes, []string{saidTrackSize}},
		{"no length", fileOf(1, 2, sized(one, 0), other), allNotes, []string{saidTrackSize}},
		{"empty track", fileOf(1, 2, "MTrk\x00\x00\x00\x00", one), twoNotes, []string{saidNoEnd}},
		{"no end mark", fileOf(1, 2, open, other), allNotes, []string{saidNoEnd}},
		{"no end mark, zeros between", fileOf(1, 2, open, "\x00", other), allNotes, []string{saidNoEnd, saidJunk}},
		{"notes behind the end mark", fileOf(0, 1, track(t, two+"00 ff 2f 00"+low)), twoNotes, []string{saidBehindEnd}},

		{"clock", fileOf(0, 1, track(t, "00 90 3c 40 00 f8 83 74 80 3c 00 00 90 40 40 83 74 80 40 00")), twoNotes, []string{saidSystem}},
		{"clock in running status", fileOf(0, 1, track(t, "00 90 3c 40 00 f8 83 74 3c 00 00 40 40 83 74 40 00")), twoNotes, []string{saidSystem}},
		{"all system messages", fileOf(0, 1, track(t, "00 f1 05 00 f2 05 06 00 f3 05 00 f6 00 f9 00 fa 00 fb 00 fc 00 fd 00 fe "+two)), twoNotes, []string{saidSystem}},
		{"velocity 200", fileOf(0, 1, track(t, "00 90 3c c8 83 74 80 3c 00")), []Note{{0, 50, 60, 127}}, []string{saidClipped}},
		{"pitch 200", fileOf(0, 1, track(t, "00 90 c8 40 83 74 80 c8 00")), []Note{{0, 50, 127, 64}}, []string{saidClipped}},
		{"volume 255", fileOf(0, 1, track(t, "00 b0 07 ff "+two)), twoNotes, []string{saidClipped}},
		{"controller 200 is none", fileOf(0, 1, track(t, "00 90 3c 40 81 00 b0 c8 00 82 74 80 3c 00")), []Note{{0, 50, 60, 64}}, []string{saidClipped}},
		{"five bytes", fileOf(0, 1, track(t, "80 80 80 80 00 90 3c 40 83 74 80 3c 00")), []Note{{0, 50, 60, 64}}, []string{saidLongNumber}},
		{"seven bytes", fileOf(0, 1, track(t, "80 80 80 80 80 80 0a 90 3c 40 83 74 80 3c 00")), []Note{{1, 51, 60, 64}}, []string{saidLongNumber}},
		{"tempo of 4 bytes", fileOf(0, 1, track(t, "00 ff 51 04 07 a1 20 00 "+two)), twoNotes, []string{saidTempoSize}},
		{"tempo of 2 bytes", fileOf(0, 1, track(t, "00 ff 51 02 01 00 "+two)), twoNotes, []string{saidTempoSize}},
		{"tempo years after", fileOf(0, 1, track(t, two+"ff ff ff 7f ff 51 03 07 a1 20")), twoNotes, nil},
		{"drums too", fileOf(0, 1, track(t, "00 99 23 40 0a 89 23 00 ff ff ff 7f 99 23 40")), []Note{}, []string{saidPercussion}},
	} {
		got, remarks, err := Read(strings.NewReader(test.file))
		if err != nil || !slices.Equal(got, test.want) || !slices.Equal(remarks, test.remarks) {
			t.Errorf("%s: %v, %q, %v; want %v, %q", test.name, got, remarks, err, test.want, test.remarks)
		}
		if !Detect([]byte(test.file)[:min(len(test.file), 8000)]) {
			t.Errorf("%s: not detected", test.name)
		}
	}
}

func TestDetectsOnlyMIDI(t *testing.T) {
	for _, head := range []string{"", "MTh", "RIFF\x24\x00\x00\x00WAVEfmt ", "RIFF\x00\x00", strings.Repeat("\x00", 128) + "MThd", "\x00\x05a.mid" + strings.Repeat("\x00", 121) + "MTrk"} {
		if Detect([]byte(head)) {
			t.Errorf("%q is taken for MIDI", head)
		}
	}
}

// Pitches that the codec lacks are left out with a remark, those that it has
// without.
func TestPitchesOutside(t *testing.T) {
	file := fileOf(0, 1, track(t, two+"00 90 14 40 83 74 80 14 00"))
	for _, c := range []Performance{{}, {Piano: true}} {
		remarks, err := c.Encode(strings.NewReader(file), func([]uint16) error { return nil })
		if err != nil || slices.Contains(remarks, saidOutside) != c.Piano {
			t.Errorf("%s: %q, %v", c.Name(), remarks, err)
		}
	}
}

// The inputs that were once read wrongly, with the right values of their list.
func TestCases(t *testing.T) {
	dir := filepath.Join(realdata.Cases(t), "music")
	c := func(start, end int) Note { return Note{start, end, 60, 64} }
	want := map[string][]Note{
		"cc121-releases-pedal":         {c(0, 100), {200, 250, 64, 64}},
		"cc123-ends-notes":             {c(0, 50), {200, 250, 64, 64}},
		"format2-two":                  allNotes,
		"missing-off-once":             {c(0, 100), c(100, 110), c(210, 220), c(320, 330), c(430, 440), c(540, 550), {650, 660, 72, 64}},
		"ntrks-too-large":              twoNotes,
		"ntrks-too-small-notes":        allNotes,
		"off-before-on-same-tick":      {c(0, 100), c(100, 200), {300, 310, 64, 64}},
		"overlap-same-pitch":           {{0, 100, 60, 90}, {50, 400, 60, 90}},
		"ports-pedal":                  {c(0, 200), {0, 50, 72, 64}, {150, 200, 76, 64}},
		"realtime-f8":                  twoNotes,
		"rmid":                         twoNotes,
		"smpte-25-40":                  twoNotes,
		"tempo-years-after":            twoNotes,
		"two-tracks-one-channel-pedal": {{0, 200, 48, 64}, {0, 50, 72, 64}, {150, 200, 76, 64}},
		"velocity-200":                 {{0, 50, 60, 127}, {50, 100, 64, 64}},
	}
	names, err := filepath.Glob(filepath.Join(dir, "*.mid"))
	if err != nil || len(names) < len(want) {
		t.Fatalf("%d files, %v; want %d", len(names), err, len(want))
	}
	for _, name := range names {
		file, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		notes, ok := want[strings.TrimSuffix(filepath.Base(name), ".mid")]
		got, remarks, err := Read(bytes.NewReader(file))
		if err != nil || !ok || !slices.Equal(got, notes) {
			t.Errorf("%s: %v, %q, %v; want %v", filepath.Base(name), got, remarks, err, notes)
		}
	}
}

// A header that is too short has no division: that of its track is no time.
func TestShortHeader(t *testing.T) {
	file := []byte("MThd\x00\x00\x00\x05\x00\x00\x00\x01\x01MTrk\x00\x00\x00\x0c\x00\x90\x3c\x40\x60\x80\x3c\x40\x00\xff\x2f\x00")
	if _, _, err := Read(bytes.NewReader(file)); err == nil || !strings.Contains(err.Error(), "byte 4: the header has 5 bytes, not 6") {
		t.Errorf("error %v", err)
	}
}
