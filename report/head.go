package report

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
)

//go:embed page.css
var styleText string

//go:embed picture.css
var pictureStyleText string

//go:embed page.js
var scriptText string

// head is the input of the template of the same name, for every page.
type head struct {
	Title  string
	Script template.JS // empty for a page that loads itself again
}

// Style is the style sheet of the page and of its pictures.
func (h head) Style() template.CSS { return template.CSS(pictureStyleText + styleText) }

// Policy is the Content-Security-Policy of a page. It fetches nothing, and no script
// runs but ours, which it names by its hash: text that a model wrote never does.
func (h head) Policy() string {
	policy := "default-src 'none'; style-src 'unsafe-inline'; img-src data:; media-src data:"
	if h.Script == "" {
		return policy
	}
	hash := sha256.Sum256([]byte(h.Script))
	return policy + "; script-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) + "'"
}
