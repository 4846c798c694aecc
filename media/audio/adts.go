package audio

import (
	"bufio"
	"errors"
	"io"
)

// adtsMost is the largest frame of AAC in ADTS, whose size has 13 bits.
const adtsMost = 1<<13 - 1

// copyADTS copies the frames of an AAC file. ffmpeg resamples and mixes, without a
// word, what follows a change of rate or channels, so that is an error.
func copyADTS(in *bufio.Reader, w io.Writer) (remarks []string, err error) {
	var first []byte
	for {
		head, err := in.Peek(adtsMost)
		if err != nil && err != io.EOF {
			return nil, err
		}
		if len(head) == 0 && first != nil {
			return remarks, nil
		}
		size := adtsSize(head)
		switch {
		case size == 0:
			if n, err := discardTag(in); err != nil || n > 0 {
				if err != nil {
					return nil, err
				}
				continue
			}
			return nil, errors.New("bytes between or behind its frames belong to none")
		case first == nil:
			first = append(first, head[:4]...)
		case !adtsSame(first, head) || adtsChannels(first) != adtsChannels(head):
			return nil, errors.New("it changes its rate or channels; cut it into pieces")
		}
		if len(head) < size {
			return addRemark(remarks, remarkCutFrame), nil
		}
		if _, err := io.CopyN(w, in, int64(size)); err != nil {
			return nil, err
		}
	}
}

// adtsChannels is the channel configuration of a frame.
func adtsChannels(b []byte) byte { return b[2]&1<<2 | b[3]>>6 }
