// Package audio has the codecs of sound: one token of 8 bits a sample.
//
// [Read] decodes a recording (WAV, FLAC, Ogg Vorbis or MP3, told apart by
// content), mixes its channels and resamples it, as a stream: memory does not
// grow with its length. Samples are numbers in [-1, 1], times are in samples or
// seconds.
//
// A [Codec] turns samples into tokens by the rule that WaveNet models use
// (mu-law, as in torchaudio), by that of SaShiMi, or in equal steps, and tokens
// into WAV files. Losses are per sample.
//
// FLAC, Vorbis and MP3 are decoded by libraries of others, behind [isolate]: a
// panic becomes an error, and so does a decoder that stands still.
package audio
