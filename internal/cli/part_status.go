package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/waveletgpt/waveletgpt/compare"
	"github.com/waveletgpt/waveletgpt/internal/typeset"
	"github.com/waveletgpt/waveletgpt/summary"
)

// printStatus prints which parts of the comparisons of a plan are finished and what is
// missing.
func (a *App) printStatus(parts []part, out string) error {
	type status struct {
		Out      string               `json:"out"`
		Complete bool                 `json:"complete"`
		Parts    []compare.PartStatus `json:"parts"`
		// Whole counts the runs of a comparison that one machine trains, not in parts.
		Whole *wholeStatus `json:"whole,omitempty"`
	}
	var all []status
	for i, p := range parts {
		summaries, err := readParts(p.out)
		if err != nil {
			return err
		}
		own := status{Out: p.out}
		if len(summaries) > 0 {
			own.Parts, own.Complete, err = p.PartsStatus(summaries)
		} else if own.Whole, err = readWhole(p.out); own.Whole != nil {
			own.Complete = own.Whole.Finished == own.Whole.Runs
		}
		var apart *compare.PartsError
		if errors.As(err, &apart) {
			return usage(err)
		}
		if err != nil {
			return input(err)
		}
		if all = append(all, own); a.json {
			continue
		}
		if i > 0 {
			fmt.Fprintln(a.Stdout)
		}
		if own.Whole != nil {
			_, err = fmt.Fprintf(a.Stdout, "%s\ntrained whole, not in parts: %d of %s finished\n", p.out, own.Whole.Finished, typeset.Counted(own.Whole.Runs, "run"))
		} else {
			err = a.printPartStatus(p, own.Parts, own.Complete)
		}
		if err != nil {
			return err
		}
	}
	if a.json {
		return a.printJSON(all)
	}
	if slices.ContainsFunc(all, func(s status) bool { return !s.Complete || len(s.Parts) == 0 }) {
		return nil // something is missing, or there are no parts to join
	}
	_, err := fmt.Fprintf(a.Stdout, "complete: %s\n", a.reportHint(parts, out))
	return err
}

// A wholeStatus counts the runs in a summary.
type wholeStatus struct {
	Runs     int `json:"runs"`
	Finished int `json:"finished"`
}

// readWhole returns nil if a directory has no summary.
func readWhole(dir string) (*wholeStatus, error) {
	s, err := summary.Read(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	}
	whole := &wholeStatus{}
	for _, r := range slices.Concat(s.Runs, s.Shorter) {
		whole.Runs++
		if r.Status != summary.Unfinished { // a run that diverged is over
			whole.Finished++
		}
	}
	return whole, nil
}

// printPartStatus prints the parts of one comparison.
func (a *App) printPartStatus(p part, all []compare.PartStatus, complete bool) error {
	fmt.Fprintln(a.Stdout, p.out)
	table := tabwriter.NewWriter(a.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "phase\tpart\truns\tfinished\tFLOPs\t")
	var missing []compare.PartStatus
	last := ""
	for _, s := range all {
		share := compare.Share{Number: s.Number, Of: s.Of}
		state := ""
		if s.Finished < s.Runs {
			missing = append(missing, s)
			if state = "not begun"; len(runsBelow(filepath.Join(p.out, share.Dir()), 1)) > 0 {
				state = "not finished"
			}
		}
		fmt.Fprintf(table, "%s\t%s\t%d\t%d\t%.3g\t%s\n", s.Phase, share, s.Runs, s.Finished, s.FLOPs, state)
		last = s.Phase
	}
	phases := p.Phases()
	of := len(p.Seeds) // parts of a plan that nobody has divided yet
	for _, dir := range partDirs(p.out) {
		if share, _ := compare.ShareOf(dir); len(all) == 0 {
			fmt.Fprintf(table, "%s\t%s\t\t\t\t%s begun\n", phases[0], share, typeset.Counted(len(runsBelow(dir, 1)), "run"))
			of = share.Of
		}
	}
	if len(all) == 0 {
		for number := range of {
			missing = append(missing, compare.PartStatus{Phase: phases[0], Number: number + 1, Of: of})
		}
	}
	for _, phase := range phases[slices.Index(phases, last)+1:] {
		state := "waits for the phases before it"
		switch {
		case complete:
			state = "has nothing to train"
		case len(all) == 0 && phase == phases[0]:
			state = "no part has a summary yet"
		}
		fmt.Fprintf(table, "%s\t\t\t\t\t%s\n", phase, state)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, s := range missing {
		share := compare.Share{Number: s.Number, Of: s.Of}
		if _, err := fmt.Fprintf(a.Stdout, "missing: `%s --phase %s --part %s`\n", a.commandLine(a.without("status", "json")...), s.Phase, share); err != nil {
			return err
		}
	}
	return nil
}

// without returns the arguments of this call without some flags and their values.
func (a *App) without(flags ...string) (args []string) {
	skip := false
	for _, arg := range a.args {
		name, _, assigned := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		switch {
		case skip:
			skip = false
		case strings.HasPrefix(arg, "--") && slices.Contains(flags, name):
			skip = !assigned && name != "status" && name != "json" // which have no value
		default:
			args = append(args, arg)
		}
	}
	return args
}
