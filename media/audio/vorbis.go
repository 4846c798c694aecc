package audio

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/jfreymuth/oggvorbis"
)

// openVorbis decodes an Ogg Vorbis stream.
func openVorbis(in *bufio.Reader) (*sound, error) {
	// The library allocates what the headers claim, so check them first.
	var read bytes.Buffer
	pages := &oggPages{in: in}
	packets, err := oggPackets(io.TeeReader(pages, &read), 3)
	if err != nil {
		return nil, err
	}
	if err := checkComments(packets[1]); err != nil {
		return nil, err
	}
	if err := checkCodebooks(packets[2]); err != nil {
		return nil, err
	}
	// A reader without Seek: otherwise the library would look for the length.
	decoder, err := oggvorbis.NewReader(io.MultiReader(&read, pages))
	if err != nil {
		return nil, cut(err)
	}
	channels := decoder.Channels()
	return &sound{rate: decoder.SampleRate(), channels: channels, read: func(dst []float32) (int, error) {
		n, err := decoder.Read(dst[:len(dst)/max(channels, 1)*channels])
		if n > 0 {
			return n, nil
		}
		if err == nil {
			return 0, io.ErrNoProgress
		}
		if err != io.EOF {
			err = cut(err)
		}
		return 0, err
	}}, nil
}

// maxHeaders is the maximum size of the headers of an Ogg Vorbis file, with the
// pictures in its comments.
const maxHeaders = 1 << 26

// maxOpen is the maximum number of consecutive pages without the end of a
// packet. The library keeps their content and recurses for each.
const maxOpen = 1 << 11

// oggPages passes on whole pages of an Ogg stream (RFC 3533), and reports a
// stream that ends before its last page.
type oggPages struct {
	in   io.Reader
	page []byte // the unread part
	last bool   // it is the last page of the stream
	open int    // pages since a packet ended
}

func (o *oggPages) Read(p []byte) (int, error) {
	if len(o.page) == 0 {
		if err := o.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, o.page)
	o.page = o.page[n:]
	return n, nil
}

func (o *oggPages) next() error {
	const head = 27
	page := make([]byte, head, head+255)
	if _, err := io.ReadFull(o.in, page); err == io.EOF && o.last {
		return err
	} else if err != nil {
		return cut(err)
	}
	if string(page[:4]) != "OggS" {
		return errors.New("a page does not begin with OggS; the file is damaged")
	}
	o.last = page[5]&4 != 0
	page = page[:head+int(page[26])]
	if _, err := io.ReadFull(o.in, page[head:]); err != nil {
		return cut(err)
	}
	size := 0
	o.open++
	for _, part := range page[head:] {
		size += int(part)
		if part < 255 {
			o.open = 0
		}
	}
	if o.open > maxOpen {
		return fmt.Errorf("no packet ends in %d pages; the file is damaged", o.open)
	}
	page = append(page, make([]byte, size)...)
	if _, err := io.ReadFull(o.in, page[len(page)-size:]); err != nil {
		return cut(err)
	}
	o.page = page
	return nil
}

// oggPackets returns the first n packets of an Ogg stream.
func oggPackets(r io.Reader, n int) (packets [][]byte, err error) {
	var packet []byte
	for size := 0; ; {
		var head [27]byte
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return nil, cut(err)
		}
		lacing := make([]byte, head[26])
		if _, err := io.ReadFull(r, lacing); err != nil {
			return nil, cut(err)
		}
		if len(lacing) == 0 { // the library fails on it
			return nil, errors.New("a page among the headers is empty; the file is damaged")
		}
		for _, part := range lacing {
			if size += int(part); size > maxHeaders {
				return nil, fmt.Errorf("its headers have more than %d bytes; the file is damaged", maxHeaders)
			}
			start := len(packet)
			packet = append(packet, make([]byte, part)...)
			if _, err := io.ReadFull(r, packet[start:]); err != nil {
				return nil, cut(err)
			}
			if part < 255 {
				packets = append(packets, packet)
				packet = nil
			}
		}
		if len(packets) >= n {
			return packets, nil
		}
	}
}

// checkComments refuses a comment header (Vorbis I specification, section 5)
// that claims more comments than fit into it.
func checkComments(packet []byte) error {
	const vendor = 7 // after the type and "vorbis"
	if len(packet) >= vendor+4 {
		length := int64(binary.LittleEndian.Uint32(packet[vendor:]))
		if at := vendor + 4 + length; at+4 <= int64(len(packet)) {
			if n := int64(binary.LittleEndian.Uint32(packet[at:])); 4*n <= int64(len(packet))-at {
				return nil
			}
		}
	}
	return errors.New("its comments are longer than their packet; the file is damaged")
}
