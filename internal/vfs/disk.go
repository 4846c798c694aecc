//go:build !killpoints

package vfs

// Disk returns the file system of the operating system. Built with the tag
// killpoints, it also kills the process at a point that the environment names.
func Disk() FS { return OS{} }
