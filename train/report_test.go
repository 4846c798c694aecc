package train

import (
	"errors"
	"fmt"
	"testing"

	"github.com/waveletgpt/waveletgpt/run"
)

func TestReportString(t *testing.T) {
	loss := 2.31254
	for want, r := range map[string]Report{
		"step 7 of 40: loss 2.3125":                         {Steps: 40, Metric: run.Metric{Step: 7, Loss: &loss}},
		"step 8 of 40: validation loss 2.3125":              {Steps: 40, Metric: run.Metric{Step: 8, ValidationLoss: &loss}},
		"step 9 of 40: test loss 2.3125 warning: disk full": {Steps: 40, Metric: run.Metric{Step: 9, TestLoss: &loss}, Warning: errors.New("disk full")},
		"step 9 of 40: final loss 2.3125 test loss 2.3125":  {Steps: 40, Metric: run.Metric{Step: 9, TestLoss: &loss, FinalLoss: &loss}},
		"step 3 of 40: the gradient is not finite":          {Steps: 40, Metric: run.Metric{Step: 3, NonFinite: "gradient"}},
	} {
		if got := fmt.Sprint(r); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
