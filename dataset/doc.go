// Package dataset prepares tokens for training and keeps them on disk.
//
// [Prepare] encodes documents into a prepared set, and [Open] reads one. A set
// is a directory of three files:
//
//	tokens.bin    the tokens as little-endian 16-bit numbers: the training split,
//	              then validation, test and perhaps a hold-out, so that each is
//	              one range
//	codec.json    the codec that made them, see package media
//	dataset.json  the header: the documents and their places, the splits, the
//	              SHA-256 of tokens.bin, and where the data came from
//
// The header is written last: a directory without it is not a set.
//
// Positions are counted in tokens from the start of a split. Entropies are in
// nats per token.
//
// Training windows are a pure function of seed, step and index, see [Set.Draw].
// Evaluation windows depend only on the data, see [Set.Windows]. Windows lie
// anywhere in their split or within one document each, which is the default for
// music, see [WindowsInDocuments].
package dataset
