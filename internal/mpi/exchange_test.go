//go:build linux && (amd64 || arm64)

package mpi

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"
	"time"
)

// joined is the job that a launcher has started this test with. Output is that of rank 0.
var joined = sync.OnceValues(func() (*World, error) {
	w, err := Start(Patience, func(err error) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(7)
	})
	if err == nil && w.Rank() > 0 {
		os.Stdout, err = os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	}
	return w, err
})

// One exchange of a gradient of 8.2 MB, that of 2,055,424 parameters: parts to all, and
// sums from all.
//
//	go test -c -o mpi.test ./internal/mpi
//	mpirun -np 2 ./mpi.test -test.run '^$' -test.bench Exchange -test.benchtime 200x
func BenchmarkExchange(b *testing.B) {
	if n, _ := launched(os.Getenv); n < 2 {
		b.Skip("build it with go test -c, and start it with mpirun -np 2")
	}
	w, err := joined()
	if err != nil {
		b.Fatal(err)
	}
	const size = 4 * 2055424
	gradient, received := bytes.Repeat([]byte{byte(w.Rank())}, size), make([]byte, size)
	part := size / w.Size()
	w.AllToAll(gradient, received)
	for rank := range w.Size() {
		if got := received[rank*part]; got != byte(rank) {
			b.Fatalf("the part of rank %d holds %d", rank, got)
		}
	}
	var all []float64
	for range b.N {
		start := time.Now()
		w.AllToAll(gradient, received)
		w.AllGather(received[:part], gradient)
		all = append(all, time.Since(start).Seconds()*1000)
	}
	slices.Sort(all)
	b.ReportMetric(all[len(all)/2], "ms/median")
	b.ReportMetric(all[0], "ms/least")
}
