//go:build !killpoints

package vfs

// Disk returns the file system that programs work on: the operating system's.
// Built with the tag killpoints, it ends the process at a point that the
// environment names; nothing else differs.
func Disk() FS { return OS{} }
