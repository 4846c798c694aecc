package bench

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/waveletgpt/waveletgpt/internal/typeset"
)

// WriteTable writes a result as text.
func WriteTable(w io.Writer, r *Result) error {
	var b strings.Builder
	m := r.Model
	fmt.Fprintf(&b, "%s, %s kernels, %s, %s each\n", r.CPU, r.Tier, typeset.Counted(r.Threads, "thread"), typeset.Counted(r.Rounds, "sample"))
	fmt.Fprintf(&b, "%s, width %d, %s, hidden %d, context %d: %d parameters, %.1f MFLOP per token\n",
		typeset.Counted(m.Layers, "layer"), m.Width, typeset.Counted(m.Heads, "head"), m.Hidden, m.Context, m.Parameters, float64(m.FLOPsPerToken)/1e6)
	if r.Load != nil && *r.Load > 0.5 {
		fmt.Fprintf(&b, "other programs were running at the start (load %.1f), so rates may be too low\n", *r.Load)
	}

	t := newTable(&b, "peak", "threads", "GFLOP/s", "spread")
	for _, p := range r.Peaks {
		t.row("", p.Threads, decimal(p.GFLOPS), percent(p.Spread))
	}
	t.end()

	t = newTable(&b, "training", "mixer", "threads", "tokens/s", "GFLOP/s", "of peak", "ms/step", "spread")
	for _, s := range r.Train {
		t.row("", s.Mixer, s.Threads, decimal(s.TokensPerSecond), decimal(s.GFLOPS), percent(s.ShareOfPeak), milli(s.Seconds), percent(s.Spread))
	}
	t.end()

	t = newTable(&b, "a training step on one thread", "shape", "calls", "µs/call", "ms/step", "of step", "GFLOP/s", "of peak", "spread")
	for _, k := range byShare(r.Kernels) {
		gflops, share := decimal(k.GFLOPS), percent(k.ShareOfPeak)
		if k.GFLOPS == 0 {
			gflops, share = "", ""
		}
		t.row(k.Name, k.Shape, k.Calls, decimal(k.Seconds*1e6), milli(float64(k.Calls)*k.Seconds), percent(k.ShareOfStep), gflops, share, percent(k.Spread))
	}
	sum := r.Step.KernelsSeconds
	t.row("sum of "+r.Step.Mixer, "", "", "", milli(sum), percent(sum/r.Step.Seconds))
	t.row("measured", "", "", "", milli(r.Step.Seconds), percent(1))
	t.end()

	t = newTable(&b, "decoding", "streams", "tokens/s in total", "spread")
	for _, d := range r.Decode {
		t.row("", d.Streams, decimal(d.TokensPerSecond), percent(d.Spread))
	}
	t.end()
	if len(r.Decode) > 0 {
		fmt.Fprintf(&b, "vocabulary 256, %d tokens per stream after a prompt of %d\n", r.Decode[0].Tokens, r.Decode[0].Prompt)
	}
	if a := r.Audio; a.Threads > 0 {
		t = newTable(&b, "preparing audio", "threads", "hours/minute", "spread")
		t.row(fmt.Sprintf("%d to %d Hz", a.FromRate, a.ToRate), a.Threads, decimal(a.HoursPerMinute), percent(a.Spread))
		t.end()
	}
	if r.RSSBytes > 0 {
		fmt.Fprintf(&b, "\npeak memory while training %s: %.0f MB\n", r.Step.Mixer, float64(r.RSSBytes)/1e6)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// byShare sorts kernels by their share of a step, operators last.
func byShare(kernels []Kernel) []Kernel {
	kernels = slices.Clone(kernels)
	slices.SortStableFunc(kernels, func(a, b Kernel) int {
		if (a.Mixer == "") != (b.Mixer == "") {
			return cmp.Compare(len(a.Mixer), len(b.Mixer))
		}
		return cmp.Compare(b.ShareOfStep, a.ShareOfStep)
	})
	return kernels
}

// A table aligns columns below their names.
type table struct{ w *tabwriter.Writer }

func newTable(w io.Writer, title string, columns ...string) table {
	t := table{tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)}
	fmt.Fprintf(w, "\n%s\n", title)
	cells := []any{""}
	for _, c := range columns {
		cells = append(cells, c)
	}
	t.row(cells...)
	return t
}

func (t table) row(cells ...any) {
	for _, c := range cells {
		fmt.Fprintf(t.w, "%v\t", c)
	}
	fmt.Fprintln(t.w)
}

func (t table) end() { _ = t.w.Flush() } // writes to memory, cannot fail

func percent(x float64) string { return fmt.Sprintf("%.1f %%", 100*x) }

func milli(seconds float64) string { return fmt.Sprintf("%.2f", 1e3*seconds) }

// decimal formats a number with at least three digits.
func decimal(x float64) string {
	switch {
	case x >= 100:
		return fmt.Sprintf("%.0f", x)
	case x >= 10:
		return fmt.Sprintf("%.1f", x)
	}
	return fmt.Sprintf("%.2f", x)
}
