package report

import (
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// readEvents prints what TensorBoard's own reader finds in a folder: wall time,
// step and value by tag.
const readEvents = `
import json, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
a = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0})
a.Reload()
print(json.dumps({tag: [[e.wall_time, e.step, e.value] for e in a.Scalars(tag)] for tag in a.Tags()["scalars"]}))
`

// TensorBoard reads back every point of every curve.
func TestEventsAreReadByTensorBoard(t *testing.T) {
	python := os.Getenv("WAVELETGPT_PYTHON")
	if python == "" {
		t.Skip("set WAVELETGPT_PYTHON to a Python that has the packages of internal/oracle/requirements.txt")
	}
	s, dir := example(t), t.TempDir()
	if err := WriteEvents(dir, s); err != nil {
		t.Fatal(err)
	}
	for _, i := range []int{0, 5} {
		r := &s.Runs[i]
		folder := filepath.Join(dir, map[int]string{0: "none-seed1", 5: "haar-seed2"}[i])
		command := exec.Command(python, "-c", readEvents, folder)
		command.Stderr = os.Stderr
		out, err := command.Output()
		if err != nil {
			t.Fatal(err)
		}
		var read map[string][][3]float64
		if err := json.Unmarshal(out, &read); err != nil {
			t.Fatal(err)
		}
		nats, bits := read["validation loss/nats per token"], read["validation loss/bits per character"]
		if len(read) != 2 || len(nats) != len(r.Curve) || len(bits) != len(r.Curve) {
			t.Fatalf("%d tags with %d and %d events for %d points", len(read), len(nats), len(bits), len(r.Curve))
		}
		for j, p := range r.Curve {
			if nats[j] != [3]float64{p.Seconds, float64(p.Step), float64(float32(p.Loss))} {
				t.Errorf("point %+v is read as %v", p, nats[j])
			}
			if math.Abs(bits[j][2]-s.Data.Bits(p.Loss)) > 1e-6 {
				t.Errorf("point %+v has %v bits", p, bits[j][2])
			}
		}
	}
}

// The check value of CRC-32C, e3069283 for "123456789" (the catalogue of
// parametrised CRC algorithms, CRC-32/ISCSI), turned right by 15 bits, plus
// a282ead8.
func TestMaskedChecksum(t *testing.T) {
	if got, want := maskedChecksum([]byte("123456789")), uint32(0x2507c60d+0xa282ead8); got != want {
		t.Errorf("%08x, want %08x", got, want)
	}
}
