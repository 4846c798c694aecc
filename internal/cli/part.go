package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/waveletgpt/waveletgpt/compare"
	"github.com/waveletgpt/waveletgpt/summary"
)

// partFlags are the flags of compare for a study on several machines.
type partFlags struct {
	part, phase, script string
	number              int // of parts, for script
	status              bool
	share               *compare.Share // what part names
}

func (f *partFlags) add(c *cobra.Command) {
	flags := c.Flags()
	flags.StringVar(&f.part, "part", "", "train one of several parts of the comparison, on its own machine: `K/N`, e.g. 2/4, or auto: as the scheduler's environment says")
	flags.StringVar(&f.phase, "phase", "", "the `phase` of --part to train: --script lists them in order")
	flags.StringVar(&f.script, "script", "", "print a file that trains all parts and phases: for `slurm` or kubernetes")
	flags.IntVar(&f.number, "parts", 0, "number of parts of --script (default: one for each seed)")
	flags.BoolVar(&f.status, "status", false, "print which parts in --out are finished and which are missing, and exit")
	complete(c, "part", completeWords("auto"))
	complete(c, "script", completeWords(scripts...))
}

// check refuses flags that do not go together, and finds out which part is meant.
func (f *partFlags) check(c *cobra.Command) error {
	changed := c.Flags().Changed
	modes := slices.DeleteFunc([]string{"part", "script", "status", "dry-run"}, func(name string) bool { return !changed(name) })
	switch {
	case len(modes) > 0 && changed("open"):
		return fmt.Errorf("--open shows the page of a comparison, which --%s does not write; remove it", modes[0])
	case len(modes) > 1:
		return fmt.Errorf("--%s cannot be used with --%s; give one of them", modes[0], modes[1])
	case changed("script") && changed("json"):
		return errors.New("--script prints a script and no JSON; remove --json")
	case changed("phase") && !changed("part"):
		return errors.New("--phase is for --part; give both")
	case changed("parts") && !changed("script"):
		return errors.New("--parts is for --script; a part says 2/4, the second of four")
	case changed("parts") && f.number < 1:
		return fmt.Errorf("--parts %d: must be at least 1", f.number)
	case !changed("part"):
		return nil
	}
	share, err := compare.ParseShare(f.part)
	if f.part == "auto" {
		share, err = shareFrom(os.Getenv)
	}
	if err != nil {
		return fmt.Errorf("--part: %w", err)
	}
	f.share = &share
	return nil
}

// The variables that --part auto reads. Those of this program go first.
const (
	partVariable  = "WAVELETGPT_PART"
	partsVariable = "WAVELETGPT_PARTS"
	slurmIndex    = "SLURM_ARRAY_TASK_ID"  // https://slurm.schedmd.com/job_array.html
	jobIndex      = "JOB_COMPLETION_INDEX" // https://kubernetes.io/docs/concepts/workloads/controllers/job/#completion-mode
)

// shareFrom reads the part of this process from its environment. The tasks of a Slurm array
// count from 1. The number of parts is that of the whole array; a part that runs again alone,
// and an Indexed Job, do not know it, and take it from WAVELETGPT_PARTS.
func shareFrom(environment func(string) string) (s compare.Share, err error) {
	read := func(name string) (n int) {
		text := environment(name)
		n, failed := strconv.Atoi(text)
		if failed != nil && err == nil {
			err = fmt.Errorf("auto: %s=%q is not a whole number", name, text)
		}
		return n
	}
	slurm, indexed := environment(slurmIndex) != "", environment(jobIndex) != ""
	number, of := 0, 0
	switch {
	case environment(partVariable) != "":
		number = read(partVariable)
	case slurm && indexed:
		return s, fmt.Errorf("auto: both %s and %s are set; say which part this is with %s and %s", slurmIndex, jobIndex, partVariable, partsVariable)
	case slurm:
		number = read(slurmIndex)
	case indexed:
		number = read(jobIndex) + 1
	default:
		return s, fmt.Errorf("auto: the environment has no %s, %s or %s; give the part itself, as in 2/4", slurmIndex, jobIndex, partVariable)
	}
	switch {
	case environment(partsVariable) != "":
		of = read(partsVariable)
	case slurm && environment(partVariable) == "":
		const first, last, count = "SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_MAX", "SLURM_ARRAY_TASK_COUNT"
		if of = read(count); err == nil && (of < 2 || read(first) != 1 || read(last) != of) {
			return s, fmt.Errorf("auto: the array has the tasks %s to %s, %d of them, so the number of parts is not known; begin at 1 as in --array=1-4, or set %s",
				environment(first), environment(last), of, partsVariable)
		}
	default:
		return s, fmt.Errorf("auto: the number of parts is not known; set %s", partsVariable)
	}
	if err != nil {
		return s, err
	}
	if s, err = compare.NewShare(number, of); err != nil {
		err = fmt.Errorf("auto: %w", err)
	}
	return s, err
}

// phasesOf lists the phases of a plan: those of the comparison that has most.
func phasesOf(parts []part) (all []string) {
	for _, p := range parts {
		if phases := p.Phases(); len(phases) > len(all) {
			all = phases
		}
	}
	return all
}

// choose returns the phase to train.
func (f *partFlags) choose(parts []part) (string, error) {
	phases := phasesOf(parts)
	switch {
	case f.phase == "" && len(phases) == 1:
		return phases[0], nil
	case f.phase == "":
		return "", fmt.Errorf("the plan has phases that wait for each other; give --phase with one of them: %s", strings.Join(phases, ", "))
	case !slices.Contains(phases, f.phase):
		return "", fmt.Errorf("--phase %s: this plan has the phases %s", f.phase, strings.Join(phases, ", "))
	}
	return f.phase, nil
}

// partDirs lists the directories of parts below that of a comparison.
func partDirs(dir string) (dirs []string) {
	for _, path := range glob(dir, "part-*-of-*") {
		if _, ok := compare.ShareOf(path); ok {
			dirs = append(dirs, path)
		}
	}
	return dirs
}

// readParts reads the summaries of the parts below the directory of a comparison.
func readParts(dir string) (parts []*summary.Summary, err error) {
	for _, path := range partDirs(dir) {
		s, err := summary.Read(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, input(err)
		}
		parts = append(parts, s)
	}
	return parts, nil
}

// trainParts trains the share of this machine of all comparisons of a plan.
func (a *App) trainParts(ctx context.Context, parts []part, out string, share compare.Share, phase string) error {
	a.resumeHint = "; progress is saved, run the same command again to resume"
	for _, p := range parts {
		if err := p.CheckParts(share.Of); err != nil {
			return usage(fmt.Errorf("--part: %w", err))
		}
		for _, dir := range partDirs(filepath.Dir(p.out)) {
			if other, _ := compare.ShareOf(dir); other.Of != share.Of {
				return usage(fmt.Errorf("part %s: %s is one of %d parts; divide the plan as before, remove the directory, or choose another --out", share, dir, other.Of))
			}
		}
	}
	if err := findAll(ctx, parts); err != nil {
		return err
	}
	var summaries []*summary.Summary
	for _, p := range parts {
		s, err := a.trainPart(ctx, p, share, phase)
		if err != nil {
			return err
		}
		if s == nil {
			a.logf("part %s has nothing to train in phase %s in %s", share, phase, p.out)
			continue
		}
		a.logf("part %s of phase %s is finished and has its summary in %s", share, phase, p.out)
		summaries = append(summaries, s)
	}
	phases := phasesOf(parts)
	if next := slices.Index(phases, phase) + 1; next < len(phases) {
		a.logf("when all parts of phase %s are finished: the same command with --phase %s", phase, phases[next])
	} else {
		a.logf("when all parts are finished: %s", a.reportHint(parts, out))
	}
	if a.json {
		return a.printDocuments(summaries)
	}
	return nil
}

// trainPart trains the share of one comparison. The summary is nil if there is nothing to
// train.
func (a *App) trainPart(ctx context.Context, p part, share compare.Share, phase string) (*summary.Summary, error) {
	if err := p.canBegin(); err != nil {
		return nil, usage(err)
	}
	set, err := a.openData(ctx, p.Config, p.data, true)
	if err != nil {
		return nil, err
	}
	defer set.Close()
	if err := checkFits(p.Config, set); err != nil {
		return nil, err
	}
	others, err := readParts(filepath.Dir(p.out))
	if err != nil {
		return nil, err
	}
	others = slices.DeleteFunc(others, func(s *summary.Summary) bool { return s.Dirs[0] == p.out })
	progress := a.newProgress("comparing")
	defer progress.finish()
	live := a.newLiveEvents(p.events, set)
	defer live.finish()
	s, err := p.RunPart(ctx, p.out, set, share, phase, others, a.watchStudy(p, set, progress, live, true), a.command())
	var apart *compare.PartsError
	switch {
	case errors.As(err, &apart):
		return nil, usage(err)
	case err != nil:
		return nil, err
	case s == nil:
		return nil, nil
	}
	if err := publish(s); err != nil {
		return nil, err
	}
	return s, s.Write(p.out)
}

// reportHint is the command that makes comparisons of their parts.
func (a *App) reportHint(parts []part, out string) string {
	dir, below := quote(argument(out)), ""
	if len(parts) > 1 {
		below = "/*"
	}
	return fmt.Sprintf("`%s %s%s/part-* --out %s`", a.commandLine("report"), dir, below, dir)
}

// assembled replaces parts of a study by the whole study.
func assembled(all []*summary.Summary) (out []*summary.Summary, err error) {
	studies, err := compare.Assemble(all)
	if err != nil {
		return nil, err
	}
	var seen []string
	for _, s := range all {
		switch {
		case s.Part == nil:
			out = append(out, s)
		case !slices.Contains(seen, s.Part.Study):
			out = append(out, studies[len(seen)])
			seen = append(seen, s.Part.Study)
		}
	}
	return out, nil
}

// assembledIn is the comparison whose parts lie in a directory, nil if there are none.
func assembledIn(dir string) (*summary.Summary, error) {
	parts, err := readParts(dir)
	if err != nil || len(parts) == 0 {
		return nil, err
	}
	studies, err := compare.Assemble(parts)
	if err != nil {
		return nil, err
	}
	return studies[0], nil
}
