// Package media turns the bytes of the world into tokens and back.
//
// A [Codec] does that for one medium: the packages below this one have those of
// text, audio and music. [Choose] finds the codec that suits some documents, [MarshalCodec] and
// [OpenCodec] are its file, codec.json, which travels with prepared data, runs
// and checkpoints.
//
// [Find] lists the documents of a file, a folder, a pattern or an archive, and
// [GoSource] those that need no download: the source of the Go installation.
// Documents are streams: nothing here holds a whole one in memory, but for MIDI
// files, which are small.
package media
