package wavelet

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestParseErrors(t *testing.T) {
	tests := []struct{ text, want string }{
		{"", `no operator ""`},
		{"harr", "choose none, haar, past, dyadic, window:W, windows:G, shift, "},
		{"none:last=off", "none has no options"},
		{"haar:min=3", "min is 1 or 2"},
		{"haar:min=", "min is 1 or 2"},
		{"haar:prefix=mean", "prefix is zero or count"},
		{"haar:fraction=0", "above 0 and at most 1"},
		{"haar:fraction=NaN", "above 0 and at most 1"},
		{"haar:fraction=1.5", "above 0 and at most 1"},
		{"haar:last=no", "last is on or off"},
		{"haar:last=on:last=on", "given twice"},
		{"haar:size=2", "haar has no option \"size\"; it has min, prefix, delay, share, detail, fraction, last, at, layers, mix, gate"},
		{"haar:", `no option ""`},
		{"window", "window needs a size"},
		{"conv:x", "conv needs a size"},
		{"ema", "ema:linear or ema:matched"},
		{"ema:cubic", "ema:linear or ema:matched"},
		{"ema:linear:min=2", "no option"},
		{"conv:3:prefix=count", "no option"},
		{"learned:prefix=count", "it has min, fraction, last, at, layers, mix, gate"},
		{"haar:delay=-1", "delay is a number of positions from 0"},
		{"haar:delay=", "delay is a number of positions"},
		{"shift:delay=1", "shift has no option \"delay\"; it has fraction, last"},
		{"haar:share=all", "share is even or halving"},
		{"window:4:share=halving", "it has prefix, delay, fraction, last"},
		{"taps:min=1", "it has share, fraction, last"},
		{"window:0", "needs a size"},
		{"window:99999999999", "needs a size"},
		{"window:4:min=2", "window has no option"},
		{"haar:detail=on:prefix=count", "detail=on needs prefix=zero"},
		{"window:4:detail=on", "no option"},
		{"scale:mix=gate", "it has min, share, fraction, last, at, layers"},
		{"scale:gate=1", "scale has no option"},
		{"shift:mix=add:gate=0.5", "gate is an option of mix=gate, not of mix=add"},
		{"shift:gate=0.5:mix=replace", "not of mix=replace"},
		{"shift:gate=2", "gate is a number above 0 and at most 1"},
		{"shift:mix=sum", "mix is replace, add or gate"},
		{"shift:at=", "at is one of block, input, attention, "},
		{"shift:at=block,input", "or several joined by +"},
		{"shift:at=kv+k", "names k twice"},
		{"shift:layers=first0", "layers is all, first3, "},
		{"shift:layers=last", "layers is all, first3, "},
		{"shift:layers=3-1", "layers is all, first3, "},
		{"shift:layers=-1", "layers is all, first3, "},
		{"shift:layers=1-", "layers is all, first3, "},
		{"shift:layers=+1", "layers is all, first3, "},
		{"windows", "windows needs groups SHARExWIDTH@DELAY"},
		{"windows:", "windows needs groups"},
		{"windows:1x2+", "windows needs groups"},
		{"windows:0x2", "windows needs groups"},
		{"windows:1x0", "windows needs groups"},
		{"windows:1x-1", "windows needs groups"},
		{"windows:1x2@", "windows needs groups"},
		{"windows:1xctx@ctx", "windows needs groups"},
		{"windows:1x1048577", "windows needs groups"},
		{"windows:1x2:delay=1", "windows has no option"},
		{"windows:1x1" + strings.Repeat("+1x1", 49), "207 characters; it names directories"},
		{"shift:prefix=count", "shift has no option"},
		{"shift:at=embedding:layers=2", "layers and last choose blocks"},
		{"shift:last=off:at=embedding", "layers and last choose blocks"},
	}
	for _, test := range tests {
		_, err := Parse(test.text)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("Parse(%q): error %v, want one with %q", test.text, err, test.want)
		}
	}
}

// safe is what needs no quotes in a shell, no care in a list with commas and, with :
// replaced by _, is the name of a directory everywhere.
var safe = regexp.MustCompile(`^[a-z][a-z0-9:=@.+-]*[a-z0-9]$`)

// The specs of all tests, at all places, are safe in their canonical form.
func TestSpecsAreSafe(t *testing.T) {
	for _, c := range cases() {
		for _, at := range append(slices.Clone(placeTests), "block") {
			text := c.spec
			if at == "embedding" && strings.Contains(text, "last=off") {
				continue
			}
			if text != "none" {
				text += ":at=" + at
			}
			if text != "none" && at != "embedding" {
				text += ":layers=2-10"
			}
			s, err := Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{s.String(), s.Name()} {
				if dir := strings.ReplaceAll(name, ":", "_"); !safe.MatchString(name) || !filepath.IsLocal(dir) || filepath.Base(dir) != dir {
					t.Errorf("%q is not safe", name)
				}
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, c := range cases() {
		f.Add(c.spec)
	}
	f.Add("windows:4x1@1+2xctx@0:at=block+input+kv:layers=1-3:gate=.25")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Parse(text)
		if err != nil {
			return
		}
		again, err := Parse(s.String())
		if err != nil || again != s {
			t.Fatalf("%q parses to %+v, its canonical form %q to %+v, %v", text, s, s, again, err)
		}
		if named, err := Parse(s.Name()); err != nil || named != s {
			t.Fatalf("%q is named %q, which is %+v, %v", text, s.Name(), named, err)
		}
		if !safe.MatchString(s.String()) || len(s.String()) > maxText {
			t.Fatalf("%q has the canonical form %q", text, s)
		}
		if n := len(s.New(9, 33).Windows()); n != 9 {
			t.Fatalf("%q: %d windows for 9 channels", text, n)
		}
		if n := len(s.Acting(4, 33).Windows()); n != 4 {
			t.Fatalf("%q: %d windows for 4 channels", text, n)
		}
		stands := s.At == AtEmbedding
		for layer := range 3 {
			stands = stands || s.Stands(^AtEmbedding, layer, 3)
		}
		if s.Check(3, 8, 2, 33) == nil && stands != (s.Kind != None) {
			t.Fatalf("%q passes the check and stands somewhere: %v", text, stands)
		}
	})
}
