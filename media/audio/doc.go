// Package audio has the codecs of sound: one token of 8 bits per sample.
//
// [Read] decodes a recording as a stream: it finds the format from the content
// (see [Detect]), mixes the channels and resamples. Memory does not grow with the
// length. Samples are numbers in [-1, 1]; times are in
// samples or seconds.
//
// A [Codec] turns samples into tokens, and tokens into WAV files. It does so by
// one of three rules: mu-law as in torchaudio, which WaveNet models use; the
// mu-law of SaShiMi; or equal steps. Losses are per sample.
//
// WAV, Wave64, FLAC and Ogg Vorbis are decoded here, the last two by third-party
// libraries. If one panics or hangs, that becomes an error of the file. All other
// formats are decoded by the program ffmpeg; without it they are errors that name
// it.
package audio
