package media

import (
	"path"
	"strings"
)

// A Medium is a kind of data. Each has its file extensions and codecs.
type Medium string

// The media. Any stands for the medium that file names suggest.
const (
	Any   Medium = ""
	Text  Medium = "text"
	Audio Medium = "audio"
	Music Medium = "music"
)

// extensions maps file extensions to media; all others are text.
var extensions = map[string]Medium{
	".wav": Audio, ".wave": Audio, ".flac": Audio, ".ogg": Audio, ".oga": Audio, ".mp3": Audio,
	".mid": Music, ".midi": Music,
}

// MediumOf returns the medium of a codec by its name in the configuration: Any
// for "", and Text for names that no other medium has.
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

// most returns the medium of the most documents, by their names. A tie goes to
// the medium that is not text.
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

// only returns the documents whose names suggest a medium, and sets it.
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
