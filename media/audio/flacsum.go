package audio

import (
	"crypto/md5"
	"hash"

	"github.com/mewkiz/flac/frame"
)

// A flacSum is the MD5 checksum of samples as FLAC has it: integers of whole
// bytes, the low one first, channels interleaved (RFC 9639, section 8.2).
type flacSum struct {
	width int // bytes of a sample
	hash  hash.Hash
	buf   []byte
}

func (s *flacSum) add(f *frame.Frame) error {
	if s.hash == nil {
		s.hash = md5.New()
	}
	s.buf = s.buf[:0]
	for i := range f.Subframes[0].Samples {
		for _, sub := range f.Subframes {
			v := sub.Samples[i]
			for range s.width {
				s.buf = append(s.buf, byte(v))
				v >>= 8
			}
		}
	}
	_, err := s.hash.Write(s.buf)
	return err
}

// equals compares the sum so far. No sum is equal to that of a header without
// one.
func (s *flacSum) equals(sum [md5.Size]byte) bool {
	return s.hash != nil && sum != [md5.Size]byte{} && [md5.Size]byte(s.hash.Sum(nil)) == sum
}
