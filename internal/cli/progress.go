package cli

import (
	"fmt"
	"io"
	"math"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/waveletgpt/waveletgpt/train"
)

// lineEvery is the minimum time between progress lines without a terminal.
const lineEvery = 10 * time.Second

// A progress shows the progress of a task: as a bar on a terminal, else as a line
// from time to time.
type progress struct {
	app  *App
	what string
	bar  *progressbar.ProgressBar // nil: plain lines
	last time.Time
}

// newProgress starts a task, described by what and counted in unit.
func (a *App) newProgress(what, unit string) *progress {
	p := &progress{app: a, what: what, last: time.Now()}
	if a.Terminal {
		p.bar = progressbar.NewOptions64(-1,
			progressbar.OptionSetWriter(a.Stderr), progressbar.OptionSetDescription(what),
			progressbar.OptionShowCount(), progressbar.OptionSetItsString(unit), progressbar.OptionShowBytes(unit == "B"),
			progressbar.OptionSetWidth(20), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish(),
		)
	}
	return p
}

// bytes updates how much is done of a total, which is -1 while unknown.
func (p *progress) bytes(done, total int64) {
	switch {
	case p.bar != nil:
		p.set(done, total)
	case p.due() && total > 0:
		p.app.logf("%s: %d %%", p.what, 100*done/total)
	}
}

// describe updates how much is done of a total, and the description.
func (p *progress) describe(done, total int64, format string, args ...any) {
	switch {
	case p.bar != nil:
		p.bar.Describe(fmt.Sprintf(format, args...))
		p.set(done, total)
	case p.due() && total > 0:
		p.app.logf("%s: %d %%", fmt.Sprintf(format, args...), 100*done/total)
	}
}

// step shows a step or evaluation of the run that label names, with done of total
// steps over all runs.
func (p *progress) step(label string, r train.Report, done, total int, bits func(nats float64) string) {
	switch {
	case r.Warning != nil:
		p.line("%swarning: %s", label, oneLine(r.Warning))
	case r.ValidationLoss != nil:
		p.line("%sstep %d  validation %.4f nats, %s", label, r.Step, *r.ValidationLoss, bits(*r.ValidationLoss))
	case r.TestLoss != nil:
		p.line("%sstep %d  test %.4f nats, %s", label, r.Step, *r.TestLoss, bits(*r.TestLoss))
	case r.Loss != nil:
		line := fmt.Sprintf("%sstep %d/%d  loss %.4f  norm %.2f  lr %.2e  %s tokens/s  %s left",
			label, r.Step, r.Steps, *r.Loss, *r.GradNorm, *r.LR, rate(r.TokensPerSecond), r.Left.Round(time.Second))
		if p.bar != nil {
			p.bar.Describe(line)
			p.set(int64(done), int64(total))
		} else if p.due() {
			p.app.logf("%s", line)
		}
	}
}

func (p *progress) set(done, total int64) {
	if total > 0 && p.bar.GetMax64() != total {
		p.bar.ChangeMax64(total)
	}
	_ = p.bar.Set64(done) // a terminal that is gone does not fail the task
}

// due reports whether to print a line: at most once in lineEvery.
func (p *progress) due() bool {
	if time.Since(p.last) < lineEvery {
		return false
	}
	p.last = time.Now()
	return true
}

// line prints a permanent line above the bar.
func (p *progress) line(format string, args ...any) {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
	p.app.logf(format, args...)
}

// finish removes the bar.
func (p *progress) finish() {
	if p.bar != nil {
		_ = p.bar.Clear()
		_, _ = io.WriteString(p.app.Stderr, "\r")
	}
}

// rate formats tokens per second.
func rate(x float64) string {
	if x < 10000 {
		return fmt.Sprintf("%.0f", x)
	}
	return fmt.Sprintf("%.1fk", x/1000)
}

// inBits returns a function that formats a loss, given in nats per token, in bits
// per unit.
func inBits(unit string, unitsPerToken float64) func(nats float64) string {
	return func(nats float64) string {
		return fmt.Sprintf("%.4f bits per %s", nats/math.Ln2/unitsPerToken, unit)
	}
}
