// Package text has the codecs of text: text8, chars, bytes and ids.
//
//   - [Text8] has the 27 symbols of Matt Mahoney's text8, in the order that
//     published models use: space is 0, a is 1, z is 26.
//   - [Chars] has the characters of the text itself. Those that occur seldom
//     are written as the bytes of their UTF-8 form, which are symbols too, so
//     that the vocabulary stays small and nothing is lost.
//   - [Bytes] has the 256 bytes and takes any file.
//   - [IDs] has tokens that were made elsewhere, as numbers in decimal.
//
// All of them encode streams: what is held in memory does not grow with the
// text. Losses are per character for text8 and chars, per byte for bytes, per
// token for ids.
package text
