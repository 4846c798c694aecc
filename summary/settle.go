package summary

import (
	"fmt"
	"math"
	"regexp"
	"strings"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/waveletgpt/waveletgpt/internal/typeset"
)

const (
	// power is the chance that a study should have of finding what is there
	// (Cohen, "Statistical Power Analysis for the Behavioral Sciences", 1988,
	// section 2.4).
	power = 0.8
	// fewestFresh and mostFresh bound the seeds that a verdict proposes. A
	// difference that needs more than mostFresh is hardly worth them.
	fewestFresh = 5
	mostFresh   = 30
)

// settle proposes a study that can decide what this one left open. Its seeds are
// fresh: adding seeds to those that were looked at until a test passes would make
// the test pass too often.
func (e *explanation) settle() {
	if e.c.Outcome == Undecided && !e.differ() {
		why, add := e.untested()
		e.own("To test it, %s.", add)
		e.remark("Undecided: with one seed and %s nothing can be tested; %s.", why, add)
	}
	if e.c.Outcome != Ahead && e.c.Outcome != Behind {
		return
	}
	n, enough := e.s.freshSeeds(e.c)
	study := "a new study with " + typeset.Counted(n, "fresh seed")
	if !enough {
		study += ", which may still be too few for a difference as small as this one"
	}
	e.own("To settle it, run %s%s.", study, e.s.fresh(e.name, n))
	most, _ := e.s.settling()
	e.remark("Not significant: a new study with %s can settle it; report.html has its command.", typeset.Counted(most, "fresh seed"))
}

// settling is the largest study that a verdict proposes: its fresh seeds, and its command
// if that is known. Without a proposal there are no seeds.
func (s *Summary) settling() (most int, command string) {
	for i := range s.Comparisons {
		c := &s.Comparisons[i]
		if c.Outcome != Ahead && c.Outcome != Behind {
			continue
		}
		if n, _ := s.freshSeeds(c); n > most {
			most, command = n, strings.TrimPrefix(s.fresh(c.Label(), n), ": ")
		}
	}
	return most, command
}

// freshSeeds is the smallest number of pairs, 5 to 30, with which a paired t test
// finds a difference of the measured mean and spread with 80 % power at the
// strictest level of Holm's correction, alpha = 0.05 / (number of tests):
//
//	n = (z(1-alpha/2) + z(0.8))² s²/m² + z(1-alpha/2)²/2
//
// with the mean m and the standard deviation s of the differences (Guenther,
// "Sample size formulas for normal theory t tests", The American Statistician 35,
// 1981). A mean that was singled out because it is large is on average too large,
// so n is rather too small. enough is false if n would be above 30. The spread
// between seeds is not known from one seed, so n is 5 then.
func (s *Summary) freshSeeds(c *Comparison) (n int, enough bool) {
	if c.PairsOf != PairsOfSeeds || c.StandardError == nil || *c.Gain == 0 {
		return fewestFresh, true
	}
	quantile := distuv.UnitNormal.Quantile
	z := quantile(1 - significance/float64(max(s.tested(), 1))/2)
	spread := *c.StandardError * math.Sqrt(float64(c.Pairs)) / *c.Gain
	sum := z + quantile(power)
	exact := math.Ceil(sum*sum*spread*spread + z*z/2)
	return int(min(max(exact, fewestFresh), mostFresh)), exact <= mostFresh
}

// tested counts the tests for which Holm's method corrects. Older documents do not
// have it; it was the variants then.
func (s *Summary) tested() (n int) {
	if s.Tests > 0 {
		return s.Tests
	}
	for i := range s.Comparisons {
		if s.Comparisons[i].PValue != nil {
			n++
		}
	}
	return n
}

// replaced matches the flags that a proposed command has its own of. One that it
// misses, because of its quotes, does no harm: a later flag overrides it.
var replaced = regexp.MustCompile(` --(seeds|out)[ =][^\s'"]+`)

// fresh continues the proposal of a study with its command, if it can be derived
// from that of the summary.
func (s *Summary) fresh(label string, n int) string {
	if s.HoldOut != nil {
		return "" // its seeds stand in the plan
	}
	first := uint64(0)
	for _, r := range s.Runs {
		first = max(first, r.Seed)
		if r.Label() == label && r.Source != "" {
			return ""
		}
	}
	if first >= 1<<53 {
		return ""
	}
	flags := fmt.Sprintf("--seeds %d --set train.seed=%d --out runs/fresh-seeds", n, first+1)
	var commands []string
	for line := range strings.SplitSeq(s.Command, "\n") {
		if strings.HasPrefix(line, "waveletgpt compare") {
			commands = append(commands, replaced.ReplaceAllString(line, ""))
		}
	}
	switch len(commands) {
	case 0:
		return ""
	case 1:
		return ": " + commands[0] + " " + flags
	}
	return fmt.Sprintf(": each of its %d commands with %s, and a directory for each", len(commands), flags)
}

// seedsAhead counts the seeds of a comparison in which the variant ends below the
// baseline, and above it, among the n whose final losses are known.
func (c *Comparison) seedsAhead(s *Summary) (ahead, behind, n int) {
	final := map[string]map[uint64]float64{s.Baseline: {}, c.Label(): {}}
	for _, r := range s.Runs {
		if of, ok := final[r.Label()]; ok && r.FinalLoss != nil {
			of[r.Seed] = *r.FinalLoss
		}
	}
	for _, seed := range c.Seeds {
		base, ok := final[s.Baseline][seed]
		own, also := final[c.Label()][seed]
		switch {
		case !ok || !also:
			continue
		case own < base:
			ahead++
		case own > base:
			behind++
		}
		n++
	}
	return ahead, behind, n
}
