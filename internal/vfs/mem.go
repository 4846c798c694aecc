package vfs

import (
	"bytes"
	"io"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Mem is a file system in memory, for tests. Its zero value is an empty root
// directory on an unlimited disk. It is not safe for concurrent use.
type Mem struct {
	// Fault is called before every operation, including Write, Sync and Read of
	// open files but not Close. If it returns an error, the operation does
	// nothing and returns that error. Operations are numbered from 0; op is a
	// name such as "rename" or "sync".
	Fault func(call int, op, name string) error
	// Limit is the size of the disk in bytes of file data; 0 means no limit. A
	// write beyond it stores what fits and fails with ENOSPC.
	Limit int

	calls int
	root  *node
}

var _ FS = (*Mem)(nil)

// node is a file or a directory: what a program sees and what a crash leaves.
type node struct {
	dir            bool
	data, synced   []byte           // of a file
	lost           bool             // a Sync failed: what was written never becomes durable
	names, durable map[string]*node // of a directory
}

func newDir() *node {
	return &node{dir: true, names: map[string]*node{}, durable: map[string]*node{}}
}

// Calls returns the number of calls so far.
func (m *Mem) Calls() int { return m.calls }

// Crash returns the file system after a power failure. What was synced
// survives. For the rest survives decides, once for the data of each file and
// once for the changed names of each directory. Always false is the harshest
// machine. Always true is a process that was killed while the machine keeps
// running.
func (m *Mem) Crash(survives func() bool) *Mem {
	return &Mem{root: crash(m.top(), survives)}
}

func crash(n *node, survives func() bool) *node {
	if !n.dir {
		data := n.synced
		if !bytes.Equal(n.data, n.synced) && survives() {
			data = n.data
		}
		return &node{data: bytes.Clone(data), synced: bytes.Clone(data)}
	}
	names := n.durable
	if !maps.Equal(n.names, n.durable) && survives() {
		names = n.names
	}
	left := newDir()
	for _, name := range slices.Sorted(maps.Keys(names)) {
		left.names[name] = crash(names[name], survives)
	}
	left.durable = maps.Clone(left.names)
	return left
}

func (m *Mem) top() *node {
	if m.root == nil {
		m.root = newDir()
	}
	return m.root
}

// call counts a call and returns the error of Fault.
func (m *Mem) call(op, name string) error {
	call := m.calls
	m.calls++
	if m.Fault == nil {
		return nil
	}
	if err := m.Fault(call, op, name); err != nil {
		return &fs.PathError{Op: op, Path: name, Err: err}
	}
	return nil
}

// lookup returns the node of a name, or nil, and the directory that holds or
// could hold it with its last part.
func (m *Mem) lookup(op, name string) (n, dir *node, base string, err error) {
	n = m.top()
	for part := range strings.SplitSeq(filepath.ToSlash(filepath.Clean(name)), "/") {
		if part == "" || part == "." {
			continue
		}
		if n == nil {
			return nil, nil, "", &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
		}
		if !n.dir {
			return nil, nil, "", &fs.PathError{Op: op, Path: name, Err: syscall.ENOTDIR}
		}
		dir, base = n, part
		n = n.names[part]
	}
	return n, dir, base, nil
}

// begin does the first part of every call on a name.
func (m *Mem) begin(op, name string) (n, dir *node, base string, err error) {
	if err := m.call(op, name); err != nil {
		return nil, nil, "", err
	}
	return m.lookup(op, name)
}

// existing is begin for a name that must exist.
func (m *Mem) existing(op, name string) (n, dir *node, base string, err error) {
	n, dir, base, err = m.begin(op, name)
	if err == nil && n == nil {
		err = &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
	}
	return n, dir, base, err
}

// add puts a new node under a name that must not exist.
func (m *Mem) add(op, name string, fresh *node) error {
	n, dir, base, err := m.begin(op, name)
	if err == nil && n != nil {
		err = &fs.PathError{Op: op, Path: name, Err: fs.ErrExist}
	}
	if err == nil {
		dir.names[base] = fresh
	}
	return err
}

// Create implements [FS].
func (m *Mem) Create(name string) (File, error) {
	n := &node{}
	if err := m.add("create", name, n); err != nil {
		return nil, err
	}
	return &memFile{m, n, name}, nil
}

// Mkdir implements [FS].
func (m *Mem) Mkdir(name string) error { return m.add("mkdir", name, newDir()) }

// Open implements [FS].
func (m *Mem) Open(name string) (io.ReadCloser, error) {
	n, _, _, err := m.existing("open", name)
	if err != nil {
		return nil, err
	}
	if n.dir {
		return nil, &fs.PathError{Op: "open", Path: name, Err: syscall.EISDIR}
	}
	return &memReader{m, bytes.NewReader(n.data), name}, nil
}

// Stat implements [FS].
func (m *Mem) Stat(name string) (fs.FileInfo, error) {
	n, _, base, err := m.existing("stat", name)
	if err != nil {
		return nil, err
	}
	return info{base, n}, nil
}

// ReadDir implements [FS].
func (m *Mem) ReadDir(name string) ([]fs.DirEntry, error) {
	n, _, _, err := m.existing("readdir", name)
	if err == nil && !n.dir {
		err = &fs.PathError{Op: "readdir", Path: name, Err: syscall.ENOTDIR}
	}
	if err != nil {
		return nil, err
	}
	var list []fs.DirEntry
	for _, base := range slices.Sorted(maps.Keys(n.names)) {
		list = append(list, fs.FileInfoToDirEntry(info{base, n.names[base]}))
	}
	return list, nil
}

// Rename implements [FS].
func (m *Mem) Rename(from, to string) error {
	n, dir, base, err := m.existing("rename", from)
	if err != nil {
		return err
	}
	taken, toDir, toBase, err := m.lookup("rename", to)
	if err == nil && taken != nil {
		err = &fs.PathError{Op: "rename", Path: to, Err: fs.ErrExist}
	}
	if err != nil {
		return err
	}
	delete(dir.names, base)
	toDir.names[toBase] = n
	return nil
}

// Remove implements [FS].
func (m *Mem) Remove(name string) error {
	n, dir, base, err := m.existing("remove", name)
	if err == nil && len(n.names) > 0 {
		err = &fs.PathError{Op: "remove", Path: name, Err: syscall.ENOTEMPTY}
	}
	if err == nil {
		delete(dir.names, base)
	}
	return err
}

// SyncDir implements [FS].
func (m *Mem) SyncDir(name string) error {
	n, _, _, err := m.existing("syncdir", name)
	if err == nil {
		n.durable = maps.Clone(n.names)
	}
	return err
}

// used returns the bytes of all files below a directory.
func used(n *node) int {
	sum := len(n.data)
	for _, child := range n.names {
		sum += used(child)
	}
	return sum
}

// memFile is a file of a [Mem] that is being written.
type memFile struct {
	m    *Mem
	n    *node
	name string
}

func (f *memFile) Write(p []byte) (int, error) {
	if err := f.m.call("write", f.name); err != nil {
		return 0, err
	}
	fits := len(p)
	if f.m.Limit > 0 {
		fits = max(min(fits, f.m.Limit-used(f.m.root)), 0)
	}
	f.n.data = append(f.n.data, p[:fits]...)
	if fits < len(p) {
		return fits, &fs.PathError{Op: "write", Path: f.name, Err: syscall.ENOSPC}
	}
	return fits, nil
}

func (f *memFile) Sync() error {
	if err := f.m.call("sync", f.name); err != nil {
		f.n.lost = true // as on Linux, where the next call may well succeed
		return err
	}
	if !f.n.lost {
		f.n.synced = bytes.Clone(f.n.data)
	}
	return nil
}

func (f *memFile) Close() error { return nil }

// memReader is a file of a [Mem] that is being read.
type memReader struct {
	m    *Mem
	r    *bytes.Reader
	name string
}

func (r *memReader) Read(p []byte) (int, error) {
	if err := r.m.call("read", r.name); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}

func (r *memReader) Close() error { return nil }

// info describes a node under a name.
type info struct {
	name string
	n    *node
}

func (i info) Name() string       { return i.name }
func (i info) Size() int64        { return int64(len(i.n.data)) }
func (i info) IsDir() bool        { return i.n.dir }
func (i info) ModTime() time.Time { return time.Time{} }
func (i info) Sys() any           { return nil }
func (i info) Mode() fs.FileMode {
	if i.n.dir {
		return fs.ModeDir | 0o777
	}
	return 0o666
}
