package audio

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/jfreymuth/vorbis"
)

// vorbisHeaders is the number of packets before those of sound.
const vorbisHeaders = 3

// A vorbisStream decodes Vorbis in Ogg. A file can have several parts one after
// another, each with a separate stream; one part at a time is decoded.
type vorbisStream struct {
	pages          *oggReader
	rate, channels int // of all parts
	out            []float32
	remarks        []string

	// The present part.
	decoder *vorbis.Decoder // nil before its first page
	serial  uint32
	packets packetReader
	headers int
	data    bool  // pages other than the first ones of streams have come
	ended   bool  // the last page has come
	placed  bool  // position is known
	at      int64 // the position after the samples so far
	early   int   // values too many on the first page with sound, whose end is undecided
	from    int   // where that page begins in out
	block   []float32
}

// openVorbis decodes an Ogg Vorbis file.
func openVorbis(in *bufio.Reader) (*sound, error) {
	v := &vorbisStream{pages: newOggReader(in)}
	for v.headers < vorbisHeaders {
		if err := v.page(); err == io.EOF {
			return nil, cut(err)
		} else if err != nil {
			return nil, err
		}
	}
	s := &sound{rate: v.rate, channels: v.channels}
	at := 0
	s.read = func(dst []float32) (int, error) {
		for v.early > 0 || at == len(v.out) {
			if v.early == 0 {
				v.out, at = v.out[:0], 0
			}
			if err := v.page(); err == io.EOF {
				s.remarks = append(v.remarks, v.pages.remarks...)
				return 0, v.end()
			} else if err != nil {
				return 0, err
			}
		}
		n := copy(dst[:len(dst)/v.channels*v.channels], v.out[at:])
		at += n
		return n, nil
	}
	return s, nil
}

// end is called at the end of a part.
func (v *vorbisStream) end() error {
	if v.decoder != nil && v.headers < vorbisHeaders {
		return cut(io.EOF)
	}
	return io.EOF
}

// page reads and decodes one page.
func (v *vorbisStream) page() error {
	p, err := v.pages.next()
	if err != nil {
		if err == io.EOF && v.decoder != nil && !v.ended {
			v.remarks = addRemark(v.remarks, remarkNoEnd)
		}
		if err == io.EOF && v.early > 0 { // keep them
			v.early = 0
			return nil
		}
		return err
	}
	if p.flags&oggFirst != 0 {
		if err := v.begin(p); err != nil {
			return err
		}
	} else {
		v.data = true
		if v.decoder == nil {
			return errors.New("a later part holds no Vorbis; cut the file into pieces")
		}
	}
	if v.decoder == nil || p.serial != v.serial {
		return nil
	}
	packets, err := v.packets.add(p)
	if err != nil {
		return err
	}
	before := len(v.out)
	sound := false
	for _, packet := range packets {
		if v.headers < vorbisHeaders {
			err = v.header(packet)
		} else if len(packet) > 0 {
			sound = true
			err = v.decode(packet)
		}
		if err != nil {
			return err
		}
	}
	v.packets.started = v.packets.started || sound
	v.ended = p.flags&oggLast != 0
	v.place(p, before, sound)
	return nil
}

// begin notes the first page of a stream, and chooses the first with Vorbis of
// each part.
func (v *vorbisStream) begin(p *oggPage) error {
	if v.data { // the part before is over
		if !v.ended {
			v.remarks = addRemark(v.remarks, remarkNoEnd)
		}
		if err := v.end(); err != io.EOF {
			return err
		}
		*v = vorbisStream{pages: v.pages, rate: v.rate, channels: v.channels, out: v.out, remarks: v.remarks}
	}
	switch isVorbis := bytes.HasPrefix(p.body, []byte("\x01vorbis")); {
	case isVorbis && v.decoder == nil:
		v.decoder, v.serial = &vorbis.Decoder{}, p.serial
	case isVorbis, ogg("OpusHead")(p.raw), ogg("\x7fFLAC")(p.raw), ogg("Speex   ")(p.raw):
		v.remarks = addRemark(v.remarks, remarkSounds)
	case !bytes.HasPrefix(p.body, []byte("fishead\x00")): // an index of the streams
		v.remarks = addRemark(v.remarks, remarkBeside)
	}
	return nil
}

// header reads one of the packets before sound. The library allocates what they
// claim, so they are checked first. It gets no comments.
func (v *vorbisStream) header(packet []byte) error {
	v.headers++
	kind := byte(2*v.headers - 1)
	if len(packet) < 7 || packet[0] != kind || string(packet[1:7]) != "vorbis" {
		return errors.New("a header of Vorbis is missing; the file is damaged")
	}
	switch v.headers {
	case 1: // Vorbis I specification, section 4.2.2
		if len(packet) < 30 {
			return errors.New("its first header is too short; the file is damaged")
		}
		channels, rate := int(packet[11]), int(binary.LittleEndian.Uint32(packet[12:]))
		short, long := packet[28]&15, packet[28]>>4
		if channels == 0 || short < 6 || long > 13 || short > long {
			return errors.New("its first header is damaged")
		}
		if v.rate != 0 && (rate != v.rate || channels != v.channels) {
			return fmt.Errorf("it changes from %d channels at %d samples per second to %d at %d; cut it into pieces", v.channels, v.rate, channels, rate)
		}
		v.rate, v.channels = rate, channels
	case 2:
		return nil
	case 3:
		var err error
		if packet, err = checkSetup(packet); err != nil {
			return err
		}
	}
	if err := v.decoder.ReadHeader(packet); err != nil {
		return fmt.Errorf("header %d: %w; the file is damaged", v.headers, err)
	}
	if v.headers == vorbisHeaders {
		v.block = make([]float32, v.decoder.BufferSize())
	}
	return nil
}

func (v *vorbisStream) decode(packet []byte) error {
	if packet[0]&1 != 0 { // a header that is repeated
		return nil
	}
	samples, err := v.decoder.DecodeInto(packet, v.block)
	if err != nil {
		return fmt.Errorf("a packet: %w; the file is damaged", err)
	}
	v.out = append(v.out, samples...)
	return nil
}

// place cuts samples off that the position of a page leaves out: at the end those
// after the last, at the start those before 0 (Vorbis I specification, section
// A.2). Which of the two a first page means is known when the next one comes.
func (v *vorbisStream) place(p *oggPage, before int, sound bool) {
	if v.early > 0 && sound {
		v.remarks = addRemark(v.remarks, "samples before its position 0 were left out")
		v.out = append(v.out[:v.from], v.out[v.from+v.early:]...)
		before -= v.early
		v.early = 0
	} else if v.early > 0 && v.ended {
		v.out = v.out[:len(v.out)-v.early]
		v.early = 0
	}
	n := int64(len(v.out)-before) / int64(max(v.channels, 1))
	over := int(max(0, min(n, v.at+n-p.granule))) * v.channels
	switch {
	case p.granule < 0 || v.headers < vorbisHeaders || !sound && !v.placed:
		v.at += n
		return
	case v.ended:
		v.out = v.out[:len(v.out)-over]
	case !v.placed && p.granule > 0:
		v.early, v.from = over, before
	}
	v.placed = true
	v.at = p.granule
}
