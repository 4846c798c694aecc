package media

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// file adds what a regular file holds. name is its slash path in the folder that
// the user named, or empty for the file that the user named.
func (f *finder) file(file, name string, info fs.FileInfo) error {
	d := Document{
		Name: filepath.Base(file), Size: info.Size(), Modified: info.ModTime(),
		Open: func() (io.ReadCloser, error) { return os.Open(file) },
	}
	folder := ""
	if name != "" {
		d.Name, folder = name, unpackedName(name)+"/"
	}
	err := f.unpack(file, folder, d, info)
	if err != nil && name != "" && f.ctx.Err() == nil {
		f.leave("unreadable", name+": "+strings.ReplaceAll(reason(err), file, "it"))
		return nil
	}
	return err
}

// unpack adds a file, or the members of an archive with the names below a
// folder.
func (f *finder) unpack(file, folder string, d Document, info fs.FileInfo) error {
	if info.Size() == 0 {
		f.add(candidate{Document: d})
		return nil
	}
	c, err := d.sniff()
	if err != nil {
		return err
	}
	named := packedName(d.Name)
	if named == tarPacking && c.packing == "" && c.name == zeros { // without members
		return nil
	}
	if named != "" && c.packing == "" && c.name != pointer && f.medium != Bytes {
		return fmt.Errorf("%s is named like %s, but holds %s; rename it, or copy it again", file, named, c.name)
	}
	switch c.packing {
	case "":
		f.add(candidate{d, c})
		return nil
	case zipPacking:
		if ext := path.Ext(strings.TrimPrefix(d.Name, ".")); ext != "" && named != zipPacking {
			f.add(candidate{d, content{name: "a zip archive that is not named .zip"}})
			return nil
		}
		members, name, err := f.zipDocuments(file, info)
		if name != "" {
			f.add(candidate{d, content{name: name}})
		}
		f.members(folder, members)
		return err
	case tarPacking:
		members, err := f.tarDocuments(file, d, openFile(file))
		f.members(folder, members)
		return err
	}
	d = d.unpack(file, c.packing)
	if c, err = d.sniff(); err != nil {
		d.Open = func() (io.ReadCloser, error) { return nil, err }
		f.add(candidate{d, content{medium: Text, name: "damaged"}})
		return nil
	}
	if c.packing != tarPacking {
		f.add(candidate{d, c})
		return nil
	}
	open, err := f.spool(file, d)
	if err != nil {
		return err
	}
	members, err := f.tarDocuments(file, d, open)
	f.members(folder, members)
	return err
}

// members adds the members of an archive, with their names below a folder.
func (f *finder) members(folder string, members []Document) {
	for _, m := range members {
		m.Name = folder + m.Name
		c := content{}
		if m.Size > 0 {
			var err error
			if c, err = m.sniff(); err != nil {
				c = content{medium: Text, name: "damaged"}
			}
		}
		f.add(candidate{m, c})
	}
}

// add adds a candidate, unless it is empty or packed.
func (f *finder) add(c candidate) {
	switch {
	case c.content == content{} && mediumOf(c.Name) == Text:
		f.leave("empty", c.Name)
		return
	case c.content.name == pointer:
		f.pointers = append(f.pointers, c.Name)
		return
	case c.content.packing != "" && f.medium != Bytes:
		f.leave("archives in archives", c.Name)
		return
	case f.medium != Bytes:
		c.Document = c.as(c.content)
	}
	f.candidates = append(f.candidates, c)
}
