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
// without gaps or overlaps, up to its end.
//
// Reading is strict, because a file may come from anywhere. [Read] checks the
// whole header before it reads a tensor. It refuses everything that the format
// forbids, unknown keys of a tensor, and more than 64 dimensions. Its memory is
// bounded by the size of the file, not by the sizes in the header. Like the format,
// it accepts data that does not start at a multiple of 8 bytes, which old writers
// produced.
//
// Writing is deterministic: equal tensors and metadata give equal bytes.
//
// The format has no checksum. To detect flipped bits, keep a hash beside the file.
package safetensors
