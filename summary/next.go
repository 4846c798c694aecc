package summary

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/waveletgpt/waveletgpt/config"
)

// A Step is something to run next: why, and the whole command.
type Step struct{ Why, Command string }

// fewestSeeds is the smallest number of seeds with an interval that is of use.
const fewestSeeds = 3

// Next proposes what to run next, the most useful first: each is the command before it
// with one more flag, so that they can be run one after another in one directory. There is nothing
// where the command is not known, and after a hold-out comparison, which is the end.
func (s *Summary) Next() (steps []Step) {
	command := s.Command
	if !strings.HasPrefix(command, "waveletgpt compare") || strings.Contains(command, "\n") || s.HoldOut != nil {
		return nil
	}
	add := func(why, flag, value string) {
		command = strings.TrimSpace(without(command, flag) + " --" + flag + " " + value)
		steps = append(steps, Step{why, command})
	}
	if slices.ContainsFunc(s.AllRuns(), func(r Run) bool { return r.Status == Unfinished }) {
		steps = append(steps, Step{Why: "Some runs did not finish. The same command resumes them.", Command: command})
	}
	if _, fresh := s.settling(); fresh != "" {
		steps = append(steps, Step{"Settle what is not significant, with seeds that nobody has looked at.", fresh})
	} else if s.seeds() < fewestSeeds {
		add("Train more seeds: from three on, the spread between them is in the intervals.", "seeds", strconv.Itoa(fewestSeeds))
	}
	c, err := s.configuration()
	sets := func(r Run) bool { return r.Set["train.lr"] != nil }
	if lr := c.Train.LR; err == nil && s.Sweep == nil && lr > 0 && !slices.ContainsFunc(s.AllRuns(), sets) {
		rates := fmt.Sprintf("lr=%v,%v,%v", lr/2, lr, 2*lr)
		if muon := c.Train.MuonLR; c.Train.Optimizer == "muon" {
			rates = fmt.Sprintf("lr=%v..%v --sweep muon_lr=%v..%v", lr/2, 2*lr, muon/2, 2*muon)
		}
		add("Give every variant its best learning rate.", "sweep", rates)
	}
	if s.Grade() != Full {
		if s.LongestRun() == 0 {
			return steps // no run has taken a step
		}
		horizons := halfOctavesBetween(s.LongestRun()/4, s.LongestRun())
		why := "Measure how much faster: the share of the steps in which a variant ends as low needs several lengths of training."
		if c.Train.Schedule == "cosine" {
			if with := branching(command, horizons[0]); with != command {
				command = with
				why += " With this preset they are branches of one run, which cost little more than the longest alone."
			}
		}
		add(why, "horizons", joined(horizons))
		return steps
	}
	lower := func(c Comparison) bool { return c.HorizonRatio != nil && c.HorizonRatio.Bound == AtMost }
	if all := s.Lengths(); slices.ContainsFunc(s.Comparisons, lower) && all[0] >= 4 {
		add("Add shorter lengths: a share is only a bound where a variant ends lower already at the shortest one.",
			"horizons", joined(append(halfOctavesBetween(all[0]/2, all[0]), all[1:]...)))
	}
	command = s.Command // a hold-out is of what was run
	if hasPlan(command) {
		add("When all choices are made, add seeds.holdout = 5 to the plan and measure once on seeds and data that nobody has looked at.", "holdout", "")
	} else {
		steps = append(steps, Step{
			Why:     "When all choices are made, write them into a plan with seeds.holdout and run it. Then measure once on seeds and data that nobody has looked at.",
			Command: "waveletgpt compare plan.toml --holdout",
		})
	}
	return steps
}

// plan matches the plan among the arguments of a command, less its other files.
var (
	plan  = regexp.MustCompile(`(?i)\.toml'?( |$)`)
	files = regexp.MustCompile(` --(config|data|out)[ =]('[^']*'|[^\s'])+`)
)

func hasPlan(command string) bool { return plan.MatchString(files.ReplaceAllString(command, "")) }

// preset and out match these flags of a command, and scheduled what may set its schedule.
var (
	preset    = regexp.MustCompile(` --preset[ =]([a-z-]+)( |$)`)
	scheduled = regexp.MustCompile(" --config|schedule|warmup")
	out       = regexp.MustCompile(` --out[ =](('[^']*'|[^\s'])+?)/?( |$)`)
)

// branching is a command with the preset whose horizons are branches of one run, and with
// a directory beside its own, which has runs of another schedule. It stays as it is where
// a plan, a file or a flag has settings of the schedule, or where the warm-up, which all
// branches share, is longer than the shortest horizon.
func branching(command string, shortest int) string {
	with := command
	if !strings.Contains(with, " --preset") {
		with += " --preset " + config.DefaultPreset
	}
	named := preset.FindStringSubmatch(with)
	if named == nil || hasPlan(command) || scheduled.MatchString(command) {
		return command
	}
	c, err := config.Preset(named[1] + "-wsd")
	if err != nil || c.Train.Warmup > shortest {
		return command
	}
	return out.ReplaceAllString(preset.ReplaceAllString(with, " --preset $1-wsd$2"), " --out $1-wsd$3")
}

// without is a command less a flag and its value.
func without(command, flag string) string {
	return regexp.MustCompile(` --`+flag+`([ =][^\s'"-][^\s'"]*)?`).ReplaceAllString(command, "")
}

// seeds is the largest number of seeds of a comparison.
func (s *Summary) seeds() (n int) {
	for i := range s.Comparisons {
		n = max(n, len(s.Comparisons[i].Seeds))
	}
	return n
}

// halfOctavesBetween lists lengths of training, each about 1.41 times the one before.
func halfOctavesBetween(from, to int) (steps []int) {
	for at := float64(to); int(math.Round(at)) >= max(from, 1); at /= math.Sqrt2 {
		steps = append(steps, int(math.Round(at)))
	}
	slices.Sort(steps)
	return slices.Compact(steps)
}

// joined is a list of steps as a flag takes it.
func joined(steps []int) string {
	var texts []string
	for _, n := range steps {
		texts = append(texts, strconv.Itoa(n))
	}
	return strings.Join(texts, ",")
}
