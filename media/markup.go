package media

import (
	"encoding/json"
	"errors"
	"io"
	"path"
	"strings"
)

// markups are forms of text that hold more than words, by how they begin in lower case.
var markups = []struct{ begins, name string }{
	{"<!doctype html", "HTML"}, {"<html", "HTML"}, {"<?xml", "XML"}, {"<!doctype", "XML"}, {"<mediawiki", "XML"},
	{`{\rtf`, "RTF"}, {"%!ps", "PostScript"},
}

// markupOf names the form of a text that begins with head, or is empty for a text of words.
func markupOf(head string) string {
	head = strings.TrimSpace(head)
	for _, m := range markups {
		if len(head) >= len(m.begins) && strings.EqualFold(head[:len(m.begins)], m.begins) {
			return m.name
		}
	}
	if startsJSON(head) {
		return "JSON"
	}
	return ""
}

// startsJSON reports whether a text begins as an object or array of JSON, or as lines of them.
func startsJSON(head string) bool {
	if !strings.HasPrefix(head, "{") && !strings.HasPrefix(head, "[") {
		return false
	}
	d := json.NewDecoder(strings.NewReader(head))
	for n := 0; ; n++ {
		_, err := d.Token()
		if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
			return n > 1
		}
		if err != nil {
			return false
		}
	}
}

// markupNames are forms of text by the extension of a file, where its beginning does not
// tell.
var markupNames = map[string]string{
	".csv": "a table", ".tsv": "a table", ".html": "HTML", ".htm": "HTML", ".xhtml": "HTML", ".xml": "XML", ".svg": "XML",
	".json": "JSON", ".jsonl": "JSON", ".ndjson": "JSON",
}

// as returns a document with its content, if that is text, in UTF-8. A remark says so if its
// form is not words alone: models learn all of it.
func (d Document) as(c content) Document {
	d = d.in(c.charset)
	markup := c.markup
	if markup == "" {
		markup = markupNames[strings.ToLower(path.Ext(d.Name))]
	}
	if markup == "" || c.medium != Text {
		return d
	}
	if d.Remark != "" {
		d.Remark += "; "
	}
	d.Remark += markup + ", taken as it is with all its syntax; to learn the words alone, extract them first"
	return d
}
