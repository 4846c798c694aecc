package audio

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/internal/realdata"
)

// Files that an earlier version read wrongly or refused: the numbers of samples
// are those of ffmpeg 5.1.9, and of libvorbis for Vorbis, where ffmpeg does not
// cut what the last page leaves out.
func TestCases(t *testing.T) {
	needFFmpeg(t)
	dir := filepath.Join(realdata.Cases(t), "audio", "files")
	for name, test := range map[string]struct {
		want    int // samples
		shared  int // the first ones of these that ffmpeg decodes rightly too
		remarks string
	}{
		"01-mp3-22050-mono-default.mp3":        {22050, 22050, "decoded by ffmpeg"},
		"03-mp3-gapless.mp3":                   {16000, 16000, "decoded by ffmpeg"},
		"05-ogg-chained.ogg":                   {88200, 43972, ""},
		"06-mp3-apev2-cover.mp3":               {44100, 44100, "decoded by ffmpeg"},
		"08-mp3-starts-mid-frame.mp3":          {42624, 42624, "before the beginning"},
		"09-mp3-last-frame-cut.mp3":            {44928, 44928, "last frame is cut off"},
		"11-flac-id3v1.flac":                   {44100, 44100, ""},
		"13-ogg-vorbis-5.1.ogg":                {44100, 43972, ""},
		"14-ogg-eos-page-one-empty-packet.ogg": {8000, 7936, ""},
		"16-ogg-no-eos-flag.ogg":               {8192, 8192, "no mark of its end"},
		"18-opus.ogg":                          {48000, 48000, "decoded by ffmpeg"},
		"20-wav-data-size-0.wav":               {16000, 16000, "states no samples"},
		"21-wav-data-size-7fff0000.wav":        {16000, 16000, "ends before the length"},
		"24-wav-24-bits-in-4-bytes.wav":        {16000, 0, "24 bits lie in 4 bytes"}, // ffmpeg takes them for 24.0 floats
		"26-bw64.wav":                          {16000, 16000, ""},
		"27-wav-adpcm-ms.wav":                  {16288, 16288, "decoded by ffmpeg"},
		"29-square-wave.wav":                   {16000, 16000, "square wave"},
		"31-float-in-int16-range.wav":          {16000, 16000, ""},
		"32-train-takes-it-for-bytes.m4a":      {45056, 45056, "decoded by ffmpeg"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(dir, name)
			file, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			x, remarks, err := readWith(file)
			if err != nil || len(x) != test.want {
				t.Fatalf("%d samples, want %d; %v", len(x), test.want, err)
			}
			if all := strings.Join(remarks, "; "); !strings.Contains(all, test.remarks) || (all == "") != (test.remarks == "") {
				t.Errorf("remarks %q, want %q", remarks, test.remarks)
			}
			if n := test.shared; n > 0 {
				if d := distance(x[:n], ffmpegMean(t, path)[:n]) / float64(max(1, peak(x))); d > 1e-4 {
					t.Errorf("off by %v from ffmpeg", d)
				}
			}
		})
	}
	// It is a tone at half of full scale.
	file, err := os.ReadFile(filepath.Join(dir, "24-wav-24-bits-in-4-bytes.wav"))
	if err != nil {
		t.Fatal(err)
	}
	if x, _, err := readWith(file); err != nil || peak(x) < 0.4 || peak(x) > 0.6 {
		t.Errorf("24 bits in 4 bytes have the peak %v, %v", peak(x), err)
	}
}

func peak(x []float32) (most float32) {
	for _, v := range x {
		most = max(most, v, -v)
	}
	return most
}
