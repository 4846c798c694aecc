// Package vfs has the file operations that durable files need, behind an
// interface, so that tests can simulate crashes and failing disks.
//
// [OS] is the operating system. [Mem] is a file system in memory. It knows
// which data and names were synced, so it can show what a crash would leave. It
// can also fill up, and fail any call. Both return the errors of package io/fs,
// so that errors.Is(err, fs.ErrNotExist) works for both.
//
// [ReplaceFile] replaces a small file atomically. [LockDir] keeps other
// processes from changing a directory.
package vfs
