package audio

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// Limits of a process of ffmpeg.
const (
	maxSpooled  = 1 << 33 // bytes of its input
	maxAlloc    = 1 << 28 // bytes that it may allocate at once
	maxLogLine  = 1 << 10 // bytes of its log that are kept of a line
	patientStop = 10 * time.Second
)

// A foreignCodec is the error for sound that ffmpeg decodes and this package
// does not.
type foreignCodec struct{ name string }

func (f *foreignCodec) Error() string { return f.name + " is not decoded here" }

// openFFmpeg decodes a file by ffmpeg, the parts of an Ogg file one after
// another. name says what is in it.
func openFFmpeg(in *bufio.Reader, name, demuxer string) (*sound, error) {
	path, err := exec.LookPath("ffmpeg")
	if err != nil {
		return nil, fmt.Errorf("%s needs ffmpeg, which is not on the PATH; install ffmpeg, or convert the file to WAV or FLAC", name)
	}
	part, err := openPart(in, path, demuxer)
	if err != nil {
		return nil, err
	}
	s := &sound{rate: part.rate, channels: part.channels}
	s.read = func(dst []float32) (int, error) {
		for {
			n, err := part.read(dst)
			if err != io.EOF {
				return n, err
			}
			for _, r := range part.remarks {
				s.remark(r)
			}
			if demuxer != "ogg" {
				return 0, err
			}
			if _, err := in.Peek(1); err != nil {
				return 0, err
			}
			next, err := openPart(in, path, demuxer)
			if err != nil {
				return 0, err
			}
			part = next
			if part.rate != s.rate || part.channels != s.channels {
				return 0, fmt.Errorf("it changes from %d channels at %d samples per second to %d at %d; cut it into pieces", s.channels, s.rate, part.channels, part.rate)
			}
		}
	}
	s.stop = func() { part.stop() }
	return s, nil
}

// openPart decodes by a process of ffmpeg. It copies the content to a temporary
// file, because ffmpeg has to go back and forth in some formats, and because names
// of files mean protocols and lists to it. The demuxer is forced, so nothing but
// this one file is read.
func openPart(in *bufio.Reader, path, demuxer string) (*sound, error) {
	file, err := os.CreateTemp("", "waveletgpt-*")
	if err != nil {
		return nil, err
	}
	remarks, err := copyContent(in, file, demuxer)
	if e := file.Close(); err == nil {
		err = e
	}
	var p *process
	if err == nil {
		p, err = startFFmpeg(path, demuxer, file.Name(), patience)
	}
	if err != nil {
		_ = os.Remove(file.Name())
		return nil, err
	}
	s, err := p.sound()
	if err != nil {
		p.stop()
		return nil, err
	}
	s.remarks = append(remarks, s.remarks...)
	return s, nil
}

// copyContent copies a file for ffmpeg. It checks what ffmpeg passes over: pages
// of Ogg, frames of MPEG, the size that a header states.
func copyContent(in *bufio.Reader, to io.Writer, demuxer string) (remarks []string, err error) {
	w := &limitedWriter{to, maxSpooled}
	switch demuxer {
	case "mp3":
		return copyFrames(in, w)
	case "ogg":
		return copyPages(in, w)
	}
	head, err := in.Peek(32)
	if err != nil && err != io.EOF {
		return nil, err
	}
	stated := statedSize(head)
	n, err := io.Copy(w, in)
	switch {
	case stated > 0 && n < stated:
		remarks = []string{remarkShort}
	case stated > 0 && n > stated+1: // with a byte of padding
		remarks = []string{remarkAfter}
	}
	return remarks, err
}

// statedSize returns the size of a file by its header, or 0 if that does not say.
func statedSize(head []byte) int64 {
	if len(head) < 32 {
		return 0
	}
	be := func(at int) int64 {
		return int64(head[at])<<24 | int64(head[at+1])<<16 | int64(head[at+2])<<8 | int64(head[at+3])
	}
	le := func(at int) int64 {
		return int64(head[at]) | int64(head[at+1])<<8 | int64(head[at+2])<<16 | int64(head[at+3])<<24
	}
	size := int64(0)
	switch string(head[:4]) {
	case "FORM":
		size = 8 + be(4)
	case "RIFF":
		size = 8 + le(4)
	case ".snd":
		size = be(4) + be(8)
	case "riff":
		size = le(16) + le(20)<<32
	}
	if size >= 0x7fff_0000 && head[0] != 'r' { // unknown to a writer that could not go back
		return 0
	}
	return size
}

// A limitedWriter refuses more than a number of bytes.
type limitedWriter struct {
	w    io.Writer
	left int64
}

func (l *limitedWriter) Write(p []byte) (int, error) {
	if l.left -= int64(len(p)); l.left < 0 {
		return 0, errors.New("it is too large for a temporary file; convert it to FLAC")
	}
	return l.w.Write(p)
}

// A process is one ffmpeg at work on one file.
type process struct {
	cmd      *exec.Cmd
	cancel   context.CancelFunc
	out      *bufio.Reader
	log      *ffmpegLog
	input    string
	patience time.Duration
	hung     atomic.Bool
	ended    bool
	err      error
}

// startFFmpeg starts the decoding of the first sound of a file to a WAV of
// floats. The instructions of the processor are restricted to those that all
// have: others round differently, and tokens would depend on the machine.
func startFFmpeg(path, demuxer, input string, patience time.Duration) (*process, error) {
	ctx, cancel := context.WithCancel(context.Background())
	p := &process{cancel: cancel, input: input, log: &ffmpegLog{input: "file:" + input, guess: slices.Contains(guessed, demuxer)}, patience: patience}
	p.cmd = exec.CommandContext(ctx, path, "-nostdin", "-nostats", "-loglevel", "repeat+level+info", "-xerror",
		"-cpuflags", "0", "-max_alloc", fmt.Sprint(maxAlloc), "-protocol_whitelist", "file,pipe", "-threads", "1", "-f", demuxer, "-i", "file:"+input,
		"-map", "0:a:0", "-map_metadata", "-1", "-c:a", "pcm_f32le", "-f", "wav", "pipe:1")
	// The variable makes ffmpeg write a report into the working directory.
	p.cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "FFREPORT=") })
	p.cmd.Stderr, p.cmd.WaitDelay = p.log, patientStop
	stdout, err := p.cmd.StdoutPipe()
	if err == nil {
		err = p.cmd.Start()
	}
	if err != nil {
		cancel()
		return nil, fmt.Errorf("start ffmpeg: %w", err)
	}
	p.out = bufio.NewReaderSize(&watched{p, stdout}, 1<<16)
	return p, nil
}

// watched is the output of a process, which is ended if it gives nothing for
// too long.
type watched struct {
	p *process
	r io.Reader
}

func (w *watched) Read(b []byte) (int, error) {
	timer := time.AfterFunc(w.p.patience, func() {
		w.p.hung.Store(true)
		w.p.cancel()
	})
	defer timer.Stop()
	return w.r.Read(b)
}

// sound reads the header of the output.
func (p *process) sound() (*sound, error) {
	s, err := openWAV(p.out)
	if err != nil {
		if failed := p.end(); failed != nil {
			return nil, failed
		}
		return nil, fmt.Errorf("ffmpeg gives no sound: %w", err)
	}
	read, got := s.read, 0
	s.read = func(dst []float32) (int, error) {
		n, err := read(dst)
		if got += n; err == nil {
			return n, nil
		}
		if failed := p.end(); failed != nil {
			return 0, failed
		}
		if err == io.EOF {
			s.remark("decoded by ffmpeg " + p.log.version)
			for _, r := range p.log.remarks(float64(got) / float64(s.channels*s.rate)) {
				s.remark(r)
			}
		}
		return 0, err
	}
	s.stop = p.stop
	return s, nil
}

// end waits for the process and returns what it failed of.
func (p *process) end() error {
	if p.ended {
		return p.err
	}
	p.ended = true
	err := p.cmd.Wait()
	_ = os.Remove(p.input)
	switch {
	case p.hung.Load():
		p.err = fmt.Errorf("ffmpeg hung for %v", p.patience)
	case p.log.failure != "":
		p.err = errors.New(p.log.failure)
	case err != nil:
		p.err = fmt.Errorf("ffmpeg failed: %w", err)
	}
	p.cancel()
	return p.err
}

func (p *process) stop() {
	p.cancel()
	_ = p.end()
}

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
