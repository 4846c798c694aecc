package audio

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// needFFmpeg skips a test where there is no ffmpeg. CI has one.
func needFFmpeg(t testing.TB) {
	t.Helper()
	if _, err := exec.LookPath("ffmpeg"); err == nil {
		return
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("ffmpeg is not installed")
	}
	t.Skip("ffmpeg is not installed")
}

// fakeFFmpeg puts a shell script in the place of ffmpeg, and temporary files into
// a separate folder, which it returns.
func fakeFFmpeg(t *testing.T, script string) (temporary string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("ffmpeg is replaced by a shell script")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "ffmpeg"), []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	temporary = t.TempDir()
	t.Setenv("TMPDIR", temporary)
	return temporary
}

// aiff is what only ffmpeg reads.
var aiff = []byte("FORM\x00\x00\x00\x18AIFFCOMM0123456789012345")

// floats is the output of ffmpeg up to its samples, as a command of printf.
const floats = `printf 'RIFF\377\377\377\377WAVEfmt \020\000\000\000\003\000\001\000\100\037\000\000\000\175\000\000\004\000\040\000data\377\377\377\377'; `

const sample = `printf '\000\000\000\077\000\000\200\076'; ` // 0.5, 0.25

func TestFFmpegEnds(t *testing.T) {
	const version = `echo '[info] ffmpeg version 5.1-x Copyright' >&2; `
	for name, test := range map[string]struct {
		script  string
		want    string // of the error
		remarks []string
	}{
		"good": {version + floats + sample, "", []string{"decoded by ffmpeg 5.1-x"}},
		"several streams": {version + `cat >&2 <<'E'
[info]   Stream #0:0(und): Video: h264
[info]   Stream #0:1[0x2](und): Audio: aac
[info]   Stream #0:2: Audio: aac
[info] Stream mapping:
[info]   Stream #0:0: Audio: pcm_f32le
E
` + floats + sample, "", []string{"decoded by ffmpeg 5.1-x", "several sounds", "pictures"}},
		"shorter than stated":   {version + "echo '[info]   Duration: 00:00:01.50, start: 0.0' >&2; " + floats + sample, "", []string{"decoded by", "ends before"}},
		"a cover":               {version + "echo '[info]   Stream #0:1: Video: mjpeg (attached pic)' >&2; " + floats + sample, "", []string{"decoded by"}},
		"an error and a status": {"echo '[mov @ 0x12ab] [error] moov atom not found' >&2; exit 1", "AIFF: ffmpeg reports: moov atom not found", nil},
		"an error later":        {floats + sample + "echo '[error] Invalid data' >&2; exit 1", "ffmpeg reports: Invalid data", nil},
		"an error and no status": {floats + sample + "echo '[aac @ 0x55] [error] Invalid data' >&2",
			"ffmpeg reports: Invalid data", nil},
		"a status alone": {floats + sample + "exit 3", "exit status 3", nil},
		"killed":         {floats + sample + "kill -9 $$", "killed", nil},
		"nothing":        {"exit 0", "gives no sound", nil},
		"no sound":       {"echo \"[fatal] Stream map '0:a:0' matches no streams.\" >&2; exit 1", "it holds no sound", nil},
		"text":           {"echo hello", "gives no sound", nil},
		"endless text":   {"exec yes 'no sound at all'", "gives no sound", nil},
		"a long log":     {version + "i=0; while [ $i -lt 3000 ]; do echo '[info] 0123456789012345678901234567890123456789'; i=$((i+1)); done >&2; " + floats + sample, "", []string{"decoded by"}},
	} {
		t.Run(name, func(t *testing.T) {
			temporary := fakeFFmpeg(t, test.script)
			x, remarks, err := readWith(aiff)
			if test.want == "" {
				if err != nil || !slices.Equal(x, []float32{0.5, 0.25}) {
					t.Errorf("%v, %v", x, err)
				}
			} else if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %v, want %q", err, test.want)
			}
			for i, want := range test.remarks {
				if len(remarks) != len(test.remarks) || !strings.Contains(remarks[i], want) {
					t.Fatalf("remarks %q, want %q", remarks, test.remarks)
				}
			}
			if left, _ := os.ReadDir(temporary); len(left) > 0 {
				t.Errorf("%d temporary files are left", len(left))
			}
		})
	}
}

// A process that gives nothing is ended, and so is one whose sound nobody wants
// any more.
func TestFFmpegIsEnded(t *testing.T) {
	fakeFFmpeg(t, floats+sample+"exec sleep 1000")
	path, _ := exec.LookPath("ffmpeg")
	start := func(patience time.Duration) (*process, *sound) {
		p, err := startFFmpeg(path, "aiff", "none", patience)
		if err != nil {
			t.Fatal(err)
		}
		s, err := p.sound()
		if err != nil {
			t.Fatal(err)
		}
		return p, s
	}
	hangs := func() {
		_, s := start(time.Second)
		var err error
		for buf := make([]float32, 2); err == nil; {
			_, err = s.read(buf)
		}
		if !strings.Contains(err.Error(), "ffmpeg hung") {
			t.Error(err)
		}
		s.stop()
	}
	hangs()

	p, s := start(time.Hour)
	s.stop()
	s.stop()
	if p.cmd.ProcessState == nil {
		t.Error("it has not ended")
	}

	// A script whose program holds the output.
	fakeFFmpeg(t, floats+sample+"sleep 5 2>&- & wait")
	path, _ = exec.LookPath("ffmpeg")
	hangs()
}

// What is in a file does not make ffmpeg read others, and its name is ours.
func TestFFmpegReadsOneFile(t *testing.T) {
	dir := t.TempDir()
	fakeFFmpeg(t, `echo "$FFREPORT $*" >`+dir+`/arguments; exit 1`)
	t.Setenv("FFREPORT", "file=report.txt")
	if _, _, err := readWith(aiff); err == nil {
		t.Fatal("no error")
	}
	arguments, err := os.ReadFile(filepath.Join(dir, "arguments"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{" -nostdin", "-xerror", "-protocol_whitelist file,pipe", "-f aiff -i file:" + os.Getenv("TMPDIR") + "/waveletgpt-", "-map 0:a:0"} {
		if !strings.Contains(string(arguments), want) {
			t.Errorf("%q is not in %s", want, arguments)
		}
	}
	if strings.Contains(string(arguments), "report.txt") {
		t.Error("it would write a report")
	}
}

func TestFFmpegIsMissing(t *testing.T) {
	bin := t.TempDir()
	t.Setenv("PATH", bin)
	var reason string
	for name, file := range map[string][]byte{
		"MP3": fixture(t, "tone44k.mp3"), "AIFF": aiff, "Opus in Ogg": oggPageOf(oggFirst, 0, 1, 0, "OpusHead........"),
		"WAV with GSM 6.10 (format 0x0031)": wav("fmt ", format(0x31, 1, 8000, 0), "data", "1234"),
	} {
		_, err := Rate(bytes.NewReader(file))
		want := name + " needs ffmpeg, which is not on the PATH; install ffmpeg, or convert the file to WAV or FLAC"
		if err == nil || err.Error() != want {
			t.Errorf("%s: %v", name, err)
		}
		reason = want
	}
	if Mended(reason) {
		t.Error("mended without ffmpeg")
	}
	if err := os.WriteFile(filepath.Join(bin, "ffmpeg"), []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && !Mended(reason) || Mended("it is silent") {
		t.Error("with ffmpeg what needed it is not mended, or what did not is")
	}
}

func TestStatedSize(t *testing.T) {
	asf := "\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c........" + "......" +
		"\xa1\xdc\xab\x8c\x47\xa9\xcf\x11\x8e\xe4\x00\xc0\x0c\x20\x53\x65" + strings.Repeat(".", 24) + "\x00\x10\x00\x00\x00\x00\x00\x00"
	for head, want := range map[string]int64{
		"FORM\x00\x00\x01\x00": 264, "FORM\x00\x00\x00\x00": 0, "RIFF\x00\x01\x00\x00": 264, "RIFF\xff\xff\xff\xff": 0,
		".snd\x00\x00\x00\x18\x00\x00\x01\x00": 280, ".snd\x00\x00\x00\x18\xff\xff\xff\xff": 0,
		"riff............\x00\x02\x00\x00\x00\x00\x00\x00": 512, asf: 4096, "else": 0,
	} {
		if got, _ := statedSize(append([]byte(head), make([]byte, 32)...)); got != want {
			t.Errorf("%q: %d, want %d", head, got, want)
		}
	}
}

// What follows the sound of a file for ffmpeg does not get there.
func TestFFmpegGetsSoundOnly(t *testing.T) {
	wavpack := []byte("wvpk" + strings.Repeat("sound", 60))
	opus := slices.Concat(oggPageOf(oggFirst, 0, 1, 0, "OpusHead........"), oggPageOf(oggLast, 9, 1, 1, "sound"))
	for _, test := range []struct {
		name, demuxer string
		sound, rest   []byte
		remarks       []string
	}{
		{"junk", "aiff", aiff, junk, []string{remarkAfter}},
		{"zeros", "aiff", aiff, make([]byte, 100), []string{remarkAfter}},
		{"ID3v1", "aiff", aiff, id3v1Tag, nil},
		{"ID3v1", "wv", wavpack, id3v1Tag, nil},
		{"APEv2 and ID3v1", "wv", wavpack, slices.Concat(apeTag, id3v1Tag), nil},
		{"junk", "ogg", opus, []byte("?????\x02 and much more than the head of a page"), []string{remarkAfter}},
		{"ID3v1", "ogg", opus, id3v1Tag, nil},
		{"nothing, and cut", "aiff", aiff[:len(aiff)-3], nil, []string{remarkShort}},
	} {
		temporary := fakeFFmpeg(t, `for a; do case $a in file:*) cp "${a#file:}" "$TMPDIR/seen"; esac; done; `+floats+sample)
		s, err := openFFmpeg(bufio.NewReader(bytes.NewReader(slices.Concat(test.sound, test.rest))), test.name, test.demuxer)
		if err != nil {
			t.Fatal(err)
		}
		for buf := make([]float32, 9); err == nil; {
			_, err = s.read(buf)
		}
		s.stop()
		seen, _ := os.ReadFile(filepath.Join(temporary, "seen"))
		if err != io.EOF || !bytes.Equal(seen, test.sound) {
			t.Errorf("%s after %s: %d bytes, want %d; %v", test.name, test.demuxer, len(seen), len(test.sound), err)
		}
		remarks := slices.DeleteFunc(s.remarks, func(r string) bool { return strings.HasPrefix(r, "decoded by") })
		if !slices.Equal(remarks, test.remarks) {
			t.Errorf("%s after %s: remarks %q, want %q", test.name, test.demuxer, remarks, test.remarks)
		}
	}
}
