package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/waveletgpt/waveletgpt/compare"
	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/internal/typeset"
)

// dryRun prints what each part of a plan would train, and for how long.
func (a *App) dryRun(ctx context.Context, parts []part) error {
	type named struct {
		Out string `json:"out"`
		*compare.Estimate
	}
	// Data that is not prepared yet is prepared for the estimate alone.
	temporary, err := os.MkdirTemp("", "waveletgpt-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temporary)
	var all []named
	for _, p := range parts {
		if !dataset.IsSet(p.data) {
			p.data, p.temporary = filepath.Join(temporary, dataName(p.Config)), true
		}
		e, err := a.estimate(ctx, p)
		if err != nil {
			return err
		}
		all = append(all, named{p.out, e})
	}
	if a.json {
		return a.printJSON(all)
	}
	total := 0.0
	for _, e := range all {
		total += e.Seconds
		if err := a.printEstimate(e.Out, e.Estimate); err != nil {
			return err
		}
	}
	left := "nothing is left to train"
	if total > 0 {
		left = fmt.Sprintf("about %s on this machine; nothing was trained", typeset.Seconds(total))
	}
	_, err = fmt.Fprintln(a.Stdout, left)
	return err
}

func (a *App) estimate(ctx context.Context, p part) (*compare.Estimate, error) {
	set, e, err := a.openPart(ctx, &p)
	if err != nil {
		return nil, err
	}
	defer set.Close()
	return e, p.CheckHoldOut(set, compare.Watch{Warning: func(err error) { a.logf("warning: %s", oneLine(err)) }})
}

func (a *App) printEstimate(out string, e *compare.Estimate) error {
	table := tabwriter.NewWriter(a.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(a.Stdout, "%s\n", out)
	row := func(cells ...string) { fmt.Fprintln(table, strings.Join(cells, "\t")+"\t") }
	row("", "runs", "finished", "parameters", "tokens", "FLOPs", "a step", "time left")
	for _, p := range e.Parts {
		step, left := "-", "-"
		if p.There < p.Runs {
			step, left = fmt.Sprintf("%.1f ms", 1000*p.StepSeconds), typeset.Seconds(p.Seconds)
		}
		name := p.Part + ": " + p.Variant
		if e.OfLongest > 0 {
			name += ", " + typeset.Counted(p.Horizon, "step")
		}
		row(name, fmt.Sprint(p.Runs), fmt.Sprint(p.There), typeset.Count(float64(p.Parameters)),
			typeset.Count(float64(p.Tokens)), fmt.Sprintf("%.3g", p.FLOPs), step, left)
	}
	row("in all", fmt.Sprint(e.Runs), fmt.Sprint(e.There), "", typeset.Count(float64(e.Tokens)), fmt.Sprintf("%.3g", e.FLOPs), "", "")
	if err := table.Flush(); err != nil {
		return err
	}
	if e.OfLongest > 0 {
		if _, err := fmt.Fprintf(a.Stdout, "all horizons together take %.2f times the work of the longest\n", e.OfLongest); err != nil {
			return err
		}
	}
	for _, line := range e.Beyond {
		if _, err := fmt.Fprintf(a.Stdout, "and %s\n", line); err != nil {
			return err
		}
	}
	return nil
}
