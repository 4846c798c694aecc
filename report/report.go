package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/waveletgpt/waveletgpt/compare"
)

// Names of the files that Write makes.
const (
	PageName   = "report.html"
	CurvesName = "curves.csv"
)

//go:embed page.html
var pageText string

//go:embed page.css
var styleText string

// Write writes report.html and curves.csv into dir, which must exist. Both
// follow from the summary alone: a page that was cut short is made again.
func Write(dir string, s *compare.Summary) error {
	for _, file := range []struct {
		name  string
		write func(io.Writer, *compare.Summary) error
	}{
		{CurvesName, WriteCurves},
		{PageName, Render},
	} {
		var content bytes.Buffer
		if err := file.write(&content, s); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, file.name), content.Bytes(), 0o644); err != nil {
			return fmt.Errorf("report: %w", err)
		}
	}
	return nil
}

// Render writes the page.
func Render(w io.Writer, s *compare.Summary) error {
	page, err := template.New(PageName).Parse(pageText)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	var text strings.Builder
	if err := page.Execute(&text, newView(s)); err != nil {
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
