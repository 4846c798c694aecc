package media

// A Medium is a kind of data. Each has its file extensions and codecs.
type Medium string

// The media. Any stands for the medium of the files that are found.
const (
	Any   Medium = ""
	Text  Medium = "text"
	Audio Medium = "audio"
	Music Medium = "music"
	// Bytes is any file, for the codec of that name. [Find] takes it, no
	// document has it.
	Bytes Medium = "bytes"
)

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

// Wanted returns the medium that [Find] is to look for: a medium that was named,
// or that of a codec. The codec bytes takes any file.
func Wanted(medium Medium, codec string) Medium {
	switch {
	case medium != Any:
		return medium
	case codec == "bytes":
		return Bytes
	}
	return MediumOf(codec)
}
