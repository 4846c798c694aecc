package wavelet

import (
	"fmt"
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
