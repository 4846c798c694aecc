package cli

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/waveletgpt/waveletgpt/run"
	"github.com/waveletgpt/waveletgpt/train"
)

// The final loss is printed and stored where it was asked for, and nowhere else.
func TestTrainFinalLoss(t *testing.T) {
	data := trainAndVal(t)
	for _, asked := range []bool{false, true} {
		dir := filepath.Join(t.TempDir(), "run")
		args := slices.Concat([]string{"train", "--json", "--data", data, "--out", dir}, quick())
		if asked {
			args = append(args, "--set", "eval.final_windows=1000")
		}
		out := succeed(t, args...)
		var result struct {
			FinalLoss *float64 `json:"final_loss"`
		}
		decode(t, out.stdout, &result)
		windows, err := (&run.Run{Dir: dir}).FinalEvaluation()
		if err != nil {
			t.Fatal(err)
		}
		if !asked {
			if result.FinalLoss != nil || len(windows) > 0 || strings.Contains(out.stderr, "final") {
				t.Errorf("not asked for: %v, %d windows\n%s", result.FinalLoss, len(windows), out.stderr)
			}
			continue
		}
		var losses []float32
		var tokens []int
		for _, w := range windows {
			losses, tokens = append(losses, w.Loss), append(tokens, w.Tokens)
		}
		if len(windows) <= 4 || result.FinalLoss == nil || *result.FinalLoss != train.Mean(losses, tokens) {
			t.Fatalf("%v, %d windows", result.FinalLoss, len(windows))
		}
		if want := fmt.Sprintf("step 8  final %.4f nats", *result.FinalLoss); !strings.Contains(out.stderr, want) {
			t.Errorf("no %q in\n%s", want, out.stderr)
		}
	}
}
