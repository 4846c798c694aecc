package audio

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// slowVariable makes TestMatrix cover all combinations.
const slowVariable = "WAVELETGPT_SLOW"

// tolerance is how far samples may be from those of ffmpeg.
const tolerance = 1e-4

// ffmpegMean decodes a file by ffmpeg, guided by nothing but the file, and mixes
// it by another way.
func ffmpegMean(t testing.TB, path string) []float32 {
	t.Helper()
	out, err := exec.Command("ffmpeg", "-nostdin", "-v", "quiet", "-i", path, "-map", "0:a:0", "-c:a", "pcm_f64be", "-f", "au", "-").Output()
	if err != nil && len(out) == 0 {
		return nil
	}
	// AU: the place of the samples, then size, encoding, rate and channels.
	channels := int(binary.BigEndian.Uint32(out[20:]))
	out = out[binary.BigEndian.Uint32(out[4:]):]
	x := make([]float32, len(out)/8/channels)
	for i := range x {
		sum := 0.0
		for c := range channels {
			sum += math.Float64frombits(binary.BigEndian.Uint64(out[8*(i*channels+c):]))
		}
		x[i] = float32(sum / float64(channels))
	}
	return x
}

// A mode is a way to encode a file.
type mode struct {
	name      string // with its extension
	arguments string // of ffmpeg; those of sox if the name begins with sox
	rates     []int
	channels  []int
	exact     bool // as many samples as were encoded, by our own decoder or trimmed
}

var (
	anyRate   = []int{8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 96000}
	mpegRate  = []int{8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000}
	mp2Rate   = []int{16000, 22050, 24000, 32000, 44100, 48000}
	anyLayout = []int{1, 2, 3, 4, 5, 6, 7, 8}
	upTo2     = []int{1, 2}
)

var modes = []mode{
	{"u8.wav", "-c:a pcm_u8", anyRate, anyLayout, true},
	{"s16.wav", "-c:a pcm_s16le", anyRate, anyLayout, true},
	{"s24.wav", "-c:a pcm_s24le", anyRate, anyLayout, true},
	{"s32.wav", "-c:a pcm_s32le", anyRate, anyLayout, true},
	{"f32.wav", "-c:a pcm_f32le", anyRate, anyLayout, true},
	{"f64.wav", "-c:a pcm_f64le", anyRate, anyLayout, true},
	{"alaw.wav", "-c:a pcm_alaw", anyRate, upTo2, true},
	{"mulaw.wav", "-c:a pcm_mulaw", anyRate, upTo2, true},
	{"rf64.wav", "-rf64 always", anyRate, anyLayout, true},
	{"s16.w64", "", anyRate, anyLayout, false},
	{"s16.flac", "-c:a flac", anyRate, anyLayout, true},
	{"s24.flac", "-c:a flac -sample_fmt s32 -compression_level 12", anyRate, anyLayout, true},
	{"fast.flac", "-c:a flac -compression_level 0 -lpc_type none", anyRate, upTo2, true},
	{"low.ogg", "-c:a libvorbis -q:a -1", anyRate, upTo2, true},
	{"middle.ogg", "-c:a libvorbis -q:a 4", anyRate, anyLayout, true},
	{"surround.ogg", "-c:a libvorbis -q:a 3", anyRate, []int{6}, true},
	{"high.ogg", "-c:a libvorbis -q:a 10", anyRate, anyLayout, true},
	{"cbr.mp3", "-b:a 48k", mpegRate, upTo2, true},
	{"vbr.mp3", "-q:a 5", mpegRate, upTo2, true},
	{"abr.mp3", "-abr 1 -b:a 40k", mpegRate, upTo2, true},
	{"separate.mp3", "-joint_stereo 0 -b:a 64k", mpegRate, []int{2}, true},
	{"plain.mp3", "-write_xing 0 -id3v2_version 0", mpegRate, upTo2, false},
	{"shine.mp3", "-c:a libshine -b:a 128k", []int{32000, 44100, 48000}, []int{2}, false},
	{"layer2.mp2", "-c:a mp2 -b:a 96k", mp2Rate, upTo2, false},
	{"adpcm.wav", "-c:a adpcm_ms", anyRate, upTo2, false},
	{"ima.wav", "-c:a adpcm_ima_wav", anyRate, upTo2, false},
	{"gsm.wav", "-c:a libgsm_ms", []int{8000}, []int{1}, false},
	{"s16.aiff", "", anyRate, upTo2, true},
	{"s24.au", "-c:a pcm_s24be", anyRate, anyLayout, true},
	{"s16.caf", "-c:a pcm_s16le", anyRate, upTo2, true},
	{"aac.m4a", "-c:a aac", mpegRate, upTo2, false},
	{"alac.m4a", "-c:a alac", anyRate, upTo2, true},
	{"adts.aac", "-c:a aac", mpegRate, upTo2, false},
	{"opus.opus", "-c:a libopus", []int{8000, 12000, 16000, 24000, 48000}, upTo2, false},
	{"flac.oga", "-c:a flac", anyRate, upTo2, true},
	{"speex.spx", "-c:a libspeex", []int{8000, 16000, 32000}, []int{1}, false},
	{"wma.wma", "-c:a wmav2", []int{16000, 22050, 44100}, upTo2, false},
	{"wavpack.wv", "", anyRate, anyLayout, true},
	{"tta.tta", "", anyRate, upTo2, true},
	{"opus.webm", "-c:a libopus", []int{48000}, upTo2, false},
	{"flac.mka", "-c:a flac", anyRate, upTo2, true},
}

// The first modes are decoded here. Of the others a few are tested by default.
const ourModes = 17

var ffmpegModes = []string{"vbr.mp3", "separate.mp3", "adpcm.wav", "s16.aiff", "aac.m4a", "opus.opus"}

// noisy is a recording with tones and noise, another in each channel, as a WAV
// file of 16 bits.
func noisy(rate, channels, frames int) []byte {
	r := rand.New(rand.NewPCG(uint64(rate), uint64(channels)))
	data := make([]byte, 0, 2*channels*frames)
	for i := range frames {
		for c := range channels {
			x := 0.3*math.Sin(2*math.Pi*float64(i)*float64(200+70*c)/float64(rate)) + 0.1*math.Sin(float64(i*i)/float64(9*rate)) + 0.05*(r.Float64()-0.5)
			data = binary.LittleEndian.AppendUint16(data, uint16(int16(32767*x)))
		}
	}
	return wav("fmt ", format(tagPCM, channels, rate, 16), "data", string(data))
}

// encode makes a file, or returns nil if this ffmpeg cannot.
func (m mode) encode(t *testing.T, dir string, rate, channels, frames int) (path string) {
	t.Helper()
	source := filepath.Join(dir, fmt.Sprintf("%d-%d-%d.wav", rate, channels, frames))
	if _, err := os.Stat(source); err != nil {
		if err := os.WriteFile(source, noisy(rate, channels, frames), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	path = filepath.Join(dir, fmt.Sprintf("%d-%d-%s", rate, channels, m.name))
	arguments := slices.Concat([]string{"-nostdin", "-y", "-v", "error", "-i", source}, strings.Fields(m.arguments), []string{path})
	if out, err := exec.Command("ffmpeg", arguments...).CombinedOutput(); err != nil {
		t.Logf("ffmpeg does not make %s: %s", filepath.Base(path), strings.TrimSpace(string(out)))
		return ""
	}
	return path
}

// Every file that ffmpeg can make is read with ffmpeg's samples. WAV, FLAC and
// MP3, Vorbis and lossless files have as many as were encoded.
func TestMatrix(t *testing.T) {
	needFFmpeg(t)
	slow, dir, made, of := os.Getenv(slowVariable) != "", t.TempDir(), 0, 0
	for i, m := range modes {
		if !slow && i >= ourModes && !slices.Contains(ffmpegModes, m.name) {
			continue
		}
		t.Run(m.name, func(t *testing.T) {
			of++
			for j, channels := range m.channels {
				for k, rate := range m.rates {
					// By default one of each mode; others at other times of the table.
					if !slow && (j != i%len(m.channels) || k != (3*i)%len(m.rates)) {
						continue
					}
					frames := rate/4 + 37*i
					if path := m.encode(t, dir, rate, channels, frames); path != "" {
						made++
						m.compare(t, path, frames)
					}
				}
			}
		})
	}
	if made < of*3/4 {
		t.Errorf("ffmpeg made %d files of %d modes", made, of)
	}
}

func (m mode) compare(t *testing.T, path string, frames int) {
	t.Helper()
	name := filepath.Base(path)
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	x, remarks, err := readWith(file)
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	// ffmpeg's writer of Wave64 counts the padding as samples, which may be a part
	// of a frame.
	padded := strings.HasSuffix(name, ".w64")
	for _, r := range remarks {
		if !strings.HasPrefix(r, "decoded by ffmpeg ") && !(padded && strings.Contains(r, incomplete)) {
			t.Errorf("%s: remark %q", name, r)
		}
	}
	want := ffmpegMean(t, path)
	if n := min(len(x), len(want)); padded && n >= frames-8 {
		want = append(want[:n:n], x[n:]...)
	}
	if strings.HasSuffix(name, ".ogg") { // ffmpeg keeps or drops some at the end
		n := min(len(x), len(want))
		if n < len(want)-1024 {
			t.Errorf("%s: %d samples, ffmpeg has %d", name, len(x), len(want))
		}
		want = append(want[:n:n], x[n:]...)
	}
	if d := distance(x, want); d > tolerance {
		t.Errorf("%s: %d samples, ffmpeg has %d; off by %v", name, len(x), len(want), d)
	}
	more := 0
	if strings.HasSuffix(name, ".mp3") { // of the padding, which LAME states too low for some lengths
		more = 64
	}
	if m.exact && (len(x) < frames || len(x) > frames+more) {
		t.Errorf("%s: %d samples, %d were encoded", name, len(x), frames)
	}
}

// damage makes files of one that is good: name, content, and whether the
// samples may be fewer or others.
func damage(file []byte, r *rand.Rand) map[string][]byte {
	at := len(file)/4 + r.IntN(len(file)/2)
	noise := make([]byte, 1+r.IntN(2000))
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	cutOut := slices.Concat(file[:at], file[min(len(file), at+1+r.IntN(500)):])
	flipped := bytes.Clone(file)
	for i := range 8 {
		flipped[at+i] ^= byte(1 + r.IntN(255))
	}
	return map[string][]byte{
		"cut": file[:at], "cut by a byte": file[:len(file)-1], "noise within": slices.Concat(file[:at], noise, file[at:]), "a piece missing": cutOut,
		"bytes changed": flipped, "zeros after": append(bytes.Clone(file), make([]byte, 777)...), "noise after": append(bytes.Clone(file), noise...),
		"ID3v1 after": append(bytes.Clone(file), id3v1Tag...), "APEv2 after": append(bytes.Clone(file), apeTag...),
		"ID3v2 before": append(bytes.Clone(id3v2Tag), file...), "zeros before": append(make([]byte, 345), file...), "noise before": append(noise[:min(len(noise), 400)], file...),
	}
}

// Damaged files are refused, or read with a remark, or what they say is what
// ffmpeg reads too. What stands before or after the sound changes nothing.
func TestMatrixOfDamage(t *testing.T) {
	needFFmpeg(t)
	slow, dir := os.Getenv(slowVariable) != "", t.TempDir()
	r := rand.New(rand.NewPCG(3, 4))
	for i, m := range modes {
		if !slow && !slices.Contains([]string{"s16.wav", "s16.flac", "middle.ogg", "vbr.mp3"}, m.name) {
			continue
		}
		path := m.encode(t, dir, m.rates[len(m.rates)/2], m.channels[min(1, len(m.channels)-1)], 30000)
		if path == "" {
			continue
		}
		file, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		whole, _, err := readWith(file)
		if err != nil {
			t.Fatal(err)
		}
		for name, damaged := range damage(file, r) {
			t.Run(m.name+" "+name, func(t *testing.T) {
				x, remarks, err := readWith(damaged)
				remarks = slices.DeleteFunc(remarks, func(r string) bool { return strings.HasPrefix(r, "decoded by") })
				kind := strings.Fields(name)
				outside := kind[len(kind)-1] == "after" || kind[len(kind)-1] == "before"
				ours := i < ourModes || strings.HasSuffix(m.name, ".mp3") // others are ffmpeg's business
				switch {
				case err != nil && outside && ours && name != "noise before" && name != "zeros before":
					t.Error(err)
				case err != nil || len(remarks) > 0 && !outside:
				case outside && distance(x, whole) > 0:
					t.Errorf("%d samples, %d without it; remarks %q", len(x), len(whole), remarks)
				case outside:
				case len(x) != len(whole) || distance(x, whole) > 0: // nobody could tell
					other := filepath.Join(t.TempDir(), "damaged"+filepath.Ext(path))
					if err := os.WriteFile(other, damaged, 0o644); err != nil {
						t.Fatal(err)
					}
					if want := ffmpegMean(t, other); distance(x, want) > tolerance {
						t.Errorf("%s samples of %d, ffmpeg reads %d, and no remark", strconv.Itoa(len(x)), len(whole), len(want))
					}
				}
			})
		}
	}
}
