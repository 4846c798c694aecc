package report

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/waveletgpt/waveletgpt/compare"
)

// PageName is the page that Write makes; csvTables names the rest.
const PageName = "report.html"

//go:embed page.html
var pageText string

//go:embed sound.html
var soundText string

//go:embed pianoroll.html
var rollText string

//go:embed page.css
var styleText string

// Write writes report.html and its tables into dir, which must exist. All follow
// from the summaries alone: a page that was cut short is made again. A table of
// an earlier page that has no lines any more is removed.
func Write(dir string, summaries ...*compare.Summary) error {
	if len(summaries) == 0 {
		return errors.New("report: no summaries")
	}
	for _, table := range csvTables() {
		var content bytes.Buffer
		any, err := table.write(&content, summaries)
		if err != nil {
			return err
		}
		path := filepath.Join(dir, table.name)
		if !any {
			if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("report: %w", err)
			}
			continue
		}
		if err := os.WriteFile(path, content.Bytes(), 0o644); err != nil {
			return fmt.Errorf("report: %w", err)
		}
	}
	var page bytes.Buffer
	if err := Render(&page, summaries...); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, PageName), page.Bytes(), 0o644); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}

// Render writes the page.
func Render(w io.Writer, summaries ...*compare.Summary) error {
	page, err := template.New(PageName).Parse(pageText + soundText + rollText)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	var text strings.Builder
	if err := page.Execute(&text, newPage(summaries)); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	if _, err := io.WriteString(w, clean(text.String())); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}

// clean makes any bytes fit for a page: what is not UTF-8 becomes the
// replacement character and control characters become their pictures. Line
// feeds and tabs stay.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r < 0x20:
			return 0x2400 + r
		case r == 0x7f:
			return 0x2421
		case r >= 0x80 && r < 0xa0, r&0xfffe == 0xfffe, r >= 0xfdd0 && r <= 0xfdef:
			return utf8.RuneError
		}
		return r
	}, strings.ToValidUTF8(text, "\ufffd"))
}
