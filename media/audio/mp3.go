package audio

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// An mpegFrame is what the header of a frame of MPEG audio says, layers I to
// III (ISO 11172-3, 2.4.2.3; ISO 13818-3; version 2.5 is Fraunhofer's).
type mpegFrame struct {
	version, layer int // the bits of the header
	rate           int // samples per second
	mono           bool
	size           int // bytes, with the header
}

const (
	mpegHead = 4    // bytes of a header
	mpegMost = 1729 // bytes of the largest frame: layer II, 384 kbit/s at 32 kHz
)

// mpegRates are kbit/s: MPEG-1 layers I, II and III, MPEG-2 layer I, and II and
// III. Index 0 is a free rate, which leaves the size of the frame open.
var mpegRates = [5][15]int{
	{0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448},
	{0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384},
	{0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320},
	{0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256},
	{0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160},
}

// parseFrame reads a header. It is false if there is none or its size is open.
func parseFrame(b []byte) (f mpegFrame, ok bool) {
	if len(b) < mpegHead || b[0] != 0xff || b[1]&0xe0 != 0xe0 {
		return f, false
	}
	const reserved, layer1, layer3, mpeg1, mpeg25 = 0, 3, 1, 3, 0
	f.version, f.layer = int(b[1]>>3&3), int(b[1]>>1&3)
	bits, rate, padding := int(b[2]>>4), int(b[2]>>2&3), int(b[2]>>1&1)
	if f.version == 1 || f.layer == reserved || bits == 0 || bits == 15 || rate == 3 || b[3]&3 == 2 {
		return f, false
	}
	f.rate = [3]int{44100, 48000, 32000}[rate]
	row := 3 - f.layer
	if f.version != mpeg1 {
		f.rate /= 2
		row = min(row+3, 4)
	}
	if f.version == mpeg25 {
		f.rate /= 2
	}
	kbits := mpegRates[row][bits]
	switch {
	case f.layer == layer1:
		f.size = 4 * (12*1000*kbits/f.rate + padding)
	case f.layer == layer3 && f.version != mpeg1:
		f.size = 72*1000*kbits/f.rate + padding
	default:
		f.size = 144*1000*kbits/f.rate + padding
	}
	f.mono = b[3]>>6 == 3
	return f, f.size > mpegHead
}

func mpegSize(b []byte) int {
	f, _ := parseFrame(b)
	return f.size
}

func mpegSame(a, b []byte) bool {
	f, _ := parseFrame(a)
	g, _ := parseFrame(b)
	return f.version == g.version && f.layer == g.layer && f.rate == g.rate
}

// firstFrame returns where the frames of an MPEG stream begin: at once, after
// zeros, or after the rest of a frame that was cut off. It is -1 if there are
// none.
func firstFrame(head []byte) int {
	from := 0
	for from < len(head) && head[from] == 0 {
		from++
	}
	if from == 0 && foreignMark(head) {
		return -1
	}
	for at := from; at < len(head) && at < from+mpegMost; at++ {
		if head[at] != 0xff || !chained(head, at, mpegSize, mpegSame) {
			continue
		}
		// Behind other bytes one frame that reaches the end is no more than four bytes
		// that look like a header, by chance.
		if at == from || at+mpegSize(head[at:]) < len(head) {
			return at
		}
	}
	return -1
}

// copyFrames copies the frames of an MPEG stream and nothing else: no tags, no
// pictures in them, no junk. So a decoder need not look for the next frame, and
// what follows the last one is not taken for sound.
func copyFrames(in *bufio.Reader, w io.Writer) (remarks []string, err error) {
	var first mpegFrame
	var frames, stated int64
	remark := func(text string) { remarks = addRemark(remarks, text) }
	for {
		head, err := in.Peek(mpegMost)
		if err != nil && err != io.EOF {
			return nil, err
		}
		if len(head) == 0 {
			break
		}
		f, ok := parseFrame(head)
		if !ok || frames > 0 && (f.version != first.version || f.layer != first.layer || f.rate != first.rate) {
			tag, junk, err := skipToFrame(in)
			if err != nil {
				return nil, err
			}
			switch end, _ := in.Peek(1); {
			case tag && !junk:
			case len(end) == 0:
				remark(remarkAfter)
			default: // a frame before them may be damaged too
				return nil, errors.New("bytes between its frames belong to none; the file is damaged")
			}
			continue
		}
		if len(head) < f.size {
			remark(remarkCutFrame)
			break
		}
		if frames == 0 {
			first, stated = f, statedFrames(head[:f.size])
		}
		if f.mono != first.mono {
			return nil, errors.New("it changes between mono and stereo; cut it into pieces")
		}
		if _, err := w.Write(head[:f.size]); err != nil {
			return nil, err
		}
		frames++
		_, _ = in.Discard(f.size)
	}
	switch {
	case frames == 0:
		return nil, errors.New("it has no whole frame; the file is damaged")
	case stated > 0 && frames-1 < stated:
		remark(remarkShort)
	case stated > 0 && frames-1 > stated:
		remark("it is longer than its header states, as files behind one another are; all was read")
	}
	return remarks, nil
}

// skipToFrame discards tags and junk up to the next frames, or to the end. It is
// an error if these have another rate: they are not junk.
func skipToFrame(in *bufio.Reader) (tag, junk bool, err error) {
	for {
		n, err := discardTag(in)
		if err != nil {
			return tag, junk, err
		}
		if n > 0 {
			tag = true
			continue
		}
		head, err := in.Peek(in.Size())
		if err != nil && err != io.EOF {
			return tag, junk, err
		}
		for at := range head {
			if at > 0 && isTag(head[at:]) {
				_, _ = in.Discard(at)
				junk, head = true, nil
				break
			}
			if head[at] != 0xff || !chained(head, at, mpegSize, mpegSame) {
				continue
			}
			_, _ = in.Discard(at)
			if at == 0 && !junk && !tag {
				f, _ := parseFrame(head)
				return tag, junk, fmt.Errorf("it changes to another format of %d samples per second; cut it into pieces", f.rate)
			}
			return tag, junk || at > 0, nil
		}
		if head == nil {
			continue
		}
		if len(head) == 0 {
			return tag, junk, nil
		}
		junk = true
		if len(head) < in.Size() {
			_, _ = in.Discard(len(head))
			return tag, junk, nil
		}
		_, _ = in.Discard(len(head) - 2*mpegMost)
	}
}

// statedFrames returns the number of frames that the encoder wrote into the
// first one, without that, or 0.
func statedFrames(frame []byte) int64 {
	for _, mark := range []string{"Xing", "Info"} {
		at := bytes.Index(frame[:min(len(frame), 64)], []byte(mark))
		if at >= 0 && at+12 <= len(frame) && frame[at+7]&1 != 0 {
			return int64(binary.BigEndian.Uint32(frame[at+8:]))
		}
	}
	return 0
}
