package media

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// A charset is how text is encoded, as the byte order mark at its start says
// (Unicode 16, section 23.8).
type charset struct {
	mark  string
	width int // bytes of a code unit
	order binary.ByteOrder
}

// utf8Text is text without a mark.
var utf8Text = charset{}

// marked are the charsets with a mark. That of UTF-32 begins as one of UTF-16
// does.
var marked = []charset{
	{"\xef\xbb\xbf", 1, nil},
	{"\xff\xfe\x00\x00", 4, binary.LittleEndian},
	{"\x00\x00\xfe\xff", 4, binary.BigEndian},
	{"\xff\xfe", 2, binary.LittleEndian},
	{"\xfe\xff", 2, binary.BigEndian},
}

func (c charset) String() string {
	return fmt.Sprintf("UTF-%d", 8*max(1, c.width))
}

// markOf returns the charset of a text that begins with head.
func markOf(head []byte) charset {
	for _, c := range marked {
		if bytes.HasPrefix(head, []byte(c.mark)) {
			return c
		}
	}
	return utf8Text
}

// decode returns the beginning of a text in UTF-8, up to the first invalid or
// incomplete character. A short text must be valid.
func (c charset) decode(head []byte) string {
	head = head[:len(head)/c.width*c.width]
	var out bytes.Buffer
	_, err := out.ReadFrom(c.reader(bytes.NewReader(head)))
	if err != nil && (len(head) < sniffed-4 || out.Len() == 0) {
		return "\x00" // which is not plain
	}
	return out.String()
}

// reader returns the text in UTF-8, without its mark. An invalid character is
// an error that names its byte.
func (c charset) reader(r io.Reader) io.Reader {
	if c.width == 1 {
		return &skipper{in: r, left: len(c.mark)}
	}
	return &recoder{charset: c, in: r}
}

// A skipper leaves out the first bytes.
type skipper struct {
	in   io.Reader
	left int
}

func (s *skipper) Read(p []byte) (int, error) {
	for s.left > 0 {
		n, err := s.in.Read(make([]byte, s.left))
		if s.left -= n; err != nil {
			return 0, err
		}
	}
	return s.in.Read(p)
}

// in returns a document in a charset with its content in UTF-8.
func (d Document) in(c charset) Document {
	if c == utf8Text {
		return d
	}
	open := d.Open
	d.Size = -1
	d.Remark = "converted from " + c.String()
	if c.width == 1 {
		d.Remark = "its byte order mark was left out"
	}
	d.Open = func() (io.ReadCloser, error) {
		r, err := open()
		if err != nil {
			return nil, err
		}
		return struct {
			io.Reader
			io.Closer
		}{c.reader(r), r}, nil
	}
	return d
}

// A recoder turns UTF-16 or UTF-32 into UTF-8.
type recoder struct {
	charset
	in     io.Reader
	offset int64 // of what is in units
	units  []byte
	out    []byte
	err    error
}

func (r *recoder) Read(p []byte) (int, error) {
	for len(r.out) == 0 && r.err == nil {
		buf := make([]byte, 1<<14)
		n, err := r.in.Read(buf)
		r.units = append(r.units, buf[:n]...)
		r.err = err
		if fault := r.convert(err == io.EOF); fault != nil {
			r.err = fault
		}
	}
	n := copy(p, r.out)
	r.out = r.out[n:]
	if n > 0 {
		return n, nil
	}
	return 0, r.err
}

// convert moves whole characters from units to out.
func (r *recoder) convert(last bool) error {
	for len(r.units) >= r.width {
		c, size := r.next()
		if size == 0 && len(r.units) < 4 && !last { // it may be half of a pair
			return nil
		}
		if size == 0 {
			return fmt.Errorf("invalid %v at byte %d of the file", r.charset, r.offset)
		}
		if r.offset > 0 || c != '\ufeff' {
			r.out = utf8.AppendRune(r.out, c)
		}
		r.units = r.units[size:]
		r.offset += int64(size)
	}
	if last && len(r.units) > 0 {
		return fmt.Errorf("the file ends within a character of %v at byte %d", r.charset, r.offset)
	}
	return nil
}

// next returns the first character of units and its size in bytes, or 0 if it is
// invalid or incomplete.
func (r *recoder) next() (rune, int) {
	if r.width == 4 {
		c := rune(r.order.Uint32(r.units))
		if !utf8.ValidRune(c) {
			return utf8.RuneError, 0
		}
		return c, 4
	}
	c := rune(r.order.Uint16(r.units))
	if !utf16.IsSurrogate(c) {
		return c, 2
	}
	if len(r.units) < 4 {
		return utf8.RuneError, 0
	}
	if c = utf16.DecodeRune(c, rune(r.order.Uint16(r.units[2:]))); c == utf8.RuneError {
		return c, 0
	}
	return c, 4
}
