package run

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"testing"
)

// Whatever the bytes are, what is read is what they say: written again, the
// records are the beginning of the file.
func FuzzParseEvaluations(f *testing.F) {
	header := func(version, windows uint32) []byte {
		data := []byte(evaluationsMagic)
		data = binary.LittleEndian.AppendUint32(data, version)
		return binary.LittleEndian.AppendUint32(data, windows)
	}
	f.Add([]byte(nil))
	f.Add(header(1, 0))
	f.Add(append(header(1, 0), 1, 0, 0, 0, 2, 0, 0, 0))
	f.Add(append(header(1, 2), 7, 0, 0, 0, 0, 0, 0x80, 0x3f, 0, 0, 0xc0, 0x7f, 8, 0))
	f.Add(header(2, 2))
	f.Add(header(1, math.MaxUint32))
	f.Fuzz(func(t *testing.T, data []byte) {
		all, err := parseEvaluations(data)
		if err != nil || len(all) == 0 {
			return
		}
		again := header(1, uint32(len(all[0].Losses)))
		for _, e := range all {
			again = binary.LittleEndian.AppendUint32(again, uint32(e.Step))
			for _, l := range e.Losses {
				again = binary.LittleEndian.AppendUint32(again, math.Float32bits(l))
			}
		}
		if !bytes.HasPrefix(data, again) || len(data)-len(again) >= 4+4*len(all[0].Losses) {
			t.Errorf("%d records of %d bytes from %d bytes", len(all), len(again), len(data))
		}
	})
}

// Whatever the bytes are, they are refused, or what is read is all that they say.
func FuzzParseFinal(f *testing.F) {
	f.Add([]byte(nil))
	f.Add(appendHeader(nil, finalMagic, 0))
	f.Add(append(appendHeader(nil, finalMagic, 1), 7, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0xc0, 0x7f))
	f.Add(append(appendHeader(nil, finalMagic, 1), 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 0x3f))
	f.Add(append(appendHeader(nil, finalMagic, 2), 7, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0x80, 0x3f))
	f.Add(appendHeader(nil, finalMagic, math.MaxUint32))
	f.Add(appendHeader(nil, evaluationsMagic, 0))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		all, err := parseFinal(data)
		if err != nil {
			return
		}
		r := &Run{Dir: dir}
		if err := r.WriteFinalEvaluation(all); err != nil {
			t.Fatal(err)
		}
		again, err := os.ReadFile(r.Path(FinalFile))
		if err != nil || !bytes.Equal(again, data) {
			t.Fatalf("%d windows of %q are written as %q, %v", len(all), data, again, err)
		}
	})
}

// Whatever the files of a log hold, opening it for a step either refuses and
// changes nothing, or leaves the beginning of each that ends with that step, to
// which a second opening has nothing to add.
func FuzzOpenLog(f *testing.F) {
	line := "{\"step\":0,\"tokens\":0,\"validation_loss\":2}\n{\"step\":1,\"tokens\":8,\"loss\":2.5,\"grad_norm\":1,\"lr\":0.1}\n{\"step\":2,\"tokens\":8,\"non_finite\":\"loss\",\"skipped\":true}\n"
	record := []byte(evaluationsMagic + "\x01\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x40")
	f.Add([]byte(line), []byte("{\"step\":1,\"seconds\":0.1}\n{\"step\":2,\"seconds\":0.2}\n"), record, 1)
	f.Add([]byte(line[:len(line)-5]), []byte("{\"step\":1,\"seconds\":0.1}\n{\"st"), record[:len(record)-1], 0)
	f.Add([]byte("null\n{}\n"), []byte("\x00\n"), []byte{}, -1)
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, metrics, timing, evaluations []byte, step int) {
		r := &Run{Dir: dir}
		before := map[string][]byte{MetricsFile: metrics, TimingFile: timing, EvaluationsFile: evaluations}
		for name, data := range before {
			if err := os.WriteFile(r.Path(name), data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		open := func() error {
			l, err := r.OpenLog(step)
			if err == nil {
				err = l.Close()
			}
			return err
		}
		refused := open()
		for name, data := range before {
			after, err := os.ReadFile(r.Path(name))
			if err != nil || !bytes.HasPrefix(data, after) || refused != nil && len(after) != len(data) {
				t.Fatalf("%s was %q and is %q, %v", name, data, after, refused)
			}
			before[name] = after
		}
		if refused != nil {
			return
		}
		if err := open(); err != nil {
			t.Fatalf("opened again: %v", err)
		}
		for name, data := range before {
			if after, err := os.ReadFile(r.Path(name)); err != nil || !bytes.Equal(after, data) {
				t.Fatalf("%s was %q and is %q after it was opened again, %v", name, data, after, err)
			}
		}
	})
}
