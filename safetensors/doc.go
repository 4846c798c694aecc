// Package safetensors reads and writes the safetensors file format: named
// tensors, without code to execute (https://github.com/huggingface/safetensors).
//
// A file is
//
//	8 bytes   N, the length of the header, little-endian
//	N bytes   the header: one JSON object in UTF-8, which may end in spaces
//	the rest  the data: every tensor's elements, little-endian, row-major
//
// and the header is
//
//	{"__metadata__": {"key": "value", ...},
//	 "NAME": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, ...}
//
// Offsets count bytes from the start of the data. The tensors cover the data
// completely and in turn: no holes, no overlaps, nothing behind the last one.
//
// Reading is strict, because a file may come from anywhere: [Read] refuses
// whatever the format forbids before it touches a tensor, also keys of a tensor
// that it does not know and more than 64 dimensions, and its memory is bounded
// by the size of the file, not by what the header claims. It accepts data that
// does not start at a multiple of 8 bytes, as the format does: files of old
// writers are so. Writing is deterministic: equal tensors and metadata
// give equal bytes.
//
// The format has no checksum. Who needs to detect flipped bits keeps one
// beside the file.
package safetensors
