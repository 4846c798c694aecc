package dataset

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/waveletgpt/waveletgpt/media"
)

// Nothing reads the hold-out before it is opened, and everything after.
func TestHoldoutIsClosed(t *testing.T) {
	for _, windows := range []string{WindowsAnywhere, WindowsInDocuments} {
		s, _ := prepared(t, Options{Holdout: 0.1, Windows: windows}, document("a", "", text(500)))
		reads := map[string]func() error{
			"Read":    func() error { return s.Read(make([]uint16, 5), Holdout, 0) },
			"Window":  func() error { _, err := s.Window(make([]uint16, 5), Holdout, 0); return err },
			"Windows": func() error { _, err := s.Windows(Holdout, 2, 5); return err },
			"Unused":  func() error { _, err := s.Unused(Holdout, 2, 2, 5); return err },
		}
		for name, read := range reads {
			if err := read(); err == nil || !strings.Contains(err.Error(), "the hold-out of source is not open") {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := s.Openings(); err != nil {
			t.Error(err)
		}
		if _, err := s.OpenHoldout("study"); err == nil || !strings.Contains(err.Error(), `"study"`) || reads["Read"]() == nil {
			t.Errorf("a study without a hash: %v", err)
		}
		if _, err := s.OpenHoldout(study); err != nil {
			t.Fatal(err)
		}
		for name, read := range reads {
			if err := read(); err != nil {
				t.Errorf("%s of an open hold-out: %v", name, err)
			}
		}
	}
	s, dir := prepared(t, Options{}, document("a", "", text(500)))
	if _, err := s.OpenHoldout(study); err == nil || !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), "there is none") {
		t.Errorf("a set without a hold-out: %v", err)
	}
	if _, err := s.Windows(Holdout, 2, 5); err == nil || !strings.Contains(err.Error(), "no holdout split") {
		t.Errorf("windows of no hold-out: %v", err)
	}
}

// Each study is recorded once, at its first opening, and learns of those before
// it. The set stays as it is.
func TestOpenHoldout(t *testing.T) {
	_, dir := prepared(t, Options{Holdout: 0.1}, document("a", "", text(500)))
	header, err := os.ReadFile(filepath.Join(dir, HeaderFile))
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Now().Truncate(time.Second)
	for _, test := range []struct{ by, earlier string }{{"aa", ""}, {"bb", "aa"}, {"AA", ""}, {"cc", "aa bb"}, {"bb", "aa"}} {
		s, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		earlier, err := s.OpenHoldout(test.by)
		if err != nil || by(earlier) != test.earlier {
			t.Errorf("before %s: %v, %v; want %s", test.by, earlier, err, test.earlier)
		}
		s.Close()
	}
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	all, err := s.Openings()
	if err != nil || by(all) != "aa bb cc" {
		t.Errorf("openings %v, %v", all, err)
	}
	for _, o := range all {
		if o.Time.Before(begin) || o.Time.After(time.Now()) || o.Time.Location() != time.UTC {
			t.Errorf("opened at %v", o.Time)
		}
	}
	if after, err := os.ReadFile(filepath.Join(dir, HeaderFile)); err != nil || string(after) != string(header) {
		t.Errorf("the header has changed, %v", err)
	}
	if err := s.Verify(); err != nil {
		t.Error(err)
	}
	// Data that is prepared again was looked at; other data has another record.
	again, err := Prepare(t.Context(), dir, "source", letters(1, func(int) int { return 500 }), Options{Holdout: 0.1}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if _, err := again.OpenHoldout("dd"); err == nil || !strings.Contains(err.Error(), "another directory") {
		t.Errorf("other data in the directory: %v", err)
	}
	same, err := Prepare(t.Context(), dir, "source", []media.Document{document("a", "", text(500))}, Options{Holdout: 0.1}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer same.Close()
	if earlier, err := same.OpenHoldout("dd"); err != nil || by(earlier) != "aa bb cc" {
		t.Errorf("the same data again: openings %v, %v", earlier, err)
	}
}

// by lists the studies that opened a hold-out.
func by(all []Opening) string {
	var studies []string
	for _, o := range all {
		studies = append(studies, o.By)
	}
	return strings.Join(studies, " ")
}

// Of several at a time, as parts of a study are, each waits its turn and is recorded.
func TestOpenHoldoutAtOnce(t *testing.T) {
	_, dir := prepared(t, Options{Holdout: 0.1}, document("a", "", text(500)))
	var want []string
	var mu sync.Mutex
	var work sync.WaitGroup
	for i := range 16 {
		work.Go(func() {
			s, err := Open(dir)
			if err != nil {
				t.Error(err)
				return
			}
			defer s.Close()
			study := strings.Repeat(string("0123456789abcdef"[i]), 8)
			_, opened := s.OpenHoldout(study)
			if read := s.Read(make([]uint16, 1), Holdout, 0); (read == nil) != (opened == nil) {
				t.Errorf("opened: %v, read: %v", opened, read)
			}
			if opened != nil {
				t.Error(opened)
			}
			mu.Lock()
			defer mu.Unlock()
			want = append(want, study)
		})
	}
	work.Wait()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	all, err := s.Openings()
	got := strings.Fields(by(all))
	slices.Sort(got)
	slices.Sort(want)
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("recorded %v, opened %v, %v", got, want, err)
	}
}

// A hold-out whose opening cannot be recorded stays closed, unless it is recorded
// already.
func TestOpenHoldoutUnrecorded(t *testing.T) {
	// A directory in the place of the file that is written: as on a disk that
	// cannot be written, also for the superuser.
	for _, blocked := range []string{".lock", ".tmp-" + HoldoutFile} {
		s, dir := prepared(t, Options{Holdout: 0.1}, document("a", "", text(500)))
		other, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		block := func() {
			path := filepath.Join(dir, blocked)
			os.Remove(path)
			if err := os.MkdirAll(filepath.Join(path, "x"), 0o777); err != nil {
				t.Fatal(err)
			}
		}
		block()
		_, err = s.OpenHoldout(study)
		for _, want := range []string{dir, "cannot be recorded", "is not opened"} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v does not name %q", blocked, err, want)
			}
		}
		if err := s.Read(make([]uint16, 1), Holdout, 0); err == nil {
			t.Errorf("%s: the hold-out is read", blocked)
		}
		if err := os.RemoveAll(filepath.Join(dir, blocked)); err != nil {
			t.Fatal(err)
		}
		if _, err := s.OpenHoldout(study); err != nil {
			t.Fatal(err)
		}
		block()
		if _, err := other.OpenHoldout(study); err != nil || other.Read(make([]uint16, 1), Holdout, 0) != nil {
			t.Errorf("%s: a study that is recorded: %v", blocked, err)
		}
	}
}

// A damaged record is not overwritten and opens nothing.
func TestOpenHoldoutDamaged(t *testing.T) {
	s, dir := prepared(t, Options{Holdout: 0.1}, document("a", "", text(500)))
	if _, err := s.OpenHoldout("aa"); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, HoldoutFile)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	closed, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer closed.Close()
	hash := s.Header.Hash
	for name, test := range map[string]struct{ old, changed, want string }{
		"empty":         {string(good), "", "empty"},
		"cut off":       {"]\n}\n", "", "truncated"},
		"newer":         {`"format_version": 1`, `"format_version": 2`, "newer"},
		"unknown key":   {`"data"`, `"dato"`, "dato"},
		"other data":    {hash, strings.Repeat("0", 64), "000000000000"},
		"no study":      {`"aa"`, `""`, `opening 1, by ""`},
		"no hash":       {`"aa"`, `"study"`, `by "study"`},
		"no time":       {`"time": "2`, `"time": "x2`, "time"},
		"time is zero":  {timeOf(string(good)), "0001-01-01T00:00:00Z", "opening 1"},
		"study, twice":  {`"openings": [`, `"openings": [{"by": "aa", "time": "2026-01-02T03:04:05Z"},`, "opening 2"},
		"is all spaces": {string(good), "   ", "empty"},
	} {
		text := strings.Replace(string(good), test.old, test.changed, 1)
		if text == string(good) {
			t.Fatalf("%s: nothing is changed", name)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := closed.OpenHoldout("bb"); err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), HoldoutFile) {
			t.Errorf("%s: %v does not name %q", name, err, test.want)
		}
		if closed.Read(make([]uint16, 1), Holdout, 0) == nil {
			t.Errorf("%s: the hold-out is read", name)
		}
		if after, err := os.ReadFile(path); err != nil || string(after) != text {
			t.Errorf("%s: the record was changed, %v", name, err)
		}
	}
}

// timeOf returns the time in a record with one opening.
func timeOf(record string) string {
	_, after, _ := strings.Cut(record, `"time": "`)
	return after[:len("2026-01-02T03:04:05Z")]
}

func FuzzOpenings(f *testing.F) {
	f.Add([]byte(`{"format_version":1,"data":"","openings":[{"by":"ab","time":"2026-01-02T03:04:05Z"},{"by":"cd","time":"2026-01-02T03:04:05+01:00"}]}`))
	f.Add([]byte(`{"format_version":1,"openings":[{"by":"ab"}]}`))
	f.Add([]byte(`{"format_version":2}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		all, err := parseOpenings(data)
		if err != nil {
			return
		}
		seen := map[string]bool{}
		for _, o := range all.Openings {
			if seen[o.By] || o.By == "" || o.By != strings.ToLower(o.By) || o.Time.IsZero() {
				t.Fatalf("openings %v", all.Openings)
			}
			seen[o.By] = true
		}
		again, err := all.marshal()
		if err != nil {
			t.Fatal(err)
		}
		second, err := parseOpenings(again)
		if diff := cmp.Diff(all, second, cmpopts.EquateEmpty()); err != nil || diff != "" {
			t.Fatalf("written and read it is another record: %v\n%s", err, diff)
		}
	})
}
