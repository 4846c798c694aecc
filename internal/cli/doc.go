// Package cli is the command line, one file a command.
//
// Everything that a command reads or writes outside of the files that it is
// told of is in one value, [App], so that every command is tested in process.
// With --json a command prints one document on standard output; all else goes
// to standard error.
package cli
