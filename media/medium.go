package media

import (
	"path"
	"strings"
)

// A Medium is a kind of data, which says what its files are called and which
// codecs read them.
type Medium string

// The media. Any is none in particular: names say which.
const (
	Any   Medium = ""
	Text  Medium = "text"
	Audio Medium = "audio"
	Music Medium = "music"
)

// extensions are those of files that are not text.
var extensions = map[string]Medium{
	".wav": Audio, ".wave": Audio, ".flac": Audio, ".ogg": Audio, ".oga": Audio, ".mp3": Audio,
	".mid": Music, ".midi": Music,
}

// MediumOf returns the medium of a codec by its name in the configuration, Any
// for "". What no other medium knows is text.
func MediumOf(codec string) Medium {
	switch codec {
	case "":
		return Any
	case "mulaw", "mulaw:sashimi", "linear":
		return Audio
	case "performance", "performance:88":
		return Music
	}
	return Text
}

// mediumOf returns the medium of a file by its name.
func mediumOf(name string) Medium {
	if m, ok := extensions[strings.ToLower(path.Ext(name))]; ok {
		return m
	}
	return Text
}

// most returns the medium of most documents by their names; of two with as
// many, the one that is not text.
func most(docs []Document) Medium {
	count := map[Medium]int{}
	for _, d := range docs {
		count[mediumOf(d.Name)]++
	}
	best := Text
	for _, m := range []Medium{Audio, Music} {
		if count[m] > 0 && count[m] >= count[best] {
			best = m
		}
	}
	return best
}

// only returns the documents of a medium by their names, marked with it.
func only(docs []Document, medium Medium) []Document {
	var kept []Document
	for _, d := range docs {
		if mediumOf(d.Name) == medium {
			d.Medium = medium
			kept = append(kept, d)
		}
	}
	return kept
}
