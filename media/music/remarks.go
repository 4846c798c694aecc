package music

import "slices"

// remarks say what was repaired, left out or assumed in a file: each once, in
// the same words for every file.
type remarks []string

const (
	saidRIFFSize    = "the RIFF container claims more bytes than there are; what is there was read"
	saidMacBinary   = "the MacBinary header and the resources of a Macintosh were left out"
	saidFormat2     = "the file has format 2, independent patterns; they were read as tracks that play together"
	saidMoreTracks  = "the file has more tracks than its header says; all were read"
	saidFewerTracks = "the file has fewer tracks than its header says; those that are there were read"
	saidJunk        = "bytes between tracks that belong to none were left out"
	saidTrailing    = "bytes after the last track were left out"
	saidTrackSize   = "the length of a track is wrong; it was read to its end mark"
	saidNoEnd       = "a track has no end mark; it was read to its length"
	saidBehindEnd   = "bytes after the end mark of a track were left out"
	saidLongNumber  = "numbers of more than four bytes were read"
	saidSystem      = "system messages, which do not belong in a file, were left out"
	saidClipped     = "data bytes above 127 were read as 127"
	saidTempoSize   = "tempo changes of a wrong size were read by their first three bytes, or left out if they have fewer"
	saidFrames      = "times are in SMPTE frames; tempo changes were left out"
	saidPercussion  = "percussion, on channel 10, was left out"
	saidMissingOff  = "notes without a note-off end at the next onset of their key, or with the last event"
	saidEndless     = "the pedal is not released at the end; the notes that it holds end with the last event"
	saidLate        = "notes that sound on after the last key end 20 s after it"
	saidOutside     = "notes outside of the 88 keys of a piano were left out"
)

// add adds a remark unless it is there.
func (r *remarks) add(remark string) {
	if !slices.Contains(*r, remark) {
		*r = append(*r, remark)
	}
}
