package cli

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/waveletgpt/waveletgpt/dataset"
	"github.com/waveletgpt/waveletgpt/internal/terminal"
	"github.com/waveletgpt/waveletgpt/train"
)

// lineEvery is the minimum time between progress lines without a terminal,
// drawEvery between drawings of the bar on one.
const (
	lineEvery = 10 * time.Second
	drawEvery = 100 * time.Millisecond
)

// A progress shows the progress of a task: as a bar on a terminal, else as a line
// from time to time.
type progress struct {
	app    *App
	what   string
	start  time.Time
	worked int64 // done since start
	last   time.Time
}

// newProgress starts a task, described by what.
func (a *App) newProgress(what string) *progress {
	p := &progress{app: a}
	p.begin(what)
	return p
}

// begin starts the task or another part of it. The bar appears at once, a line
// without a terminal after some time.
func (p *progress) begin(what string) {
	p.what, p.start, p.worked, p.last = what, time.Now(), 0, time.Now().Add(-drawEvery)
	if p.app.line != nil {
		p.app.line.Set(what)
	}
}

// bytes updates how much is read of a total, which is -1 while unknown. Some files
// are read twice, so megabytes are shown only where there are no percent.
func (p *progress) bytes(done, total int64) {
	head := p.what
	if total <= 0 {
		head = fmt.Sprintf("%s: %.1f MB read", p.what, float64(done)/1e6)
	}
	p.worked = done
	p.show(done, total, head)
	p.log(done, total, p.what)
}

// describe updates how much is done of a total, and the description.
func (p *progress) describe(done, total int64, format string, args ...any) {
	what := fmt.Sprintf(format, args...)
	p.worked = done
	p.show(done, total, what)
	p.log(done, total, what)
}

// step shows a step or evaluation of the run that label names, with done of total
// steps over all runs. counter says where the task is: the step, or the run of several.
func (p *progress) step(label, counter string, r train.Report, done, total int, bits bitsOf) {
	if r.FinalLoss != nil {
		p.evaluation(label, r.Step, "final", *r.FinalLoss, bits(dataset.Validation, *r.FinalLoss))
	}
	switch {
	case r.Warning != nil:
		p.app.logf("%swarning: %s", label, oneLine(r.Warning))
	case r.ValidationLoss != nil:
		p.evaluation(label, r.Step, "validation", *r.ValidationLoss, bits(dataset.Validation, *r.ValidationLoss))
	case r.TestLoss != nil:
		p.evaluation(label, r.Step, "test", *r.TestLoss, bits(dataset.Test, *r.TestLoss))
	case r.Finished:
		p.app.logf("%sstep %d  no test split, so no test loss", label, r.Step)
	case r.Loss != nil:
		p.worked++
		loss, norm, lr := fmt.Sprintf("loss %.4f", *r.Loss), fmt.Sprintf("norm %.2f", *r.GradNorm), fmt.Sprintf("lr %.2e", *r.LR)
		speed := rate(r.TokensPerSecond) + " tokens/s"
		run := strings.Join(strings.Fields(label), " ")
		p.show(int64(done), int64(total), p.what+": "+counter, run, loss, speed, lr, norm)
		if p.due() {
			left := fmt.Sprintf("%s left", r.Left.Round(time.Second))
			if label != "" { // of several runs
				left += " of " + counter
			}
			p.app.logf("%sstep %d/%d  %s  %s  %s  %s  %s", label, r.Step, r.Steps, loss, norm, lr, speed, left)
		}
	}
}

// evaluation prints a loss on a permanent line. If that is too long for the
// terminal, the unit goes.
func (p *progress) evaluation(label string, step int, what string, loss float64, bits string) {
	text := fmt.Sprintf("%sstep %d  %s %.4f nats, %s", label, step, what, loss, bits)
	if line := p.app.line; line != nil && terminal.Width(text) > line.Columns() {
		text = text[:strings.LastIndex(text, " per ")]
	}
	p.app.logf("%s", text)
}

// log prints a line if there is no terminal and the time has come.
func (p *progress) log(done, total int64, what string) {
	if total > 0 && p.due() {
		p.app.logf("%s: %d %%", what, 100*done/total)
	}
}

// due reports whether to print a line without a terminal: at most once in
// lineEvery.
func (p *progress) due() bool { return p.app.line == nil && p.passed(lineEvery) }

func (p *progress) passed(interval time.Duration) bool {
	if time.Since(p.last) < interval {
		return false
	}
	p.last = time.Now()
	return true
}

// show draws the bar if there is a terminal and the time has come.
func (p *progress) show(done, total int64, head string, details ...string) {
	if line := p.app.line; line != nil && p.passed(drawEvery) {
		line.Set(bar(line.Columns(), done, total, p.left(total-done), head, details...))
	}
}

// left is the time for what remains at the mean rate so far, negative if unknown: the
// first moments of a task say little about the others.
func (p *progress) left(remains int64) time.Duration {
	const moments = time.Second
	since := time.Since(p.start)
	if p.worked <= 0 || since < moments {
		return -1
	}
	return time.Duration(float64(since) / float64(p.worked) * float64(max(remains, 0)))
}

// finish removes the bar.
func (p *progress) finish() {
	if p.app.line != nil {
		p.app.line.Clear()
	}
}

// widestBar is the most columns of the bar. If the terminal becomes narrower during
// a drawing, what remains of it is one line down to half of this width.
const widestBar = 116

// bar lays out a line of at most width columns: the head, a bar, percent and time
// left, and those of the details that fit. The bar's length depends on the width
// only, as long as there is room, so that it stays in place. It is short: the loss has
// to fit into 80 columns.
func bar(width int, done, total int64, left time.Duration, head string, details ...string) string {
	if total <= 0 {
		return terminal.Cut(head, width)
	}
	width = min(width, widestBar)
	share := min(max(float64(done)/float64(total), 0), 1)
	tail := fmt.Sprintf("  %3d %%  %s left", int(100*share), clock(left))
	line := terminal.Cut(head, max(width-len(tail), 0))
	const frame, least = len("  []"), 5
	if length := min(width/9, width-terminal.Width(line)-len(tail)-frame); length >= least {
		full := int(share * float64(length))
		line += "  [" + strings.Repeat("=", full) + strings.Repeat(" ", length-full) + "]"
	}
	line += tail
	for _, detail := range details {
		if detail != "" && terminal.Width(line)+2+terminal.Width(detail) <= width {
			line += "  " + detail
		}
	}
	return terminal.Cut(line, width)
}

// clock formats a duration as hours, minutes and seconds, five characters or more;
// a negative one is unknown.
func clock(d time.Duration) string {
	if d < 0 {
		return " -:--"
	}
	s := int64(d.Round(time.Second) / time.Second)
	if s < 3600 {
		return fmt.Sprintf("%2d:%02d", s/60, s%60)
	}
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}

// rate formats tokens per second.
func rate(x float64) string {
	if x < 10000 {
		return fmt.Sprintf("%.0f", x)
	}
	return fmt.Sprintf("%.1fk", x/1000)
}

// bitsOf formats a loss on a split, given in nats per token, in bits per unit.
type bitsOf func(split string, nats float64) string

// inBits counts the units of a token on each split, which can differ.
func inBits(set *dataset.Set) bitsOf {
	return func(split string, nats float64) string {
		return fmt.Sprintf("%.4f bits per %s", nats/math.Ln2/unitsPerToken(set, split), set.Header.Unit)
	}
}
