package compare

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestParseShare(t *testing.T) {
	for text, want := range map[string]Share{"1/1": {1, 1}, "2/4": {2, 4}, "12/12": {12, 12}} {
		got, err := ParseShare(text)
		if err != nil || got != want || got.String() != text {
			t.Errorf("%s is %v, %v", text, got, err)
		}
		if back, ok := ShareOf("runs/study/" + got.Dir()); !ok || back != got {
			t.Errorf("%s is the directory of %v, %v", got.Dir(), back, ok)
		}
	}
	for text, want := range map[string]string{
		"5/4": "no part 5 of 4", "0/4": "no part 0 of 4", "1/0": "no part 1 of 0", "-1/4": "no part -1 of 4",
		"2": "is no part", "": "is no part", "2/4/6": "is no part", "a/b": "is no part",
	} {
		if s, err := ParseShare(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is %v, %v", text, s, err)
		}
	}
	for _, name := range []string{"part-2-of-4x", "part-02-of-4", "a-part-2-of-4", "part-2", "none-seed1-1234"} {
		if s, ok := ShareOf(name); ok {
			t.Errorf("%s is the directory of part %v", name, s)
		}
	}
}

// No division of a short list has a smaller largest part, and none is empty while there
// are enough units.
func TestCut(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for range 300 {
		costs := make([]int64, 1+random.IntN(9))
		for i := range costs {
			costs[i] = 1 + random.Int64N(1<<uint(random.IntN(40)))
		}
		parts := 1 + random.IntN(len(costs))
		sizes := cut(costs, parts)
		if len(sizes) != parts || slices.Min(sizes) < 1 {
			t.Fatalf("%v in %d parts: sizes %v", costs, parts, sizes)
		}
		got, rest := int64(0), costs
		for _, size := range sizes {
			got, rest = max(got, total(rest[:size])), rest[size:]
		}
		if best := smallestMost(costs, parts); got != best || len(rest) > 0 {
			t.Fatalf("%v in %d parts: sizes %v, at most %d, which can be %d", costs, parts, sizes, got, best)
		}
	}
	if sizes := cut([]int64{3, 3}, 4); !slices.Equal(sizes, []int{1, 1, 0, 0}) {
		t.Errorf("2 units in 4 parts: %v", sizes)
	}
}

func total(costs []int64) (sum int64) {
	for _, c := range costs {
		sum += c
	}
	return sum
}

// smallestMost tries all divisions.
func smallestMost(costs []int64, parts int) int64 {
	if parts == 1 {
		return total(costs)
	}
	best := int64(math.MaxInt64)
	for first := 1; first <= len(costs)-parts+1; first++ {
		best = min(best, max(total(costs[:first]), smallestMost(costs[first:], parts-1)))
	}
	return best
}

// Every job is in one part. Up to one part for each seed, all runs of a seed are in one;
// with more, those that are branches of one run still are.
func TestDivide(t *testing.T) {
	s := branching(t)
	s.Seeds = []uint64{4, 1, 3, 2, 9}
	all, err := jobsOf(s.plans(), "data")
	if err != nil {
		t.Fatal(err)
	}
	jobs := slices.Concat(all...)
	for parts := 1; parts <= 15; parts++ { // 3 variants with 5 seeds
		divided, err := divide(jobs, parts, 30)
		if err != nil {
			t.Fatal(err)
		}
		where := map[string]int{} // the part of each job, and of each group that must stay together
		for part, own := range divided {
			if len(own) == 0 {
				t.Errorf("part %d of %d is empty", part+1, parts)
			}
			for _, j := range own {
				if _, twice := where[j.hash]; twice {
					t.Errorf("%s, seed %d, %d steps is in two of %d parts", j.Label(), j.seed, j.horizon, parts)
				}
				where[j.hash] = part
				group := j.trunk
				if parts <= len(s.Seeds) {
					group = fmt.Sprint(j.seed)
				}
				if other, ok := where[group]; ok && other != part {
					t.Errorf("%d parts: the runs of %s are in parts %d and %d", parts, group, other+1, part+1)
				}
				where[group] = part
			}
		}
		for _, j := range jobs {
			if _, ok := where[j.hash]; !ok {
				t.Errorf("%s, seed %d, %d steps is in none of %d parts", j.Label(), j.seed, j.horizon, parts)
			}
		}
	}
	if err := s.CheckParts(15); err != nil {
		t.Error(err)
	}
	if err := s.CheckParts(16); err == nil || err.Error() != "16 parts: the runs of this plan can be divided into 15 at most" {
		t.Errorf("%v", err)
	}
}

// A part of expensive runs has fewer of them: a large model costs as many FLOPs as
// several small ones.
func TestDivideByFLOPs(t *testing.T) {
	p := threeVariants(t)
	p.Seeds = []uint64{1}
	p.Variants = append(p.Variants, Variant{Spec: "window:2"}, Variant{Name: "large", Spec: "none", Set: map[string]any{"model.width": 64, "model.hidden": 256}})
	jobs, err := p.jobs("data")
	if err != nil {
		t.Fatal(err)
	}
	divided, err := divide(jobs, 2, 30)
	if err != nil {
		t.Fatal(err)
	}
	if len(divided[0]) != 4 || len(divided[1]) != 1 || divided[1][0].Label() != "large" {
		t.Errorf("%d and %d runs", len(divided[0]), len(divided[1]))
	}
}
