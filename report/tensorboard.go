package report

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/waveletgpt/waveletgpt/summary"
)

// EventsDir is the folder of WriteEvents in that of a report.
const EventsDir = "tensorboard"

// eventsName is what TensorBoard looks for, less what makes names of several
// writers differ.
const eventsName = "events.out.tfevents.0.waveletgpt"

// WriteEvents writes the curves of a summary for TensorBoard: below dir a folder
// for each run, with one event file; the names of runs of shorter horizons end with
// their steps. The wall time of an event is its training
// time in seconds, so that TensorBoard's relative time is that.
func WriteEvents(dir string, s *summary.Summary) error {
	for i, r := range runsOfAllHorizons(s) {
		name := fmt.Sprintf("%s-seed%d", fileName(r.Label()), r.Seed)
		if i >= len(s.Runs) { // another run has this name
			name += fmt.Sprintf("-%dsteps", r.Horizon)
		}
		folder := filepath.Join(dir, name)
		if err := os.MkdirAll(folder, 0o777); err != nil {
			return fmt.Errorf("report: %w", err)
		}
		if err := os.WriteFile(filepath.Join(folder, eventsName), events(&s.Data, r.Curve), 0o644); err != nil {
			return fmt.Errorf("report: %w", err)
		}
	}
	return nil
}

// fileName makes a label fit for a file system.
func fileName(label string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`/\:*?"<>| `, r) {
			return '_'
		}
		return r
	}, label)
}

// events is an event file: records of the messages of tensorflow/core/util/event.proto.
func events(d *summary.Data, curve []summary.Point) []byte {
	out := record(nil, bytesField(nil, 3, []byte("brain.Event:2"))) // file_version
	for _, p := range curve {
		summary := bytesField(nil, 1, scalar("validation loss/nats per token", p.Loss))
		summary = bytesField(summary, 1, scalar("validation loss/bits per "+d.Unit, d.Bits(p.Loss)))
		event := doubleField(nil, 1, p.Seconds)                                         // wall_time
		event = binary.AppendUvarint(binary.AppendUvarint(event, 2<<3), uint64(p.Step)) // step
		out = record(out, bytesField(event, 5, summary))
	}
	return out
}

// scalar is a Summary.Value: tag and simple_value.
func scalar(tag string, value float64) []byte {
	out := bytesField(nil, 1, []byte(tag))
	out = binary.AppendUvarint(out, 2<<3|5)
	return binary.LittleEndian.AppendUint32(out, math.Float32bits(float32(value)))
}

func bytesField(out []byte, field uint64, content []byte) []byte {
	out = binary.AppendUvarint(out, field<<3|2)
	return append(binary.AppendUvarint(out, uint64(len(content))), content...)
}

func doubleField(out []byte, field uint64, value float64) []byte {
	return binary.LittleEndian.AppendUint64(binary.AppendUvarint(out, field<<3|1), math.Float64bits(value))
}

// record appends a record of a TFRecord file: length, its checksum, the message,
// its checksum.
func record(out, message []byte) []byte {
	length := binary.LittleEndian.AppendUint64(nil, uint64(len(message)))
	out = binary.LittleEndian.AppendUint32(append(out, length...), maskedChecksum(length))
	return binary.LittleEndian.AppendUint32(append(out, message...), maskedChecksum(message))
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// maskedChecksum is the CRC-32C of data, masked as TensorFlow does
// (tsl/lib/hash/crc32c.h).
func maskedChecksum(data []byte) uint32 {
	c := crc32.Checksum(data, castagnoli)
	return (c>>15 | c<<17) + 0xa282ead8
}
