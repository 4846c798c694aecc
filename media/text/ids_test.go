package text

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestIDs(t *testing.T) {
	var long strings.Builder // numbers lie across the ends of blocks
	var many []uint16
	for i := range blockSize {
		many = append(many, uint16(i*7))
		long.WriteString(strconv.Itoa(int(many[i])) + "\n")
	}
	for _, test := range []struct {
		name, content string
		want          []uint16
	}{
		{"nothing", "", nil},
		{"white space", " \n\t\r ", nil},
		{"one", "7", []uint16{7}},
		{"lines", "1 2\r\n3\t65535\n", []uint16{1, 2, 3, 65535}},
		{"zeros in front", "000012 0", []uint16{12, 0}},
		{"blocks", long.String(), many},
	} {
		got, err := encode(t, IDs{1 << 16}, test.content)
		if err != nil || !slices.Equal(got, test.want) {
			t.Errorf("%s: %d tokens, %v; want %d", test.name, len(got), err, len(test.want))
		}
		if again, err := encode(t, IDs{1 << 16}, decode(t, IDs{1 << 16}, got)); err != nil || !slices.Equal(again, got) {
			t.Errorf("%s: %v comes back as %v, %v", test.name, got, again, err)
		}
	}
	if got := decode(t, IDs{9}, []uint16{3, 0, 8}); got != " 3 0 8" {
		t.Errorf("decodes to %q", got)
	}
}

func TestIDsRefuse(t *testing.T) {
	for _, test := range []struct{ content, want string }{
		{"1 2 512", "byte 4: token 512"},
		{"1 99999999999999999999 2", "byte 2: token"},
		{"512 1", "byte 0: token 512"},
		{"1,2", "byte 1 is ','"},
		{"-1", "byte 0 is '-'"},
		{"1.5", "byte 1 is '.'"},
		{"1 \x00", `byte 2 is '\x00'`},
	} {
		_, err := encode(t, IDs{512}, test.content)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: error %v, want one with %q", test.content, err, test.want)
		}
	}
	if err := (IDs{512}).Decode(&bytes.Buffer{}, []uint16{512}); err == nil {
		t.Error("a token outside of the vocabulary is decoded")
	}
}

func FuzzIDs(f *testing.F) {
	f.Add([]byte("1 2 3"))
	f.Add([]byte(" 007\n65535"))
	f.Add([]byte("99999999999999999999"))
	f.Fuzz(func(t *testing.T, content []byte) {
		c := IDs{300}
		var ids []uint16
		_, err := c.Encode(bytes.NewReader(content), func(run []uint16) error { ids = append(ids, run...); return nil })
		if err != nil {
			return
		}
		var fields []uint16
		for _, field := range strings.Fields(string(content)) {
			n, err := strconv.ParseUint(strings.TrimLeft(field[:len(field)-1], "0")+field[len(field)-1:], 10, 16)
			if err != nil || n >= 300 {
				t.Fatalf("%q is taken", content)
			}
			fields = append(fields, uint16(n))
		}
		if !slices.Equal(ids, fields) {
			t.Fatalf("%q gives %v, want %v", content, ids, fields)
		}
	})
}
