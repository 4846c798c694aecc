package media

import (
	"bytes"
	"encoding/binary"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/waveletgpt/waveletgpt/media/audio"
	"github.com/waveletgpt/waveletgpt/media/music"
)

// holding are contents by what they are: the medium, or the name of what is no
// data.
var holding = []struct {
	name    string
	medium  Medium
	content func(t testing.TB) string
}{
	{"text", Text, func(testing.TB) string { return strings.Repeat("some words of a text\n", 9) }},
	{"Latin-1", Text, func(testing.TB) string { return "gr\xfc\xdfe aus M\xfcnchen" }},
	{"UTF-16", Text, func(testing.TB) string { return wide("some words, καὶ 𝄞", binary.LittleEndian) }},
	{"UTF-16 BE", Text, func(testing.TB) string { return wide("some words, καὶ 𝄞", binary.BigEndian) }},
	{"UTF-32", Text, func(testing.TB) string { return wider("some words, καὶ 𝄞", binary.LittleEndian) }},
	{"UTF-32 BE", Text, func(testing.TB) string { return wider("some words, καὶ 𝄞", binary.BigEndian) }},
	{"WAV", Audio, func(t testing.TB) string { return wav(t) }},
	{"MIDI", Music, func(t testing.TB) string { return midi(t) }},
	{"a PNG picture", Any, func(testing.TB) string { return "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" }},
	{"a JPEG picture", Any, func(testing.TB) string { return "\xff\xd8\xff\xe0\x00\x10JFIF\x00" }},
	{"a PDF document", Any, func(testing.TB) string { return "%PDF-1.7\n% text for a while\n" }},
	{"a Parquet table", Any, func(testing.TB) string { return "PAR1\x15\x04\x15\x00\x00" }},
	{"a 7-Zip archive", Any, func(testing.TB) string { return "7z\xbc\xaf\x27\x1c\x00\x04" }},
	{"a RIFF file of AVI", Any, func(testing.TB) string { return "RIFF\x24\x00\x00\x00AVI LIST" }},
	{"binary", Any, func(testing.TB) string { return "a few\x01\x02 words" }},
	{"binary, with many zero bytes", Any, func(testing.TB) string { return "w\x00i\x00d\x00e\x00" }}, // UTF-16 without a mark
	{"an Office document", Any, func(t testing.TB) string { return zipped(t, "[Content_Types].xml", "<Types/>") }},
	{"an OpenDocument or EPUB document", Any, func(t testing.TB) string { return zipped(t, "mimetype", "application/epub+zip") }},
}

func wide(text string, order binary.AppendByteOrder) string {
	var out []byte
	for _, u := range utf16.Encode([]rune("\ufeff" + text)) {
		out = order.AppendUint16(out, u)
	}
	return string(out)
}

func wider(text string, order binary.AppendByteOrder) string {
	var out []byte
	for _, r := range "\ufeff" + text {
		out = order.AppendUint32(out, uint32(r))
	}
	return string(out)
}

func wav(t testing.TB) string {
	t.Helper()
	var file bytes.Buffer
	if err := audio.WriteWAV(&file, 8000, []float32{0, 0.5, -0.5, 0.25}); err != nil {
		t.Fatal(err)
	}
	return file.String()
}

func midi(t testing.TB) string {
	t.Helper()
	var file bytes.Buffer
	if err := music.Write(&file, []music.Note{{Start: 0, End: 10, Pitch: 60, Velocity: 64}}); err != nil {
		t.Fatal(err)
	}
	return file.String()
}

// No file becomes a document of a medium that its content is not: whatever it
// is called, wherever it lies, and whatever is wanted.
func TestContentDecides(t *testing.T) {
	places := map[string]func(t *testing.T, name, content string) string{
		"file": func(t *testing.T, name, content string) string {
			return filepath.Join(write(t, map[string]string{name: content}), name)
		},
		"folder": func(t *testing.T, name, content string) string {
			return write(t, map[string]string{name: content})
		},
		"zip": func(t *testing.T, name, content string) string {
			return filepath.Join(write(t, map[string]string{"x.zip": zipped(t, name, content)}), "x.zip")
		},
		"tar": func(t *testing.T, name, content string) string {
			return filepath.Join(write(t, map[string]string{"x.tar": tarred(t, name, content)}), "x.tar")
		},
		"tgz": func(t *testing.T, name, content string) string {
			return filepath.Join(write(t, map[string]string{"x.tgz": gzipped(t, tarred(t, name, content))}), "x.tgz")
		},
		"gzip": func(t *testing.T, name, content string) string {
			return filepath.Join(write(t, map[string]string{name + ".gz": gzipped(t, content)}), name+".gz")
		},
	}
	for _, is := range holding {
		content := is.content(t)
		for _, name := range []string{"x", "x.txt", "x.bin", "x.wav", "x.MID", "x.csv", "x.json"} {
			for place, make := range places {
				for _, wanted := range []Medium{Any, Text, Audio, Music, Bytes} {
					at := make(t, name, content)
					found, err := Find(t.Context(), at, wanted)
					of := is.name + " called " + name + " in a " + place + " as " + string(wanted)
					if err != nil {
						if wanted == Bytes || is.medium != Any && (wanted == Any || wanted == is.medium && mediumOf(name) == Text) {
							t.Errorf("%s: %v", of, err)
						}
						continue
					}
					if err := found.Close(); err != nil {
						t.Error(err)
					}
					got := found.Documents[0].Medium
					named := mediumOf(name)
					switch {
					case wanted == Bytes && got == Text:
					case got == is.medium:
					// Damaged sound is a document, and reading it says so.
					case got == named && named != Text && is.medium != Audio && is.medium != Music:
					case wanted == got && got != Text && is.medium == Text:
					default:
						t.Errorf("%s: taken as %s", of, got)
					}
				}
			}
		}
	}
}

// A file that was named and is no data is refused by its name and what it is.
func TestRefusesByName(t *testing.T) {
	for _, is := range holding {
		if is.medium != Any {
			continue
		}
		root := write(t, map[string]string{"thing": is.content(t)})
		for _, wanted := range []Medium{Any, Text} {
			_, err := Find(t.Context(), path.Join(root, "thing"), wanted)
			if err == nil || !strings.Contains(err.Error(), "thing is "+is.name+", not ") {
				t.Errorf("%s as %q: %v", is.name, wanted, err)
			}
		}
		// Beside others it is left out and counted.
		root = write(t, map[string]string{"thing.xyz": is.content(t), "a.txt": "text"})
		found, err := Find(t.Context(), root, Any)
		if err != nil || len(found.Documents) != 1 || Summary(found.Left) != "1 .xyz" {
			t.Errorf("%s in a folder: %v, %v", is.name, found, err)
		}
	}
}

// Wide text is read as the same text in UTF-8, and a remark says so.
func TestCharsets(t *testing.T) {
	const text = "some words, καὶ 𝄞\r\n"
	long := strings.Repeat(text, 3000)
	halves := map[string]string{"16le": "\x00\xd8", "16be": "\xd8\x00", "32le": "\x00\xd8\x00\x00", "32be": "\x00\x00\xd8\x00"}
	for name, content := range map[string]string{
		"16le": wide(long, binary.LittleEndian), "16be": wide(long, binary.BigEndian),
		"32le": wider(long, binary.LittleEndian), "32be": wider(long, binary.BigEndian),
	} {
		root := write(t, map[string]string{"x.txt": content, "y.txt": "plain"})
		found, err := Find(t.Context(), root, Any)
		if err != nil {
			t.Fatal(err)
		}
		d := found.Documents[0]
		if got := contentOf(t, d); got != long || d.Remark != "converted from UTF-"+name[:2] {
			t.Errorf("%s: %d bytes of another text, remark %q", name, len(got), d.Remark)
		}
		if found.Documents[1].Remark != "" {
			t.Error("a remark on UTF-8")
		}
		// As bytes it stays as it is.
		found, err = Find(t.Context(), root, Bytes)
		if err != nil || contentOf(t, found.Documents[0]) != content {
			t.Errorf("%s as bytes: %v", name, err)
		}
		half := halves[name]
		// A text that is cut off, or has half a character, is an error that
		// names the byte.
		for _, damaged := range []string{content[:len(content)-1], content[:9000] + half + content[9000:]} {
			root := write(t, map[string]string{"x.txt": damaged})
			found, err := Find(t.Context(), root, Any)
			if err != nil {
				continue
			}
			r, _ := found.Documents[0].Open()
			var out bytes.Buffer
			if _, err := out.ReadFrom(r); err == nil || !strings.Contains(err.Error(), "byte ") {
				t.Errorf("%s, damaged: %v", name, err)
			}
			r.Close()
		}
	}
}

// Text that only begins like something else is text.
func TestTextStaysText(t *testing.T) {
	for _, text := range []string{
		"MThd is how MIDI files begin", "RIFF, FORM and OggS are containers", "fLaC too", "BZh9 is bzip2", "PK is for zip", "ID3 tags are not text",
		"PAR1 and GIF8 are magic", "MZ and Rar! too", "7z as well", "\ufeffa mark of UTF-8", "the end of DOS\x1a", "\x1b[1mbold\x1b[0m", "caf\xe9",
	} {
		if c := sniff([]byte(text)); c.medium != Text || c.packing != "" {
			t.Errorf("%q is %+v", text, c)
		}
	}
	if got := slices.Sorted(slices.Values([]string{extensionOf("a/B.TXT"), extensionOf("Makefile"), extensionOf("v1. notes")})); !slices.Equal(got, []string{".txt", "without an extension", "without an extension"}) {
		t.Errorf("extensions %q", got)
	}
}
