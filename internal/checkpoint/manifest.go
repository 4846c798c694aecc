package checkpoint

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/waveletgpt/waveletgpt/internal/versioned"
)

// FormatVersion is the version of the manifest that this package writes, and
// the newest that it reads.
const FormatVersion = 1

// manifestName is the file that describes the others.
const manifestName = "manifest.json"

// maxManifest is the maximum size of a manifest, in bytes.
const maxManifest = 1 << 20

// ErrDamaged is wrapped by the error for a checkpoint that is not what was
// saved.
var ErrDamaged = errors.New("damaged")

// manifest is the content of manifest.json. On disk it ends with a line that
// has the SHA-256 of all bytes before that line. This holds for all versions,
// so that a damaged version number does not look like a newer one.
type manifest struct {
	FormatVersion int               `json:"format_version"`
	Step          int               `json:"step"`
	Labels        map[string]string `json:"labels"`
	Files         []entry           `json:"files"`
	Seal          string            `json:"sha256,omitempty"` // the last line; only while decoding
}

// entry describes a file of a checkpoint.
type entry struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"` // bytes
	SHA256 string `json:"sha256"`
}

// encode returns the bytes of manifest.json.
func (m manifest) encode() ([]byte, error) {
	body, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return nil, err
	}
	return seal(append(bytes.TrimSuffix(body, []byte("\n}")), ",\n"...)), nil
}

// seal appends the last line to the others.
func seal(body []byte) []byte {
	sum := sha256.Sum256(body)
	return fmt.Appendf(bytes.Clone(body), "  \"sha256\": %q\n}\n", hex.EncodeToString(sum[:]))
}

// lastLine is the length of what [seal] appends.
var lastLine = len(seal(nil))

// decodeManifest reads what encode returned. The error for a manifest of a
// newer format wraps [versioned.ErrNewer], every other one [ErrDamaged].
func decodeManifest(data []byte) (manifest, error) {
	body := data[:max(len(data)-lastLine, 0)]
	if !bytes.Equal(seal(body), data) {
		return manifest{}, fmt.Errorf("%w: %s is truncated or changed", ErrDamaged, manifestName)
	}
	var m manifest
	err := versioned.Decode(data, FormatVersion, &m)
	if errors.Is(err, versioned.ErrNewer) {
		return manifest{}, fmt.Errorf("%s: %w", manifestName, err)
	}
	m.Seal = ""
	if err == nil {
		err = m.check()
	}
	if err != nil {
		return manifest{}, fmt.Errorf("%w: %s: %w", ErrDamaged, manifestName, err)
	}
	return m, nil
}

// check refuses what Save never writes. It does not compare sizes and hashes.
func (m manifest) check() error {
	if m.Step < 0 {
		return fmt.Errorf("step is %d; the first is 0", m.Step)
	}
	names := map[string]bool{}
	for _, e := range m.Files {
		if err := checkName(e.Name); err != nil {
			return err
		}
		if names[e.Name] {
			return fmt.Errorf("two files are named %s", e.Name)
		}
		names[e.Name] = true
	}
	return nil
}

// checkName accepts names that are valid on every file system and stay inside
// the directory.
func checkName(name string) error {
	const allowed = "abcdefghijklmnopqrstuvwxyz0123456789-_."
	if name == "" || name == manifestName || name[0] == '.' || strings.Trim(name, allowed) != "" {
		return fmt.Errorf("%q cannot name a file of a checkpoint; use lower-case letters, digits, dots, - and _", name)
	}
	return nil
}
