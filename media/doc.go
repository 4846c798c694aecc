// Package media turns files into tokens and back.
//
// [Find] lists the documents of a file, a folder, a pattern or an archive.
// [GoSource] lists documents that need no download: the source of the Go
// installation. A [Document] is a stream, so memory does not grow with its
// size. MIDI files, which are small, are the exception.
//
// A [Codec] maps the bytes of one medium to token ids and back. The codecs are
// in the packages below this one: text, audio and music. [Choose] returns the
// codec that suits some documents. Codecs of sound and music can do more, which
// [FileCodec], [SoundCodec], [NoteCodec] and [Transposer] name.
//
// Prepared data, runs and checkpoints hold their codec as codec.json.
// [MarshalCodec] writes that file, [ReadCodec] and [OpenCodec] read it.
package media
