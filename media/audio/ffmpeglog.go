package audio

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
)

// maxLogLine is how much is kept of a line that ffmpeg prints.
const maxLogLine = 1 << 10

// guessed are the demuxers whose formats state no playing time.
var guessed = []string{"mp3", "aac", "amr", "ogg"}

// An ffmpegLog reads what ffmpeg prints. It keeps the version, the first error
// and the number of streams.
type ffmpegLog struct {
	input   string // as ffmpeg calls it
	line    []byte
	version string
	failure string
	output  bool    // the output is described, not the input any more
	seconds float64 // that the input states or ffmpeg guesses
	sounds  int
	other   bool // streams that are no sound
	guess   bool // seconds are not stated
}

func (l *ffmpegLog) Write(p []byte) (int, error) {
	for part := range bytes.Lines(p) {
		l.line = append(l.line, part[:min(len(part), max(0, maxLogLine-len(l.line)))]...)
		if bytes.HasSuffix(part, []byte("\n")) {
			l.read(strings.TrimSpace(string(l.line)))
			l.line = l.line[:0]
		}
	}
	return len(p), nil
}

// ffmpegStream is a stream in the description of a file:
// "  Stream #0:1[0x2](und): Audio: aac".
var ffmpegStream = regexp.MustCompile(`^\[info\] +Stream #0:\d+\S*: (Audio|Video|Subtitle|Data)(.*)`)

// ffmpegDuration is the playing time of a file: "  Duration: 00:01:05.07, start".
var ffmpegDuration = regexp.MustCompile(`^\[info\] +Duration: (\d+):(\d\d):(\d\d\.\d+),`)

// ffmpegSource is what ffmpeg puts before a message: "[mov,mp4 @ 0x55d0a3]".
var ffmpegSource = regexp.MustCompile(`\[[^\]]* @ 0x[0-9a-f]+\] `)

func (l *ffmpegLog) read(line string) {
	text := strings.ReplaceAll(ffmpegSource.ReplaceAllString(line, ""), l.input, "the file")
	switch {
	case l.version == "" && strings.HasPrefix(text, "[info] ffmpeg version "):
		l.version = strings.Fields(text)[3]
	case strings.HasPrefix(text, "[error]"), strings.HasPrefix(text, "[fatal]"), strings.HasPrefix(text, "[panic]"):
		if strings.Contains(text, "matches no streams") {
			text = "[error] it holds no sound"
		}
		if l.failure == "" {
			l.failure = "ffmpeg reports: " + strings.TrimSpace(text[len("[error]"):])
		}
	case strings.HasPrefix(text, "[info] Stream mapping"):
		l.output = true
	case l.output:
	case ffmpegDuration.MatchString(text):
		for _, part := range ffmpegDuration.FindStringSubmatch(text)[1:] {
			x, _ := strconv.ParseFloat(part, 64)
			l.seconds = 60*l.seconds + x
		}
	default:
		switch m := ffmpegStream.FindStringSubmatch(text); {
		case m == nil:
		case m[1] == "Audio":
			l.sounds++
		case !strings.Contains(m[2], "(attached pic)"):
			l.other = true
		}
	}
}

// remarks says what of a file was left out, of which some seconds were decoded.
func (l *ffmpegLog) remarks(seconds float64) (remarks []string) {
	const slack = 0.1 // seconds, for blocks that are cut at the ends
	if seconds < l.seconds-slack && !l.guess && !l.other {
		remarks = append(remarks, remarkShort)
	}
	if l.sounds > 1 {
		remarks = append(remarks, "it holds several sounds; the first was read")
	}
	if l.other {
		remarks = append(remarks, "pictures, subtitles and data beside the sound were left out")
	}
	return remarks
}
