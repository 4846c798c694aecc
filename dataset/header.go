package dataset

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"github.com/waveletgpt/waveletgpt/internal/versioned"
	"github.com/waveletgpt/waveletgpt/media"
)

// The files of a prepared set.
const (
	HeaderFile = "dataset.json"
	TokensFile = "tokens.bin"
)

// The splits of a set, in the order in which they lie in tokens.bin.
const (
	Train      = media.Train
	Validation = media.Validation
	Test       = media.Test
	Holdout    = media.Holdout // for a last comparison, see [Set.OpenHoldout]
)

// splitNames are the names of all splits in that order.
var splitNames = []string{Train, Validation, Test, Holdout}

// formatVersion is the version that this package writes, and the newest that it
// reads.
const formatVersion = 1

// A Header describes a prepared set: the content of dataset.json.
type Header struct {
	FormatVersion int        `json:"format_version"`
	Codec         string     `json:"codec"`
	Unit          string     `json:"unit"`
	Vocabulary    int        `json:"vocabulary"`
	Tokens        int64      `json:"tokens"`
	SplitRule     string     `json:"split_rule"`
	Windows       string     `json:"windows,omitempty"` // WindowsInDocuments, or empty for anywhere
	Splits        Splits     `json:"splits"`
	Entropy       Entropy    `json:"entropy"`
	SHA256        string     `json:"sha256"` // of tokens.bin
	Hash          string     `json:"hash"`   // the data hash, of sha256, the codec and the documents
	Provenance    Provenance `json:"provenance"`
	Documents     []Document `json:"documents"`
}

// Splits are the ranges of the splits in tokens.bin, one after another.
type Splits struct {
	Train      Range `json:"train"`
	Validation Range `json:"validation"`
	Test       Range `json:"test"`
	Holdout    Range `json:"holdout,omitzero"` // zero: there is none
}

// A Range is a range of tokens in tokens.bin.
type Range struct {
	Start  int64 `json:"start"`
	Length int64 `json:"length"`
	Units  int64 `json:"units"` // that begin in it; equals Length except for chars
}

// A Document is the place in tokens.bin of a source document, or of the part of
// one that lies in one split.
type Document struct {
	Name   string `json:"name"`
	Split  string `json:"split"`
	Start  int64  `json:"start"`
	Length int64  `json:"length"`
}

// Entropy is the entropy of the tokens of the training split, in nats per
// token. Pairs of tokens are counted within documents.
type Entropy struct {
	Unigram float64 `json:"unigram"`
	Bigram  float64 `json:"bigram"` // of a token given the one before it
}

// Provenance records what a set was made from. It is not part of the data hash.
type Provenance struct {
	Path         string       `json:"path"`               // as the user named it
	Codec        string       `json:"codec"`              // as requested; empty: chosen
	MinCount     int          `json:"min_count"`          // as requested; 0: the default
	Rate         int          `json:"rate,omitempty"`     // audio, as requested; 0: that of the first document
	Level        string       `json:"level,omitempty"`    // audio, as requested
	OnError      string       `json:"on_error,omitempty"` // as requested; empty: the default
	Windows      string       `json:"windows,omitempty"`  // as requested; empty: the default
	Holdout      float64      `json:"holdout,omitempty"`  // share, as requested; 0: none
	PreparedWith string       `json:"prepared_with,omitempty"`
	Sources      []Source     `json:"sources"`
	Skipped      []Skipped    `json:"skipped,omitempty"` // sources, in the order of the splits
	Remarks      []Remark     `json:"remarks,omitempty"`
	LeftOut      []media.Left `json:"left_out,omitempty"` // the largest groups first
	// Rules is the version of the rules by which files became tokens; absent: 1.
	// docs/format.md has the changes.
	Rules int `json:"rules,omitempty"`
}

// A Remark says what was repaired, left out or assumed in documents.
type Remark struct {
	Remark    string   `json:"remark"`
	Documents []string `json:"documents,omitempty"` // in the order of the splits; none: all
}

// Rules is the version of the rules by which files become tokens.
const Rules = 3

// A Skipped document could not be read and was left out.
type Skipped struct {
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

// A Source is a document as it was found.
type Source struct {
	Name     string    `json:"name"`
	Size     int64     `json:"size"` // bytes, or -1 if unknown
	Modified time.Time `json:"modified"`
}

// Split returns the range of a split in tokens.bin.
func (h Header) Split(name string) (Range, error) {
	switch name {
	case Train:
		return h.Splits.Train, nil
	case Validation:
		return h.Splits.Validation, nil
	case Test:
		return h.Splits.Test, nil
	case Holdout:
		return h.Splits.Holdout, nil
	}
	return Range{}, fmt.Errorf("split %q is unknown; it must be train, validation, test or holdout", name)
}

// dataHash returns the identity of the data: the hexadecimal SHA-256 of the
// lines "waveletgpt data 1", the SHA-256 of tokens.bin, that of codec.json, and
// one for each document: its start, length, split and the length of its name in
// bytes, separated by spaces, and after a colon the name; and, if windows lie
// in documents, the line "windows document".
func (h *Header) dataHash(codec []byte) string {
	sum := sha256.New()
	fmt.Fprintf(sum, "waveletgpt data 1\n%s\n%x\n", h.SHA256, sha256.Sum256(codec))
	for _, d := range h.Documents {
		fmt.Fprintf(sum, "%d %d %s %d:%s\n", d.Start, d.Length, d.Split, len(d.Name), d.Name)
	}
	if h.Windows != "" {
		fmt.Fprintf(sum, "windows %s\n", h.Windows)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// marshal returns dataset.json.
func (h *Header) marshal() ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	err := enc.Encode(h)
	return out.Bytes(), err
}

// parseHeader is strict: the header that it returns is consistent.
func parseHeader(data []byte) (*Header, error) {
	h := &Header{}
	if err := versioned.Decode(data, formatVersion, h); err != nil {
		return nil, err
	}
	return h, h.check()
}

func (h *Header) check() error {
	if h.Vocabulary < 1 || h.Vocabulary > math.MaxUint16+1 {
		return fmt.Errorf("vocabulary is %d; it must be in 1 to 65536", h.Vocabulary)
	}
	if h.Tokens < 0 || h.Tokens > math.MaxInt64/2 {
		return fmt.Errorf("tokens is %d, which is out of range", h.Tokens)
	}
	for name, sum := range map[string]string{"sha256": h.SHA256, "hash": h.Hash} {
		if b, err := hex.DecodeString(sum); err != nil || len(b) != sha256.Size {
			return fmt.Errorf("%s %q is not a SHA-256", name, sum)
		}
	}
	if h.Windows != "" && h.Windows != WindowsInDocuments {
		return fmt.Errorf("windows %q is unknown; it must be %s, or absent", h.Windows, WindowsInDocuments)
	}
	if h.Entropy.Unigram < 0 || h.Entropy.Bigram < 0 {
		return fmt.Errorf("the entropy is negative")
	}
	if share := h.Provenance.Holdout; share < 0 || share > MaxHoldout {
		return fmt.Errorf("the hold-out is %v of the data; it must be at most %v", share, MaxHoldout)
	}
	// Splits follow each other, and the documents of each fill it.
	var at int64
	docs := h.Documents
	for _, name := range splitNames {
		s, _ := h.Split(name)
		if name == Holdout && s == (Range{}) {
			break
		}
		if s.Start != at || s.Length < 0 || s.Length > h.Tokens-at || s.Units < 0 || s.Units > s.Length {
			return fmt.Errorf("split %s is %d tokens from %d (%d units), but begins at %d of %d", name, s.Length, s.Start, s.Units, at, h.Tokens)
		}
		end := at + s.Length
		for len(docs) > 0 && docs[0].Split == name {
			d := docs[0]
			if d.Start != at || d.Length < 1 || d.Length > end-at {
				return fmt.Errorf("document %q is %d tokens from %d, but begins at %d of split %s, which ends at %d", d.Name, d.Length, d.Start, at, name, end)
			}
			at += d.Length
			docs = docs[1:]
		}
		if at != end {
			return fmt.Errorf("the documents of split %s end at %d, the split at %d", name, at, end)
		}
	}
	if len(docs) > 0 {
		return fmt.Errorf("document %q of split %q is out of order", docs[0].Name, docs[0].Split)
	}
	if at != h.Tokens {
		return fmt.Errorf("the splits end at %d, the tokens at %d", at, h.Tokens)
	}
	return nil
}
