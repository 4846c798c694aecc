package audio

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// An oggPage is a page of an Ogg file (RFC 3533, section 6).
type oggPage struct {
	raw      []byte
	flags    byte
	granule  int64 // position in the stream after the last packet that ends here, or -1
	serial   uint32
	sequence uint32
	lacing   []byte // sizes of segments; a packet ends with one below 255
	body     []byte
}

const (
	oggHead      = 27 // bytes of a page before its lacing
	oggContinued = 1  // flag: the page begins within a packet
	oggFirst     = 2  // flag: a stream begins
	oggLast      = 4  // flag: a stream ends
)

// An oggReader reads the pages of a file: several streams side by side, and one
// group of streams after another.
type oggReader struct {
	in      *bufio.Reader
	open    map[uint32]bool // streams that have begun and not ended
	remarks []string
}

func newOggReader(in *bufio.Reader) *oggReader {
	return &oggReader{in: in, open: map[uint32]bool{}}
}

// next returns the next page, or io.EOF at the end of the file, also where tags
// or junk follow the last stream.
func (o *oggReader) next() (*oggPage, error) {
	head, err := o.in.Peek(oggHead)
	if err != nil && err != io.EOF {
		return nil, err
	}
	if len(head) == 0 {
		return nil, io.EOF
	}
	if !bytes.HasPrefix(head, []byte("OggS")) {
		return nil, o.after()
	}
	if len(head) < oggHead {
		return nil, cut(io.ErrUnexpectedEOF)
	}
	p := &oggPage{
		flags: head[5], granule: int64(binary.LittleEndian.Uint64(head[6:])),
		serial: binary.LittleEndian.Uint32(head[14:]), sequence: binary.LittleEndian.Uint32(head[18:]),
	}
	size := oggHead + int(head[26])
	lacing, err := o.in.Peek(size)
	if err != nil {
		return nil, cut(err)
	}
	for _, part := range lacing[oggHead:] {
		size += int(part)
	}
	p.raw = make([]byte, size)
	if _, err := io.ReadFull(o.in, p.raw); err != nil {
		return nil, cut(err)
	}
	body := oggHead + int(p.raw[26])
	p.lacing, p.body = p.raw[oggHead:body], p.raw[body:]
	if p.raw[4] != 0 || oggSum(p.raw) != binary.LittleEndian.Uint32(p.raw[22:]) {
		return nil, errors.New("the checksum of a page is wrong; the file is damaged")
	}
	switch {
	case p.flags&oggLast != 0:
		delete(o.open, p.serial)
	case p.flags&oggFirst != 0:
		o.open[p.serial] = true
	}
	return p, nil
}

// after is io.EOF if what is no page stands behind the streams, or is tags or
// zeros.
func (o *oggReader) after() error {
	for len(o.open) > 0 {
		n, err := discardTag(o.in)
		if err != nil {
			return err
		}
		if n > 0 {
			continue
		}
		b, err := o.in.ReadByte()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if b != 0 {
			return errors.New("a page does not begin with OggS; the file is damaged")
		}
		o.remark(remarkAfter)
	}
	junk, err := discardRest(o.in)
	if err != nil {
		return err
	}
	if junk {
		o.remark(remarkAfter)
	}
	return io.EOF
}

func (o *oggReader) remark(text string) { o.remarks = addRemark(o.remarks, text) }

// oggTable has the checksums of bytes: polynomial 0x04c11db7, without
// reflection.
var oggTable = func() (table [256]uint32) {
	for i := range table {
		x := uint32(i) << 24
		for range 8 {
			x = x<<1 ^ x>>31*0x04c11db7
		}
		table[i] = x
	}
	return table
}()

// oggSum is the checksum of a page, whose place in the page counts as zero.
func oggSum(page []byte) (sum uint32) {
	for i, b := range page {
		if i >= 22 && i < 26 {
			b = 0
		}
		sum = sum<<8 ^ oggTable[byte(sum>>24)^b]
	}
	return sum
}

// maxPacket is the maximum size of a packet, with the pictures in comments.
const maxPacket = 1 << 26

// A packetReader puts the packets of one stream together.
type packetReader struct {
	part    []byte
	within  bool // part is the beginning of a packet
	skip    bool // the beginning of the packet is missing
	pages   int
	last    uint32 // number of the last page
	started bool   // packets have been decoded, so that none may be missing
}

// add returns the packets that end on a page.
func (r *packetReader) add(p *oggPage) (packets [][]byte, err error) {
	if r.pages > 0 && p.sequence != r.last+1 {
		if r.started || r.within {
			return nil, errors.New("a page is missing; the file is damaged")
		}
	}
	r.pages, r.last = r.pages+1, p.sequence
	switch continued := p.flags&oggContinued != 0; {
	case continued && !r.within:
		if r.started {
			return nil, errors.New("the beginning of a packet is missing; the file is damaged")
		}
		r.skip = true
	case !continued && r.within:
		return nil, errors.New("the end of a packet is missing; the file is damaged")
	}
	body := p.body
	for _, size := range p.lacing {
		r.part = append(r.part, body[:size]...)
		body = body[size:]
		r.within = size == 255
		if len(r.part) > maxPacket {
			return nil, fmt.Errorf("a packet has more than %d bytes; the file is damaged", maxPacket)
		}
		if !r.within {
			if !r.skip {
				packets = append(packets, r.part)
			}
			r.part, r.skip = nil, false
		}
	}
	return packets, nil
}

const (
	remarkNoEnd  = "it has no mark of its end and may be cut off; what is there was read"
	remarkSounds = "it holds several sounds; the first was read"
	remarkBeside = "pictures, subtitles and data beside the sound were left out"
)

// copyPages copies the pages of one part of an Ogg file for ffmpeg, which passes
// over damage. A part is what streams side by side; another can follow.
func copyPages(in *bufio.Reader, w io.Writer) (remarks []string, err error) {
	o := newOggReader(in)
	for data := false; ; {
		head, _ := in.Peek(oggHead)
		first := len(head) == oggHead && bytes.HasPrefix(head, []byte("OggS")) && head[5]&oggFirst != 0
		if first && data {
			break
		}
		data = !first
		p, err := o.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		if _, err := w.Write(p.raw); err != nil {
			return nil, err
		}
	}
	if len(o.open) > 0 {
		o.remark(remarkNoEnd)
	}
	return o.remarks, nil
}
