package train

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/run"
)

// local is a group of goroutines.
type local struct {
	*meeting
	rank int
}

// A meeting is where all members of a local group show each other their buffers.
type meeting struct {
	size    int
	mu      sync.Mutex
	all     *sync.Cond
	buffers [][]byte
	arrived int
	left    int
	change  func(rank int, buffer []byte) // what a rank shows, if not nil
}

func localGroup(size int) []local {
	m := &meeting{size: size, buffers: make([][]byte, size)}
	m.all = sync.NewCond(&m.mu)
	ranks := make([]local, size)
	for i := range ranks {
		ranks[i] = local{m, i}
	}
	return ranks
}

// meet calls use with the buffers of all, when all are there, and returns when all have
// used them.
func (l local) meet(buffer []byte, use func(all [][]byte)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.left > 0 { // the meeting before is not over
		l.all.Wait()
	}
	if l.change != nil {
		l.change(l.rank, buffer)
	}
	l.buffers[l.rank] = bytes.Clone(buffer)
	if l.arrived++; l.arrived == l.size {
		l.arrived, l.left = 0, l.size
		l.all.Broadcast()
	} else {
		for l.left == 0 {
			l.all.Wait()
		}
	}
	use(l.buffers)
	if l.left--; l.left == 0 {
		l.all.Broadcast()
	}
}

func (l local) Rank() int { return l.rank }

func (l local) Size() int { return l.size }

func (l local) Broadcast(buffer []byte) {
	l.meet(buffer, func(all [][]byte) {
		if len(all[0]) != len(buffer) {
			panic(fmt.Sprintf("rank %d expects %d bytes, rank 0 sends %d", l.rank, len(buffer), len(all[0])))
		}
		copy(buffer, all[0])
	})
}

func (l local) AllToAll(send, receive []byte) {
	l.meet(send, func(all [][]byte) {
		part := len(receive) / l.size
		for i, b := range all {
			copy(receive[i*part:][:part], b[l.rank*part:][:part])
		}
	})
}

func (l local) AllGather(send, receive []byte) {
	l.meet(send, func(all [][]byte) { copy(receive, slices.Concat(all...)) })
}

// onRanks calls do as rank 0 of a group, while the other ranks follow.
func onRanks(t *testing.T, size int, do func(*Ranks)) {
	t.Helper()
	var wait sync.WaitGroup
	group := localGroup(size)
	for _, member := range group[1:] {
		wait.Go(func() {
			r, err := Join(member, "test", time.Hour)
			if err == nil {
				err = r.Follow()
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	r, err := Join(group[0], "test", time.Millisecond) // with many signs of life
	if err != nil {
		t.Fatal(err)
	}
	defer wait.Wait()
	defer r.Close()
	do(r)
}

// trainedOn trains the run in dir on ranks until a step, or to its end, and returns all
// files of it but those of seconds.
func trainedOn(t *testing.T, ranks *Ranks, dir string, c config.Config, set *dataset.Set, until int) map[string]string {
	t.Helper()
	r, err := Start(dir, c, set)
	if err != nil {
		t.Fatal(err)
	}
	l, warnings, err := OpenOn(ranks, r, set)
	if err != nil || len(warnings) > 0 {
		t.Fatal(err, warnings)
	}
	if err := l.Advance(t.Context(), until, func(Report) {}); err != nil {
		t.Fatal(err)
	}
	if err := l.Save(); err != nil {
		t.Fatal(err)
	}
	closeLoop(t, l)
	files := map[string]string{}
	newest, _ := filepath.Glob(filepath.Join(dir, run.CheckpointsDir, fmt.Sprintf("step-%08d", l.Step()), "*"))
	for _, path := range append(newest, filepath.Join(dir, run.MetricsFile), filepath.Join(dir, run.EvaluationsFile), filepath.Join(dir, "final.bin")) {
		content, err := os.ReadFile(path)
		if err != nil && !strings.HasSuffix(path, "final.bin") {
			t.Fatal(err)
		}
		name, _ := filepath.Rel(dir, path)
		files[name] = string(content)
	}
	if len(newest) < 4 {
		t.Fatalf("the last checkpoint has files %v", newest)
	}
	return files
}

func compareFiles(t *testing.T, what string, got, want map[string]string) {
	t.Helper()
	for name := range want {
		if got[name] != want[name] {
			t.Errorf("%s: %s differs from that of one process", what, name)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%s: %d files, one process has %d", what, len(got), len(want))
	}
}

// Runs that several ranks train have the bytes of one process, in their log, evaluations,
// weights and moments, whatever a step is made of.
func TestRanksDoNotChangeBytes(t *testing.T) {
	set := corpus(t, 1, letters)
	for name, change := range map[string]func(*config.Config){
		"uneven":      func(c *config.Config) { c.Model.Dropout = 0.1 }, // 6 sequences in 8 lanes
		"accumulated": func(c *config.Config) { c.Train.Batch, c.Train.Accumulate, c.Model.Mixer = 5, 4, "haar" },
		"one":         func(c *config.Config) { c.Train.Batch, c.Train.Accumulate, c.Model.Mixer = 1, 1, "conv:3" },
		"learned":     func(c *config.Config) { c.Train.Batch, c.Model.Mixer, c.Eval.FinalWindows = 8, "learned", 50 },
		"nanochat": func(c *config.Config) {
			c.Model.Family, c.Train.Optimizer, c.Model.Mixer, c.Model.Dropout = "nanochat", "muon", "ema:matched", 0.1
		},
		"llama": func(c *config.Config) { c.Model.Family, c.Model.Mixer, c.Train.Batch = "llama", "window:4", 7 },
		"lanes": func(c *config.Config) { c.Train.Lanes, c.Train.Batch, c.Train.Accumulate = 32, 21, 1 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := small(change)
			want := trainedOn(t, nil, t.TempDir(), c, set, c.Train.Steps)
			for size := 1; size <= 8; size *= 2 {
				onRanks(t, size, func(r *Ranks) {
					compareFiles(t, fmt.Sprint(size, " ranks"), trainedOn(t, r, t.TempDir(), c, set, c.Train.Steps), want)
				})
			}
		})
	}
}

// A run resumes with any number of ranks.
func TestRanksResume(t *testing.T) {
	set, dir := corpus(t, 1, letters), t.TempDir()
	c := small(func(c *config.Config) { c.Model.Mixer, c.Train.Optimizer = "haar", "muon" })
	c.Train.Keep = 20
	want := trainedOn(t, nil, t.TempDir(), c, set, c.Train.Steps)
	var got map[string]string
	for i, size := range []int{1, 4, 2, 8, 1} {
		until := []int{3, 6, 7, 11, c.Train.Steps}[i]
		onRanks(t, size, func(r *Ranks) { got = trainedOn(t, r, dir, c, set, until) })
	}
	compareFiles(t, "1, 4, 2, 8, 1 ranks", got, want)
}

// Ranks train several runs in turns, as a comparison does, and a step that is not finite is
// left out on all of them.
func TestRanksInTurns(t *testing.T) {
	set := corpus(t, 1, letters)
	a, b := small(nil), small(func(c *config.Config) { c.Model.Mixer, c.Train.OnNonFinite, c.Train.SaveEvery = "haar", "skip", 100 })
	open := func(ranks *Ranks, c config.Config) *Loop {
		r, err := Start(t.TempDir(), c, set)
		if err != nil {
			t.Fatal(err)
		}
		l, _, err := OpenOn(ranks, r, set)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	logs := func(ranks *Ranks) (logs []string) {
		var good float32
		loops := []*Loop{open(ranks, a), open(ranks, b)}
		for until := 2; until <= a.Train.Steps; until += 2 {
			for _, l := range loops {
				if err := l.Advance(t.Context(), until, func(Report) {}); err != nil {
					t.Fatal(err)
				}
			}
			spoiled := loops[1]
			switch until { // steps 5 and 6 are skipped; an evaluation of step 8 would end the run
			case 4:
				good = spoiled.model.Params[0]
				spoiled.model.Params[0] = float32(math.NaN())
			case 6:
				spoiled.model.Params[0] = good
			}
			if err := spoiled.engine.load(spoiled.step); err != nil {
				t.Fatal(err)
			}
		}
		for _, l := range loops {
			closeLoop(t, l)
			log, err := json.Marshal(metricsOf(t, l.run.Dir))
			if err != nil {
				t.Fatal(err)
			}
			logs = append(logs, string(log))
		}
		return logs
	}
	want := logs(nil)
	if !strings.Contains(want[1], "skipped") {
		t.Fatalf("no step was skipped: %s", want[1])
	}
	onRanks(t, 4, func(r *Ranks) {
		if got := logs(r); !slices.Equal(got, want) {
			t.Errorf("4 ranks log\n%s\none process\n%s", got, want)
		}
	})
}

// Ranks that cannot have the same bits are told apart, on every rank.
func TestJoinRefuses(t *testing.T) {
	for what, test := range map[string]struct{ old, new, want string }{
		"kernels": {`"Tier":"`, `"Tier":"other-`, "has the kernels other-"},
		"build":   {`"Build":"test"`, `"Build":"else"`, "another build"},
		"bytes":   {`{`, `[`, "another program"},
	} {
		t.Run(what, func(t *testing.T) {
			group := localGroup(4)
			group[0].change = func(rank int, buffer []byte) {
				if rank == 2 {
					copy(buffer, strings.Replace(string(buffer), test.old, test.new, 1))
				}
			}
			var wait sync.WaitGroup
			for _, member := range group {
				wait.Go(func() {
					_, err := Join(member, "test", time.Hour)
					if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "rank 2") || strings.Contains(err.Error(), "\n") {
						t.Errorf("rank %d: %v", member.rank, err)
					}
				})
			}
			wait.Wait()
		})
	}
}

// A number of ranks that does not divide the lanes is refused before anything happens.
func TestRanksFit(t *testing.T) {
	set := corpus(t, 1, letters)
	for _, test := range []struct {
		size, lanes int
		engine      string
		want        string
	}{
		{3, 8, "native", "3 ranks cannot share train.lanes = 8 equally; start 1, 2, 4, 8 of them"}, {4, 2, "native", "start 1, 2 of"}, {4, 4, "native", ""},
		{2, 8, "torch", "2 ranks cannot share train.engine = torch"},
	} {
		onRanks(t, test.size, func(ranks *Ranks) {
			r, err := Start(t.TempDir(), small(func(c *config.Config) { c.Train.Lanes, c.Train.Engine = test.lanes, test.engine }), set)
			if err != nil {
				t.Fatal(err)
			}
			l, _, err := OpenOn(ranks, r, set)
			if err == nil {
				closeLoop(t, l)
			}
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("%d ranks, %d lanes: %v", test.size, test.lanes, err)
			}
		})
	}
}

// Idle counts the threads of all ranks.
func TestIdleRanks(t *testing.T) {
	onRanks(t, 4, func(r *Ranks) {
		c := config.Train{Batch: 5, Accumulate: 1, Lanes: 8, Threads: 2}
		if got, want := Idle(c, r), "5 of 8 threads of 4 ranks: it has 5 sequences"; !strings.Contains(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
		if c.Batch = 8; Idle(c, r) != "" {
			t.Errorf("%q", Idle(c, r))
		}
	})
}

// While rank 0 prepares or saves, and gives no orders, the others hear from it.
func TestRanksHearFromRankZero(t *testing.T) {
	group := localGroup(2)
	heard, over := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(over)
		r, err := Join(group[1], "test", time.Hour)
		if err != nil {
			t.Error(err)
			return
		}
		for range 3 {
			if o, message := r.receive(); o.Kind != orderNothing || len(message) > 0 {
				t.Errorf("order %+v with %d bytes", o, len(message))
			}
		}
		close(heard)
		if err := r.Follow(); err != nil {
			t.Error(err)
		}
	}()
	r, err := Join(group[0], "test", time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	<-heard
	r.Close()
	<-over
}
