package compare

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/waveletgpt/waveletgpt/gpt"
	"github.com/waveletgpt/waveletgpt/summary"
)

// A Share is one of the parts of a study that are trained on separate machines. The
// parts share nothing but the plan.
type Share struct{ Number, Of int } // Number counts from 1

// ParseShare reads "2/4", the second of four parts.
func ParseShare(text string) (Share, error) {
	number, of, _ := strings.Cut(text, "/")
	k, err := strconv.Atoi(number)
	n, err2 := strconv.Atoi(of)
	if err != nil || err2 != nil {
		return Share{}, fmt.Errorf("%q is no part; write 2/4 for the second of four", text)
	}
	return NewShare(k, n)
}

// NewShare returns the part of a number.
func NewShare(number, of int) (Share, error) {
	if of < 1 || number < 1 || number > of {
		return Share{}, fmt.Errorf("there is no part %d of %d; parts count from 1 to their number, as in 1/4 to 4/4", number, of)
	}
	return Share{number, of}, nil
}

func (s Share) String() string { return fmt.Sprintf("%d/%d", s.Number, s.Of) }

// Dir names the directory of the part, below that of the comparison.
func (s Share) Dir() string { return summary.PartDir(s.Number, s.Of) }

// ShareOf is the part whose directory has this name.
func ShareOf(dir string) (s Share, ok bool) {
	s.Number, s.Of, ok = summary.PartOf(dir)
	return s, ok
}

// A unit is runs that stay together on one machine. Its cost is in whole millions of
// FLOPs: all machines have to divide alike, and floating-point sums may differ between
// them.
type unit struct {
	jobs []job
	cost int64
}

// units divides jobs into those of one seed, which take turns, or, where there are more
// parts than seeds, into single runs with those that branch off them. Units of one seed
// are neighbours.
func units(jobs []job, parts, vocabulary int) (all []unit, err error) {
	seeds := seedsOf(jobs)
	trunks, _ := stages(jobs)
	for _, seed := range seeds {
		var names []string // of the units of this seed
		for _, j := range jobs {
			if j.seed != seed {
				continue
			}
			name := ""
			if parts > len(seeds) {
				name = j.together()
			}
			at := slices.Index(names, name)
			if at < 0 {
				at, names = len(names), append(names, name)
				all = append(all, unit{})
			}
			u := &all[len(all)-len(names)+at]
			cost, err := j.cost(trunks, vocabulary)
			if err != nil {
				return nil, err
			}
			u.jobs, u.cost = append(u.jobs, j), u.cost+cost
		}
	}
	return all, nil
}

// seedsOf lists the seeds of jobs, each once, in their order.
func seedsOf(jobs []job) (seeds []uint64) {
	for _, j := range jobs {
		if !slices.Contains(seeds, j.seed) {
			seeds = append(seeds, j.seed)
		}
	}
	return seeds
}

// together names the smallest unit of a job: it is alone, or with those that are branches of
// one run.
func (j *job) together() string {
	if j.trunk != "" {
		return j.trunk
	}
	return j.hash
}

// cost counts the millions of FLOPs of a job beyond those of its trunk.
func (j *job) cost(trunks []job, vocabulary int) (int64, error) {
	m, err := gpt.Outline(gpt.Config{Model: j.config.Model, Vocabulary: vocabulary})
	if err != nil {
		return 0, fmt.Errorf("variant %s: %w", j.Label(), err)
	}
	t := j.config.Train
	return int64(j.trained(trunks)) * int64(t.Batch*t.Accumulate) * (1 + int64(m.FLOPs(j.config.Model.Context))/1e6), nil
}

// divide returns the jobs of each of a number of parts, the same on every machine.
func divide(jobs []job, parts, vocabulary int) ([][]job, error) {
	all, err := units(jobs, parts, vocabulary)
	if err != nil {
		return nil, err
	}
	costs := make([]int64, len(all))
	for i, u := range all {
		costs[i] = u.cost
	}
	divided := make([][]job, parts)
	for part, size := range cut(costs, parts) {
		for _, u := range all[:size] {
			divided[part] = append(divided[part], u.jobs...)
		}
		all = all[size:]
	}
	return divided, nil
}

// cut divides a list into parts of neighbours so that the largest sum is as small as
// possible, and returns the size of each. None is empty unless the list is too short.
func cut(costs []int64, parts int) (sizes []int) {
	var low, high int64 // of the largest sum
	for _, c := range costs {
		low, high = max(low, c), high+c
	}
	for low < high {
		if middle := low + (high-low)/2; len(packed(costs, middle, 0)) <= parts {
			high = middle
		} else {
			low = middle + 1
		}
	}
	sizes = packed(costs, low, parts)
	return append(sizes, make([]int, parts-len(sizes))...)
}

// packed fills one part after another up to a sum, and ends a part early where the rest of
// the list would not give each of the other parts one.
func packed(costs []int64, most int64, parts int) (sizes []int) {
	var sum int64
	for i, c := range costs {
		scarce := len(sizes) < parts && len(costs)-i <= parts-len(sizes)
		if len(sizes) == 0 || sum+c > most || scarce {
			sizes, sum = append(sizes, 0), 0
		}
		sizes[len(sizes)-1]++
		sum += c
	}
	return sizes
}
