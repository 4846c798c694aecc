// Package dataset keeps tokens on disk for training.
//
// A prepared set is a directory of three files. tokens.bin holds the tokens as
// little-endian 16-bit numbers: the training split, then validation, then test,
// so that each is one range. codec.json is the codec that made them (package
// media). dataset.json is the [Header]: what the documents are and where, the
// SHA-256 of tokens.bin, where it all came from. The header is written last, so
// that a set without one is not a set.
//
// [Prepare] makes a set, [Open] reads one. Places are counted in tokens from the
// start of a split. Entropies are in nats per token.
//
// Training windows are a pure function of (seed, step, index), see [Set.Draw];
// evaluation windows depend on the data alone, see [Set.Windows]. They lie anywhere
// in their split or, as those of music do unless asked otherwise, in one document
// each, see [WindowsInDocuments].
package dataset
