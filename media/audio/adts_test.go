package audio

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// AAC that changes its rate is refused, and one whose last frame is cut off is read
// with a remark. Variables that colour ffmpeg's messages change neither.
func TestADTS(t *testing.T) {
	needFFmpeg(t)
	t.Setenv("AV_LOG_FORCE_COLOR", "1")
	var files [][]byte
	for _, rate := range []string{"44100", "22050"} {
		path := filepath.Join(t.TempDir(), "x.aac")
		if out, err := exec.Command("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=duration=0.5:sample_rate="+rate, "-c:a", "aac", path).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, b)
	}
	for name, test := range map[string]struct {
		file   []byte
		err    string
		remark string
	}{
		"whole":          {files[0], "", ""},
		"two":            {bytes.Join([][]byte{files[0], files[0]}, nil), "", ""},
		"another rate":   {bytes.Join(files, nil), "changes its rate or channels", ""},
		"cut":            {files[0][:len(files[0])-3], "", remarkCutFrame},
		"junk in middle": {bytes.Join([][]byte{files[0], []byte("junk, not a frame"), files[0]}, nil), "belong to none", ""},
	} {
		x, remarks, err := readWith(test.file)
		if test.err != "" {
			if err == nil || !strings.Contains(err.Error(), test.err) {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil || len(x) < 20000 || strings.Contains(strings.Join(remarks, " "), remarkCutFrame) != (test.remark != "") {
			t.Errorf("%s: %d samples, remarks %q, %v", name, len(x), remarks, err)
		}
	}
}

// The rate of a recording is known without reading it, also where all its samples
// are needed to read them.
func TestRateReadsLittle(t *testing.T) {
	samples := strings.Repeat("\x00\x00\x10\x00", 1<<19)
	layout := format(tagPCM, 1, 8000, 24)
	layout = layout[:12] + "\x04\x00" + layout[14:] // bytes of a frame
	file := wav("fmt ", layout, "data", samples)
	r := bytes.NewReader(file)
	if rate, err := Rate(r); err != nil || rate != 8000 || r.Len() < len(samples)/2 {
		t.Errorf("rate %d, %v; %d of %d bytes are left", rate, err, r.Len(), len(file))
	}
}
