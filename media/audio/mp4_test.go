package audio

import (
	"bufio"
	"bytes"
	"slices"
	"strings"
	"testing"
)

// Only the boxes of one file are copied for ffmpeg, and the rest is remarked on.
func TestCopyBoxes(t *testing.T) {
	box := func(name, content string) string {
		return string([]byte{0, 0, 0, byte(8 + len(content))}) + name + content
	}
	file := box("ftyp", "M4A ") + box("moov", "about it") + box("mdat", "samples")
	long := "\x00\x00\x00\x01mdat\x00\x00\x00\x00\x00\x00\x00\x12xx"
	for name, test := range map[string]struct {
		file, want string
		remarks    []string
	}{
		"whole":         {file, file, nil},
		"to the end":    {box("ftyp", "M4A ") + "\x00\x00\x00\x00mdatsamples", box("ftyp", "M4A ") + "\x00\x00\x00\x00mdatsamples", nil},
		"a large box":   {box("ftyp", "M4A ") + long, box("ftyp", "M4A ") + long, nil},
		"two files":     {file + file, file, []string{remarkAfter}},
		"junk":          {file + "\x01\x02junk", file, []string{remarkAfter}},
		"zeros":         {file + strings.Repeat("\x00", 99), file, []string{remarkAfter}},
		"cut":           {file[:len(file)-2], file[:len(file)-2], []string{remarkShort}},
		"a tiny box":    {file + "\x00\x00\x00\x03free", file, []string{remarkAfter}},
		"huge, cut off": {file + "\x00\x00\x00\x01mdat\xff\xff\xff\xff\xff\xff\xff\xffxx", file + "\x00\x00\x00\x01mdat\xff\xff\xff\xff\xff\xff\xff\xffxx", []string{remarkShort}},
	} {
		var out bytes.Buffer
		remarks, err := copyBoxes(bufio.NewReader(strings.NewReader(test.file)), &out)
		if err != nil || out.String() != test.want || !slices.Equal(remarks, test.remarks) {
			t.Errorf("%s: %q, remarks %q, %v; want %q, %q", name, &out, remarks, err, test.want, test.remarks)
		}
	}
}

// A recording behind another is left out with a remark, whatever their format.
func TestTwoRecordings(t *testing.T) {
	one := wav("fmt ", format(tagPCM, 1, 8000, 16), "data", "\x00\x10\x00\xd0\x00\x20")
	x, remarks, err := readWith(append(slices.Clone(one), one...))
	if err != nil || len(x) != 3 || !slices.Contains(remarks, remarkAfter) {
		t.Errorf("%d samples, remarks %q, %v", len(x), remarks, err)
	}
}
