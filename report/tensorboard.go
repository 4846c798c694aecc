package report

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"path/filepath"

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
		name := EventsName(r.Label(), r.Seed)
		if i >= len(s.Runs) { // another run has this name
			name += fmt.Sprintf("-%dsteps", r.Horizon)
		}
		var events []Event
		for _, p := range r.Curve {
			events = append(events, Event{p.Step, p.Seconds, ValidationLoss(&s.Data, p.Loss)})
		}
		if err := NewEventFile(filepath.Join(dir, name)).Append(events); err != nil {
			return err
		}
	}
	return nil
}

// EventsName names the folder of a run.
func EventsName(label string, seed uint64) string {
	return fmt.Sprintf("%s-seed%d", summary.SafeLabel(label), seed)
}

// An Event is what was measured at a step.
type Event struct {
	Step    int
	Seconds float64 // of training
	Scalars []Scalar
}

// A Scalar is a point of a curve.
type Scalar struct {
	Tag   string // TensorBoard groups curves by what is before the first /
	Value float64
}

// ValidationLoss is a validation loss in nats per token and in bits per unit.
func ValidationLoss(d *summary.Data, nats float64) []Scalar {
	return []Scalar{{"validation loss/nats per token", nats}, {"validation loss/bits per " + d.Unit, d.Bits(nats)}}
}

// encode is a record of the message Event of tensorflow/core/util/event.proto.
func (e Event) encode(out []byte) []byte {
	var values []byte
	for _, s := range e.Scalars {
		values = bytesField(values, 1, s.encode())
	}
	event := doubleField(nil, 1, e.Seconds)                                         // wall_time
	event = binary.AppendUvarint(binary.AppendUvarint(event, 2<<3), uint64(e.Step)) // step
	return record(out, bytesField(event, 5, values))                                // summary
}

// encode is a Summary.Value: tag and simple_value.
func (s Scalar) encode() []byte {
	out := bytesField(nil, 1, []byte(s.Tag))
	out = binary.AppendUvarint(out, 2<<3|5)
	return binary.LittleEndian.AppendUint32(out, math.Float32bits(float32(s.Value)))
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
