package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"

	"github.com/waveletgpt/waveletgpt/compare"
)

// WriteCurves writes every evaluation of every run as CSV with a heading, the
// variant with its overrides in one field.
func WriteCurves(w io.Writer, s *compare.Summary) error {
	out := csv.NewWriter(w)
	rows := [][]string{{"variant", "seed", "status", "step", "tokens", "flops", "seconds", "nats_per_token", "bits_per_" + s.Data.Unit}}
	exact := func(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }
	for i := range s.Runs {
		r := &s.Runs[i]
		for _, p := range r.Curve {
			rows = append(rows, []string{
				r.Label(), strconv.FormatUint(r.Seed, 10), string(r.Status), strconv.Itoa(p.Step), strconv.FormatInt(p.Tokens, 10),
				exact(p.FLOPs), exact(p.Seconds), exact(p.Loss), exact(s.Data.Bits(p.Loss)),
			})
		}
	}
	if err := out.WriteAll(rows); err != nil {
		return fmt.Errorf("report: curves: %w", err)
	}
	return nil
}
