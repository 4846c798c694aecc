package music

import (
	"bytes"
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"gitlab.com/gomidi/midi/v2"
	"gitlab.com/gomidi/midi/v2/smf"
)

// track is bytes in hexadecimal, without the end of the track, as a chunk.
func track(t *testing.T, text string) string {
	t.Helper()
	data, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	data = append(data, 0, 0xff, 0x2f, 0)
	return "MTrk\x00\x00" + string([]byte{byte(len(data) >> 8), byte(len(data))}) + string(data)
}

// header is that of a file with 480 ticks a quarter.
func header(format, tracks byte) string {
	return "MThd\x00\x00\x00\x06\x00" + string([]byte{format, 0, tracks, 1, 0xe0})
}

func TestParse(t *testing.T) {
	down := func(tick int64, key, velocity uint8) event {
		return event{tick: tick, kind: keyDown, key: key, value: velocity}
	}
	for _, test := range []struct {
		name, file string
		want       []event
	}{
		{"nothing", header(0, 1) + track(t, ""), nil},
		{"running status", header(0, 1) + track(t, "00 90 3c 40  0a 3e 41  0a 3e 00"), []event{
			down(0, 60, 64), down(10, 62, 65), {tick: 20, kind: keyUp, key: 62},
		}},
		{"running status over a text", header(0, 1) + track(t, "00 90 3c 40  00 ff 01 02 68 69  0a 3e 41"), []event{down(0, 60, 64), down(10, 62, 65)}},
		{"long times", header(0, 1) + track(t, "81 00 90 3c 40  ff ff ff 7f 3c 41"), []event{down(128, 60, 64), down(128+1<<28-1, 60, 65)}},
		{"others", header(0, 1) + track(t, "00 c0 05  01 d0 40  01 e0 00 40  01 a0 3c 01  01 b0 07 7f  01 f0 02 01 f7  01 90 3c 40"), []event{down(6, 60, 64)}},
		{"percussion", header(0, 1) + track(t, "00 99 23 40  00 b9 40 7f  00 9a 23 40"), []event{{kind: keyDown, channel: 10, key: 35, value: 64}}},
		{"tracks at once", header(1, 2) + track(t, "05 90 3c 40  05 ff 51 03 01 00 00") + track(t, "05 90 3e 41  00 b0 40 7f"), []event{
			{tick: 5, kind: pedal, track: 1, key: 64, value: 127}, down(5, 60, 64),
			{tick: 5, kind: keyDown, track: 1, key: 62, value: 65}, {tick: 10, kind: tempo, tempo: 1 << 16},
		}},
		{"unknown chunk", header(0, 1) + "XFIH\x00\x00\x00\x02ab" + track(t, "00 90 3c 40"), []event{down(0, 60, 64)}},
		{"longer header", strings.Replace(header(0, 1), "\x06", "\x08", 1) + "ab" + track(t, "00 90 3c 40"), []event{down(0, 60, 64)}},
		{"rest behind the end", header(0, 1) + track(t, "00 90 3c 40  00 ff 2f 00  ff ff ff"), []event{down(0, 60, 64)}},
		{"rest behind the tracks", header(0, 1) + track(t, "00 90 3c 40") + "more", []event{down(0, 60, 64)}},
	} {
		got, err := parse([]byte(test.file))
		if err != nil || got.division != 480 || !slices.Equal(got.events, test.want) {
			t.Errorf("%s: %+v, %v; want %+v", test.name, got, err, test.want)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	note := "00 90 3c 40 81 00 3c 00"
	whole := header(0, 1) + track(t, note)
	for _, test := range []struct {
		name, file string
		want       []string
	}{
		{"empty", "", []string{"byte 0", "MThd"}},
		{"other file", "RIFF" + whole, []string{"byte 0", "MThd"}},
		{"format", header(3, 1) + track(t, note), []string{"byte 8", "format 3", "0 or 1"}},
		{"frames", strings.Replace(whole, "\x01\xe0", "\xc4\x28", 1), []string{"byte 12", "60 SMPTE frames"}},
		{"no ticks in a frame", strings.Replace(whole, "\x01\xe0", "\xe7\x00", 1), []string{"byte 13", "0 ticks"}},
		{"no ticks", strings.Replace(whole, "\x01\xe0", "\x00\x00", 1), []string{"byte 12", "0 ticks"}},
		{"cut in a track", whole[:len(whole)-5], []string{"byte 29", "within track 1 of 1"}},
		{"cut in the second track", (header(1, 2) + track(t, note) + track(t, note))[:50], []string{"byte 50", "within track 2 of 2"}},
		{"no track", header(1, 3), []string{"byte 14", "before track 1 of 3"}},
		{"RMID without data", "RIFF\x04\x00\x00\x00RMID", []string{"byte 0", "MThd"}},
		{"another file in RMID", "RIFF\x10\x00\x00\x00RMIDdata\x04\x00\x00\x00abcd", []string{"byte 20", "MThd"}},
		{"header claims more", strings.Replace(whole, "\x00\x00\x00\x06", "\xff\xff\xff\xff", 1), []string{"before track 1"}},
		{"no status", header(0, 1) + track(t, "00 3c 40"), []string{"byte 23", "0x3c", "not a status"}},
		{"unknown status", header(0, 1) + track(t, "00 f4"), []string{"byte 23", "0xf4"}},
		{"long number", header(0, 1) + track(t, "ff ff ff ff ff 7f 90 3c 40"), []string{"byte 28", "2^40"}},
		{"long time", header(0, 1) + track(t, "ff ff ff ff 7f 90 3c 40"), []string{"tick 34359738367", "24 hours"}},
		{"huge text", header(0, 1) + track(t, "00 ff 01 ff ff ff 7f"), []string{"byte 29", "268435455 bytes", "track 1 has 4 left"}},
		{"track ends early", header(0, 1) + "MTrk\x00\x00\x00\x03\x00\x90\x3c", []string{"byte 25", "within an event"}},
		{"two files", whole + whole, []string{"byte 34", "another MIDI file follows"}},
		{"two files, zeros between", whole + "\x00\x00" + whole, []string{"byte 34", "another MIDI file follows"}},
		{"no tempo", header(0, 1) + track(t, "00 ff 51 03 00 00 00"), []string{"byte 25", "a tempo of 0"}},
		{"years", header(0, 1) + track(t, "00 ff 51 03 ff ff ff  ff ff ff 7f 90 3c 40"), []string{"tick 268435455", "24 hours"}},
		{"size", whole + strings.Repeat("x", maxFile), []string{"byte 8388608"}},
	} {
		_, _, err := Read(strings.NewReader(test.file))
		if err == nil {
			t.Errorf("%s: no error", test.name)
			continue
		}
		for _, s := range test.want {
			if !strings.Contains(err.Error(), s) {
				t.Errorf("%s: %q does not name %q", test.name, err, s)
			}
		}
	}
}

// A file that is cut off anywhere is an error or, where whole tracks are left,
// has a remark.
func TestEveryCut(t *testing.T) {
	file := header(1, 2) + track(t, "00 ff 51 03 07 a1 20") + track(t, "00 90 3c 40  00 b0 40 7f  81 00 80 3c 00  10 b0 40 00")
	for n := range len(file) {
		_, remarks, err := Read(strings.NewReader(file[:n]))
		if err == nil && slices.Contains(remarks, saidFewerTracks) {
			continue
		}
		if err == nil || !strings.Contains(err.Error(), "byte") {
			t.Errorf("cut to %d bytes of %d: %q, %v", n, len(file), remarks, err)
		}
	}
}

// The events are those that gitlab.com/gomidi/midi/v2 reads, in some files of
// MAESTRO.
func TestParseAsLibrary(t *testing.T) {
	maestro(t, 16, func(name, _ string, file []byte) {
		got, err := parse(file)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		f, err := smf.ReadFrom(bytes.NewReader(file))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		counts := map[event]int{}
		for _, e := range got.events {
			counts[e]++
		}
		for i, track := range f.Tracks {
			tick := int64(0)
			for _, e := range track {
				tick += int64(e.Delta)
				want := event{tick: tick, track: int32(i)}
				var bpm float64
				var channel uint8
				switch m := midi.Message(e.Message); {
				case m.GetNoteStart(&channel, &want.key, &want.value):
					want.kind = keyDown
				case m.GetNoteEnd(&channel, &want.key):
					want.kind = keyUp
					m.GetNoteOff(&channel, &want.key, &want.value)
				case m.GetControlChange(&channel, &want.key, &want.value) && want.key == 64:
					want.kind = pedal
				case e.Message.GetMetaTempo(&bpm):
					want = event{tick: tick, kind: tempo, tempo: uint32(6e7/bpm + 0.5)}
				default:
					continue
				}
				want.channel = uint16(channel)
				counts[want]--
			}
		}
		for e, n := range counts {
			if n != 0 {
				t.Errorf("%s: %+v is there %d times too often", name, e, n)
				return
			}
		}
	})
}
