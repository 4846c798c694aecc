package audio

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// Limits of a process of ffmpeg.
const (
	maxAlloc    = 1 << 28 // bytes that it may allocate at once
	patientStop = 10 * time.Second
)

// A foreignCodec is the error for sound that ffmpeg decodes and this package
// does not.
type foreignCodec struct{ name string }

func (f *foreignCodec) Error() string { return f.name + " is not decoded here" }

var errNoFFmpeg = errors.New("needs ffmpeg, which is not on the PATH; install ffmpeg, or convert the file to WAV or FLAC")

// Mended reports whether a recording that could not be read for a reason, the text of
// an error, may be read now: it needed ffmpeg, which is there.
func Mended(reason string) bool {
	if !strings.Contains(reason, errNoFFmpeg.Error()) {
		return false
	}
	_, err := exec.LookPath("ffmpeg")
	return err == nil
}

// openFFmpeg decodes a file by ffmpeg, the parts of an Ogg file one after
// another. name says what is in it.
func openFFmpeg(in *bufio.Reader, name, demuxer string) (*sound, error) {
	path, err := exec.LookPath("ffmpeg")
	if err != nil {
		return nil, fmt.Errorf("%s %w", name, errNoFFmpeg)
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
	if err == nil && slices.Contains([]string{"aac", "amr", "ape", "tta", "wv"}, demuxer) {
		err = cutTags(file)
	}
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

// A process is one ffmpeg at work on one file.
type process struct {
	cmd      *exec.Cmd
	cancel   context.CancelFunc
	stdout   io.ReadCloser
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
		"-cpuflags", "0", "-max_alloc", fmt.Sprint(maxAlloc), "-protocol_whitelist", "file,pipe", "-threads", "1", "-err_detect", "crccheck", "-f", demuxer, "-i", "file:"+input,
		"-map", "0:a:0", "-map_metadata", "-1", "-c:a", "pcm_f32le", "-f", "wav", "pipe:1")
	// These variables make ffmpeg write a report into the working directory, and
	// colours into the messages that we read.
	p.cmd.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool {
		name, _, _ := strings.Cut(strings.ToUpper(v), "=")
		return name == "FFREPORT" || strings.HasPrefix(name, "AV_LOG_FORCE_")
	}), "AV_LOG_FORCE_NOCOLOR=1")
	p.cmd.Stderr, p.cmd.WaitDelay = p.log, patientStop
	var err error
	if p.stdout, err = p.cmd.StdoutPipe(); err == nil {
		err = p.cmd.Start()
	}
	if err != nil {
		cancel()
		return nil, fmt.Errorf("start ffmpeg: %w", err)
	}
	p.out = bufio.NewReaderSize(&watched{p}, 1<<16)
	return p, nil
}

// watched is the output of a process, which is ended if it gives nothing for
// too long.
type watched struct{ *process }

func (w *watched) Read(b []byte) (int, error) {
	timer := time.AfterFunc(w.patience, func() {
		w.hung.Store(true)
		w.kill()
	})
	defer timer.Stop()
	return w.stdout.Read(b)
}

// kill ends the process. If that is a script, what it started ends when it writes
// to the closed pipe.
func (p *process) kill() {
	p.cancel()
	_ = p.stdout.Close()
}

// sound reads the header of the output.
func (p *process) sound() (*sound, error) {
	s, err := openWAV(p.out)
	if err != nil {
		ended := errors.Is(err, io.ErrUnexpectedEOF)
		if !ended {
			p.kill()
		}
		switch failed := p.end(); {
		case failed != nil && (ended || p.log.failure != "" || p.hung.Load()):
			return nil, failed
		case ended:
			return nil, errors.New("ffmpeg gives no sound")
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
	p.kill()
	_ = p.end()
}
