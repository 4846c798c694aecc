package media

import (
	"bytes"
	"cmp"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/waveletgpt/waveletgpt/media/audio"
	"github.com/waveletgpt/waveletgpt/media/music"
)

// sniffed is how many bytes decide what a file holds.
const sniffed = audio.HeadSize

// A content is what the beginning of a file says that it holds.
type content struct {
	medium  Medium  // Text, Audio or Music; Any for everything else
	name    string  // for messages, such as "a PNG picture"
	packing packing // of a packed file
	charset charset // of text
	markup  string  // of text: the name of its form, such as HTML
}

// magic are files that are no data, by how they begin.
var magic = []struct{ begins, name string }{
	{"%PDF-", "a PDF document"}, {"\x89PNG\r\n", "a PNG picture"}, {"\xff\xd8\xff", "a JPEG picture"},
	{"GIF8", "a GIF picture"}, {"PAR1", "a Parquet table"}, {"ARROW1", "an Arrow table"}, {"SQLite format 3\x00", "an SQLite database"},
	{"\x89HDF\r\n", "an HDF5 file"}, {"\x93NUMPY", "a NumPy array"}, {"\x7fELF", "a program"}, {"MZ", "a program"},
	{"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"}, {"Rar!\x1a\x07", "a RAR archive"}, {"\x04\x22\x4d\x18", "an LZ4 file"},
	{"\x1f\x9d", "a file of compress"}, {"\x00\x00\x01\xba", "an MPEG video"}, {"sfbk", "a SoundFont"},
}

// zeros is the name of a content that may be UTF-16 without a mark.
const zeros = "binary, with many zero bytes"

// pointer is the name of a small text in the place of a file that Git LFS keeps elsewhere:
// what a clone without git-lfs has (git-lfs, docs/spec.md).
const pointer = "a pointer of Git LFS"

// isPointer reports whether a file is one.
func isPointer(head []byte) bool {
	return bytes.HasPrefix(head, []byte("version https://git-lfs.github.com/spec/")) && bytes.Contains(head, []byte("\noid ")) && len(head) < 1024
}

// sniff says what a file holds by the first bytes of it, up to sniffed.
func sniff(head []byte) content {
	if isPointer(head) {
		return content{name: pointer}
	}
	isText := plain(head)
	if format := audio.Detect(head); format != "" && !isText {
		return content{medium: Audio, name: format}
	}
	if music.Detect(head) && !isText {
		return content{medium: Music, name: "MIDI"}
	}
	if p, name := packingOf(head); name != "" {
		return content{packing: p, name: name}
	}
	if cs := markOf(head); cs != utf8Text {
		if text := cs.decode(head); plain([]byte(text)) {
			return content{medium: Text, name: cs.String() + " text", charset: cs, markup: markupOf(text)}
		}
	}
	for _, m := range magic {
		if bytes.HasPrefix(head, []byte(m.begins)) && (!isText || m.begins == "%PDF-" || m.begins[0] >= 0x80) {
			return content{name: m.name}
		}
	}
	switch {
	case isText:
		return content{medium: Text, name: "text", markup: markupOf(string(head))}
	case bytes.HasPrefix(head, []byte("RIFF")) && len(head) >= 12 && plain(head[8:12]):
		return content{name: "a RIFF file of " + strings.TrimSpace(string(head[8:12]))}
	case bytes.Count(head, []byte{0}) > len(head)/4:
		return content{name: zeros}
	}
	return content{name: "binary"}
}

// plain reports whether a text has no control characters other than white
// space, backspace, escape and the end mark of DOS. So Latin-1 is text, UTF-16
// is not.
func plain(head []byte) bool { return !slices.ContainsFunc(head, control) }

// control reports whether a byte is a character that text does not have.
func control(c byte) bool {
	const allowed = 1<<'\b' | 1<<'\t' | 1<<'\n' | 1<<'\v' | 1<<'\f' | 1<<'\r' | 1<<0x1a | 1<<0x1b
	return c < ' ' && allowed>>c&1 == 0
}

// sniff says what a document holds.
func (d Document) sniff() (content, error) {
	r, err := d.Open()
	if err != nil {
		return content{}, err
	}
	head, err := io.ReadAll(io.LimitReader(r, sniffed))
	if err := cmp.Or(err, r.Close()); err != nil || len(head) == 0 {
		return content{}, err
	}
	c := sniff(head)
	if c.charset != utf8Text && len(head) == len(c.charset.mark) {
		return content{}, nil
	}
	return c, nil
}

// extensions maps file extensions to media; all others are text.
var extensions = map[string]Medium{
	".wav": Audio, ".wave": Audio, ".flac": Audio, ".ogg": Audio, ".oga": Audio, ".opus": Audio, ".mp3": Audio,
	".aif": Audio, ".aiff": Audio, ".aifc": Audio, ".m4a": Audio, ".aac": Audio, ".wma": Audio, ".au": Audio, ".snd": Audio, ".w64": Audio,
	".spx": Audio, ".caf": Audio, ".ape": Audio, ".wv": Audio, ".tta": Audio, ".mka": Audio, ".amr": Audio, ".mp2": Audio, ".bwf": Audio,
	".mid": Music, ".midi": Music, ".kar": Music, ".rmi": Music,
}

// mediumOf returns the medium of a file by its name.
func mediumOf(name string) Medium {
	if m, ok := extensions[strings.ToLower(path.Ext(name))]; ok {
		return m
	}
	return Text
}
