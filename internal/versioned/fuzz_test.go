package versioned

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
)

// What Decode accepts is JSON of a known version with the same content as for
// encoding/json; what it refuses has one line of bounded length.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		`{"format_version": 1, "name": "a", "width": 3, "part": {"size": 4}}`,
		`{"format_version": 3, "future": 1}`,
		`{"format_version": 1e99}`,
		`{"format_version": 1} {}`,
		"{\"format_version\": 2,\n\"part\": [",
		"{\"a\\u2028\\n\": 1, \"format_version\": 1}",
		"\ufeff" + `{"format_version": 1, "name": "a"}`,
		"\xff\xfe{\x00}\x00",
		`null`,
		``,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		const newest = 2
		var got document
		err := Decode(data, newest, &got)
		data = bytes.TrimPrefix(data, []byte("\ufeff"))
		if err != nil {
			if s := err.Error(); strings.ContainsAny(s, "\n\r") || len(s) > 1000 || strings.Contains(s, "Go ") {
				t.Errorf("error %q", s)
			}
		}
		var header struct {
			Version int `json:"format_version"`
		}
		var want document
		known := json.Unmarshal(data, &header) == nil
		if newer := known && header.Version > newest; newer != errors.Is(err, ErrNewer) {
			t.Errorf("version %d: %v", header.Version, err)
		}
		if err == nil && (json.Unmarshal(data, &want) != nil || !reflect.DeepEqual(got, want) || header.Version < 1) {
			t.Errorf("accepted %q as %+v, want %+v", data, got, want)
		}
	})
}
