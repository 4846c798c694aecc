package media

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/waveletgpt/waveletgpt/media/music"
)

// MAESTRO's table names recordings that are not there, and MIDI files that are.
func TestFindMusic(t *testing.T) {
	dir := t.TempDir()
	var file bytes.Buffer
	if err := music.Write(&file, []music.Note{{Start: 3, End: 9, Pitch: 60, Velocity: 9}}); err != nil {
		t.Fatal(err)
	}
	table := "canonical_composer,canonical_title,split,year,midi_filename,audio_filename,duration\n" +
		"A,\"One, two\",train,2004,2004/a.midi,2004/a.wav,1\nB,C,validation,2004,2004/b.mid,2004/b.wav,1\nD,E,test,2006,2006/c.midi,2006/c.wav,1\n"
	for name, content := range map[string][]byte{
		"2004/a.midi": file.Bytes(), "2004/b.mid": file.Bytes(), "2006/c.midi": file.Bytes(),
		"maestro.csv": []byte(table), "LICENSE": []byte("text"),
	} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{dir, filepath.Join(dir, "maestro.csv")} {
		docs, err := documents(Find(t.Context(), path, Any))
		if err != nil {
			t.Fatal(err)
		}
		var got [][2]string
		for _, d := range docs {
			got = append(got, [2]string{d.Name, d.Split})
			if d.Medium != Music {
				t.Errorf("%s is %s", d.Name, d.Medium)
			}
		}
		want := [][2]string{{"2004/a.midi", Train}, {"2004/b.mid", Validation}, {"2006/c.midi", Test}}
		if len(got) != 3 || got[0] != want[0] || got[1] != want[1] || got[2] != want[2] {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
		choice, err := Choose(docs, Options{})
		c := choice.Codec
		if err != nil || c.Name() != "performance" {
			t.Errorf("%v, %v", c, err)
		}
	}
}

func TestMusicCodecFile(t *testing.T) {
	for name, want := range map[string]string{
		"performance":    `{"format_version":1,"codec":"performance","vocabulary":388}`,
		"performance:88": `{"format_version":1,"codec":"performance:88","vocabulary":308}`,
	} {
		choice, err := Choose(nil, Options{Codec: name})
		c := choice.Codec
		if err != nil || c.Unit() != "event" {
			t.Fatalf("%v, %v", c, err)
		}
		file, err := MarshalCodec(c)
		if err != nil || string(file) != want+"\n" {
			t.Errorf("wrote %s, %v; want %s", file, err, want)
		}
		again, err := OpenCodec(file)
		if err != nil || again != c {
			t.Errorf("%s is opened as %v, %v", file, again, err)
		}
		if _, err := OpenCodec(bytes.Replace(file, []byte("8}"), []byte("9}"), 1)); err == nil {
			t.Errorf("%s with another vocabulary is opened", name)
		}
	}
}
