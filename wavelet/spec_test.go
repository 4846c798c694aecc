package wavelet

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The table of the paper's setting, E = 128 and L = 512: six or seven channels
// a level, windows 1 to 512.
func TestWindowTable(t *testing.T) {
	tests := []struct {
		spec     string
		channels [][2]int // how many channels have which window
	}{
		{"none", [][2]int{{128, 1}}},
		{"haar", [][2]int{{64 + 7, 1}, {6, 2}, {7, 4}, {6, 8}, {6, 16}, {7, 32}, {6, 64}, {7, 128}, {6, 256}, {6, 512}}},
		{"haar:min=2", [][2]int{{64, 1}, {8, 2}, {7, 4}, {7, 8}, {7, 16}, {7, 32}, {7, 64}, {7, 128}, {7, 256}, {7, 512}}},
		{"haar:fraction=0.25", [][2]int{{96 + 4, 1}, {3, 2}, {3, 4}, {3, 8}, {3, 16}, {4, 32}, {3, 64}, {3, 128}, {3, 256}, {3, 512}}},
		{"window:16", [][2]int{{64, 1}, {64, 16}}},
		{"shift", [][2]int{{64, 1}, {64, 2}}},
		{"haar:delay=1", [][2]int{{64, 1}, {7, 2}, {6, 3}, {7, 5}, {6, 9}, {6, 17}, {7, 33}, {6, 65}, {7, 129}, {6, 257}, {6, 513}}},
		{"haar:share=halving", [][2]int{{64 + 32, 1}, {16, 2}, {8, 4}, {4, 8}, {2, 16}, {1, 32}, {1, 64}}},
		{"taps", [][2]int{{64, 1}, {8, 2}, {7, 3}, {7, 5}, {7, 9}, {7, 17}, {7, 33}, {7, 65}, {7, 129}, {7, 257}}},
		{"ema:linear", [][2]int{{65, 1}, {63, 0}}},
		{"learned", [][2]int{{64 + 7, 1}, {6, 2}, {7, 4}, {6, 8}, {6, 16}, {7, 32}, {6, 64}, {7, 128}, {6, 256}, {6, 512}}},
		{"conv:3", [][2]int{{64, 1}, {64, 3}}},
		{"dyadic", [][2]int{{64, 1}, {32, 2}, {16, 4}, {8, 8}, {4, 16}, {2, 32}, {1, 64}, {1, 128}}},
		{"windows:4x1@1+2x2@1+1x4@1+1xctx", [][2]int{{64, 1}, {32, 2}, {16, 3}, {8, 5}, {8, 512}}},
		{"haar:mix=gate:fraction=0.25", [][2]int{{96 + 4, 1}, {3, 2}, {3, 4}, {3, 8}, {3, 16}, {4, 32}, {3, 64}, {3, 128}, {3, 256}, {3, 512}}},
		{"scale", [][2]int{{128, 1}}},
	}
	for _, test := range tests {
		var want []int
		for _, run := range test.channels {
			for range run[0] {
				want = append(want, run[1])
			}
		}
		s, err := Parse(test.spec)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, s.New(128, 512).Windows()); diff != "" {
			t.Errorf("%s: windows (-want +got):\n%s", test.spec, diff)
		}
	}
}

func TestParse(t *testing.T) {
	tests := []struct{ text, canonical string }{
		{"none", "none"},
		{"haar", "haar"},
		{"haar:min=1:prefix=zero:fraction=0.5:last=on", "haar"},
		{"haar:last=off:fraction=.250:prefix=count:min=2", "haar:min=2:prefix=count:fraction=0.25:last=off"},
		{"haar:fraction=1e0", "haar:fraction=1"},
		{"past", "haar:delay=1:share=halving"},
		{"past:share=even:last=off", "haar:delay=1:last=off"},
		{"window:16", "window:16"},
		{"window:007", "window:7"},
		{"window:2:last=off:prefix=count", "window:2:prefix=count:last=off"},
		{"shift:fraction=0.75", "shift:fraction=0.75"},
		{"haar:share=halving:delay=01", "haar:delay=1:share=halving"},
		{"haar:share=even:delay=0", "haar"},
		{"window:4:last=off:delay=2:prefix=count", "window:4:prefix=count:delay=2:last=off"},
		{"taps:fraction=0.25:share=halving", "taps:share=halving:fraction=0.25"},
		{"ema:linear:fraction=0.5", "ema:linear"},
		{"ema:matched:last=off:min=2", "ema:matched:min=2:last=off"},
		{"learned:min=1", "learned"},
		{"conv:3:fraction=1", "conv:3:fraction=1"},
		{"past:detail=on", "haar:delay=1:share=halving:detail=on"},
		{"dyadic:share=halving", "dyadic"},
		{"dyadic:share=even:prefix=count", "dyadic:prefix=count:share=even"},
		{"windows:04x1@01+1xctx@0", "windows:4x1@1+1xctx"},
		{"shift:at=block:layers=all:mix=replace", "shift"},
		{"shift:at=mlp+attention+block", "shift:at=block+input"},
		{"shift:at=v+k+q", "shift:at=qkv"},
		{"shift:at=v+q+embedding", "shift:at=q+v+embedding"},
		{"shift:at=v+mlp+k", "shift:at=mlp+kv"},
		{"shift:layers=0-3", "shift:layers=first4"},
		{"shift:layers=0", "shift:layers=first1"},
		{"shift:layers=02-02", "shift:layers=2"},
		{"shift:layers=last3:last=off", "shift:last=off:layers=last3"},
		{"shift:gate=.25", "shift:mix=gate:gate=0.25"},
		{"shift:gate=0.5", "shift:mix=gate"},
		{"shift:gate=1:mix=gate", "shift:mix=gate:gate=1"},
		{"scale:min=2:share=halving:at=input", "scale:min=2:share=halving:at=input"},
	}
	for _, test := range tests {
		s, err := Parse(test.text)
		if err != nil {
			t.Errorf("Parse(%q): %v", test.text, err)
			continue
		}
		if got := s.String(); got != test.canonical {
			t.Errorf("Parse(%q) prints %q, want %q", test.text, got, test.canonical)
		}
		if named, err := Parse(s.Name()); err != nil || named != s {
			t.Errorf("%q is named %q, which means %v (error %v)", test.text, s.Name(), named, err)
		}
	}
}

func TestNameOf(t *testing.T) {
	for spec, want := range map[string]string{
		"haar:delay=1:share=halving":                       "past",
		"haar:min=2:delay=1:share=halving:fraction=0.25":   "past:min=2:fraction=0.25",
		"haar:prefix=count:delay=1:share=halving:last=off": "past:prefix=count:last=off",
		"haar:delay=2:share=halving":                       "haar:delay=2:share=halving",
		"haar:delay=1":                                     "haar:delay=1",
		"haar:share=halving":                               "haar:share=halving",
		"window:2":                                         "window:2",
		"my operator":                                      "my operator",
	} {
		if got := NameOf(spec); got != want {
			t.Errorf("%q is named %q, want %q", spec, got, want)
		}
	}
}

func TestParseErrors(t *testing.T) {
	tests := []struct{ text, want string }{
		{"", `no operator ""`},
		{"harr", "choose none, haar, past, dyadic, window:W, windows:G, shift, taps, ema:linear"},
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
			if text != "none" {
				text += ":at=" + at + ":layers=2-10"
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
		stands := s.Stands(AtEmbedding, 0, 3)
		for layer := range 3 {
			stands = stands || s.Stands(^Place(0), layer, 3)
		}
		if s.Check(3) == nil && stands != (s.Kind != None) {
			t.Fatalf("%q passes the check and stands somewhere: %v", text, stands)
		}
	})
}

func ExampleParse() {
	s, err := Parse("haar:last=on:min=2")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(s)
	fmt.Println(s.New(8, 16).Windows())
	// Output:
	// haar:min=2
	// [1 1 1 1 2 4 8 16]
}
