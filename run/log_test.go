package run

import (
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/internal/vfs"
)

// write appends to a run's log what a training of some steps does, with an
// evaluation of three windows after every second one, step 0 included.
func write(t *testing.T, r *Run, from, to int) {
	t.Helper()
	l, err := r.OpenLog(from - 1)
	if err != nil {
		t.Fatal(err)
	}
	for step := from; step <= to; step++ {
		loss, norm, rate := 3/float64(step+1), 0.1, 1e-3
		if step > 0 {
			if err := l.Append(Metric{Step: step, Tokens: int64(10 * step), Loss: &loss, GradNorm: &norm, LR: &rate}, 0.5*float64(step), nil); err != nil {
				t.Fatal(err)
			}
		}
		if step%2 == 0 {
			if err := l.Append(Metric{Step: step, Tokens: int64(10 * step), ValidationLoss: &loss}, 99, windowsOf(step)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := l.Sync(); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

func windowsOf(step int) []float32 { return []float32{float32(step), 1.5, math.MaxFloat32} }

// read returns the steps of the lines of metrics, of timings, and of evaluations.
func read(t *testing.T, r *Run) (metrics, timings, evaluations []int) {
	t.Helper()
	ms, err := r.Metrics()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range ms {
		metrics = append(metrics, m.Step)
	}
	ts, err := r.Timings()
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range ts {
		timings = append(timings, v.Step)
		if v.Seconds != 0.5*float64(v.Step) {
			t.Errorf("step %d took %v s", v.Step, v.Seconds)
		}
	}
	es, err := r.Evaluations()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range es {
		evaluations = append(evaluations, e.Step)
		if !reflect.DeepEqual(e.Losses, windowsOf(e.Step)) {
			t.Errorf("evaluation %+v", e)
		}
	}
	return metrics, timings, evaluations
}

func expect(t *testing.T, r *Run, metrics, timings, evaluations []int) {
	t.Helper()
	m, s, e := read(t, r)
	if !reflect.DeepEqual(m, metrics) || !reflect.DeepEqual(s, timings) || !reflect.DeepEqual(e, evaluations) {
		t.Errorf("the log has metrics %v, timings %v, evaluations %v,\nwant %v, %v, %v", m, s, e, metrics, timings, evaluations)
	}
}

func TestLogRoundTrip(t *testing.T) {
	r := create(t)
	expect(t, r, nil, nil, nil)
	write(t, r, 0, 4)
	expect(t, r, []int{0, 1, 2, 2, 3, 4, 4}, []int{1, 2, 3, 4}, []int{0, 2, 4})
	all, err := r.Metrics()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range all {
		want := 3 / float64(m.Step+1)
		switch {
		case m.Loss != nil:
			if *m.Loss != want || *m.GradNorm != 0.1 || *m.LR != 1e-3 || m.ValidationLoss != nil {
				t.Errorf("%+v", m)
			}
		case m.ValidationLoss == nil || *m.ValidationLoss != want || m.Tokens != int64(10*m.Step):
			t.Errorf("%+v", m)
		}
	}
	// The text of a line is part of the format.
	data, err := os.ReadFile(r.Path(MetricsFile))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"step":0,"tokens":0,"validation_loss":3}
{"step":1,"tokens":10,"loss":1.5,"grad_norm":0.1,"lr":0.001}
`
	if !strings.HasPrefix(string(data), want) {
		t.Errorf("%s begins with\n%s", MetricsFile, data)
	}
}

// A log that is opened at a step loses what came later, and goes on from there
// to the same bytes.
func TestLogCutBack(t *testing.T) {
	whole := create(t)
	write(t, whole, 0, 6)
	for step := 1; step <= 6; step++ {
		r := create(t)
		write(t, r, 0, 6)
		l, err := r.OpenLog(step)
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		m, s, e := read(t, r)
		if len(s) != step || m[len(m)-1] != step || len(e) != step/2+1 {
			t.Errorf("cut back at %d: %v, %v, %v", step, m, s, e)
		}
		if step == 6 {
			continue
		}
		write(t, r, step+1, 6)
		for _, name := range []string{MetricsFile, TimingFile, EvaluationsFile} {
			got, err := os.ReadFile(r.Path(name))
			if err != nil {
				t.Fatal(err)
			}
			if want, err := os.ReadFile(whole.Path(name)); err != nil || string(got) != string(want) {
				t.Errorf("cut back at %d: %s differs, %v", step, name, err)
			}
		}
	}
	r := create(t)
	write(t, r, 0, 6)
	write(t, r, 0, 2)
	expect(t, r, []int{0, 1, 2, 2}, []int{1, 2}, []int{0, 2})
}

// What a process that was killed has half written is left out by readers.
func TestLogTorn(t *testing.T) {
	r := create(t)
	write(t, r, 0, 4)
	for _, name := range []string{MetricsFile, TimingFile, EvaluationsFile} {
		info, err := os.Stat(r.Path(name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(r.Path(name), info.Size()-2); err != nil {
			t.Fatal(err)
		}
	}
	expect(t, r, []int{0, 1, 2, 2, 3, 4}, []int{1, 2, 3}, []int{0, 2})
	write(t, r, 3, 4) // after a checkpoint of step 2
	expect(t, r, []int{0, 1, 2, 2, 3, 4, 4}, []int{1, 2, 3, 4}, []int{0, 2, 4})

	for size := int64(0); size < 16; size++ { // within the header
		if err := os.Truncate(r.Path(EvaluationsFile), size); err != nil {
			t.Fatal(err)
		}
		if all, err := r.Evaluations(); len(all) > 0 || err != nil {
			t.Errorf("%d bytes of evaluations: %v, %v", size, all, err)
		}
	}
}

func TestLogDamaged(t *testing.T) {
	for _, name := range []string{MetricsFile, TimingFile} {
		r := create(t)
		write(t, r, 0, 4)
		data, err := os.ReadFile(r.Path(name))
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.SplitAfter(string(data), "\n")
		lines[2] = "{\"step\":two}\n"
		if err := os.WriteFile(r.Path(name), []byte(strings.Join(lines, "")), 0o644); err != nil {
			t.Fatal(err)
		}
		if name == MetricsFile {
			_, err = r.Metrics()
		} else {
			_, err = r.Timings()
		}
		says(t, err, r.Path(name)+":3", "damaged")
		_, err = r.OpenLog(4)
		says(t, err, r.Path(name)+":3", "damaged", "--out")
		if after, _ := os.ReadFile(r.Path(name)); len(after) != len(strings.Join(lines, "")) {
			t.Errorf("%s was cut though it was refused", name)
		}
		// Behind the step it does not matter.
		l, err := r.OpenLog(1)
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		expect(t, r, []int{0, 1}, []int{1}, []int{0})
	}
}

func TestEvaluationsRefuse(t *testing.T) {
	for _, test := range []struct {
		name  string
		spoil func(data []byte)
		want  string
	}{
		{"another file", func(data []byte) { data[0] = 'X' }, "not a file of evaluations"},
		{"a newer format", func(data []byte) { data[8] = 2 }, "format_version is 2"},
		{"no format", func(data []byte) { data[8] = 0 }, "format_version is 0"},
		{"too many windows", func(data []byte) { data[15] = 0xff }, "damaged"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := create(t)
			write(t, r, 0, 4)
			data, err := os.ReadFile(r.Path(EvaluationsFile))
			if err != nil {
				t.Fatal(err)
			}
			test.spoil(data)
			if err := os.WriteFile(r.Path(EvaluationsFile), data, 0o644); err != nil {
				t.Fatal(err)
			}
			_, err = r.Evaluations()
			says(t, err, r.Path(EvaluationsFile), test.want)
			_, err = r.OpenLog(2)
			says(t, err, r.Path(EvaluationsFile), test.want)
		})
	}
}

// What a full disk does not take waits, in its order, until there is room.
func TestAppenderWaitsForRoom(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("this system has no disk that is always full")
	}
	defer full.Close()
	roomy, err := newAppender(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	a := &appender{file: full}
	for _, line := range []string{"first\n", "second\n"} {
		if err := a.append([]byte(line)); !vfs.IsFull(err) {
			t.Errorf("a full disk gives %v", err)
		}
	}
	a.file = roomy.file
	if err := a.append([]byte("third\n")); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(roomy.file.Name()); err != nil || string(got) != "first\nsecond\nthird\n" {
		t.Errorf("%q, %v", got, err)
	}
	if err := a.close(); err != nil {
		t.Error(err)
	}
}
