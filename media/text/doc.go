// Package text has the codecs of text.
//
//   - [Text8] has the 27 symbols of Matt Mahoney's text8, in the order that
//     published models use: space is 0, a is 1, z is 26.
//   - [Chars] has the characters of the text itself. Rare characters are
//     written as the bytes of their UTF-8 form, which are symbols too. So the
//     vocabulary stays small and nothing is lost.
//   - [Bytes] has the 256 bytes and takes any file.
//   - [IDs] has tokens that were made elsewhere, written as decimal numbers.
//
// To make a vocabulary for Chars, count characters with a [Census] and pass it
// to [Fit].
//
// All codecs work on streams: memory does not grow with the text. Losses are
// per character for Text8 and Chars, per byte for Bytes, per token for IDs.
package text
