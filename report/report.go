package report

import (
	"bytes"
	"crypto/rand"
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

	"github.com/waveletgpt/waveletgpt/summary"
)

// Names of the files that Write makes: the page, and the picture of its curves or of its
// final losses as a separate file for a document. csvTables has the names of the tables.
const (
	PageName    = "report.html"
	pictureName = "report.svg"
)

//go:embed page.html
var pageText string

//go:embed sound.html
var soundText string

//go:embed pianoroll.html
var rollText string

// Write writes report.html, its tables and a picture into dir, which must exist. They
// follow from the summaries alone, so a page that was interrupted can be written again;
// only links depend on what else is on the disk. Files of an earlier page that this one
// does not have are removed.
func Write(dir string, summaries ...*summary.Summary) error {
	if len(summaries) == 0 {
		return errors.New("report: no summaries")
	}
	// The page comes first: by it a directory is known as ours if the process ends here.
	page := newPage(dir, summaries)
	var text bytes.Buffer
	if err := page.write(&text); err != nil {
		return err
	}
	if err := put(filepath.Join(dir, PageName), text.Bytes()); err != nil {
		return err
	}
	if err := put(filepath.Join(dir, pictureName), page.picture()); err != nil {
		return err
	}
	for _, table := range csvTables() {
		var content bytes.Buffer
		found, err := table.write(&content, summaries)
		if err != nil {
			return err
		}
		if !found {
			content.Reset()
		}
		if err := put(filepath.Join(dir, table.name), content.Bytes()); err != nil {
			return err
		}
	}
	return nil
}

// put writes a file, or removes it if there is no content. The file takes the place of
// an earlier one at once, so that no browser finds half of a page, also where compare and
// several watches write the same one. If there is no room for it, the earlier one stays.
func put(path string, content []byte) error {
	var err error
	if len(content) > 0 {
		temporary := filepath.Join(filepath.Dir(path), ".tmp-"+filepath.Base(path)+"-"+rand.Text())
		if err = os.WriteFile(temporary, content, 0o644); err == nil {
			err = os.Rename(temporary, path)
		}
		if err != nil {
			os.Remove(temporary) // the first error says more
		}
	} else if err = os.Remove(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}

// Render writes the page to w.
func Render(w io.Writer, summaries ...*summary.Summary) error {
	return newPage("", summaries).write(w)
}

func (p *page) write(w io.Writer) error { return execute(w, PageName, p) }

// execute writes a page by the template of a name.
func execute(w io.Writer, name string, data any) error {
	parsed, err := template.New(PageName).Funcs(template.FuncMap{"named": named, "linked": linked}).Parse(pageText + soundText + rollText + liveText)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	var text strings.Builder
	if err := parsed.ExecuteTemplate(&text, name, data); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	if _, err := io.WriteString(w, clean(text.String())); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}

// clean makes any text fit for a page. Bytes that are not UTF-8 become the
// replacement character, control characters their pictures. Line feeds and tabs
// stay.
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
