package media

import (
	"encoding/json"
	"path"
	"strings"
	"testing"
)

// Text that holds more than words is taken as it is, and a remark says so, in a folder
// and where a list names it.
func TestMarkup(t *testing.T) {
	line, err := json.Marshal(map[string]any{"text": strings.Repeat("some \"words\", καὶ\n", 40), "id": 7})
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Repeat(string(line)+"\n", 90) // longer than what is sniffed
	indented, err := json.MarshalIndent(map[string]any{"cells": []any{map[string]any{"source": strings.Repeat("x = 1\n", 9000)}}}, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	forms := map[string]struct{ name, content, want string }{
		"lines of JSON":  {"a.jsonl", lines, "JSON"},
		"one line":       {"a.txt", `{"text": "word"}`, "JSON"},
		"cut off":        {"a.txt", lines[:len(lines)-20], "JSON"},
		"a notebook":     {"a.ipynb", string(indented), "JSON"},
		"an array":       {"a", `[{"a": 1}, {"a": 2}]`, "JSON"},
		"with a mark":    {"a.json5", "\ufeff" + lines, "JSON"},
		"HTML":           {"a.txt", "\n <!DOCTYPE HTML>\n<title>x</title>", "HTML"},
		"HTML at once":   {"a.htm", "<html lang=en>", "HTML"},
		"MusicXML":       {"a.musicxml", `<?xml version="1.0"?><score-partwise/>`, "XML"},
		"RTF":            {"a.doc", `{\rtf1\ansi words}`, "RTF"},
		"HTML of a head": {"a.HTML", "<HEAD><title>x</title>", "HTML"},
		"a saved page":   {"a.htm", "<!-- saved from url=(0014)about:internet -->", "HTML"},
		"SVG":            {"a.svg", "<svg><text>x</text></svg>", "XML"},
		"XML of words":   {"a.xml", "<TEI><text>x</text></TEI>", "XML"},
		"a comment":      {"a.jsonl", "# from somewhere\n{\"text\": \"x\"}\n", "JSON"},
		"CSV":            {"a.csv", "id,text\n1,\"some words\"\n", "a table"},
		"words":          {"a.txt", "some words", ""},
		"a footnote":     {"a.txt", "[1] some words", ""},
		"braces":         {"a.c", "{ int i; }", ""},
		"an empty array": {"a.txt", "[", ""},
		"numbers":        {"a.txt", "1 2 3", ""},
		"less than":      {"a.txt", "<s> some words </s>", ""},
	}
	for name, form := range forms {
		check := func(where string, found *Found, err error) {
			t.Helper()
			if err != nil || len(found.Documents) != 1 {
				t.Fatalf("%s, %s: %+v, error %v", name, where, found, err)
			}
			want := form.want + ", taken as it is with all its syntax; to learn the words alone, extract them first"
			if form.want == "" {
				want = ""
			}
			remark := found.Documents[0].Remark
			if strings.HasPrefix(form.content, "\ufeff") {
				remark = strings.TrimPrefix(remark, "its byte order mark was left out; ")
			}
			if remark != want {
				t.Errorf("%s, %s: remark %q, want %q", name, where, remark, want)
			}
		}
		root := write(t, map[string]string{form.name: form.content})
		found, err := Find(t.Context(), root, Text)
		check("in a folder", found, err)
		if path.Ext(form.name) != ".csv" {
			root = write(t, map[string]string{form.name: form.content, "list.tsv": "file\tsplit\n" + form.name + "\ttrain\n"})
			found, err = Find(t.Context(), path.Join(root, "list.tsv"), Text)
			check("in a list", found, err)
		}
		// As bytes nothing needs to be said.
		found, err = Find(t.Context(), root, Bytes)
		if err != nil || found.Documents[0].Remark != "" {
			t.Errorf("%s as bytes: %+v, error %v", name, found, err)
		}
	}
}
