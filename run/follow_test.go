package run

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// A follower returns each line once, with the seconds of its step, however the two
// files grow; half a line waits.
func TestFollow(t *testing.T) {
	r := &Run{Dir: t.TempDir()}
	add := func(name, text string) {
		t.Helper()
		file, err := os.OpenFile(filepath.Join(r.Dir, name), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := file.WriteString(text); err != nil {
			t.Fatal(err)
		}
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
	}
	f := Follow(r.Dir)
	next := func(want ...[2]float64) {
		t.Helper()
		lines, err := f.Next()
		if err != nil {
			t.Fatal(err)
		}
		var got [][2]float64
		for _, l := range lines {
			got = append(got, [2]float64{float64(l.Step), l.Seconds})
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("steps and seconds %v, want %v", got, want)
		}
	}
	next() // no files
	add(MetricsFile, `{"step":0,"tokens":0,"validation_loss":3}`+"\n")
	next([2]float64{0, 0})
	next()
	add(TimingFile, `{"step":1,"seconds":0.5}`+"\n"+`{"step":2,"seconds":0.75}`+"\n"+`{"st`)
	add(MetricsFile, `{"step":1,"tokens":8,"loss":3}`+"\n"+`{"step":2,"tok`)
	next([2]float64{1, 0.5})
	add(MetricsFile, `ens":16,"loss":2}`+"\n"+`{"step":2,"tokens":16,"validation_loss":2}`+"\n")
	next([2]float64{2, 0.75}, [2]float64{2, 0.75})
	add(TimingFile, `ep":3,"seconds":1}`+"\n")
	add(MetricsFile, `{"step":3,"tokens":24,"loss":2}`+"\nnot JSON\n")
	if _, err := f.Next(); err == nil || err.Error()[:len(r.Dir)] != r.Dir {
		t.Errorf("a damaged line: %v", err)
	}
}
