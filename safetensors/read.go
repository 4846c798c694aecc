package safetensors

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
)

// A Tensor is a named array of float32, row-major: the last index of Shape
// varies fastest. An empty Shape is a single number.
type Tensor struct {
	Name  string
	Shape []int
	Data  []float32
}

// Info is the type and shape of a tensor. DType is the format's name of the
// type, such as "F32".
type Info struct {
	DType string
	Shape []int
}

// A File is an open file. Its header is in memory; the elements of a tensor are
// read on demand. Its methods may be called concurrently.
type File struct {
	r        io.ReaderAt
	closer   io.Closer // nil if the caller owns r
	data     int64     // where the data starts
	metadata map[string]string
	entries  []entry
	index    map[string]int
}

// Open opens a file. The caller closes it.
func Open(path string) (*File, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	return open(file, path)
}

// OpenFS opens a file of a file system. The caller closes it. A file without
// random access, as in a zip archive, is read into memory first.
func OpenFS(fsys fs.FS, name string) (*File, error) {
	file, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	return open(file, name)
}

func open(file fs.File, name string) (*File, error) {
	f, err := readFile(file)
	if err != nil {
		file.Close() // the first error says more
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	f.closer = file
	return f, nil
}

func readFile(file fs.File) (*File, error) {
	r, ok := file.(io.ReaderAt)
	if !ok {
		data, err := io.ReadAll(file)
		if err != nil {
			return nil, err
		}
		return Read(bytes.NewReader(data), int64(len(data)))
	}
	stat, err := file.Stat()
	if err != nil {
		return nil, err
	}
	return Read(r, stat.Size())
}

// Read reads and checks the header of a file of size bytes. An error names the
// tensor and what is wrong with it.
func Read(r io.ReaderAt, size int64) (*File, error) {
	if size < 8 {
		return nil, fmt.Errorf("header: a file of %d bytes has none; it takes at least 8", size)
	}
	var prefix [8]byte
	if err := readAt(r, prefix[:], 0); err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	length := binary.LittleEndian.Uint64(prefix[:])
	if length > maxHeader {
		return nil, fmt.Errorf("header: its length says %d bytes, the limit is %d: not a safetensors file, or a damaged one", length, maxHeader)
	}
	if length > uint64(size-8) {
		return nil, fmt.Errorf("header: its length says %d bytes, the file has %d: the file is truncated", length, size-8)
	}
	header := make([]byte, length)
	if err := readAt(r, header, 8); err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	f := &File{r: r, data: 8 + int64(length)}
	var err error
	if f.metadata, f.entries, err = parseHeader(header, size-f.data); err != nil {
		return nil, err
	}
	f.index = make(map[string]int, len(f.entries))
	for i, e := range f.entries {
		f.index[e.name] = i
	}
	return f, nil
}

// Close closes the file of [Open] or [OpenFS]. After [Read] it does nothing.
func (f *File) Close() error {
	if f.closer == nil {
		return nil
	}
	return f.closer.Close()
}

// Metadata returns a copy of the file's metadata, nil if it has none.
func (f *File) Metadata() map[string]string { return maps.Clone(f.metadata) }

// Names returns the names of the tensors in the order of their data.
func (f *File) Names() []string {
	names := make([]string, len(f.entries))
	for i, e := range f.entries {
		names[i] = e.name
	}
	return names
}

// Info returns the type and the shape of a tensor. It is false if the file has no
// such tensor.
func (f *File) Info(name string) (Info, bool) {
	i, ok := f.index[name]
	if !ok {
		return Info{}, false
	}
	return Info{f.entries[i].dtype, slices.Clone(f.entries[i].shape)}, true
}

// Tensor reads a tensor of type F32, or converts one of type F16, BF16 (both
// exact) or F64 (rounded to the nearest float32). Other types are errors.
func (f *File) Tensor(name string) (Tensor, error) {
	data, shape, err := decode(f, name, "float32", toFloats)
	return Tensor{name, shape, data}, err
}

// Ints reads the elements and the shape of a tensor of type I64 or I32. Other
// types are errors.
func (f *File) Ints(name string) (data []int64, shape []int, err error) {
	return decode(f, name, "int64", toInts)
}

// decode reads a tensor in blocks, so that it never holds all raw bytes.
func decode[T float32 | int64](f *File, name, kind string, convert func([]T, []byte, string) bool) ([]T, []int, error) {
	i, ok := f.index[name]
	if !ok {
		return nil, nil, fmt.Errorf("tensor %q: not in the file", name)
	}
	e := f.entries[i]
	if !convert(nil, nil, e.dtype) {
		return nil, nil, fmt.Errorf("tensor %q: %s is not read as %s", name, e.dtype, kind)
	}
	width := int64(elementBits(e.dtype) / 8)
	data := make([]T, (e.end-e.begin)/width)
	buffer := make([]byte, min(64<<10, e.end-e.begin))
	for done := int64(0); done < int64(len(data)); {
		n := min(int64(len(buffer))/width, int64(len(data))-done)
		if err := readAt(f.r, buffer[:n*width], f.data+e.begin+done*width); err != nil {
			return nil, nil, fmt.Errorf("tensor %q: %w", name, err)
		}
		convert(data[done:done+n], buffer, e.dtype)
		done += n
	}
	return data, slices.Clone(e.shape), nil
}

// readAt fills p. If the file ends first, that is an error.
func readAt(r io.ReaderAt, p []byte, offset int64) error {
	n, err := r.ReadAt(p, offset)
	if n == len(p) { // ReadAt may return io.EOF with the last byte
		return nil
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("byte %d: %w", offset+int64(n), err)
}
