package versioned

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
)

// inner is embedded, as some documents have it.
type inner struct {
	Width int `json:"width"`
}

type document struct {
	FormatVersion int `json:"format_version"`
	inner
	Name string `json:"name"`
	Part struct {
		Size int `json:"size"`
	} `json:"part"`
}

func TestDecode(t *testing.T) {
	for _, test := range []struct{ name, data, want string }{
		{"oldest", `{"format_version": 1, "name": "a"}`, ""},
		{"newest", "{\"format_version\": 2}\n\n", ""},
		{"newer, with keys unknown here", `{"format_version": 3, "future": [1]}`, "format_version is 3, newer than this build reads (up to 2); use a newer waveletgpt"},
		{"older than the first", `{"format_version": 0}`, "format_version is 0; the first is 1"},
		{"no version", `{"name": "a"}`, "format_version is missing"},
		{"null version", `{"format_version": null}`, "format_version is missing"},
		{"null", `null`, "format_version is missing"},
		{"version of another type", `{"format_version": "1"}`, "line 1: key format_version has the wrong type: string"},
		{"version with a fraction", `{"format_version": 1.5}`, "line 1: key format_version has the wrong type: number 1.5"},
		{"unknown key", "{\"format_version\": 1,\n\"names\": 1}", `unknown key "names"`},
		{"unknown key below", `{"format_version": 1, "part": {"sizes": 1}}`, `unknown key "sizes"`},
		{"type", "{\"format_version\": 1,\n\"name\": [1]}", "line 2: key name has the wrong type: array"},
		{"type below", "{\"format_version\": 1,\n\"part\": {\n\"size\": true}}", "line 3: key size has the wrong type: bool"},
		{"type of an embedded key", `{"format_version": 1, "width": "1"}`, "line 1: key width has the wrong type: string"},
		{"another document", `[1]`, "line 1: the document is a JSON array, not an object"},
		{"data after the end", "{\"format_version\": 1}\n{}", "line 2: data after the end of the document"},
		{"rubbish after the end", "{\"format_version\": 1}\nx", "line 2: data after the end of the document"},
		{"empty", "", "the document is empty"},
		{"white space", " \n ", "the document is empty"},
		{"truncated", "{\"format_version\": 1,\n\"name\": \"a", "line 2: the document is truncated"},
		{"truncated after a line", "{\"format_version\": 1,\n", "line 1: the document is truncated"},
		{"byte order mark", "\ufeff{\"format_version\": 1, \"name\": \"a\"}", ""},
		{"two byte order marks", "\ufeff\ufeff{\"format_version\": 1}", "line 1: not JSON: invalid character '\u00ef' looking for beginning of value"},
		{"UTF-16", "\xff\xfe{\x00}\x00", "the document is UTF-16; save it as UTF-8"},
		{"UTF-16, big end first", "\xfe\xff\x00{\x00}", "the document is UTF-16; save it as UTF-8"},
		{"UTF-16 without a mark", "{\x00}\x00", "the document is UTF-16; save it as UTF-8"},
		{"UTF-32", "\xff\xfe\x00\x00{\x00\x00\x00", "the document is UTF-32; save it as UTF-8"},
		{"zeros", "\x00\x00\x00\x00", "line 1: not JSON: invalid character '\\x00' looking for beginning of value"},
		{"not JSON", "{\"format_version\": 1,\nname}", "line 2: not JSON: invalid character 'n' looking for beginning of object key string"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var d document
			err := Decode([]byte(test.data), 2, &d)
			switch {
			case test.want == "" && err != nil:
				t.Errorf("refused: %v", err)
			case test.want != "" && err == nil:
				t.Error("accepted")
			case err != nil && err.Error() != test.want:
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
			if got, want := errors.Is(err, ErrNewer), strings.HasPrefix(test.name, "newer"); got != want {
				t.Errorf("a newer version: %t", got)
			}
		})
	}
}

func TestDecodeFills(t *testing.T) {
	d := document{Name: "kept where the key is absent"}
	err := Decode([]byte(`{"format_version": 1, "width": 3, "part": {"size": 4}}`), 1, &d)
	if err != nil || d.FormatVersion != 1 || d.Width != 3 || d.Part.Size != 4 || d.Name == "" {
		t.Errorf("got %+v, %v", d, err)
	}
}

func TestReadFileIsBounded(t *testing.T) {
	const path = "document.json"
	fsys := fstest.MapFS{path: {Data: []byte("12345")}}
	if data, err := ReadFile(fsys, path, 5); string(data) != "12345" || err != nil {
		t.Errorf("at the limit: %q, %v", data, err)
	}
	if _, err := ReadFile(fsys, path, 4); err == nil || !strings.Contains(err.Error(), path+" is larger than 4 bytes") {
		t.Errorf("above the limit: %v", err)
	}
	if _, err := ReadFile(fsys, path+"x", 4); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("absent: %v", err)
	}
}

func TestUnmarshalIgnoresUnknownKeys(t *testing.T) {
	var d document
	if err := Unmarshal([]byte(`{"name": "a", "other": 1}`), &d); err != nil || d.Name != "a" {
		t.Errorf("got %+v, %v", d, err)
	}
	if err := Unmarshal([]byte(`{"name": "a"} 1`), &d); err == nil {
		t.Error("data after the end was accepted")
	}
}
