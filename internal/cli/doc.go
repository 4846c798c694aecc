// Package cli is the command line: one file per command.
//
// An [App] holds the streams, signals and exit function of a command, so that
// tests run every command in process. Results go to standard output, with
// --json as one document; progress and messages go to standard error.
package cli
