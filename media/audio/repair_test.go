package audio

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"testing"
)

// readWith returns samples and remarks of a recording.
func readWith(file []byte) (x []float32, remarks []string, err error) {
	remarks, err = Read(bytes.NewReader(file), 0, func(some []float32) error {
		x = append(x, some...)
		return nil
	})
	return x, remarks, err
}

// A repair is a file that other readers read, what it holds, and a part of each
// remark.
type repair struct {
	name    string
	file    []byte
	want    []float32
	remarks []string
}

func (r repair) test(t *testing.T) {
	t.Run(r.name, func(t *testing.T) {
		x, remarks, err := readWith(r.file)
		if err != nil {
			t.Fatal(err)
		}
		if d := distance(x, r.want); d > 0 {
			t.Errorf("%d samples, want %d; off by %v", len(x), len(r.want), d)
		}
		fits := len(remarks) == len(r.remarks)
		for i := 0; fits && i < len(remarks); i++ {
			fits = strings.Contains(remarks[i], r.remarks[i])
		}
		if !fits {
			t.Errorf("remarks %q, want %q", remarks, r.remarks)
		}
	})
}

const (
	short      = "ends before the length"
	incomplete = "last frame is incomplete"
	after      = "after the end of the sound"
	before     = "before the beginning"
)

var (
	id3v1Tag = append([]byte("TAG"), make([]byte, 125)...)
	id3v2Tag = append([]byte("ID3\x04\x00\x00\x00\x00\x00\x14"), make([]byte, 20)...)
	apeTag   = slices.Concat([]byte("APETAGEX\xd0\x07\x00\x00\x2c\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\xa0"), make([]byte, 8),
		[]byte("\x02\x00\x00\x00\x00\x00\x00\x00k\x00xx"), []byte("APETAGEX\xd0\x07\x00\x00\x2c\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x80"), make([]byte, 8))
	junk = []byte("?\x01\xff\x00\x07junk\xff\xff\x00\x01\xfb")
)

func TestRepairsWAV(t *testing.T) {
	const data = "\x00\x10\x00\xd0\x00\x20" // 1/8, -3/8, 1/4
	want := []float32{0.125, -0.375, 0.25}
	mono := format(tagPCM, 1, 8000, 16)
	size := func(to uint32, file []byte) []byte {
		at := bytes.LastIndex(file, []byte("data")) + 4
		binary.LittleEndian.PutUint32(file[at:], to)
		return file
	}
	frame := func(to int, format string) string {
		return format[:12] + string([]byte{byte(to), byte(to >> 8)}) + format[14:]
	}
	simple := func() []byte { return wav("fmt ", mono, "data", data) }
	ds64 := "\x00\x00\x00\x00\x00\x00\x00\x00\x06\x00\x00\x00\x00\x00\x00\x00"
	bw64 := size(math.MaxUint32, wav("ds64", ds64, "fmt ", mono, "data", data))
	copy(bw64, "BW64")
	extensible := func(container, valid int) string {
		b := []byte(format(tagExtensible, 1, 8000, container) + "\x16\x00..\x04\x00\x00\x00\x01\x00" + guidTails[0])
		binary.LittleEndian.PutUint16(b[18:], uint16(valid))
		return string(b)
	}
	low := "\x00\x00\x10\x00" + "\x00\x00\xd0\xff" + "\x00\x00\x20\x00"
	high := "\x00\x00\x00\x10" + "\x00\x00\x00\xd0" + "\x00\x00\x00\x20"
	loose := bytes.Replace(wav("LIST", "odd", "fmt ", mono, "data", data), []byte("odd\x00"), []byte("odd"), 1)
	tail := bytes.TrimSuffix(wav("fmt ", format(tagPCM, 1, 8000, 8), "data", "\x90\x50\xa0", "LIST", "x")[:], []byte{0})
	for _, r := range []repair{
		{"size 0", size(0, simple()), want, []string{"states no samples"}},
		{"size 0x7fff0000", size(0x7fff0000, simple()), want, []string{short}},
		{"size of two billion", size(2_000_000_000, simple()), want, []string{short}},
		{"size of 3 GB", size(3_000_000_000, simple()), want, []string{short}},
		{"size 1 too large", size(7, simple()), want, []string{short}},
		{"size of sox into a pipe", size(0x7ffff000, simple()), want, nil},
		{"cut within a frame", simple()[:len(simple())-1], want[:2], []string{short, incomplete}},
		{"cut after a frame", simple()[:len(simple())-2], want[:2], []string{short}},
		{"BW64", bw64, want, nil},
		{"24 bits in 4 bytes, upper", wav("fmt ", frame(4, format(tagPCM, 1, 8000, 24)), "data", high), want, []string{"24 bits lie in 4 bytes"}},
		{"24 bits in 4 bytes, lower", wav("fmt ", frame(4, format(tagPCM, 1, 8000, 24)), "data", low), want, []string{"24 bits lie in 4 bytes"}},
		{"24 bits in 4 bytes, cut", size(100, wav("fmt ", frame(4, format(tagPCM, 1, 8000, 24)), "data", low+"\x01")), want, []string{"24 bits lie in 4 bytes", short, incomplete}},
		{"frames of 7 bytes", wav("fmt ", frame(7, mono), "data", data), want, []string{"size of a frame"}},
		{"frames of 0 bytes", wav("fmt ", frame(0, mono), "data", data), want, []string{"size of a frame"}},
		{"frames of half a sample", wav("fmt ", frame(1, mono), "data", data), want, []string{"size of a frame"}},
		{"16 bits in 4 bytes, as sox and ffmpeg read it", wav("fmt ", frame(4, mono), "data", data), want, []string{"size of a frame"}},
		{"extensible, 12 of 16 bits", wav("fmt ", extensible(16, 12), "data", data), want, nil},
		{"extensible, 24 of 32 bits", wav("fmt ", extensible(32, 24), "data", high), want, nil},
		{"odd chunk without padding", loose, want, []string{"no padding"}},
		{"odd data without padding", bytes.Replace(tail, []byte("\xa0\x00LIST"), []byte("\xa0LIST"), 1), want, []string{"no padding"}},
		{"junk after", append(simple(), junk...), want, []string{after}},
		{"zeros after", append(simple(), make([]byte, 1000)...), want, []string{after}},
		{"ID3v1 after", append(simple(), id3v1Tag...), want, nil},
		{"a cut chunk after", wav("fmt ", mono, "data", data, "LIST", "abcdef")[:len(wav("fmt ", mono, "data", data))+10], want, []string{after}},
		{"ID3v2 before", append(slices.Clone(id3v2Tag), simple()...), want, nil},
	} {
		r.test(t)
	}
}

// w64 is a Wave64 file. Sizes of chunks include their heads, chunks begin at
// multiples of 8 bytes.
func w64(chunks ...string) []byte {
	le := binary.LittleEndian
	out := append([]byte("riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00"), make([]byte, 8)...)
	out = append(out, "wave\xf3\xac\xd3\x11\x8c\xd1\x00\xc0\x4f\x8e\xdb\x8a"...)
	for i := 0; i < len(chunks); i += 2 {
		out = append(out, chunks[i]+"\xf3\xac\xd3\x11\x8c\xd1\x00\xc0\x4f\x8e\xdb\x8a"...)
		out = le.AppendUint64(out, uint64(24+len(chunks[i+1])))
		out = append(out, chunks[i+1]...)
		out = append(out, make([]byte, -len(chunks[i+1])&7)...)
	}
	return out
}

func TestWave64(t *testing.T) {
	const data = "\x00\x10\x00\xd0\x00\x20"
	want, mono := []float32{0.125, -0.375, 0.25}, format(tagPCM, 1, 8000, 16)
	good := w64("fmt ", mono, "fact", "12345678", "data", data)
	for _, r := range []repair{
		{"whole", good, want, nil},
		{"a format of 18 bytes", w64("fmt ", mono+"\x00\x00", "data", data), want, nil},
		{"a chunk after", w64("fmt ", mono, "data", data, "levl", "12345"), want, nil},
		{"without the last padding", good[:len(good)-2], want, nil},
		{"cut", good[:len(good)-5], want[:1], []string{short, incomplete}},
		{"junk after", append(slices.Clone(good), junk...), want, []string{after}},
		{"ID3v1 after", append(slices.Clone(good), id3v1Tag...), want, nil},
	} {
		r.test(t)
	}
	for name, file := range map[string][]byte{
		"no fmt chunk": w64("fact", "12345678"), "no data chunk": w64("fmt ", mono), "before the fmt chunk": w64("data", data),
		"format 0x0002": w64("fmt ", format(2, 1, 8000, 4), "data", data), "truncated": good[:50], "states a size of 3 bytes": bytes.Replace(good, []byte{24 + 8, 0}, []byte{3, 0}, 1),
	} {
		t.Setenv("PATH", t.TempDir())
		if _, _, err := readWith(file); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRepairsFLAC(t *testing.T) {
	good := fixture(t, "tone.flac")
	want := samples(t, good, 0)
	set := func(at int, b ...byte) []byte {
		file := bytes.Clone(good)
		copy(file[at:], b)
		return file
	}
	const total, sum = 24, 26 // of STREAMINFO: the low half of the number, and MD5
	number := func(n byte) []byte { return set(total, 0, n) }
	noSum := func(file []byte) []byte { copy(file[sum:], make([]byte, 16)); return file }
	for _, r := range []repair{
		{"ID3v1 after", slices.Concat(good, id3v1Tag), want, nil},
		{"APEv2 after", slices.Concat(good, apeTag), want, nil},
		{"APEv2 and ID3v1 after", slices.Concat(good, apeTag, id3v1Tag), want, nil},
		{"zeros after", slices.Concat(good, make([]byte, 5000)), want, []string{after}},
		{"junk after", slices.Concat(good, junk), want, []string{after}},
		{"something like a frame after", slices.Concat(good, []byte("\xff\xf8junk")), want, []string{after}},
		{"another recording after", slices.Concat(good, good), want, []string{"another recording follows"}},
		{"ID3v2 before", slices.Concat(id3v2Tag, good), want, nil},
		{"zeros before", slices.Concat(make([]byte, 700), good), want, []string{before}},
		{"junk before", slices.Concat(junk, good), want, []string{before}},
		{"no number of samples", number(0), want, nil},
		{"no number and no checksum", noSum(number(0)), want, nil},
		{"too low a number", number(100), want, []string{"another number of samples"}},
		{"too high a number", set(total, 200, 0), want, []string{"another number of samples"}},
		{"no number, tags after", slices.Concat(number(0), apeTag), want, nil},
		{"no number and no checksum, tags after", slices.Concat(noSum(number(0)), id3v1Tag), want, nil},
		{"no number, junk after", slices.Concat(number(0), junk), want, []string{after}},
	} {
		r.test(t)
	}
	for name, test := range map[string]struct {
		file []byte
		want string
	}{
		"another checksum":                     {set(sum, 1, 2, 3), "checksum of its samples is wrong; the file is damaged"},
		"too high a number, no checksum":       {noSum(set(total, 200, 0)), "ends after 800"},
		"no number and no checksum, then junk": {slices.Concat(noSum(number(0)), junk), "the file is damaged"},
	} {
		if _, _, err := readWith(test.file); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
}

// oggPagesOf cuts an Ogg file into its pages.
func oggPagesOf(file []byte) (pages [][]byte) {
	for len(file) > 0 {
		size := oggHead + int(file[26])
		for _, part := range file[oggHead:size] {
			size += int(part)
		}
		pages = append(pages, bytes.Clone(file[:size]))
		file = file[size:]
	}
	return pages
}

// oggPageOf returns a page with whole packets.
func oggPageOf(flags byte, granule int64, serial, sequence uint32, packets ...string) []byte {
	page := append([]byte("OggS\x00"), flags)
	page = binary.LittleEndian.AppendUint64(page, uint64(granule))
	page = binary.LittleEndian.AppendUint32(page, serial)
	page = binary.LittleEndian.AppendUint32(page, sequence)
	page = append(page, 0, 0, 0, 0, byte(len(packets)))
	for _, p := range packets {
		page = append(page, byte(len(p)))
	}
	return resum(append(page, strings.Join(packets, "")...))
}

func TestRepairsVorbis(t *testing.T) {
	good := fixture(t, "tone.ogg")
	want := samples(t, good, 0)
	edit := func(change func(pages [][]byte) [][]byte) []byte {
		return resum(slices.Concat(change(oggPagesOf(good))...))
	}
	serial := binary.LittleEndian.Uint32(good[14:])
	last := func(p [][]byte) []byte { return p[len(p)-1] }
	numbered := func(pages [][]byte, serial uint32) [][]byte {
		for _, p := range pages {
			binary.LittleEndian.PutUint32(p[14:], serial)
		}
		return pages
	}
	noEnd := edit(func(p [][]byte) [][]byte { last(p)[5] = 0; return p })
	whole, _, err := readWith(noEnd)
	if err != nil || len(whole) < len(want) {
		t.Fatalf("without an end %d samples, %v", len(whole), err)
	}
	theora := oggPageOf(oggFirst, 0, 77, 0, "\x80theora....")
	for _, r := range []repair{
		{"no mark of the end", noEnd, whole, []string{"no mark of its end"}},
		{"the end on a page of its own, with an empty packet", edit(func(p [][]byte) [][]byte {
			end := last(p)
			end[5] = 0
			granule, number := int64(binary.LittleEndian.Uint64(end[6:])), binary.LittleEndian.Uint32(end[18:])
			binary.LittleEndian.PutUint64(end[6:], uint64(len(whole)))
			return append(p, oggPageOf(oggLast, granule, serial, number+1, ""))
		}), whole, nil},
		{"two parts", slices.Concat(good, resum(slices.Concat(numbered(oggPagesOf(good), 5)...))), slices.Concat(want, want), nil},
		{"two parts with one number", slices.Concat(good, good), slices.Concat(want, want), nil},
		{"three parts, the first without an end", slices.Concat(noEnd, good, good), slices.Concat(whole, want, want), []string{"no mark of its end"}},
		{"pictures beside", edit(func(p [][]byte) [][]byte {
			return slices.Concat([][]byte{theora}, p[:1], [][]byte{oggPageOf(0, 0, 77, 1, "picture")}, p[1:], [][]byte{oggPageOf(oggLast, 0, 77, 2, "picture")})
		}), want, []string{"pictures, subtitles"}},
		{"another sound beside", edit(func(p [][]byte) [][]byte {
			return slices.Concat([][]byte{oggPageOf(oggFirst, 0, 77, 0, "OpusHead........")}, p, [][]byte{oggPageOf(oggLast, 0, 77, 1, "x")})
		}), want, []string{"several sounds"}},
		{"an index beside", edit(func(p [][]byte) [][]byte {
			return slices.Concat([][]byte{oggPageOf(oggFirst, 0, 77, 0, "fishead\x00....")}, p, [][]byte{oggPageOf(oggLast, 0, 77, 1, "")})
		}), want, nil},
		{"zeros after", slices.Concat(good, make([]byte, 999)), want, []string{after}},
		{"junk after", slices.Concat(good, junk), want, []string{after}},
		{"ID3v1 after", slices.Concat(good, id3v1Tag), want, nil},
		{"no end, zeros after", slices.Concat(noEnd, make([]byte, 99)), whole, []string{"no mark of its end", after}},
		{"empty packets between", edit(func(p [][]byte) [][]byte {
			number := binary.LittleEndian.Uint32(last(p)[18:])
			binary.LittleEndian.PutUint32(last(p)[18:], number+1)
			return slices.Insert(p, len(p)-1, oggPageOf(0, -1, serial, number, "", ""))
		}), want, nil},
	} {
		r.test(t)
	}
	// A first page that ends at fewer samples than it has begins before 0. More
	// sound follows: a packet without floors, which fades out.
	early := edit(func(p [][]byte) [][]byte {
		end := last(p)
		end[5] = 0
		binary.LittleEndian.PutUint64(end[6:], uint64(len(whole)-100))
		return append(p, oggPageOf(oggLast, int64(len(whole)), serial, binary.LittleEndian.Uint32(end[18:])+1, "\x00"))
	})
	x, remarks, err := readWith(early)
	if n := len(whole) - 100; err != nil || len(x) != len(whole) || distance(x[:n], whole[100:]) > 0 || len(remarks) != 1 {
		t.Errorf("a position before 0: %d samples, %q, %v", len(x), remarks, err)
	}
	for name, test := range map[string]struct {
		file []byte
		want string
	}{
		"a page is missing": {edit(func(p [][]byte) [][]byte {
			binary.LittleEndian.PutUint32(last(p)[18:], 99)
			return slices.Insert(p, len(p)-1, oggPageOf(0, -1, serial, 3, "\x00"))
		}), "a page is missing; the file is damaged"},
		"a later part of another rate": {slices.Concat(good, edit(func(p [][]byte) [][]byte {
			binary.LittleEndian.PutUint32(p[0][oggHead+1+12:], 44100)
			return p
		})), "changes from 1 channels at 8000 samples per second to 1 at 44100"},
		"a later part of Opus": {slices.Concat(good, oggPageOf(oggFirst, 0, 5, 0, "OpusHead...."), oggPageOf(0, 0, 5, 1, "x")), "a later part holds no Vorbis"},
		"junk between the pages": {edit(func(p [][]byte) [][]byte {
			return p[:len(p)-1]
		}), "no samples"},
	} {
		if _, _, err := readWith(test.file); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
}

// What is copied for ffmpeg is all frames and nothing but them.
func TestRepairsMPEG(t *testing.T) {
	bare := fixture(t, "tone44k.mp3")
	info := bytes.Clone(bare[:mpegSize(bare)]) // LAME's frame with the number of frames
	clear(info[mpegHead:])
	copy(info[21:], "Info\x00\x00\x00\x01")
	good := slices.Concat(info, bare)
	var ends []int // of frames
	for end := 0; end < len(good); ends = append(ends, end) {
		size := mpegSize(good[end:])
		if size == 0 {
			t.Fatalf("no frame at %d of %d", end, len(good))
		}
		end += size
	}
	n := len(ends)
	binary.BigEndian.PutUint32(good[29:], uint32(n-1))
	for _, test := range []struct {
		name    string
		file    []byte
		want    []byte
		remarks []string
	}{
		{"whole", good, good, nil},
		{"ID3v1 after", slices.Concat(good, id3v1Tag), good, nil},
		{"APEv2 and ID3v1 after", slices.Concat(good, apeTag, id3v1Tag), good, nil},
		{"junk after", slices.Concat(good, junk), good, []string{after}},
		{"zeros after", slices.Concat(good, make([]byte, 1<<17)), good, []string{after}},
		{"last frame cut", good[:ends[n-1]-7], good[:ends[n-2]], []string{"last frame is cut off", short}},
		{"ID3v2 between", slices.Concat(good[:ends[2]], id3v2Tag, good[ends[2]:]), good, nil},
		{"ID3v1 between", slices.Concat(good[:ends[2]], id3v1Tag, good[ends[2]:]), good, nil},
		{"frames missing", good[:ends[n-3]], good[:ends[n-3]], []string{short}},
		{"two recordings", slices.Concat(good, good), slices.Concat(good, good), []string{"longer than its header states"}},
	} {
		var out bytes.Buffer
		remarks, err := copyContent(bufio.NewReader(bytes.NewReader(test.file)), &out, "mp3")
		if err != nil || !bytes.Equal(out.Bytes(), test.want) {
			t.Errorf("%s: %d bytes, want %d, %v", test.name, out.Len(), len(test.want), err)
		}
		fits := len(remarks) == len(test.remarks)
		for i := 0; fits && i < len(remarks); i++ {
			fits = strings.Contains(remarks[i], test.remarks[i])
		}
		if !fits {
			t.Errorf("%s: remarks %q, want %q", test.name, remarks, test.remarks)
		}
	}
	other := fixture(t, "tone22k.mp3")
	stereo := bytes.Clone(good)
	for _, end := range ends[:n-1] {
		stereo[end+3] &^= 0xc0
	}
	for name, test := range map[string]struct {
		file []byte
		want string
	}{
		"junk between":       {slices.Concat(good[:ends[2]], junk, good[ends[2]:]), "the file is damaged"},
		"a megabyte between": {slices.Concat(good[:ends[2]], make([]byte, 1<<20), good[ends[2]:]), "the file is damaged"},
		"a frame cut":        {slices.Concat(good[:ends[2]-9], good[ends[2]:]), "the file is damaged"},
		"another rate":       {slices.Concat(good, other), "another format of 22050 samples per second"},
		"stereo":             {stereo, "between mono and stereo"},
	} {
		if _, err := copyContent(bufio.NewReader(bytes.NewReader(test.file)), &bytes.Buffer{}, "mp3"); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
}
