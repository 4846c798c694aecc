// Package vfs has the few file operations that durability needs behind one
// interface, so that tests can do to a program what a machine does to it.
//
// [OS] is the operating system. [Mem] is its twin in memory: it knows which
// data and names were synced, so it can say what is left after a crash; it can
// fill up; and it can fail any call. The errors of both are those of package
// io/fs, so that errors.Is(err, fs.ErrNotExist) holds alike.
//
// [LockDir] keeps other processes from a directory.
package vfs
